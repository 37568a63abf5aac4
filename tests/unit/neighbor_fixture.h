// SPDX-License-Identifier: BSD-3-Clause
// Messages of neighbours for tests of the engine.
#pragma once

#include <algorithm>
#include <vector>

#include "dataplane/neighbor/neighbor_message.h"
#include "engine_fixture.h"
#include "softwire/checksum.h"
#include "softwire/derived_address.h"

namespace softwire {

using dataplane::make_advertisement;
using dataplane::make_arp;
using dataplane::make_solicitation;
using dataplane::NdPacket;

inline const MacAddress kAskerMac({0x02, 0, 0, 0, 2, 0x01});
inline const MacAddress kNewMac({0x02, 0, 0, 0, 3, 0x01});
inline const Ipv4Address kAsker(198, 51, 100, 7);
inline const Ipv4Address kRouterIpv4(198, 51, 100, 254);
inline const Ipv6Address kOwn = *parse_ipv6("2001:db8:6::1");
inline const Ipv6Address kNode = *parse_ipv6("2001:db8:6::77");
inline const Ipv6Address kRouterIpv6 = *parse_ipv6("2001:db8:6::254");

inline const Ipv4Fields kDown{.source = kHost, .destination = kWhole, .ttl = 64};
inline const Ipv4Fields kDownSent{.source = kHost, .destination = kWhole, .ttl = 63};
inline const Ipv4Fields kUp{.source = kWhole, .destination = kHost, .ttl = 64};
inline const Ipv4Fields kUpSent{.source = kWhole, .destination = kHost, .ttl = 63};

// Configured gateways, so that none is resolved.
inline dataplane::Policy answering() {
  dataplane::Policy result = policy();
  result.ipv6_address = kOwn;
  return result;
}

inline dataplane::Policy asking() {
  dataplane::Policy result = answering();
  result.ipv4.gateway_mac = result.ipv6.gateway_mac = {};
  result.ipv4_gateway = kRouterIpv4;
  result.ipv6_gateway = kRouterIpv6;
  return result;
}

template <typename Packet>
inline Octets frame_of(const MacAddress& to, const MacAddress& from, std::uint16_t type,
                       const Packet& packet) {
  return ethernet_frame({to, from}, type, {reinterpret_cast<const std::uint8_t*>(&packet), sizeof packet});
}

inline Octets arp_frame(const MacAddress& to, const ArpPacket& arp) {
  return frame_of(to, arp.sender_mac, ether_type::kArp, arp);
}

inline Octets nd_frame(const MacAddress& to, const MacAddress& from, const NdPacket& packet) {
  return frame_of(to, from, ether_type::kIpv6, packet);
}

inline Octets arp_request(Ipv4Address target, Ipv4Address sender = kAsker) {
  return arp_frame(MacAddress::broadcast(), make_arp(ArpPacket::kRequest, kAskerMac, sender, {}, target));
}

inline Octets arp_reply_of_hub(Ipv4Address target, Ipv4Address asker = kAsker) {
  return arp_frame(kAskerMac, make_arp(ArpPacket::kReply, kHubIpv4Mac, target, kAskerMac, asker));
}

inline Octets arp_reply_of_router(const MacAddress& mac = kRouterIpv4Mac) {
  return arp_frame(kHubIpv4Mac, make_arp(ArpPacket::kReply, mac, kRouterIpv4, kHubIpv4Mac, kRelay));
}

inline Octets arp_question(const MacAddress& to) {
  return arp_frame(to, make_arp(ArpPacket::kRequest, kHubIpv4Mac, kRelay, {}, kRouterIpv4));
}

inline Octets solicitation(const Ipv6Address& target, const Ipv6Address& source = kNode) {
  const Ipv6Address group = solicited_node_group(target);
  return nd_frame(multicast_mac(group), kAskerMac, make_solicitation(source, group, target, kAskerMac));
}

// Duplicate address detection: the source is ::, and there is no option (RFC 4862 section 5.4.2).
inline Octets nd_probe(const Ipv6Address& target) {
  const Ipv6Address group = solicited_node_group(target);
  const NeighborMessage message{NeighborMessage::kSolicitation, 0, be16(), be32(), target};
  struct {
    Ipv6Header ipv6;
    NeighborMessage message;
  } packet{{be32(0x60000000), be16(sizeof message), ip_protocol::kIcmpv6, 255, {}, group}, message};
  packet.message.checksum = checksum({reinterpret_cast<const std::uint8_t*>(&packet.message), sizeof message},
                                     pseudo_header_sum({}, group, ip_protocol::kIcmpv6, sizeof message));
  return frame_of(multicast_mac(group), kAskerMac, ether_type::kIpv6, packet);
}

inline Octets advertisement_of_hub(const Ipv6Address& target, std::uint32_t flags) {
  return nd_frame(kAskerMac, kHubIpv6Mac, make_advertisement(kNode, target, flags, kHubIpv6Mac));
}

inline constexpr std::uint32_t kSolicitedOverride = NeighborMessage::kSolicited | NeighborMessage::kOverride;

inline Octets advertisement_of_router(std::uint32_t flags = kSolicitedOverride,
                                      const MacAddress& mac = kRouterIpv6Mac, const Ipv6Address& to = kOwn) {
  return nd_frame(kHubIpv6Mac, mac, make_advertisement(to, kRouterIpv6, flags, mac));
}

inline Octets nd_question() {
  const Ipv6Address group = solicited_node_group(kRouterIpv6);
  return nd_frame(multicast_mac(group), kHubIpv6Mac,
                  make_solicitation(kOwn, group, kRouterIpv6, kHubIpv6Mac));
}

inline Octets nd_question_to(const MacAddress& mac) {
  return nd_frame(mac, kHubIpv6Mac, make_solicitation(kOwn, kRouterIpv6, kRouterIpv6, kHubIpv6Mac));
}

// Both gateways have answered.
class ResolvedGateways : public EngineTest {
 protected:
  EngineHarness hub{asking(), bindings()};
  void SetUp() override {
    hub.poll();
    hub.run(Side::kIpv4, {arp_reply_of_router()});
    hub.run(Side::kIpv6, {advertisement_of_router()});
  }
  // Expects these destinations of the packets of each side. Zero: the packets wait.
  void expect_gateways(const MacAddress& ipv4, const MacAddress& ipv6) {
    const auto first_of = [](const std::vector<Octets>& sent) {
      MacAddress::Octets mac{};
      for (const Octets& frame : sent) std::copy_n(frame.begin(), mac.size(), mac.begin());
      return MacAddress(mac);
    };
    EXPECT_EQ(first_of(run(hub, Side::kIpv6, from_b4(kB4Whole, kUp)).ipv4), ipv4);
    EXPECT_EQ(first_of(run(hub, Side::kIpv4, from_internet(kDown)).ipv6), ipv6);
  }
};

}  // namespace softwire
