// SPDX-License-Identifier: BSD-3-Clause
// The commands show ...: print what softwired reports about itself. With --json they print its result; of a
// list only the array.
#include <algorithm>
#include <functional>

#include "tools/ctl/families.h"
#include "tools/ctl/format.h"
#include "tools/ctl/pages.h"
#include "tools/ctl/table.h"

namespace softwire::ctl {

namespace {

using Show = void (*)(Invocation&, const Json& result);

// Makes the run function for a method that answers once. `list`: the array in the result, which --json prints
// alone.
auto show(const char* method, const char* list, Show text) {
  return [method, list, text](Invocation& invocation) -> CommandResult<Done> {
    const auto result = invocation.call(method);
    if (!result) return result.error();
    if (!invocation.json()) {
      text(invocation, *result);
    } else {
      invocation.print(list == nullptr ? *result : list_of(*result, list));
    }
    return Done{};
  };
}

void show_status(Invocation& invocation, const Json& status) {
  Listing listing;
  listing.add("version", text_of(status, "version"));
  listing.add("pid", text_of(status, "pid"));
  const auto uptime = std::chrono::seconds(number_of(status, "uptime-seconds"));
  listing.add("up", duration(uptime) + ", since " + local_time(text_of(status, "started")));
  for (const char* key : {"config", "state", "workers", "instruction-set", "bindings", "rules"}) {
    listing.add(key, text_of(status, key));
  }
  std::string addresses;
  for (const Json& address : list_of(status, "br-addresses")) {
    addresses += (addresses.empty() ? "" : " ") + address.get<std::string>();
  }
  listing.add("br-addresses", addresses.empty() ? "none" : addresses);
  listing.add("hugepages", status.value("hugepages", false) ? "yes" : "no");
  if (const Json& store = list_of(status, "store"); !store.empty()) {
    std::string text = text_of(store, "state");
    for (const Json& problem : list_of(store, "problems")) text += "; " + problem.get<std::string>();
    listing.add("store", text == "ok" ? text : text + "; softwirectl store check");
  }
  const Json reload = status.value("last-reload", Json());
  if (!reload.is_object()) {
    listing.add("last-reload", "none");
  } else {
    const bool ok = reload.value("ok", false);
    listing.add("last-reload", {local_time(text_of(reload, "at")) + ", " +
                                    (ok ? "succeeded" : "refused: " + text_of(reload, "error")),
                                ok ? Look::kPlain : Look::kBad});
  }
  invocation.out() << listing.text(invocation.style());
}

void show_neighbors(Invocation& invocation, const Json& result) {
  Table table({{"SIDE"}, {"GATEWAY"}, {"MAC"}, {"STATE"}, {"SINCE"}});
  for (const Json& neighbor : list_of(result, "neighbors")) {
    const std::string state = text_of(neighbor, "state");
    table.add({text_of(neighbor, "side"),
               text_of(neighbor, "gateway"),
               text_of(neighbor, "mac"),
               {state, state == "incomplete" || state == "failed" ? Look::kBad : Look::kPlain},
               local_time(text_of(neighbor, "since"))});
  }
  invocation.out() << table.take(invocation.style());
  if (!result.contains("conflicts") || result["conflicts"].empty()) return;
  Table conflicts({{"SIDE"}, {"ADDRESS"}, {"OF"}, {"CLAIMED BY"}, right("FRAMES"), {"SINCE"}, {"LAST"}});
  for (const Json& conflict : list_of(result, "conflicts")) {
    conflicts.add({text_of(conflict, "side"),
                   text_of(conflict, "address"),
                   text_of(conflict, "of"),
                   {text_of(conflict, "mac"), Look::kBad},
                   text_of(conflict, "frames"),
                   local_time(text_of(conflict, "since")),
                   local_time(text_of(conflict, "last"))});
  }
  invocation.out() << "\n" << conflicts.take(invocation.style());
}

// The exit status tells whether everything is ok, for scripts that watch the hub.
CommandResult<Done> run_show_health(Invocation& invocation) {
  const auto result = invocation.call("health.get");
  if (!result) return result.error();
  if (invocation.json()) {
    invocation.print(*result);
  } else {
    const auto look = [](std::string_view state) {
      return state == "ok" ? Look::kGood : state == "failed" ? Look::kBad : Look::kWarning;
    };
    Table table({{"CHECK"}, {"STATE"}, {"SINCE"}, {"REASON"}});
    for (const Json& check : list_of(*result, "checks")) {
      const std::string state = text_of(check, "state");
      table.add({text_of(check, "name"),
                 {state, look(state)},
                 local_time(text_of(check, "since")),
                 check.value("reason", Json()).is_string() ? text_of(check, "reason") : std::string()});
    }
    invocation.out() << table.take(invocation.style());
    if (!result->value("ready", false)) invocation.out() << "the hub is not ready: a check has failed\n";
  }
  if (text_of(*result, "state") != "ok") return Failure{ExitStatus::kUnusable, ""};
  return Done{};
}

void show_rules(Invocation& invocation, const Json& result) {
  Table table({{"RULE"},
               {"IPV4"},
               {"IPV6"},
               right("EA-LEN"),
               right("PSID-OFFSET"),
               right("PSID-LEN"),
               right("PSID"),
               {"BR OR DMR"},
               {"ORIGIN"},
               {"SINCE"}});
  for (const Json& rule : list_of(result, "rules")) {
    table.add({text_of(rule, "rule"), text_of(rule, "ipv4"), text_of(rule, "ipv6"), text_of(rule, "ea-len"),
               text_of(rule, "psid-offset"), text_of(rule, "psid-len"), text_of(rule, "psid"),
               text_of(rule, rule.contains("br") ? "br" : "dmr"), text_of(rule, "origin"),
               local_time(text_of(rule, "since"))});
  }
  invocation.out() << table.take(invocation.style());
}

void show_config(Invocation& invocation, const Json& result) {
  invocation.out() << "# " << text_of(result, "path") << '\n';
  for (const auto& [key, value] : list_of(result, "settings").items()) {
    for (const Json& one : value.is_array() ? value : Json::array({value})) {
      invocation.out() << key << " = " << (one.is_string() ? one.get<std::string>() : one.dump()) << '\n';
    }
  }
}

void add_counters(Invocation& invocation, const Json& counters, Table& table, bool all) {
  for (const auto& [name, value] : counters.items()) {
    if (all || value != 0) {
      table.add({name, human_if(invocation.has("human"), number_of(counters, name))});
    }
  }
}

CommandResult<Done> run_show_counters(Invocation& invocation) {
  Json params = {{"nonzero", !invocation.has("all")}};
  if (!invocation.arguments.empty()) params["prefix"] = invocation.arguments.front();
  const auto result = invocation.call("counters.get", params);
  if (!result) return result.error();
  if (invocation.json()) {
    invocation.print(*result);
    return Done{};
  }
  const Json& counters = list_of(*result, "counters");
  if (counters.empty() && invocation.has("all") && !invocation.arguments.empty()) {
    return Failure{ExitStatus::kNotFound, "there are no counters that begin with " +
                                              invocation.arguments.front() +
                                              "; show counters --all lists them"};
  }
  Table table({{"COUNTER"}, right("VALUE")});
  add_counters(invocation, counters, table, true);
  invocation.out() << table.take(invocation.style());
  return Done{};
}

Look look_of_disposition(std::string_view disposition) {
  return disposition == "dropped" ? Look::kWarning : Look::kPlain;
}

CommandResult<Done> run_show_outcomes(Invocation& invocation) {
  const auto result = invocation.call("outcomes.list", {{"nonzero", !invocation.has("all")}});
  if (!result) return result.error();
  if (invocation.json()) {
    invocation.print(list_of(*result, "outcomes"));
    return Done{};
  }
  Table table({right("PACKETS"), {"OUTCOME"}, {"PACKET IS"}, {"WHAT"}, {"SOURCE"}});
  for (const Json& outcome : list_of(*result, "outcomes")) {
    const std::string disposition = text_of(outcome, "disposition");
    table.add({human_if(invocation.has("human"), number_of(outcome, "packets")),
               text_of(outcome, "name"),
               {disposition, look_of_disposition(disposition)},
               text_of(outcome, "help"),
               text_of(outcome, "clause")});
  }
  invocation.out() << table.take(invocation.style());
  return Done{};
}

void show_dhcp(Invocation& invocation, const Json& dhcp) {
  Listing listing;
  const bool enabled = dhcp.value("enabled", false);
  listing.add("relay",
              enabled ? "on" : "off: neither dhcp-relay.server nor dhcp-relay.dhcp4o6-server names a server");
  if (enabled) {
    std::string servers;
    for (const Json& server : list_of(dhcp, "servers")) {
      servers += (servers.empty() ? "" : " ") + server.get<std::string>();
    }
    listing.add("servers", servers);
    listing.add("address", text_of(dhcp, "address"));
    listing.add("client-suboption", text_of(dhcp, "client-suboption"));
  }
  const Json server = dhcp.value("server", Json::object());
  const bool serves = server.value("enabled", false);
  listing.add("embedded-server",
              serves ? "on" : "off: neither dhcp-server.pool nor dhcp-server.static is set");
  if (serves) {
    listing.add("server-address", text_of(server, "address"));
    listing.add("places", text_of(server, "places") + ", free: " + text_of(server, "free"));
  }
  listing.add("leases", text_of(dhcp, "leases"));
  invocation.out() << listing.text(invocation.style());
  Table table({{"COUNTER"}, right("VALUE")});
  add_counters(invocation, list_of(dhcp, "counters"), table, false);
  if (!table.is_empty()) invocation.out() << '\n' << table.take(invocation.style());
}

// A list with pages: its method, the array in a page, and the form of a row.
struct Pages {
  const char* method;
  const char* list;
  std::vector<Column> columns;
  std::vector<Cell> (*row)(const Json&);
};

std::vector<Column> binding_columns(bool ended) {
  std::vector<Column> columns{{"IPV4"}, right("PSID-OFFSET"), right("PSID-LEN"), right("PSID"), {"B4"},
                              {"BR"},   {"ORIGIN"},           {"SINCE"}};
  if (ended) {
    columns.push_back({"UNTIL"});
    columns.push_back({"REASON"});
  }
  return columns;
}

std::vector<Cell> cells_of(const Json& entry, std::initializer_list<const char*> keys) {
  std::vector<Cell> row;
  for (const char* key : keys) row.emplace_back(text_of(entry, key));
  return row;
}

std::vector<Cell> binding_row(const Json& binding) {
  auto row = cells_of(binding, {"ipv4", "psid-offset", "psid-len", "psid", "b4", "br", "origin"});
  row.emplace_back(local_time(text_of(binding, "since")));
  return row;
}

std::vector<Cell> ended_row(const Json& binding) {
  auto row = binding_row(binding);
  row.emplace_back(local_time(text_of(binding, "until")));
  row.emplace_back(text_of(binding, "reason"));
  return row;
}

std::vector<Cell> lease_row(const Json& lease) {
  const char* client = lease.contains("client-id") ? "client-id" : "hardware";
  auto row = cells_of(lease, {"ipv4", "psid-offset", "psid-len", "psid", "b4", client, "server"});
  row.emplace_back(lease.value("expires", Json()).is_string() ? local_time(text_of(lease, "expires"))
                                                              : std::string("never"));
  return row;
}

// Prints a list page by page, because it may be long.
CommandResult<Done> run_show_pages(Invocation& invocation, const Pages& pages) {
  constexpr std::uint32_t kMaxLimit = 1'000'000'000;
  const auto limit = invocation.number("limit", 1, kMaxLimit);
  if (!limit) return limit.error();
  Json params = Json::object();
  for (const auto& [word, value] : invocation.pairs) params[word] = value;

  const auto client = invocation.client();
  if (!client) return client.error();
  Table table(pages.columns);
  bool any = false;
  const auto done = for_each_page(**client, pages.method, pages.list, std::move(params),
                                  limit->value_or(kMaxLimit), [&](const Json& page) -> CommandResult<Done> {
                                    for (const Json& entry : page) {
                                      if (invocation.json()) {
                                        invocation.out()
                                            << (any ? ",\n" : "[\n") << invocation.text_of_json(entry, -1);
                                      } else {
                                        table.add(pages.row(entry));
                                      }
                                      any = true;
                                    }
                                    if (!invocation.json())
                                      invocation.out() << table.take(invocation.style());
                                    return invocation.out() ? CommandResult<Done>(Done{})
                                                            : unusable("standard output: cannot be written");
                                  });
  if (!done) return in_own_words(invocation.command(), done.error());
  if (invocation.json()) invocation.out() << (any ? "\n]\n" : "[]\n");
  return Done{};
}

Input human_option() {
  return flag("human", "numbers with three digits and a prefix, such as 1.23 M");
}

void add_state_commands(Commands& commands) {
  commands.push_back({.name = "show status",
                      .summary = "shows what runs, since when, and how many softwires there are",
                      .run = show("status.get", nullptr, &show_status)});
  commands.push_back(
      {.name = "show health",
       .summary = "shows what works and what does not, and since when",
       .details = "Makes all checks now. The exit status is 0 if all are ok, 1 if one is degraded or has "
                  "failed, 3 if softwired does not answer. The hub is ready as long as none has failed: it "
                  "forwards. docs/reliability.md lists the checks.",
       .run = &run_show_health});
  add_port_commands(commands);
  commands.push_back({.name = "show neighbors",
                      .summary = "shows the gateways of both sides, and stations that claimed our addresses",
                      .run = show("neighbors.list", "neighbors", &show_neighbors)});
  commands.push_back(
      {.name = "show counters",
       .summary = "shows counters by name",
       .inputs = {optional(argument("PREFIX", "only counters whose names begin with this", Offer::kCounter)),
                  flag("all", "also counters that are 0"), human_option()},
       .details = "docs/counters.md says what they count.\n\n  softwirectl show counters port-ipv4- --all",
       .run = &run_show_counters});
  commands.push_back({.name = "show outcomes",
                      .summary = "shows how many packets had each outcome",
                      .inputs = {flag("all", "also outcomes that no packet has had"), human_option()},
                      .run = &run_show_outcomes});
  commands.push_back({.name = "show dhcp",
                      .summary = "shows the DHCP relay, the embedded server, and their counters",
                      .run = show("dhcp.get", nullptr, &show_dhcp)});
}

}  // namespace

void add_show_commands(Commands& commands) {
  add_state_commands(commands);
  const Input limit = option("limit", "N", "most entries to show; default: all");
  commands.push_back(
      {.name = "show bindings",
       .summary = "shows the bindings, by address and PSID",
       .inputs = {pair("ipv4", "ADDRESS|PREFIX", "only bindings of the address, or in the prefix"),
                  pair("ipv6", "ADDRESS|PREFIX",
                       "only bindings of the B4 address, or of B4 addresses in the prefix"),
                  pair("br", "ADDRESS", "only bindings of the BR address"),
                  pair("origin", "ORIGIN",
                       "where the bindings come from: file (softwires.conf), operator, lease"),
                  limit},
       .details = "  softwirectl show bindings ipv4 192.0.2.0/24 origin operator --limit 20",
       .run = [](Invocation& invocation) {
         return run_show_pages(invocation,
                               {"bindings.list", "bindings", binding_columns(false), &binding_row});
       }});
  commands.push_back({.name = "show leases",
                      .summary = "shows the DHCPv4 leases that are bindings, by address and PSID",
                      .inputs = {pair("ipv6", "ADDRESS", "those of the B4 address"), limit},
                      .run = [](Invocation& invocation) {
                        return run_show_pages(invocation, {"leases.list",
                                                           "leases",
                                                           {{"IPV4"},
                                                            right("PSID-OFFSET"),
                                                            right("PSID-LEN"),
                                                            right("PSID"),
                                                            {"B4"},
                                                            {"CLIENT"},
                                                            {"SERVER"},
                                                            {"EXPIRES"}},
                                                           &lease_row});
                      }});
  commands.push_back({.name = "show rules",
                      .summary = "shows the MAP rules",
                      .run = show("rules.list", "rules", &show_rules)});
  commands.push_back({.name = "show config",
                      .summary = "shows the keys of softwired.conf that are set, as they are in effect",
                      .run = show("config.get", nullptr, &show_config)});
  commands.push_back(
      {.name = "show history",
       .summary = "shows ended bindings, the latest first",
       .inputs = {pair("ipv4", "ADDRESS|PREFIX", "only bindings of the address, or in the prefix"),
                  pair("ipv6", "ADDRESS|PREFIX",
                       "only bindings of the B4 address, or of B4 addresses in the prefix"),
                  limit},
       .run = [](Invocation& invocation) {
         return run_show_pages(invocation,
                               {"bindings.history", "bindings", binding_columns(true), &ended_row});
       }});
}

}  // namespace softwire::ctl
