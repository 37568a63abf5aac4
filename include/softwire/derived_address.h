// SPDX-License-Identifier: BSD-3-Clause
// Link addresses and groups that derive from other addresses.
#pragma once

#include <cstdint>

#include "softwire/address.h"

namespace softwire {

inline constexpr Ipv6Address kAllNodes = Ipv6Address::from_host(0xff02000000000000, 1);  // RFC 4291 2.7.1

// All_DHCP_Relay_Agents_and_Servers (RFC 8415 section 7.1).
inline constexpr Ipv6Address kAllDhcpAgents = Ipv6Address::from_host(0xff02000000000000, 0x10002);

// Returns the solicited-node multicast group of the address (RFC 4291 section 2.7.1).
constexpr Ipv6Address solicited_node_group(const Ipv6Address& address) {
  return Ipv6Address::from_host(0xff02000000000000, 0x1ff000000 | (address.low() & 0xffffff));
}

// Returns the MAC address of an IPv6 multicast group (RFC 2464 section 7).
constexpr MacAddress multicast_mac(const Ipv6Address& group) {
  const Ipv6Address::Octets& octets = group.octets();
  return MacAddress({0x33, 0x33, octets[12], octets[13], octets[14], octets[15]});
}

// Returns the link-local address of the station with this MAC address (RFC 2464 sections 4 and 5).
constexpr Ipv6Address link_local_address(const MacAddress& mac) {
  const MacAddress::Octets& octets = mac.octets();
  return Ipv6Address({0xfe, 0x80, 0, 0, 0, 0, 0, 0, static_cast<std::uint8_t>(octets[0] ^ 2), octets[1],
                      octets[2], 0xff, 0xfe, octets[3], octets[4], octets[5]});
}

}  // namespace softwire
