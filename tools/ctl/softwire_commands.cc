// SPDX-License-Identifier: BSD-3-Clause
// The commands add, del and lookup, for single softwires.
#include <optional>

#include "controlplane/softwires/statements/rule_statement.h"
#include "controlplane/softwires/statements/softwires_file.h"
#include "controlplane/text/values.h"
#include "softwire/address_text.h"
#include "softwire/wall_time.h"
#include "tools/ctl/families.h"
#include "tools/ctl/format.h"
#include "tools/ctl/lookup_text.h"

namespace softwire::ctl {

namespace {

using controlplane::in_quotes;
using controlplane::Port68;

// Returns the words after add and del: "binding ipv4 ...".
std::string statement_of(const Invocation& invocation) {
  std::string statement(invocation.command().name.substr(invocation.command().name.find(' ') + 1));
  for (const std::string& word : invocation.arguments) statement += " " + word;
  return statement;
}

// softwired checks port 68, because its configuration has the port-68 key.
constexpr Port68 kPort68 = Port68::kExclude;

template <typename Parsed>
CommandResult<Done> change(Invocation& invocation, const char* what, const Parsed& parsed) {
  if (!parsed) return wrong_usage(std::string(invocation.command().name) + ": " + parsed.error().text);
  // A rule or a new BR address rebuilds the tables.
  const auto result =
      invocation.call_long("softwires.change", {{what, Json::array({statement_of(invocation)})}});
  if (!result) return without_field(result.error());
  if (invocation.json()) invocation.print(*result);
  return Done{};
}

CommandResult<Done> run_add_binding(Invocation& invocation) {
  return change(invocation, "add", controlplane::parse_binding(statement_of(invocation), kPort68));
}

CommandResult<Done> run_add_rule(Invocation& invocation) {
  return change(invocation, "add", controlplane::parse_rule(statement_of(invocation), kPort68));
}

CommandResult<Done> run_del_binding(Invocation& invocation) {
  return change(invocation, "remove", controlplane::parse_binding_key(statement_of(invocation)));
}

CommandResult<Done> run_del_rule(Invocation& invocation) {
  // The prefix of the rule is enough. softwired checks the other words.
  const auto& words = invocation.arguments;
  const auto ipv4 = std::ranges::find(words, "ipv4");
  Result<Done> parsed = Done{};
  if (ipv4 == words.end() || ipv4 + 1 == words.end()) {
    parsed = Error{"the rule has no ipv4; add ipv4 and the rule's IPv4 prefix"};
  } else if (!parse_ipv4_prefix(*(ipv4 + 1))) {
    parsed = Error{"ipv4: " + in_quotes(*(ipv4 + 1)) + " is not an IPv4 prefix such as 192.0.2.0/24"};
  }
  return change(invocation, "remove", parsed);
}

// Parses "192.0.2.1:4711", "192.0.2.1" or "2001:db8:1::2".
std::optional<Json> params_of_holder(const std::string& who) {
  if (parse_ipv6(who)) return Json{{"ipv6", who}};
  const std::size_t colon = who.find(':');
  const std::string address = who.substr(0, colon);
  if (!parse_ipv4(address)) return std::nullopt;
  Json params = {{"ipv4", address}};
  if (colon != std::string::npos) {
    const auto port = parse_number(who.substr(colon + 1), 0xffff);
    if (!port) return std::nullopt;
    params["port"] = *port;
  }
  return params;
}

CommandResult<Done> run_lookup(Invocation& invocation) {
  const std::string& who = invocation.arguments.front();
  auto params = params_of_holder(who);
  if (!params) {
    return wrong_usage(
        "lookup: " + in_quotes(who) +
        " is neither an IPv4 address, with or without a port, such as 192.0.2.1:4711, nor an IPv6 address");
  }
  std::string when;
  if (const auto at = invocation.option("at")) {
    const auto time = parse_wall_time(*at);
    if (!time) {
      return wrong_usage(
          "--at: " + in_quotes(*at) +
          " is not a time; write 2026-11-01 12:00 (local), or add Z or an offset such as +01:00");
    }
    (*params)["at"] = to_string(*time);
    when = to_string(*time);
  }
  const auto result = invocation.call("softwires.lookup", *params);
  if (!result) return without_field(result.error());
  const Json& found = list_of(*result, "found");
  if (invocation.json()) {
    invocation.print(found);
  } else if (!found.empty()) {
    invocation.out() << text_of_lookup(who, when, found, invocation.style());
    if (!result->value("certain", true)) {
      invocation.out() << "The system clock was set around this time. These are all who may be meant.\n";
    }
  }
  if (!found.empty()) return Done{};
  return Failure{ExitStatus::kNotFound,
                 who + (when.empty() ? " belongs to nobody" : " belonged to nobody at " + local_time(when))};
}

std::vector<Input> binding_words(bool all_needed) {
  const auto needed = [all_needed](Input input) {
    input.required = all_needed;
    return input;
  };
  return {required(pair("ipv4", "ADDRESS", "the subscriber's IPv4 address, whole or shared")),
          pair("psid-offset", "BITS", "offset bits of the port set; default 0"),
          pair("psid-len", "BITS",
               all_needed ? "PSID length of the port set; default 0: the whole address"
                          : "PSID length of the port set; must match the binding, if given"),
          pair("psid", "N", "PSID of the port set, decimal or 0x hexadecimal"),
          needed(pair("b4", "ADDRESS", "the subscriber's IPv6 address (B4)")),
          needed(pair("br", "ADDRESS", "the hub's IPv6 address (BR)"))};
}

}  // namespace

void add_softwire_commands(Commands& commands) {
  commands.push_back(
      {.name = "add binding",
       .summary = "binds an IPv4 address, or a part of its ports, to a subscriber",
       .inputs = binding_words(true),
       .reads_words_itself = true,
       .details =
           "The words are those of softwires.conf. softwired keeps the binding over restarts.\n\n  "
           "softwirectl add binding ipv4 192.0.2.1 psid-len 6 psid 1 b4 2001:db8:1::1 br 2001:db8:ff::1",
       .run = &run_add_binding});
  commands.push_back(
      {.name = "add rule",
       .summary = "adds a MAP rule",
       .inputs =
           {required(one_of(argument("map-e|map-t", "encapsulation (map-e) or translation (map-t)"),
                            {"map-e", "map-t"})),
            required(pair("ipv4", "PREFIX", "the domain's IPv4 addresses")),
            required(pair("ipv6", "PREFIX", "the domain's IPv6 prefix")),
            required(pair("ea-len", "BITS", "number of EA bits: those of the IPv4 suffix and the PSID")),
            pair("psid-offset", "BITS", "offset bits of the port sets; default 6"),
            pair("psid-len", "BITS", "only for a rule of one CE"),
            pair("psid", "N", "only for a rule of one CE"),
            pair("br", "ADDRESS", "map-e: the hub's IPv6 address (BR)"),
            pair("dmr", "PREFIX", "map-t: prefix that IPv4 addresses outside the domain are embedded in")},
       .reads_words_itself = true,
       .details = "  softwirectl add rule map-e ipv4 192.0.2.0/24 ipv6 2001:db8::/40 ea-len 16 br "
                  "2001:db8:ffff::1",
       .run = &run_add_rule});
  commands.push_back({.name = "del binding",
                      .summary = "removes a binding that was added with add or load",
                      .inputs = binding_words(false),
                      .reads_words_itself = true,
                      .details = "To remove a binding of softwires.conf, remove it from the file and "
                                 "reload.\n\n  softwirectl del binding ipv4 192.0.2.1 psid 1",
                      .run = &run_del_binding});
  commands.push_back({.name = "del rule",
                      .summary = "removes a MAP rule that was added with add or load",
                      .inputs = {required(pair("ipv4", "PREFIX", "the rule's IPv4 prefix"))},
                      .reads_words_itself = true,
                      .details = "Further words of the rule may be given; they must match the rule.",
                      .run = &run_del_rule});
  commands.push_back(
      {.name = "lookup",
       .summary = "finds who has or had an IPv4 address and port, or what a subscriber has or had",
       .inputs = {argument(
                      "ADDRESS[:PORT]|ADDRESS",
                      "an IPv4 address, with the port if it is shared; or the IPv6 address of a subscriber"),
                  option("at", "TIME",
                         "the time to look at: 2026-11-01 12:00, local, or with Z or an offset such as "
                         "+01:00; default: now")},
       .details = "  softwirectl lookup 192.0.2.1:4711 --at '2026-11-01 12:00'\n\nThe exit status is 4 when "
                  "nobody is found.",
       .run = &run_lookup});
}

}  // namespace softwire::ctl
