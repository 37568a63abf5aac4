// SPDX-License-Identifier: BSD-3-Clause
// The engine's part in DHCP that comes in UDP over IPv6, be it DHCPv6 or DHCPv4, and how answers leave.
#include "dataplane/pipeline/engine.h"
#include "dataplane/pipeline/internal.h"
#include "softwire/derived_address.h"
#include "softwire/wire.h"

namespace softwire::dataplane {

namespace {

constexpr Port kDhcpv6ServerPort = 547;  // RFC 8415 section 7.2

}  // namespace

// Of a packet that is not a softwire's: whether its destination takes DHCP.
bool Engine::may_be_dhcp(const Item& item) const {
  const DhcpOverIpv6Policy& taken = policy_.dhcp_over_ipv6;
  if (!taken.takes_any()) return false;
  const Ipv6Address& destination = ipv6_header(*item.frame, item.packet.ip_offset).destination;
  if (destination == kAllDhcpAgents) return taken.dhcpv6;
  return destination == policy_.ipv6_address && !destination.is_unspecified() &&
         !table_->is_in_dmr(destination);
}

bool Engine::is_udp_fragment(const UpperLayer& upper) {
  return upper.protocol == ip_protocol::kUdp && upper.is_fragment();
}

// Of a whole packet that may be DHCP. An answer must have somewhere to go.
[[gnu::cold, gnu::noinline]] Outcome Engine::dhcp_over_ipv6(Item& item, Instant now) {
  const Ipv6Header& ipv6 = ipv6_header(*item.frame, item.packet.ip_offset);
  const DhcpOverIpv6Policy& taken = policy_.dhcp_over_ipv6;
  const bool to_group = ipv6.destination.is_multicast();
  const bool is_to_dhcpv6 = item.packet.is_udp_to(kDhcpv6ServerPort);
  const bool is_from_server = is_to_dhcpv6 && !to_group && taken.is_server(ipv6.source);
  const bool is_dhcpv6 = is_from_server || (is_to_dhcpv6 && taken.dhcpv6);
  const bool is_dhcpv4 = taken.dhcpv4 && !to_group && item.packet.is_udp_to(kDhcpServerPort);
  if ((!is_dhcpv6 && !is_dhcpv4) || !is_other_node(ipv6.source)) return Outcome::kIpv6NotSoftwire;
  if (!to_group && is_link_broadcast(*item.frame)) return Outcome::kLinkBroadcast;
  const bool is_from_relay = is_dhcpv6 && taken.is_relay(ipv6.source);
  item.packet.ipv4_offset = item.packet.ipv4_length = 0;
  const Outcome reason = is_dhcpv6 ? Outcome::kPuntDhcpv6 : Outcome::kPuntDhcpOverIpv6;
  if (is_from_server) return punt(item, Side::kIpv6, reason, dhcp4o6_reply_bucket_, now);
  if (is_from_relay) return punt(item, Side::kIpv6, reason, relay_bucket_, now);
  return punt_request(item, reason, ipv6.source, now);
}

// As it is, to the station that the control plane names, else to the gateway. A destination on the link is
// asked for no more than one beyond it: clients and relays with a global address are answered by way of the
// gateway.
[[gnu::cold, gnu::noinline]] Outcome Engine::inject_ipv6(Mbuf& packet) {
  const std::uint32_t length = packet.pkt_len;
  if (packet.data_len < sizeof(Ipv6Header)) return Outcome::kIpv6Truncated;
  const Ipv6Header& ipv6 = ipv6_header(packet, 0);
  if (ipv6.version() != 6) return Outcome::kIpv6Version;
  if (sizeof(Ipv6Header) + ipv6.payload_length.value() != length) return Outcome::kIpv6Truncated;
  std::uint8_t* front = replace_front(packet, 0, ipv6_ethernet_.bytes());
  if (front == nullptr) return Outcome::kNoBufferRoom;
  ipv6_ethernet_.write(front);
  if (const MacAddress& station = context_of(packet).station; station.is_set()) {
    EthernetTemplate::write_destination(front, station);
  }
  return length > policy_.ipv6.mtu ? fragment_ipv6(packet, ipv6_ethernet_.bytes(), Outcome::kInjectedIpv6)
                                   : Outcome::kInjectedIpv6;
}

}  // namespace softwire::dataplane
