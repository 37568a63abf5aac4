// SPDX-License-Identifier: BSD-3-Clause
// Tests DHCP in UDP over IPv6: what is punted, and the IPv6 packets that the control plane sends.
#include "tests/unit/engine_dhcp6_fixture.h"

namespace softwire {
namespace {

using controlplane::dhcp::parse_udp6;
using controlplane::dhcp::Udp6Endpoints;

Octets relayed(Port port) {
  return to_hub(udp6(kInsideRouter, kHubIpv6, port));
}

// Returns octets [begin, end) of the IPv6 payload as a fragment.
Octets fragment_of(const Octets& packet, std::size_t begin, std::size_t end) {
  const auto payload = packet.begin() + sizeof(Ipv6Header);
  const std::size_t all = packet.size() - sizeof(Ipv6Header);
  const bool more = end < all;
  const auto& ip = *reinterpret_cast<const Ipv6Header*>(packet.data());
  Octets header{ip.next_header, 0, 0, 0, 0, 0, 0, 7};
  put16(header, 2, static_cast<std::uint16_t>(begin | (more ? 1U : 0U)));
  return ipv6_packet({.source = ip.source,
                      .destination = ip.destination,
                      .next_header = ip_protocol::kFragment,
                      .extension_headers = header},
                     Octets(payload + static_cast<std::ptrdiff_t>(begin),
                            payload + static_cast<std::ptrdiff_t>(std::min(end, all))));
}

void expect_message(const EngineHarness::Punted& punted, Outcome reason, const Udp6Endpoints& endpoints,
                    const Octets& message = kMessage) {
  EXPECT_EQ(punted.context.reason, reason);
  EXPECT_EQ(punted.context.side, Side::kIpv6);
  EXPECT_EQ(punted.context.outer_source, endpoints.source);
  EXPECT_EQ(punted.context.outer_destination, endpoints.destination);
  EXPECT_EQ(punted.context.ipv4_length, 0);
  const auto datagram = parse_udp6(std::span(punted.frame).subspan(punted.context.ip_offset));
  ASSERT_TRUE(datagram);
  EXPECT_EQ(datagram->endpoints, endpoints);
  EXPECT_THAT(datagram->payload, ::testing::ElementsAreArray(message));
}

class DhcpOverIpv6 : public EngineTest {
 protected:
  void expect_punted(const Octets& frame, Outcome reason, const Udp6Endpoints& endpoints,
                     const dataplane::Policy& with = taking(true, true)) {
    EngineHarness hub(with, bindings());
    const auto result = run(hub, Side::kIpv6, frame);
    EXPECT_EQ(result.outcomes[reason], frames()) << info(reason).name;
    ASSERT_EQ(result.punted.size(), frames());
    for (const auto& punted : result.punted) expect_message(punted, reason, endpoints);
  }
  void expect_not_taken(const Octets& frame, Outcome outcome) {
    expect_dropped(Side::kIpv6, frame, outcome, taking(true, true));
  }
};

INSTANTIATE_TEST_SUITE_P(Burst, DhcpOverIpv6, ::testing::Values(1, 4, 64),
                         ::testing::PrintToStringParamName());

TEST_P(DhcpOverIpv6, ToTheHubsPortsIsPunted_Rfc8415_7_2) {
  expect_punted(relayed(547), Outcome::kPuntDhcpv6, {kInsideRouter, 546, kHubIpv6, 547});
  expect_punted(relayed(67), Outcome::kPuntDhcpOverIpv6, {kInsideRouter, 546, kHubIpv6, 67});
}

TEST_P(DhcpOverIpv6, ToAllAgentsIsPunted_Rfc8415_7_1) {
  expect_punted(multicast(547), Outcome::kPuntDhcpv6, {kClient, 546, kAllDhcpAgents, 547});
  expect_not_taken(multicast(67), Outcome::kIpv6NotSoftwire);
  expect_not_taken(multicast(546), Outcome::kIpv6NotSoftwire);
}

TEST_P(DhcpOverIpv6, BehindAVlanTagOrExtensionHeaderIsPunted) {
  dataplane::Policy tagged = taking(true, true);
  tagged.ipv6.vlan_id = 6;
  const Octets packet = udp6(kInsideRouter, kHubIpv6, 547);
  expect_punted(ethernet_frame({kHubIpv6Mac, kRouterIpv6Mac, 6, true}, ether_type::kIpv6, packet),
                Outcome::kPuntDhcpv6, {kInsideRouter, 546, kHubIpv6, 547}, tagged);
  const Octets with_options = ipv6_packet({.source = kInsideRouter,
                                           .destination = kHubIpv6,
                                           .next_header = ip_protocol::kDestinationOptions,
                                           .extension_headers = {ip_protocol::kUdp, 0, 1, 4, 0, 0, 0, 0}},
                                          std::span(packet).subspan(sizeof(Ipv6Header)));
  expect_punted(to_hub(with_options), Outcome::kPuntDhcpv6, {kInsideRouter, 546, kHubIpv6, 547});
}

TEST_P(DhcpOverIpv6, OffByDefault) {
  dataplane::Policy off = policy();
  off.ipv6_address = kHubIpv6;
  expect_dropped(Side::kIpv6, relayed(547), Outcome::kIpv6NotSoftwire, off);
  expect_dropped(Side::kIpv6, relayed(67), Outcome::kIpv6NotSoftwire, off);
  expect_dropped(Side::kIpv6, multicast(547), Outcome::kForeignMac, off);
  expect_dropped(Side::kIpv6, relayed(547), Outcome::kIpv6NotSoftwire, taking(false, true));
  expect_dropped(Side::kIpv6, multicast(547), Outcome::kForeignMac, taking(false, true));
  expect_dropped(Side::kIpv6, relayed(67), Outcome::kIpv6NotSoftwire, taking(true, false));
}

TEST_P(DhcpOverIpv6, NothingElseIsPunted) {
  expect_not_taken(relayed(546), Outcome::kIpv6NotSoftwire);
  expect_not_taken(to_hub(udp6(kInsideRouter, kBr, 547)), Outcome::kIpv6NotSoftwire);
  Octets tcp = relayed(547);
  tcp[sizeof(EthernetHeader) + 6] = ip_protocol::kTcp;
  expect_not_taken(tcp, Outcome::kIpv6NotSoftwire);
  Octets truncated = cut(udp6(kInsideRouter, kHubIpv6, 547), sizeof(Ipv6Header) + 3);
  truncated[5] = 3;
  expect_not_taken(to_hub(truncated), Outcome::kIpv6NotSoftwire);
  // A hub without an IPv6 address punts no DHCPv6.
  dataplane::Policy nameless = taking(true, true);
  nameless.ipv6_address = {};
  expect_dropped(Side::kIpv6, to_hub(udp6(kInsideRouter, Ipv6Address(), 547)), Outcome::kIpv6NotSoftwire,
                 nameless);
}

TEST_P(DhcpOverIpv6, FromNobodyThatCouldBeAnsweredIsNotPunted) {
  for (const Ipv6Address& source : {Ipv6Address(), kAllDhcpAgents, kHubIpv6, kBr}) {
    expect_not_taken(to_hub(udp6(source, kHubIpv6, 547)), Outcome::kIpv6NotSoftwire);
  }
}

TEST_P(DhcpOverIpv6, FramesToAnotherGroupOrToManyAreNotPunted_Rfc2464_7) {
  expect_not_taken(to_hub(udp6(kClient, kAllDhcpAgents, 547), MacAddress({0x33, 0x33, 0, 0, 0, 1})),
                   Outcome::kForeignMac);
  const Ipv6Address servers = *parse_ipv6("ff05::1:3");
  expect_not_taken(to_hub(udp6(kClient, servers, 547), multicast_mac(servers)), Outcome::kForeignMac);
  expect_not_taken(to_hub(udp6(kInsideRouter, kHubIpv6, 547), MacAddress::broadcast()),
                   Outcome::kLinkBroadcast);
}

TEST_P(DhcpOverIpv6, RateIsThatOfRequests) {
  dataplane::Policy limited = taking(true, true);
  limited.punt_rate = 1;
  limited.punt_burst = 3;
  EngineHarness hub(limited, bindings());
  const auto result =
      hub.run(Side::kIpv6,
              {relayed(547), relayed(67), multicast(547), relayed(547),
               from_b4(kB4Whole,
                       {.source = kWhole, .destination = kRelay, .source_port = 68, .destination_port = 67})},
              GetParam());
  // The first two of strangers, and the one of a subscriber.
  EXPECT_EQ(result.outcomes[Outcome::kPuntDhcpv6], 1);
  EXPECT_EQ(result.outcomes[Outcome::kPuntDhcpOverIpv6], 1);
  EXPECT_EQ(result.outcomes[Outcome::kPuntDhcpRequest], 1);
  EXPECT_EQ(result.outcomes[Outcome::kPuntRate], 2);
}

// All have the prefix fe80::/64, which is no subscriber's.
TEST(Dhcp6Rate, LinkLocalClientsHaveARateEach) {
  dataplane::Policy limited = taking(true, true);
  limited.punt_subscriber_rate = 1;
  limited.punt_subscriber_burst = 1;
  limited.punt_subscriber_mask = 64;
  EngineHarness hub(limited, bindings());
  std::vector<Octets> frames;
  for (std::uint64_t node = 1; node <= 8; ++node) {
    const Ipv6Address client = Ipv6Address::from_host(0xfe80'0000'0000'0000, node);
    for (int i = 0; i < 2; ++i) {
      frames.push_back(to_hub(udp6(client, kAllDhcpAgents, 547), multicast_mac(kAllDhcpAgents)));
    }
  }
  const auto result = hub.run(Side::kIpv6, frames);
  EXPECT_EQ(result.outcomes[Outcome::kPuntDhcpv6], 8U);
  EXPECT_EQ(result.outcomes[Outcome::kPuntSubscriberRate], 8U);
}

TEST(DhcpOverIpv6Fragments, ArePutTogetherAndPunted) {
  for (const bool to_group : {false, true}) {
    EngineHarness hub(taking(true, true), bindings());
    const Octets message(2000, 0x5a);
    const Ipv6Address destination = to_group ? kAllDhcpAgents : kHubIpv6;
    const MacAddress mac = to_group ? multicast_mac(kAllDhcpAgents) : kHubIpv6Mac;
    const Octets packet = udp6(kClient, destination, 547, message);
    const auto result = hub.run(Side::kIpv6, {to_hub(fragment_of(packet, 1200, 2008), mac),
                                              to_hub(fragment_of(packet, 0, 1200), mac)});
    EXPECT_EQ(result.outcomes[Outcome::kFragmentJoined], 1);
    EXPECT_EQ(result.outcomes[Outcome::kPuntDhcpv6], 1);
    ASSERT_EQ(result.punted.size(), 1U);
    expect_message(result.punted[0], Outcome::kPuntDhcpv6, {kClient, 546, destination, 547}, message);
  }
}

TEST(DhcpOverIpv6Fragments, OfOtherPortsEndOnceTheyAreWhole) {
  EngineHarness hub(taking(true, true), bindings());
  const Octets packet = udp6(kInsideRouter, kHubIpv6, 53, Octets(100));
  const auto result =
      hub.run(Side::kIpv6, {to_hub(fragment_of(packet, 0, 48)), to_hub(fragment_of(packet, 48, 108))});
  EXPECT_EQ(result.outcomes[Outcome::kFragmentJoined], 1);
  EXPECT_EQ(result.outcomes[Outcome::kIpv6NotSoftwire], 1);
}

TEST(DhcpOverIpv6Fragments, OfOtherProtocolsAreNotHeld) {
  EngineHarness hub(taking(true, true), bindings());
  Octets packet = udp6(kInsideRouter, kHubIpv6, 547, Octets(100));
  packet[6] = ip_protocol::kTcp;
  EXPECT_EQ(hub.run(Side::kIpv6, {to_hub(fragment_of(packet, 0, 48))}).outcomes[Outcome::kIpv6NotSoftwire],
            1);
}

TEST(DhcpOverIpv6Fragments, AreNotHeldWhenNobodyTakesThem) {
  EngineHarness hub(taking(false, false), bindings());
  const Octets packet = udp6(kInsideRouter, kHubIpv6, 547, Octets(100));
  EXPECT_EQ(hub.run(Side::kIpv6, {to_hub(fragment_of(packet, 0, 48))}).outcomes[Outcome::kIpv6NotSoftwire],
            1);
}

// Only answers of the DHCPv4-over-DHCPv6 servers are taken.
TEST(DhcpOverIpv6Fragments, OfOthersThanTheServersAreNotHeld_Rfc7596_6_2) {
  dataplane::Policy with = taking(false, false);
  with.dhcp_over_ipv6.servers[0] = kInsideRouter;
  with.dhcp_over_ipv6.server_count = 1;
  EngineHarness hub(with, bindings());
  const auto fragment_from = [](const Ipv6Address& source) {
    return to_hub(fragment_of(udp6(source, kHubIpv6, 547, Octets(100)), 0, 48));
  };
  const auto result = hub.run(Side::kIpv6, {fragment_from(*parse_ipv6("2001:db8:dead::1"))});
  EXPECT_EQ(result.outcomes[Outcome::kIpv6NotSoftwire], 1);
  EXPECT_EQ(hub.engine().counters().held, 0);
  hub.run(Side::kIpv6, {fragment_from(kInsideRouter)});
  EXPECT_EQ(hub.engine().counters().held, 1);
}

TEST(DhcpOverIpv6Frames, InManyBuffersArePunted) {
  for (const std::size_t segment : {1U, 15U, 20U, 54U, 56U}) {
    EngineHarness hub(taking(true, true), bindings());
    const auto result = hub.run(Side::kIpv6, {relayed(547), multicast(547)}, 1, segment);
    ASSERT_EQ(result.punted.size(), 2U) << segment;
    expect_message(result.punted[0], Outcome::kPuntDhcpv6, {kInsideRouter, 546, kHubIpv6, 547});
  }
}

TEST(DhcpOverIpv6Frames, OnAStickArePunted) {
  EngineHarness hub(taking(true, true), bindings());
  EXPECT_EQ(hub.run_on_a_stick({relayed(547), multicast(547)}).outcomes[Outcome::kPuntDhcpv6], 2);
}

TEST(DhcpOverIpv6Frames, ToADmrAreForTheIpv4Internet_Rfc7599_8_3) {
  Rule rule;
  rule.kind = RuleKind::kMapT;
  rule.ipv4 = *parse_ipv4_prefix("198.18.2.0/24");
  rule.ipv6 = *parse_ipv6_prefix("2001:db8:5800::/40");
  rule.ea_len = 16;
  rule.dmr = *parse_ipv6_prefix("2001:db8:6::/64");
  EngineHarness hub(taking(true, true), {}, {rule});
  EXPECT_EQ(hub.run(Side::kIpv6, {relayed(547)}).outcomes[Outcome::kNoBindingSource], 1);
}

TEST(Dhcp6Rate, WhoIsNoRelayHasARateOfItsOwnWhateverPortItSpeaksFrom) {
  dataplane::Policy limited = taking(true, true);
  limited.punt_subscriber_rate = 1;
  limited.punt_subscriber_burst = 3;
  for (const Port from : {546, 547, 5000}) {
    EngineHarness hub(limited, bindings());
    const Octets one = to_hub(udp6(kInsideRouter, kHubIpv6, 547, kMessage, from));
    const auto result = hub.run(Side::kIpv6, std::vector<Octets>(8, one));
    EXPECT_EQ(result.outcomes[Outcome::kPuntDhcpv6], 3U);
    EXPECT_EQ(result.outcomes[Outcome::kPuntSubscriberRate], 5U);
  }
  EngineHarness hub(limited, bindings());
  const auto result = hub.run(Side::kIpv6, std::vector<Octets>(8, relayed(67)));
  EXPECT_EQ(result.outcomes[Outcome::kPuntDhcpOverIpv6], 3U);
  EXPECT_EQ(result.outcomes[Outcome::kPuntSubscriberRate], 5U);
}

TEST(InjectIpv6, LeavesAsItIsToTheGateway) {
  EngineHarness hub(taking(true, true), bindings());
  const Octets answer = udp6(kHubIpv6, kInsideRouter, 547);
  hub.inject_ipv6(answer);
  const auto result = hub.run(Side::kIpv4, std::vector<Octets>{});
  EXPECT_THAT(result.ipv6, ::testing::ElementsAre(
                               ethernet_frame({kRouterIpv6Mac, kHubIpv6Mac}, ether_type::kIpv6, answer)));
  EXPECT_THAT(result.ipv4, ::testing::IsEmpty());
  EXPECT_EQ(result.outcomes[Outcome::kInjectedIpv6], 1);
}

TEST(InjectIpv6, WaitsForTheGatewaysMacAddress) {
  dataplane::Policy asking = taking(true, true);
  asking.ipv6.gateway_mac = {};
  asking.ipv6_gateway = kInsideRouter;
  EngineHarness hub(asking, bindings());
  hub.inject_ipv6(udp6(kHubIpv6, kInsideRouter, 547));
  const auto result = hub.run(Side::kIpv4, std::vector<Octets>{});
  EXPECT_EQ(result.outcomes[Outcome::kInjectedIpv6], 0);
  EXPECT_EQ(hub.engine().counters().held, 1U);
  hub.now += std::chrono::seconds(10);
  hub.poll();
  hub.now += std::chrono::seconds(10);
  for (int i = 0; i < 10; ++i) {
    hub.now += std::chrono::seconds(10);
    hub.poll();
  }
  EXPECT_EQ(hub.engine().counters().outcomes[Outcome::kNeighborUnresolved], 1);
}

TEST(InjectIpv6, LongerThanTheMtuIsFragmented_Rfc8200_4_5) {
  EngineHarness hub(taking(true, true), bindings());
  hub.inject_ipv6(udp6(kHubIpv6, kInsideRouter, 547, Octets(2000)));
  const auto result = hub.run(Side::kIpv4, std::vector<Octets>{});
  ASSERT_EQ(result.ipv6.size(), 2U);
  EXPECT_EQ(result.ipv6[0].size(), sizeof(EthernetHeader) + 1496);
  EXPECT_EQ(result.outcomes[Outcome::kInjectedIpv6], 1);
  EXPECT_EQ(result.outcomes[Outcome::kFragment], 1);
}

TEST(InjectIpv6, BrokenIsADropWithAName) {
  EngineHarness hub(taking(true, true), bindings());
  Octets packet = udp6(kHubIpv6, kInsideRouter, 547);
  hub.inject_ipv6(cut(packet, 39));
  hub.inject_ipv6(cut(packet, 50));
  packet[0] = 0x45;
  hub.inject_ipv6(packet);
  const auto result = hub.run(Side::kIpv4, std::vector<Octets>{});
  EXPECT_EQ(result.outcomes[Outcome::kIpv6Truncated], 2);
  EXPECT_EQ(result.outcomes[Outcome::kIpv6Version], 1);
}

}  // namespace
}  // namespace softwire
