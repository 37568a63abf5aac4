// SPDX-License-Identifier: BSD-3-Clause
// The commands watch, top and capture, which run until they are stopped.
#include <poll.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "controlplane/text/values.h"
#include "softwire/outcome.h"
#include "tools/ctl/capture.h"
#include "tools/ctl/events.h"
#include "tools/ctl/families.h"
#include "tools/ctl/format.h"
#include "tools/ctl/screen.h"
#include "tools/ctl/signals.h"
#include "tools/ctl/top_view.h"

namespace softwire::ctl {

namespace {

CommandResult<Done> run_watch(Invocation& invocation) {
  const StopSignals stop;
  Json params = Json::object();
  if (!invocation.arguments.empty()) params["kinds"] = invocation.arguments;
  const auto subscribed = invocation.call("events.subscribe", std::move(params));
  if (!subscribed) return in_own_words(invocation.command(), subscribed.error());
  const auto client = invocation.client();
  while (invocation.out()) {
    const auto event = (*client)->next(std::chrono::milliseconds(-1), stop.fd());
    if (!event) return event.error();
    if (!*event) break;
    if ((*event)->method != "event") continue;
    if (invocation.json()) {
      invocation.print_line((*event)->params);
    } else {
      invocation.out() << line_of_event((*event)->params, invocation.style()) << std::endl;
    }
  }
  return Done{};
}

// Returns --interval in milliseconds.
CommandResult<int> interval_of(const Invocation& invocation) {
  const std::string text = invocation.option("interval").value_or("1");
  double seconds = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, seconds);
  if (error != std::errc() || stop != end || !(seconds >= 0.1 && seconds <= 3600)) {
    return wrong_usage("--interval: " + controlplane::in_quotes(text) +
                       " is not a number of seconds from 0.1 to 3600");
  }
  return static_cast<int>(std::lround(seconds * 1000));
}

// Ends with the first failure, also when softwired has ended.
template <typename Wait, typename Draw>
CommandResult<Done> sample_until(Client& client, bool once, Wait wait, Draw draw) {
  auto before = take_sample(client);
  if (!before) return before.error();
  while (!wait()) {
    auto now = take_sample(client);
    if (!now) return now.error();
    if (!draw(*before, *now) || once) break;
    before = std::move(now);
  }
  return Done{};
}

CommandResult<Done> run_top(Invocation& invocation) {
  const auto interval = interval_of(invocation);
  if (!interval) return interval.error();
  const auto client = invocation.client();
  if (!client) return client.error();
  const StopSignals stop;
  const bool once = invocation.has("once");
  if (invocation.surroundings().out_is_terminal && !once && !invocation.json()) {
    Screen screen(invocation.out());
    screen.draw({"softwirectl top: waiting for the first figures; q ends it"});
    return sample_until(
        **client, once, [&] { return screen.wait(*interval, stop.fd()); },
        [&](const Sample& before, const Sample& now) {
          screen.draw(view_of(before, now, screen.size().columns, invocation.style()));
          return true;
        });
  }
  bool is_first = true;
  return sample_until(
      **client, once,
      [&] {
        pollfd watched{stop.fd(), POLLIN, 0};
        return poll(&watched, 1, *interval) > 0;
      },
      [&](const Sample& before, const Sample& now) {
        if (invocation.json()) {
          invocation.print_line(rates_of(before, now));
        } else {
          if (!is_first) invocation.out() << '\n';
          is_first = false;
          for (const std::string& line : view_of(before, now, 0, invocation.style())) {
            invocation.out() << line << '\n';
          }
          invocation.out() << std::flush;
        }
        return static_cast<bool>(invocation.out());
      });
}

bool is_drop(std::string_view outcome) {
  return std::ranges::any_of(kOutcomes, [outcome](const OutcomeInfo& one) {
    return one.name == outcome && one.disposition == Disposition::kDropped;
  });
}

CommandResult<Done> run_capture(Invocation& invocation) {
  constexpr std::uint32_t kMaxCount = 4'000'000'000;
  constexpr std::uint32_t kMaxFrameBytes = 65'535;
  const auto count = invocation.number("count", 1, kMaxCount);
  if (!count) return count.error();
  const auto snaplen = invocation.number("snaplen", 64, kMaxFrameBytes);
  if (!snaplen) return snaplen.error();
  CaptureWishes wishes;
  if (!invocation.json()) {
    if (invocation.arguments.empty())
      return wrong_usage("capture: FILE is missing; - is the standard output");
    wishes.path = invocation.arguments.front();
  }
  wishes.count = count->value_or(0);
  wishes.snaplen = snaplen->value_or(kMaxFrameBytes);
  if (const auto given = invocation.options.find("outcome"); given != invocation.options.end()) {
    for (const std::string& name : given->second) {
      if (!is_drop(name)) {
        return wrong_usage(
            "--outcome: " + controlplane::in_quotes(name) +
            " is not an outcome that drops packets; softwirectl show outcomes --all lists them");
      }
    }
    wishes.params["outcomes"] = given->second;
  }
  for (const char* name : {"filter", "side"}) {
    if (const auto value = invocation.option(name)) wishes.params[name] = *value;
  }
  if (*snaplen) wishes.params["snaplen"] = **snaplen;
  const auto client = invocation.client();
  if (!client) return client.error();
  const StopSignals stop;
  const auto captured = invocation.json() ? print_captured(**client, wishes, invocation.out(), stop.fd())
                                          : capture_to_file(**client, wishes, stop.fd());
  if (!captured) return in_own_words(invocation.command(), captured.error());
  invocation.surroundings().err << counted(captured->packets, "packet") << " captured, " << captured->missed
                                << " missed\n";
  return Done{};
}

}  // namespace

