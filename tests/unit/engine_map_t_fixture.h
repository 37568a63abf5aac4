// SPDX-License-Identifier: BSD-3-Clause
// The MAP-T rules, packets and expectations that the tests of MAP-T in the engine share.
#pragma once

#include <vector>

#include "softwire/checksum.h"
#include "softwire/rule.h"
#include "tests/support/ip_packets.h"
#include "tests/unit/engine_fixture.h"

namespace softwire::map_t_test {

using testing::Icmp;
using testing::Ipv4Packet;
using testing::Ipv6Packet;
using testing::transport;

inline const Ipv4Address kFar(10, 2, 3, 4);
inline const Ipv6Address kFarInDmr = *parse_ipv6("2001:db8:ffff:0:a:203:400:0");
inline const Ipv4Address kCeAddress(192, 0, 2, 18);
inline const Ipv6Address kCe = *parse_ipv6("2001:db8:12:3400:0:c000:212:34");  // PSID 0x34
inline const Ipv6Address kNextCe = *parse_ipv6("2001:db8:12:3500:0:c000:212:35");
inline const Ipv4Address kWholeAddress(192, 0, 3, 5);
inline const Ipv6Address kWholeCe = *parse_ipv6("2001:db8:8005:0:0:c000:305:0");
inline const Ipv4Address kMapEAddress(10, 1, 0, 7);
inline const Ipv6Address kMapECe = *parse_ipv6("2001:db8:9007:0:0:a01:7:0");
inline const Ipv6Address kMapBr = *parse_ipv6("2001:db8:ff::3");

inline std::vector<Rule> make_rules() {
  Rule shared;  // RFC 7599 appendix A, example 1
  shared.kind = RuleKind::kMapT;
  shared.ipv4 = *parse_ipv4_prefix("192.0.2.0/24");
  shared.ipv6 = *parse_ipv6_prefix("2001:db8::/40");
  shared.ea_len = 16;
  shared.dmr = *parse_ipv6_prefix("2001:db8:ffff::/64");
  Rule whole = shared;
  whole.ipv4 = *parse_ipv4_prefix("192.0.3.0/24");
  whole.ipv6 = *parse_ipv6_prefix("2001:db8:8000::/40");
  whole.ea_len = 8;
  Rule encapsulating;
  encapsulating.ipv4 = *parse_ipv4_prefix("10.1.0.0/24");
  encapsulating.ipv6 = *parse_ipv6_prefix("2001:db8:9000::/40");
  encapsulating.ea_len = 8;
  encapsulating.br = kMapBr;
  return {shared, whole, encapsulating};
}

inline Octets on_ipv4(const Ipv4Packet& packet, bool in) {
  return ethernet_frame(
      in ? EthernetFields{kHubIpv4Mac, kRouterIpv4Mac} : EthernetFields{kRouterIpv4Mac, kHubIpv4Mac},
      ether_type::kIpv4, packet.octets());
}
inline Octets on_ipv6(const Ipv6Packet& packet, bool in) {
  return ethernet_frame(
      in ? EthernetFields{kHubIpv6Mac, kRouterIpv6Mac} : EthernetFields{kRouterIpv6Mac, kHubIpv6Mac},
      ether_type::kIpv6, packet.octets());
}

// A UDP datagram in either IP version, and its translation. Identifications are not predictable, so packets
// from a CE are long enough to have none.
struct Flow {
  Ipv4Address source;
  Ipv4Address destination;
  std::uint16_t source_port = 80;
  std::uint16_t destination_port = 80;
  unsigned octets = 1300;

  [[nodiscard]] Ipv4Packet ipv4(std::uint8_t ttl = 64) const {
    return {.source = source,
            .destination = destination,
            .ttl = ttl,
            .fragment = Ipv4Header::kDontFragment,
            .payload =
                transport(ip_protocol::kUdp, source_port, destination_port, octets,
                          pseudo_header_sum(source, destination, ip_protocol::kUdp, std::uint16_t(octets)))};
  }
  [[nodiscard]] Ipv6Packet ipv6(const Ipv6Address& from, const Ipv6Address& to,
                                std::uint8_t hop_limit = 64) const {
    return {.source = from,
            .destination = to,
            .hop_limit = hop_limit,
            .payload = transport(ip_protocol::kUdp, source_port, destination_port, octets,
                                 pseudo_header_sum(from, to, ip_protocol::kUdp, std::uint16_t(octets)))};
  }
};
inline const Flow kDown{.source = kFar, .destination = kCeAddress, .destination_port = 1232};
inline const Flow kUp{.source = kCeAddress, .destination = kFar, .source_port = 1232};

class MapT : public EngineTest {
 protected:
  [[nodiscard]] std::vector<Rule> rules() const override { return make_rules(); }
  void expect_down(const Flow& flow, const Ipv6Address& ce, const Ipv6Address& far = kFarInDmr) {
    expect_sent(Side::kIpv4, on_ipv4(flow.ipv4(), true), Side::kIpv6, on_ipv6(flow.ipv6(far, ce, 63), false),
                Outcome::kTranslatedToIpv6);
  }
  void expect_up(const Flow& flow, const Ipv6Address& ce, const Ipv6Address& far = kFarInDmr) {
    expect_sent(Side::kIpv6, on_ipv6(flow.ipv6(ce, far), true), Side::kIpv4, on_ipv4(flow.ipv4(63), false),
                Outcome::kTranslatedToIpv4);
  }
};

}  // namespace softwire::map_t_test
