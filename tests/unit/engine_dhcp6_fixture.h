// SPDX-License-Identifier: BSD-3-Clause
// Frames with DHCP in UDP over IPv6, and policies that take them.
#pragma once

#include "controlplane/dhcp/codec/udp6_datagram.h"
#include "softwire/derived_address.h"
#include "tests/unit/icmp_fixture.h"

namespace softwire {

inline const Octets kMessage{11, 0x12, 0x34, 0x56};
inline const Ipv6Address kClient = *parse_ipv6("fe80::17");

inline dataplane::Policy taking(bool dhcpv6, bool dhcpv4) {
  dataplane::Policy result = policy();
  result.ipv6_address = kHubIpv6;
  result.dhcp_over_ipv6 = {.dhcpv6 = dhcpv6, .dhcpv4 = dhcpv4};
  return result;
}

inline Octets udp6(const Ipv6Address& source, const Ipv6Address& destination, Port port,
                   const Octets& message = kMessage, Port from = 546) {
  Octets packet(controlplane::dhcp::kUdp6HeaderBytes + message.size());
  controlplane::dhcp::write_udp6({source, from, destination, port}, message, packet);
  return packet;
}

inline Octets to_hub(const Octets& packet, const MacAddress& mac = kHubIpv6Mac) {
  return ethernet_frame({mac, kRouterIpv6Mac}, ether_type::kIpv6, packet);
}

inline Octets multicast(Port port) {
  return to_hub(udp6(kClient, kAllDhcpAgents, port), multicast_mac(kAllDhcpAgents));
}

}  // namespace softwire