void add_live_commands(Commands& commands) {
  commands.push_back(
      {.name = "top",
       .summary = "shows current rates: traffic by side, ports, workers, drops, DHCP",
       .inputs = {option("interval", "SECONDS", "time between two samples, 0.1 to 3600; default 1"),
                  flag("once", "show one sample after one interval, then end")},
       .details = "On a terminal the view is drawn in place, and q or Ctrl-C ends it. Otherwise one block "
                  "follows the other. With --json, each line is a JSON text with the rates per second of the "
                  "counters that have changed.",
       .run = &run_top});
  commands.push_back({.name = "watch",
                      .summary = "shows events as they happen, one per line",
                      .inputs = {one_of(repeated(optional(argument(
                                            "KIND", "softwire, reload, link, gateway, health; default: all",
                                            Offer::kEventKind))),
                                        {kEventKinds.begin(), kEventKinds.end()})},
                      .details = "Ends on Ctrl-C. With --json, each line is a JSON text.",
                      .run = &run_watch});
  commands.push_back(
      {.name = "capture",
       .summary = "captures dropped packets, each with the reason in its packet comment",
       .inputs = {repeated(option("outcome", "OUTCOME",
                                  "only packets with this outcome; default: all that drop", Offer::kOutcome)),
                  option("filter", "EXPRESSION", "only packets that match, see pcap-filter(7)"),
                  one_of(option("side", "ipv4|ipv6", "only packets that arrived on this side"),
                         {"ipv4", "ipv6"}),
                  option("count", "N", "end after this many packets; default: on Ctrl-C"),
                  option("snaplen", "N", "most octets of a frame, from 64; default: all"),
                  optional(argument(
                      "FILE", "pcapng file, replaced when the capture has begun; -: the standard output",
                      Offer::kFile))},
       .details = "  softwirectl capture --outcome drop-no-binding-destination --count 100 drops.pcapng\n  "
                  "softwirectl capture - | tshark -r - -T fields -e frame.comment -e ip.src\n\nWith --json "
                  "there is no FILE: each packet is one line with a JSON text on the standard output.",
       .run = &run_capture});
}

}  // namespace softwire::ctl
