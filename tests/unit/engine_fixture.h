// SPDX-License-Identifier: BSD-3-Clause
// A small hub for tests of the engine: its addresses, bindings and policy, and checks for the result of a
// frame.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "softwire/address_text.h"
#include "tests/support/engine_harness.h"

namespace softwire {

using testing::EngineHarness;
using testing::ethernet_frame;
using testing::EthernetFields;
using testing::ipv4_packet;
using testing::Ipv4Fields;
using testing::ipv6_packet;
using testing::Octets;
using testing::without_identification;

inline const MacAddress kHubIpv4Mac({0x02, 0, 0, 0, 0, 0x04});
inline const MacAddress kHubIpv6Mac({0x02, 0, 0, 0, 0, 0x06});
inline const MacAddress kRouterIpv4Mac({0x02, 0, 0, 0, 1, 0x04});
inline const MacAddress kRouterIpv6Mac({0x02, 0, 0, 0, 1, 0x06});
inline const Ipv4Address kHost(203, 0, 113, 7);
inline const Ipv4Address kShared(192, 0, 2, 1);
inline const Ipv4Address kWhole(192, 0, 2, 9);
inline const Ipv4Address kRelay(198, 51, 100, 1);
inline const Ipv4Address kServer(198, 51, 100, 67);
inline const Ipv6Address kBr = *parse_ipv6("2001:db8:ff::1");
inline const Ipv6Address kOtherBr = *parse_ipv6("2001:db8:ff::2");
inline const Ipv6Address kB4One = *parse_ipv6("2001:db8:1::1");     // ports 1024-2047 of kShared
inline const Ipv6Address kB4Two = *parse_ipv6("2001:db8:1::2");     // ports 2048-3071
inline const Ipv6Address kB4Whole = *parse_ipv6("2001:db8:1::9");   // kWhole
inline const Ipv6Address kB4Other = *parse_ipv6("2001:db8:1::77");  // behind kOtherBr

inline std::vector<Binding> bindings() {
  return {{kShared, *PortSet::make(0, 6, 1), kB4One, kBr},
          {kShared, *PortSet::make(0, 6, 2), kB4Two, kBr},
          {kWhole, *PortSet::make(0, 0, 0), kB4Whole, kBr},
          {Ipv4Address(192, 0, 2, 77), *PortSet::make(6, 8, 0x34), kB4Other, kOtherBr}};
}

inline dataplane::Policy policy() {
  dataplane::Policy result;
  result.ipv4.mac = kHubIpv4Mac;
  result.ipv4.gateway_mac = kRouterIpv4Mac;
  result.ipv6.mac = kHubIpv6Mac;
  result.ipv6.gateway_mac = kRouterIpv6Mac;
  result.ipv4_address = kRelay;
  // Tests of ICMP turn them on.
  result.ipv4.generate_icmp_errors = result.ipv6.generate_icmp_errors = false;
  result.dhcp_relay.enabled = true;
  result.dhcp_relay.address = kRelay;
  result.dhcp_relay.servers[0] = kServer;
  result.dhcp_relay.server_count = 1;
  return result;
}

inline Octets from_internet(const Ipv4Fields& fields) {
  return ethernet_frame({kHubIpv4Mac, kRouterIpv4Mac}, ether_type::kIpv4, ipv4_packet(fields));
}

inline Octets to_internet(Ipv4Fields fields) {
  return ethernet_frame({kRouterIpv4Mac, kHubIpv4Mac}, ether_type::kIpv4, ipv4_packet(fields));
}

inline Octets from_b4(const Ipv6Address& b4, const Ipv4Fields& fields, const Ipv6Address& br = kBr) {
  return ethernet_frame({kHubIpv6Mac, kRouterIpv6Mac}, ether_type::kIpv6,
                        ipv6_packet({.source = b4, .destination = br}, ipv4_packet(fields)));
}

inline Octets to_b4(const Ipv6Address& b4, const Ipv4Fields& fields, const Ipv6Address& br = kBr) {
  return ethernet_frame(
      {kRouterIpv6Mac, kHubIpv6Mac}, ether_type::kIpv6,
      ipv6_packet({.source = br, .destination = b4, .traffic_class = fields.type_of_service},
                  ipv4_packet(fields)));
}

// Takes all packet buffers but `left`, and gives them back at the end of its life.
class TakenBuffers {
 public:
  explicit TakenBuffers(unsigned left) {
    while (rte_mempool_avail_count(&testing::pool()) > left) {
      taken_.push_back(testing::make_frame(Octets(1)));
    }
  }
  ~TakenBuffers() {
    for (dataplane::Mbuf* each : taken_) rte_pktmbuf_free(each);
  }
  TakenBuffers(const TakenBuffers&) = delete;
  TakenBuffers& operator=(const TakenBuffers&) = delete;

 private:
  std::vector<dataplane::Mbuf*> taken_;
};

class EngineTest : public ::testing::TestWithParam<unsigned> {
 protected:
  // One frame more than two bursts, so that there is a full burst and a short one.
  [[nodiscard]] unsigned frames() const { return 2 * GetParam() + 1; }
  // Rules of the hub, in addition to its bindings.
  [[nodiscard]] virtual std::vector<Rule> rules() const { return {}; }
  EngineHarness::Run run(EngineHarness& hub, Side side, const Octets& frame) {
    return hub.run(side, std::vector<Octets>(frames(), frame), GetParam());
  }
  void expect_dropped(Side side, const Octets& frame, Outcome outcome,
                      const dataplane::Policy& with = policy()) {
    EngineHarness hub(with, bindings(), rules());
    const auto result = run(hub, side, frame);
    EXPECT_THAT(result.ipv4, ::testing::IsEmpty());
    EXPECT_THAT(result.ipv6, ::testing::IsEmpty());
    EXPECT_THAT(result.punted, ::testing::IsEmpty());
    EXPECT_EQ(result.outcomes[outcome], frames()) << info(outcome).name;
  }
  void expect_sent(Side in, const Octets& frame, Side out, const Octets& expected, Outcome outcome,
                   const dataplane::Policy& with = policy()) {
    EngineHarness hub(with, bindings(), rules());
    const auto result = run(hub, in, frame);
    EXPECT_EQ(result.outcomes[outcome], frames()) << info(outcome).name;
    const auto& sent = out == Side::kIpv4 ? result.ipv4 : result.ipv6;
    EXPECT_THAT(sent, ::testing::Each(expected));
    EXPECT_EQ(sent.size(), frames());
    EXPECT_EQ(result.ipv4.size() + result.ipv6.size(), frames());
  }
};

}  // namespace softwire
