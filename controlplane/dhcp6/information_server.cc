// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/dhcp6/information_server.h"

#include <algorithm>

#include "controlplane/dhcp6/s46.h"

namespace softwire::controlplane::dhcp6 {
namespace {

Bytes octets_of(const std::vector<Ipv6Address>& addresses) {
  Bytes out;
  for (const Ipv6Address& a : addresses) out.insert(out.end(), a.octets().begin(), a.octets().end());
  return out;
}

Bytes octets_of(const std::vector<std::uint16_t>& codes) {
  Bytes out;
  for (const std::uint16_t code : codes) {
    out.push_back(static_cast<std::uint8_t>(code >> 8));
    out.push_back(static_cast<std::uint8_t>(code));
  }
  return out;
}

}  // namespace

Result<Bytes, Outcome> InformationServer::answer(const Unwrapped& request, const Lookup& lookup) const {
  if (request.message.type() != MessageType::kInformationRequest) return Outcome::kDhcp6MessageType;
  const OptionsView& asked = request.message.options();
  if (asked.count(option::kClientId) > 1 || asked.count(option::kServerId) > 1)
    return Outcome::kDhcp6Malformed;
  const auto server = asked.sole(option::kServerId);
  if (server && !std::ranges::equal(*server, options_.server_duid)) return Outcome::kDhcp6ServerId;
  for (const std::uint16_t ia : {option::kIaNa, option::kIaTa, option::kIaPd}) {
    if (asked.count(ia) != 0) return Outcome::kDhcp6Ia;
  }

  Builder reply(MessageType::kReply, request.message.transaction_id());
  bool fits = reply.add(option::kServerId, options_.server_duid);
  if (const auto client = asked.sole(option::kClientId)) fits = fits && reply.add(option::kClientId, *client);
  const auto offer = [&](std::uint16_t code, bool have, const auto& make) {
    if (have && requests(asked, code)) fits = fits && reply.add(code, make());
  };
  const Provision has = lookup({request.path.client_address(), request.path.link_address()});
  offer(option::kDnsServers, !options_.dns_servers.empty(), [&] { return octets_of(options_.dns_servers); });
  offer(option::kInformationRefreshTime, true, [&] {
    const auto seconds =
        static_cast<std::uint32_t>(std::max(options_.refresh_time, kMinimumRefreshTime).count());
    return octets_of(
        std::vector{static_cast<std::uint16_t>(seconds >> 16), static_cast<std::uint16_t>(seconds)});
  });
  offer(option::kDhcp4oDhcp6Servers, options_.dhcp4o6_servers.has_value(),
        [&] { return octets_of(*options_.dhcp4o6_servers); });
  offer(option::kS46Priority, !options_.priority.empty(), [&] { return octets_of(options_.priority); });
  offer(option::kS46ContMapE, !has.map_e.empty(), [&] { return s46_container_map(has.map_e); });
  offer(option::kS46ContMapT, !has.map_t.empty(), [&] { return s46_container_map(has.map_t); });
  offer(option::kS46ContLw, has.binding.has_value(), [&] { return s46_container_lw(*has.binding); });
  if (!fits) return Outcome::kDhcp6TooBig;
  return request.path.wrap(reply.octets());
}

}  // namespace softwire::controlplane::dhcp6
