// SPDX-License-Identifier: BSD-3-Clause
#include "tools/ctl/top_view.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <utility>

#include "tools/ctl/format.h"
#include "tools/ctl/load_cells.h"
#include "tools/ctl/table.h"

namespace softwire::ctl {

namespace {

// Computes rates between two samples.
class Rates {
 public:
  Rates(const Sample& before, const Sample& now)
      : before_(before), now_(now), seconds_(std::chrono::duration<double>(now.at - before.at).count()) {}

  [[nodiscard]] double seconds() const { return seconds_; }
  // Returns the rate per second. Returns 0 for a counter that has decreased, because softwired was restarted.
  [[nodiscard]] double of(std::uint64_t earlier, std::uint64_t later) const {
    return later <= earlier || seconds_ <= 0 ? 0 : static_cast<double>(later - earlier) / seconds_;
  }
  [[nodiscard]] double of_counter(std::string_view name) const {
    return of(number_of(before_.counters, name), number_of(now_.counters, name));
  }

 private:
  const Sample& before_;
  const Sample& now_;
  double seconds_;
};

// Appends the lines of a table.
void append(std::vector<std::string>& lines, const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
}

std::string head_of(const Sample& now, const Rates& rates) {
  const Json& status = now.status;
  std::array<char, 16> seconds{};
  std::snprintf(seconds.data(), seconds.size(), "%.1f", rates.seconds());
  return "softwired " + text_of(status, "version") + "  up " +
         duration(std::chrono::seconds(number_of(status, "uptime-seconds"))) + "  " +
         counted(number_of(status, "bindings"), "binding") + ", " +
         counted(number_of(status, "rules"), "rule") + "  (over " + seconds.data() + " s)";
}

Table sides(const Rates& rates) {
  Table table({{"SIDE"},
               right("RX PACKET/S"),
               right("RX BIT/S"),
               right("TX PACKET/S"),
               right("TX BIT/S"),
               right("DROPPED/S")});
  for (const std::string side : {"ipv4", "ipv6"}) {
    const auto rate = [&](const char* what, const char* unit) {
      return rates.of_counter(std::string(what) + "-" + side + "-" + unit);
    };
    const double dropped = rate("dropped", "packets");
    table.add({side,
               human(rate("received", "packets")),
               human(8 * rate("received", "bytes")),
               human(rate("sent", "packets")),
               human(8 * rate("sent", "bytes")),
               {human(dropped), dropped > 0 ? Look::kWarning : Look::kPlain}});
  }
  return table;
}

const Json* find_by(const Json& list, const char* key, const Json& value) {
  const auto found =
      std::ranges::find_if(list, [&](const Json& member) { return member.value(key, Json()) == value; });
  return found == list.end() ? nullptr : &*found;
}

Table workers(const Sample& before, const Sample& now, const Rates& rates) {
  std::vector<Column> columns{{"WORKER"}, right("PROCESSOR")};
  std::ranges::move(load_columns(), std::back_inserter(columns));
  for (const char* name : {"RX PACKET/S", "TX PACKET/S", "DROPPED/S", "PUNTED/S", "HELD"}) {
    columns.push_back(right(name));
  }
  Table table(std::move(columns));
  for (const Json& worker : now.workers) {
    const Json* earlier = find_by(before.workers, "number", worker.value("number", Json()));
    const auto rate = [&](const char* key) {
      return human(earlier == nullptr ? 0 : rates.of(number_of(*earlier, key), number_of(worker, key)));
    };
    std::vector<Cell> row{text_of(worker, "number"), text_of(worker, "processor")};
    add_load_cells(row, worker);
    for (const char* key : {"received", "sent", "dropped", "punted"}) row.emplace_back(rate(key));
    row.emplace_back(text_of(worker, "held"));
    table.add(std::move(row));
  }
  return table;
}

Table ports(const Sample& before, const Sample& now, const Rates& rates) {
  Table table({{"PORT"}, {"DEVICE"}, {"LINK"}, right("MBIT/S"), right("LOST/S")});
  for (const Json& port : now.ports) {
    double lost = 0;
    if (const Json* earlier = find_by(before.ports, "side", port.value("side", Json())); earlier != nullptr) {
      for (const auto& [name, value] : list_of(port, "counters").items()) {
        lost += rates.of(number_of(list_of(*earlier, "counters"), name),
                         number_of(list_of(port, "counters"), name));
      }
    }
    const std::string link = text_of(port, "link");
    const std::string device = text_of(port, "device");
    table.add({text_of(port, "side"),
               device.substr(0, device.find(',')),  // without its arguments
               {link, link == "up" ? Look::kGood : Look::kBad},
               text_of(port, "megabits"),
               {human(lost), lost > 0 ? Look::kBad : Look::kPlain}});
  }
  return table;
}

// Returns the outcomes that drop most now. If nothing is dropped now, returns those that dropped most since
// the start.
Table drops(const Sample& before, const Sample& now, const Rates& rates) {
  struct Drop {
    double rate;
    const Json* outcome;
  };
  std::vector<Drop> all;
  for (const Json& outcome : now.outcomes) {
    if (text_of(outcome, "disposition") != "dropped" || number_of(outcome, "packets") == 0) continue;
    const Json* earlier = find_by(before.outcomes, "name", outcome.value("name", Json()));
    const std::uint64_t packets = earlier == nullptr ? 0 : number_of(*earlier, "packets");
    all.push_back({rates.of(packets, number_of(outcome, "packets")), &outcome});
  }
  std::ranges::stable_sort(all, [](const Drop& a, const Drop& b) {
    return a.rate != b.rate ? a.rate > b.rate
                            : number_of(*a.outcome, "packets") > number_of(*b.outcome, "packets");
  });
  constexpr std::size_t kMaxRows = 8;
  if (all.size() > kMaxRows) all.resize(kMaxRows);
  Table table({right("DROPS/S"), right("ALL"), {"OUTCOME"}, {"WHAT"}});
  for (const auto& [rate, outcome] : all) {
    table.add({{human(rate), rate > 0 ? Look::kWarning : Look::kPlain},
               human(static_cast<double>(number_of(*outcome, "packets"))),
               text_of(*outcome, "name"),
               text_of(*outcome, "help")});
  }
  return table;
}

Table dhcp(const Sample& now, const Rates& rates) {
  Table table({{"DHCP"}, right("RECEIVED/S"), right("SENT/S"), right("ALL RECEIVED"), right("ALL SENT")});
  for (const std::string type :
       {"discover", "offer", "request", "ack", "nak", "decline", "release", "inform"}) {
    const std::string rx = "dhcp-rx-" + type;
    const std::string tx = "dhcp-tx-" + type;
    const std::uint64_t received = number_of(now.counters, rx);
    const std::uint64_t sent = number_of(now.counters, tx);
    if (received == 0 && sent == 0) continue;
    table.add({type, human(rates.of_counter(rx)), human(rates.of_counter(tx)), std::to_string(received),
               std::to_string(sent)});
  }
  return table;
}

// Returns the first `columns` characters. Escape sequences have no width.
std::string cut(const std::string& line, std::size_t columns) {
  std::size_t width = 0;
  bool is_styled = false;
  for (std::size_t i = 0; i < line.size();) {
    if (line[i] == '\033') {
      i = line.find('m', i) + 1;
      is_styled = true;
      continue;
    }
    if (width++ == columns) return line.substr(0, i) + (is_styled ? "\033[0m" : "");
    ++i;
  }
  return line;
}

}  // namespace

CommandResult<Sample> take_sample(Client& client) {
  Sample sample;
  const auto ask = [&client](const char* method, const char* list, Json& place) -> CommandResult<Done> {
    auto result = client.call(method);
    if (!result) return result.error();
    if (list != nullptr) {
      place = list_of(*result, list);
    } else {
      place = std::move(*result);
    }
    return Done{};
  };
  sample.at = std::chrono::steady_clock::now();
  if (auto done = ask("counters.get", "counters", sample.counters); !done) return done.error();
  if (auto done = ask("outcomes.list", "outcomes", sample.outcomes); !done) return done.error();
  if (auto done = ask("workers.list", "workers", sample.workers); !done) return done.error();
  if (auto done = ask("ports.list", "ports", sample.ports); !done) return done.error();
  if (auto done = ask("status.get", nullptr, sample.status); !done) return done.error();
  return sample;
}

std::vector<std::string> view_of(const Sample& before, const Sample& now, std::size_t columns,
                                 const Style& style) {
  const Rates rates(before, now);
  std::vector<std::string> lines{head_of(now, rates)};
  const auto add = [&](Table table) {
    if (table.is_empty()) return;
    lines.emplace_back();
    append(lines, table.take(style));
  };
  add(sides(rates));
  add(ports(before, now, rates));
  add(workers(before, now, rates));
  add(drops(before, now, rates));
  add(dhcp(now, rates));
  if (columns != 0) {
    for (std::string& line : lines) line = cut(line, columns);
  }
  return lines;
}

Json rates_of(const Sample& before, const Sample& now) {
  const Rates rates(before, now);
  Json changed = Json::object();
  for (const auto& [name, value] : now.counters.items()) {
    if (name == "bindings" || name == "rules" || name == "held-packets") continue;
    const double rate = rates.of_counter(name);
    if (rate > 0) changed[name] = std::round(rate * 1000) / 1000;
  }
  return {{"seconds", std::round(rates.seconds() * 1000) / 1000},
          {"rates", std::move(changed)},
          {"bindings", number_of(now.status, "bindings")},
          {"rules", number_of(now.status, "rules")}};
}

}  // namespace softwire::ctl
