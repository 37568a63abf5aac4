// SPDX-License-Identifier: BSD-3-Clause
// Methods for the leases.
#include <optional>
#include <string>
#include <utility>

#include "controlplane/control/json_forms.h"
#include "controlplane/control/methods.h"
#include "controlplane/softwires/statements/rule_statement.h"
#include "softwire/address_text.h"

namespace softwire::controlplane {

namespace {

constexpr std::size_t kPage = 1000;
constexpr std::size_t kMaxPage = 10'000;

std::string hex_of(const ClientId& client) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 1; i < client.size(); ++i) {
    text += kDigits[client[i] >> 4];
    text += kDigits[client[i] & 15];
  }
  return text;
}

Json lease_to_json(const Lease& lease) {
  Json json = to_json(lease.binding);
  // The first octet is the type of the rest: see ClientId.
  json[lease.client.front() == 0 ? "client-id" : "hardware"] = hex_of(lease.client);
  json["server"] = to_string(lease.server);
  json["expires"] = lease.expires == WallTime::max() ? Json() : Json(to_string(lease.expires));
  return json;
}

// Parses "192.0.2.1 5": the last lease of the previous page.
std::optional<LeaseKey> parse_cursor(const std::string& text) {
  const std::size_t blank = text.find(' ');
  if (blank == std::string::npos) return std::nullopt;
  const auto ipv4 = parse_ipv4(text.substr(0, blank));
  const auto psid = parse_number(text.substr(blank + 1), 0xffff);
  if (!ipv4 || !psid) return std::nullopt;
  return LeaseKey{*ipv4, static_cast<Psid>(*psid)};
}

RpcOutcome list_leases(const LeaseTable& lease_table, const Json& params) {
  std::optional<LeaseKey> after;
  if (params.contains("after")) {
    after = parse_cursor(params["after"].get<std::string>());
    if (!after) {
      return RpcError{
          RpcCode::kBadParams,
          "after: is not a value of next from a previous page; give such a value, or leave after out",
          "params.after"};
    }
  }
  const auto limit = params.value("limit", kPage);
  Json leases = Json::array();
  Json next;
  std::string last;
  const auto visit = [&](const Lease& lease) {
    if (leases.size() == limit) {
      next = last;
      return false;
    }
    leases.push_back(lease_to_json(lease));
    last = to_string(lease.binding.ipv4) + " " + std::to_string(lease.binding.ports.psid);
    return true;
  };
  if (!params.contains("ipv6")) {
    lease_table.for_each(after, visit);
  } else {
    for (const Lease* lease : lease_table.of_subscriber(*parse_ipv6(params["ipv6"].get<std::string>()))) {
      if ((!after || lease->key() > *after) && !visit(*lease)) break;
    }
  }
  return Json{{"leases", std::move(leases)}, {"next", std::move(next)}};
}

}  // namespace

void add_lease_methods(std::vector<Method>& methods, const ControlContext& context) {
  methods.push_back(
      {.name = "leases.list",
       .summary = "lists the DHCPv4 leases that are bindings, a page at a time, by address and PSID",
       .params = {{.name = "ipv6", .type = ParamType::kIpv6, .help = "those of the B4 address"},
                  {.name = "limit",
                   .type = ParamType::kNumber,
                   .help = "most leases on the page; default 1000",
                   .min = 1,
                   .max = kMaxPage},
                  {.name = "after", .help = "the value of next on the previous page"}},
       .result = "{leases: [{ipv4, psid-offset, psid-len, psid, b4, br, client-id or hardware, server, "
                 "expires}], next}; expires: null if the lease never expires; next: null on the last page",
       .run = [hub = context.hub](const Json& params, ControlSession&, const RpcReply& reply) {
         reply(list_leases(hub->leases(), params));
       }});
}

}  // namespace softwire::controlplane
