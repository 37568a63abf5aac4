// SPDX-License-Identifier: BSD-3-Clause
// Methods for the leases.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "controlplane/control/json_forms.h"
#include "controlplane/control/methods.h"
#include "controlplane/control/session.h"
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

Json lease_to_json(const Lease& lease, const RecordClock& clock) {
  Json json = to_json(lease.binding);
  // The first octet is the type of the rest: see ClientId. A damaged row of the store may have none.
  const bool is_hardware = !lease.client.empty() && lease.client.front() != 0;
  json[is_hardware ? "hardware" : "client-id"] = hex_of(lease.client);
  json["server"] = to_string(lease.server);
  json["expires"] = lease.expires == WallTime::max() ? Json() : Json(to_string(clock.shown(lease.expires)));
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

// A list that is made in parts, each in the peer's turn.
struct LeaseList {
  const LeaseTable& table;
  const RecordClock& clock;
  std::optional<Ipv6Address> ipv6;  // not set: all
  std::size_t limit;
  std::optional<LeaseKey> after = {};
  Json leases = Json::array();

  // Adds the next leases. Returns whether another part follows.
  bool add_part() {
    constexpr std::size_t kPart = 200;
    const std::size_t end = std::min(limit, leases.size() + kPart);
    bool has_more = false;
    const auto visit = [&](const Lease& lease) {
      has_more = leases.size() == end;
      if (has_more) return false;
      leases.push_back(lease_to_json(lease, clock));
      after = lease.key();
      return true;
    };
    if (!ipv6) {
      table.for_each(after, visit);
    } else {
      for (const Lease* lease : table.of_subscriber(*ipv6)) {
        if ((!after || lease->key() > *after) && !visit(*lease)) break;
      }
    }
    is_last = !has_more;
    return has_more && leases.size() != limit;
  }
  [[nodiscard]] Json result() {
    const Json next = is_last ? Json() : Json(to_string(after->ipv4) + " " + std::to_string(after->psid));
    return {{"leases", std::move(leases)}, {"next", next}};
  }

  bool is_last = false;
};

void continue_list(const std::shared_ptr<LeaseList>& list, ControlSession& session, const RpcReply& reply) {
  if (!list->add_part()) return reply(list->result());
  session.in_turn([list, &session, reply] { continue_list(list, session, reply); });
}

void list_leases(const LeaseTable& table, const RecordClock& clock, const Json& params,
                 ControlSession& session, const RpcReply& reply) {
  const auto list = std::make_shared<LeaseList>(LeaseList{table, clock, {}, params.value("limit", kPage)});
  if (params.contains("ipv6")) list->ipv6 = parse_ipv6(params["ipv6"].get<std::string>());
  if (params.contains("after")) {
    list->after = parse_cursor(params["after"].get<std::string>());
    if (!list->after) {
      return reply(RpcError{
          RpcCode::kBadParams,
          "after: is not a value of next from a previous page; give such a value, or leave after out",
          "params.after"});
    }
  }
  continue_list(list, session, reply);
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
       .run = [hub = context.hub, manager = context.manager](const Json& params, ControlSession& session,
                                                             const RpcReply& reply) {
         list_leases(hub->leases(), manager->clock(), params, session, reply);
       }});
}

}  // namespace softwire::controlplane
