// SPDX-License-Identifier: BSD-3-Clause
// Tests DHCPv4 in the engine: what is punted, and what the control plane sends.
#include "tests/unit/engine_fixture.h"

namespace softwire {
namespace {

constexpr Ipv4Address kUnspecified;
constexpr Ipv4Address kBroadcast(255, 255, 255, 255);

Octets discover(const Ipv6Address& b4) {
  return from_b4(
      b4, {.source = kUnspecified, .destination = kBroadcast, .source_port = 68, .destination_port = 67});
}

class Dhcp : public EngineTest {
 protected:
  void expect_punted(Side side, const Octets& frame, Outcome outcome) {
    EngineHarness hub(policy(), bindings());
    const auto result = run(hub, side, frame);
    EXPECT_EQ(result.outcomes[outcome], frames()) << info(outcome).name;
    ASSERT_EQ(result.punted.size(), frames());
    for (const auto& punted : result.punted) {
      EXPECT_EQ(punted.frame, frame);
      EXPECT_EQ(punted.context.reason, outcome);
      EXPECT_EQ(punted.context.side, side);
      EXPECT_EQ(punted.frame[punted.context.ipv4_offset], 0x45);
    }
  }
};

INSTANTIATE_TEST_SUITE_P(Burst, Dhcp, ::testing::Values(1, 4, 64), ::testing::PrintToStringParamName());

TEST_P(Dhcp, BroadcastFromNobodyIsPunted_DhcV4Configuration_5_1_Item1) {
  expect_punted(Side::kIpv6, discover(*parse_ipv6("2001:db8:1::abcd")), Outcome::kPuntDhcpRequest);
}

TEST_P(Dhcp, RenewalAndRebindingArePuntedWhateverThePort_Rfc5107_4) {
  for (const Ipv4Address to : {kRelay, kBroadcast}) {
    const Ipv4Fields renew{.source = kShared, .destination = to, .source_port = 68, .destination_port = 67};
    expect_punted(Side::kIpv6, from_b4(kB4One, renew), Outcome::kPuntDhcpRequest);
  }
}

TEST_P(Dhcp, AnswersToTheRelayArePunted_Rfc1542_4_1_2) {
  expect_punted(
      Side::kIpv4,
      from_internet({.source = kServer, .destination = kRelay, .source_port = 67, .destination_port = 67}),
      Outcome::kPuntDhcpReply);
}

TEST_P(Dhcp, NothingElseFromNobodyPasses_DhcV4Configuration_5_1_Item1) {
  const Ipv4Fields discover{
      .source = kUnspecified, .destination = kBroadcast, .source_port = 68, .destination_port = 67};
  const auto expect = [&](Outcome outcome, auto change) {
    Ipv4Fields fields = discover;
    change(fields);
    expect_dropped(Side::kIpv6, from_b4(kB4One, fields), outcome);
  };
  expect(Outcome::kDhcpMartian, [](Ipv4Fields& f) { f.source_port = 1024; });
  expect(Outcome::kDhcpMartian, [](Ipv4Fields& f) { f.destination = kRelay; });
  expect(Outcome::kDhcpMartian, [](Ipv4Fields& f) { f.destination = kServer; });
  expect(Outcome::kIpv4Martian, [](Ipv4Fields& f) { f.destination_port = 53; });
  expect(Outcome::kIpv4Martian, [](Ipv4Fields& f) { f.protocol = ip_protocol::kTcp; });
  expect(Outcome::kIpv4Martian, [](Ipv4Fields& f) { f.protocol = ip_protocol::kIcmp; });
  expect(Outcome::kIpv4Martian, [](Ipv4Fields& f) { f.fragment = Ipv4Header::kMoreFragments; });
  expect_dropped(Side::kIpv6, from_b4(kB4One, discover, *parse_ipv6("2001:db8::bad")), Outcome::kNotOurBr);
}

TEST_P(Dhcp, OffByDefault_Rfc1542_4) {
  dataplane::Policy off = policy();
  off.dhcp_relay = {};
  const Ipv4Fields discover{
      .source = kUnspecified, .destination = kBroadcast, .source_port = 68, .destination_port = 67};
  expect_dropped(Side::kIpv6, from_b4(kB4One, discover), Outcome::kIpv4Martian, off);
  expect_dropped(
      Side::kIpv4,
      from_internet({.source = kServer, .destination = kRelay, .source_port = 67, .destination_port = 67}),
      Outcome::kIpv4Local, off);
}

TEST_P(Dhcp, ClientPortAtTheRelayIsDropped_Rfc1542_4_1) {
  for (const Ipv4Address to : {kRelay, kBroadcast}) {
    expect_dropped(Side::kIpv6,
                   from_b4(kB4Whole, {.source = kWhole, .destination = to, .destination_port = 68}),
                   Outcome::kToDhcpClientPort);
    expect_dropped(Side::kIpv4, from_internet({.source = kHost, .destination = to, .destination_port = 68}),
                   Outcome::kToDhcpClientPort);
  }
}

TEST_P(Dhcp, ToAServersOwnAddressIsPunted_DhcV4Configuration_5_1_Item1) {
  const Ipv4Fields renew{.source = kWhole, .destination = kServer, .source_port = 68, .destination_port = 67};
  expect_punted(Side::kIpv6, from_b4(kB4Whole, renew), Outcome::kPuntDhcpRequest);
  Ipv4Fields forged = renew;
  forged.source_port = 4711;
  expect_punted(Side::kIpv6, from_b4(kB4Whole, forged), Outcome::kPuntDhcpRequest);
}

TEST_P(Dhcp, ToAnotherServerOrAnotherPortIsData) {
  const auto expect_data = [this](Ipv4Fields fields, const dataplane::Policy& with = policy()) {
    const Octets in = from_b4(kB4Whole, fields);
    --fields.ttl;
    expect_sent(Side::kIpv6, in, Side::kIpv4, to_internet(fields), Outcome::kDecapsulated, with);
  };
  expect_data({.source = kWhole, .destination = kHost, .source_port = 68, .destination_port = 67});
  expect_data({.source = kWhole, .destination = kServer, .source_port = 68, .destination_port = 53});
  dataplane::Policy forwarding = policy();
  forwarding.dhcp_relay.intercept_server_addresses = false;
  expect_data({.source = kWhole, .destination = kServer, .source_port = 68, .destination_port = 67},
              forwarding);
}

TEST_P(Dhcp, OnlyServersReachTheRelaysPort_Rfc1542_4_1_2) {
  for (const auto& [source, port] : {std::pair{kHost, 67}, std::pair{kServer, 68}}) {
    expect_dropped(Side::kIpv4,
                   from_internet({.source = source,
                                  .destination = kRelay,
                                  .source_port = static_cast<Port>(port),
                                  .destination_port = 67}),
                   Outcome::kNotFromDhcpServer);
  }
}

TEST_P(Dhcp, RequestsDoNotUseUpTheRateOfAnswers) {
  dataplane::Policy limited = policy();
  limited.punt_rate = 1;
  limited.punt_burst = 200;
  EngineHarness hub(limited, bindings());
  for (int i = 0; i < 70; ++i) run(hub, Side::kIpv6, discover(kB4One));
  EXPECT_GT(hub.engine().counters().outcomes[Outcome::kPuntDhcpRequest], 0);
  const auto answer =
      from_internet({.source = kServer, .destination = kRelay, .source_port = 67, .destination_port = 67});
  EXPECT_EQ(hub.run(Side::kIpv4, {answer}).outcomes[Outcome::kPuntDhcpReply], 1);
}

TEST_P(Dhcp, AnswersOfAServerMayAllReachOneOfSeveralEngines) {
  dataplane::Policy limited = policy();
  limited.punt_rate = 1;
  limited.punt_burst = 3;
  limited.engines = 4;
  limited.dhcp_relay.server_count = 1;
  EngineHarness hub(limited, bindings());
  const auto answer =
      from_internet({.source = kServer, .destination = kRelay, .source_port = 67, .destination_port = 67});
  const auto result = hub.run(Side::kIpv4, {20, answer}, GetParam());
  EXPECT_EQ(result.outcomes[Outcome::kPuntDhcpReply], 12U);
  EXPECT_EQ(result.outcomes[Outcome::kPuntRate], 8U);
}

TEST_P(Dhcp, PuntRateIsLimited) {
  dataplane::Policy limited = policy();
  limited.punt_rate = 10;
  limited.punt_burst = 3;
  EngineHarness hub(limited, bindings());
  auto result = run(hub, Side::kIpv6, discover(kB4One));
  const std::uint64_t first = std::min(frames(), 3U);
  EXPECT_EQ(result.outcomes[Outcome::kPuntDhcpRequest], first);
  EXPECT_EQ(result.outcomes[Outcome::kPuntRate], frames() - first);
  hub.now += std::chrono::milliseconds(400);
  result = run(hub, Side::kIpv6, discover(kB4One));
  EXPECT_EQ(result.outcomes[Outcome::kPuntDhcpRequest], first);
}

Octets discover_of_stranger(std::uint64_t site) {
  return discover(Ipv6Address::from_host(0x20010db8'80000000 + site, 1));
}

// 65,536 end-user prefixes of one rule (RFC 7597 section 5).
Rule wide_rule() {
  Rule rule;
  rule.ipv4 = *parse_ipv4_prefix("198.18.0.0/16");
  rule.ipv6 = *parse_ipv6_prefix("2001:db8:8000::/48");
  rule.ea_len = 16;
  rule.br = kBr;
  return rule;
}
Octets discover_inside_rule(std::uint64_t ce) {
  return discover(Ipv6Address::from_host(0x20010db8'80000000 + (ce & 0xffff), 1));
}
Octets discover_outside(std::uint64_t site) {
  return discover(Ipv6Address::from_host(0x20010db8'90000000 + (site & 0xffff), 1));
}

// Sources of a lower kind cannot take all of the common rate, whatever many they are.
TEST_P(Dhcp, EachKindOfSourceHasAPartOfTheCommonRate) {
  struct Flood {
    Octets (*one)(std::uint64_t);
    unsigned most;             // of 1000 messages
    std::vector<Octets> kept;  // from sources of higher kinds
  };
  for (const Flood& flood : {Flood{discover_outside, 500, {discover(kB4One), discover_inside_rule(7)}},
                             Flood{discover_inside_rule, 750, {discover(kB4One)}}}) {
    dataplane::Policy limited = policy();
    limited.punt_rate = 1000;
    limited.punt_burst = 40;
    limited.punt_subscriber_rate = 100;
    limited.punt_subscriber_mask = 64;
    EngineHarness hub(limited, bindings(), {wide_rule()});
    std::uint64_t site = 0;
    std::uint64_t punted = 0;
    for (int tick = 0; tick < 100; ++tick, hub.now += std::chrono::milliseconds(10)) {
      std::vector<Octets> frames;
      frames.reserve(200);
      for (int i = 0; i < 200; ++i) frames.push_back(flood.one(site++));
      punted += hub.run(Side::kIpv6, frames, GetParam()).outcomes[Outcome::kPuntDhcpRequest];
      EXPECT_EQ(hub.run(Side::kIpv6, flood.kept).outcomes[Outcome::kPuntDhcpRequest], flood.kept.size());
    }
    EXPECT_LE(punted, flood.most + 40);
    EXPECT_GE(punted, flood.most - 40);
  }
}

// A flood from 65,536 prefixes without a binding.
TEST_P(Dhcp, StrangersLeaveSubscribersHalfOfTheCommonRate) {
  dataplane::Policy limited = policy();
  limited.punt_rate = 1000;
  limited.punt_burst = 20;
  limited.punt_subscriber_rate = 20;
  limited.punt_subscriber_burst = 100;
  limited.punt_subscriber_mask = 64;
  EngineHarness hub(limited, bindings());
  std::uint64_t site = 0;
  std::uint64_t punted = 0;
  for (int tick = 0; tick < 100; ++tick, hub.now += std::chrono::milliseconds(10)) {
    std::vector<Octets> flood;
    flood.reserve(100);
    for (int i = 0; i < 100; ++i) flood.push_back(discover_of_stranger(site++ & 0xffff));
    punted += hub.run(Side::kIpv6, flood, GetParam()).outcomes[Outcome::kPuntDhcpRequest];
    EXPECT_EQ(
        hub.run(Side::kIpv6, {discover(tick % 2 == 0 ? kB4One : kB4Two)}).outcomes[Outcome::kPuntDhcpRequest],
        1U)
        << tick;
  }
  EXPECT_LE(punted, 510U);
  EXPECT_GE(punted, 490U);
}

// Strangers that are more than a limit for each source remembers do not make it forget subscribers.
TEST(DhcpRate, StrangersDoNotChangeTheRatesOfSubscribers) {
  dataplane::Policy limited = policy();
  limited.punt_rate = 1'000'000;
  limited.punt_burst = 1'000'000;
  limited.punt_subscriber_rate = 1;
  limited.punt_subscriber_burst = 2;
  limited.punt_subscriber_mask = 128;
  EngineHarness hub(limited, bindings());
  const Octets one = discover(kB4One);
  EXPECT_EQ(hub.run(Side::kIpv6, {one, one}).outcomes[Outcome::kPuntDhcpRequest], 2U);
  for (std::uint64_t site = 0; site < 65536;) {
    std::vector<Octets> flood;
    flood.reserve(64);
    for (int i = 0; i < 64; ++i) flood.push_back(discover_of_stranger(site++));
    hub.run(Side::kIpv6, flood, 64);
  }
  const auto result = hub.run(Side::kIpv6, {one, discover(kB4Two)});
  EXPECT_EQ(result.outcomes[Outcome::kPuntSubscriberRate], 1U);
  EXPECT_EQ(result.outcomes[Outcome::kPuntDhcpRequest], 1U);
}

TEST(Punt, EachKindOfSourceHasAPartOfTheQueueAndServersAll) {
  dataplane::Policy eager = policy();
  eager.punt_burst = 100000;
  EngineHarness hub(eager, bindings(), {wide_rule()});
  auto channel = dataplane::PuntChannel::create(16);  // room for 15
  ASSERT_NE(channel, nullptr);
  dataplane::Engine engine(eager, hub.table(), *channel, dataplane::Engine::Resources{testing::pool()});
  dataplane::Output output([](void*, Side, dataplane::Mbuf**, std::uint16_t) { FAIL(); }, nullptr);
  const auto receive = [&](Side side, const Octets& frame, unsigned times) {
    for (unsigned i = 0; i < times; ++i) {
      dataplane::Mbuf* const mbuf = testing::make_frame(frame);
      engine.receive(side, std::span(&mbuf, 1), Instant(1), output);
    }
    return engine.counters().outcomes[Outcome::kPuntQueueFull];
  };
  EXPECT_EQ(receive(Side::kIpv6, discover_outside(1), 20), 12U);
  EXPECT_EQ(engine.counters().outcomes[Outcome::kPuntDhcpRequest], 8U);
  EXPECT_EQ(receive(Side::kIpv6, discover_inside_rule(1), 3), 12U);
  EXPECT_EQ(receive(Side::kIpv6, discover_inside_rule(1), 1), 13U);
  EXPECT_EQ(receive(Side::kIpv6, discover(kB4One), 2), 13U);
  const auto answer =
      from_internet({.source = kServer, .destination = kRelay, .source_port = 67, .destination_port = 67});
  EXPECT_EQ(receive(Side::kIpv4, answer, 2), 13U);
  EXPECT_EQ(receive(Side::kIpv4, answer, 1), 14U);
  EXPECT_TRUE(engine.counters().add_up());
}

TEST_P(Dhcp, ASubscriberThatFloodsLeavesRoomForOthers) {
  dataplane::Policy limited = policy();
  limited.punt_subscriber_rate = 10;
  limited.punt_subscriber_burst = 3;
  EngineHarness hub(limited, bindings());
  auto result = run(hub, Side::kIpv6, discover(kB4One));
  const std::uint64_t first = std::min(frames(), 3U);
  EXPECT_EQ(result.outcomes[Outcome::kPuntDhcpRequest], first);
  EXPECT_EQ(result.outcomes[Outcome::kPuntSubscriberRate], frames() - first);
  EXPECT_EQ(hub.run(Side::kIpv6, {discover(kB4Two)}).outcomes[Outcome::kPuntDhcpRequest], 1U);
  hub.now += std::chrono::milliseconds(200);
  result = run(hub, Side::kIpv6, discover(kB4One));
  EXPECT_EQ(result.outcomes[Outcome::kPuntDhcpRequest], std::min(frames(), 2U));
}

TEST(DhcpRate, IsThatOfASubscribersPrefix_Rfc7785_3) {
  dataplane::Policy limited = policy();
  limited.punt_subscriber_rate = 1;
  limited.punt_subscriber_burst = 3;
  limited.punt_subscriber_mask = 64;
  EngineHarness hub(limited, bindings());
  std::vector<Octets> frames;
  for (std::uint64_t i = 1; i <= 8; ++i) {
    frames.push_back(discover(Ipv6Address::from_host(0x20010db8'00070000, i)));
  }
  const auto result = hub.run(Side::kIpv6, frames);
  EXPECT_EQ(result.outcomes[Outcome::kPuntDhcpRequest], 3U);
  EXPECT_EQ(result.outcomes[Outcome::kPuntSubscriberRate], 5U);
}

// Two subscribers may share a /64. The mask is for strangers.
TEST(DhcpRate, ABindingHasALimitOfItsOwnAndACeThatOfItsEndUserPrefix) {
  for (const std::uint8_t mask : {48, 64, 128}) {
    dataplane::Policy limited = policy();
    limited.punt_subscriber_rate = 1;
    limited.punt_subscriber_burst = 3;
    limited.punt_subscriber_mask = mask;
    Rule rule = wide_rule();
    rule.ipv6 = *parse_ipv6_prefix("2001:db8:8000::/40");  // end-user prefixes of 56 bits
    EngineHarness hub(limited, bindings(), {rule});
    const auto punted = [&](const Ipv6Address& from) {
      const auto result = hub.run(Side::kIpv6, std::vector<Octets>(10, discover(from)));
      EXPECT_EQ(result.outcomes[Outcome::kPuntDhcpRequest] + result.outcomes[Outcome::kPuntSubscriberRate],
                10U);
      return result.outcomes[Outcome::kPuntDhcpRequest];
    };
    ASSERT_EQ(Ipv6Prefix::of(kB4One, 64), Ipv6Prefix::of(kB4Two, 64));
    EXPECT_EQ(punted(kB4One), 3U);
    EXPECT_EQ(punted(kB4Two), 3U);
    EXPECT_EQ(punted(kB4One), 0U);
    EXPECT_EQ(punted(*parse_ipv6("2001:db8:8000:100::1")), 3U);
    EXPECT_EQ(punted(*parse_ipv6("2001:db8:8000:1ff::2")), 0U) << "the same end-user prefix";
    EXPECT_EQ(punted(*parse_ipv6("2001:db8:8000:200::1")), 3U);
  }
}

TEST(DhcpRate, WhatIsOverTheCommonRateCountsAsItsSubscribersToo) {
  dataplane::Policy limited = policy();
  limited.punt_rate = 100;
  limited.punt_burst = 1;
  limited.punt_subscriber_rate = 10;
  limited.punt_subscriber_burst = 10;
  EngineHarness hub(limited, bindings());
  // All but one exceed the common rate. The next packet that is punted belongs to another subscriber.
  const auto flood = hub.run(Side::kIpv6, std::vector<Octets>(10, discover(kB4One)));
  EXPECT_EQ(flood.outcomes[Outcome::kPuntRate], 9U);
  hub.now += std::chrono::milliseconds(20);
  const auto result = hub.run(Side::kIpv6, {discover(kB4One), discover(kB4Two)});
  EXPECT_EQ(result.outcomes[Outcome::kPuntSubscriberRate], 1U);
  EXPECT_EQ(result.outcomes[Outcome::kPuntDhcpRequest], 1U);
}

TEST_P(Dhcp, AServersMessageToAClientsPortIsTheRelaysToo_Rfc2131_4_3_5) {
  EngineHarness hub(policy(), bindings());
  Ipv4Fields fields{.source = kServer, .destination = kShared, .source_port = 67, .destination_port = 68};
  EXPECT_EQ(run(hub, Side::kIpv4, from_internet(fields)).outcomes[Outcome::kPuntDhcpReply], frames());
  fields.source_port = 53;
  EXPECT_EQ(run(hub, Side::kIpv4, from_internet(fields)).outcomes[Outcome::kPuntDhcpReply], 0U);
  fields = {.source = kHost, .destination = kShared, .source_port = 67, .destination_port = 68};
  EXPECT_EQ(run(hub, Side::kIpv4, from_internet(fields)).outcomes[Outcome::kPuntDhcpReply], 0U);
}

TEST(Punt, FullQueueIsADropWithAName) {
  dataplane::Policy eager = policy();
  eager.punt_burst = 100000;
  EngineHarness hub(eager, bindings());
  // The harness empties its channel after each burst of 64, and that has room for 255. This engine's channel
  // has room for 1.
  auto channel = dataplane::PuntChannel::create(2);
  ASSERT_NE(channel, nullptr);
  dataplane::Engine small(eager, hub.table(), *channel, dataplane::Engine::Resources{testing::pool()});
  std::vector<dataplane::Mbuf*> burst(5);
  for (dataplane::Mbuf*& frame : burst) frame = testing::make_frame(discover(kB4One));
  dataplane::Output output([](void*, Side, dataplane::Mbuf**, std::uint16_t) { FAIL(); }, nullptr);
  small.receive(Side::kIpv6, burst, Instant(1), output);
  EXPECT_EQ(small.counters().outcomes[Outcome::kPuntDhcpRequest], 1);
  EXPECT_EQ(small.counters().outcomes[Outcome::kPuntQueueFull], 4);
  EXPECT_TRUE(small.counters().add_up());
}

TEST(Inject, IntoANamedSoftwireWithoutLookup_DhcV4Configuration_5_1_Item4) {
  EngineHarness hub(policy(), bindings());
  const Ipv4Fields answer{.source = kRelay,
                          .destination = kShared,
                          .source_port = 67,
                          .destination_port = 68,
                          .type_of_service = 0x10};
  const Ipv6Address anyone = *parse_ipv6("2001:db8:2::5");
  hub.inject(ipv4_packet(answer), Side::kIpv6, kBr, anyone);
  const auto result = hub.run(Side::kIpv4, std::vector<Octets>{});
  EXPECT_THAT(result.ipv6, ::testing::ElementsAre(to_b4(anyone, answer)));
  EXPECT_EQ(result.outcomes[Outcome::kInjectedSoftwire], 1);
}

TEST(Inject, ToTheIpv4SideOrIntoTheSoftwireThatOwnsIt_Rfc7596_6_2) {
  EngineHarness hub(policy(), bindings());
  const Ipv4Fields to_server{
      .source = kRelay, .destination = kServer, .source_port = 67, .destination_port = 67};
  const Ipv4Fields to_subscriber{
      .source = kRelay, .destination = kWhole, .source_port = 67, .destination_port = 67};
  hub.inject(ipv4_packet(to_server), Side::kIpv4);
  hub.inject(ipv4_packet(to_subscriber), Side::kIpv4);
  const auto result = hub.run(Side::kIpv4, std::vector<Octets>{});
  EXPECT_THAT(result.ipv4, ::testing::ElementsAre(to_internet(to_server)));
  EXPECT_THAT(result.ipv6, ::testing::ElementsAre(to_b4(kB4Whole, to_subscriber)));
  EXPECT_EQ(result.outcomes[Outcome::kInjectedIpv4], 1);
  EXPECT_EQ(result.outcomes[Outcome::kInjectedSoftwire], 1);
}

TEST(Inject, ToTheIpv4SideWhereSoftwiresAreKeptApart_Rfc7596_6_2) {
  dataplane::Policy apart = policy();
  apart.hairpinning = false;
  EngineHarness hub(apart, bindings());
  const Ipv4Fields to_subscriber{
      .source = kRelay, .destination = kWhole, .source_port = 67, .destination_port = 67};
  hub.inject(ipv4_packet(to_subscriber), Side::kIpv4);
  EXPECT_THAT(hub.run(Side::kIpv4, std::vector<Octets>{}).ipv4,
              ::testing::ElementsAre(to_internet(to_subscriber)));
}

TEST(Inject, TooBigOrBrokenIsADropWithAName) {
  EngineHarness hub(policy(), bindings());
  Ipv4Fields big{.source = kRelay, .destination = kServer};
  big.fragment = Ipv4Header::kDontFragment;
  big.payload_octets = 1473;
  hub.inject(ipv4_packet(big), Side::kIpv4);
  hub.inject(ipv4_packet(big), Side::kIpv6, kBr, kB4One);
  hub.inject({0x45, 0x00}, Side::kIpv4);
  const auto result = hub.run(Side::kIpv4, std::vector<Octets>{});
  EXPECT_EQ(result.outcomes[Outcome::kTooBigForIpv4], 1);
  EXPECT_EQ(result.outcomes[Outcome::kTooBigForIpv6], 1);
  EXPECT_EQ(result.outcomes[Outcome::kIpv4Truncated], 1);
}

}  // namespace
}  // namespace softwire
