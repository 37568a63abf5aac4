// SPDX-License-Identifier: BSD-3-Clause
// Tests MAP-T in the engine (RFC 7599 section 8), together with the bindings of the small hub and a MAP-E
// rule. Every test uses bursts of 1, 4 and 64 frames. translate_test.cc tests the translation of single
// packets.
#include "softwire/checksum.h"
#include "softwire/rule.h"
#include "tests/unit/engine_map_t_fixture.h"

namespace softwire::map_t_test {
namespace {

INSTANTIATE_TEST_SUITE_P(Burst, MapT, ::testing::Values(1, 4, 64), ::testing::PrintToStringParamName());

TEST_P(MapT, TheVectors_Rfc7599_A) {
  expect_down(kDown, kCe);
  expect_up(kUp, kCe);
  for (const int port : {1235, 2256, 64723}) {
    expect_down({.source = kFar, .destination = kCeAddress, .destination_port = std::uint16_t(port)}, kCe);
    expect_up({.source = kCeAddress, .destination = kFar, .source_port = std::uint16_t(port)}, kCe);
  }
  expect_down({.source = kFar, .destination = kCeAddress, .destination_port = 1236}, kNextCe);
}

TEST_P(MapT, WholeAddressHasEveryPort_Rfc7599_8) {
  for (const int port : {1, 68, 1023, 65535}) {
    expect_down({.source = kFar, .destination = kWholeAddress, .destination_port = std::uint16_t(port)},
                kWholeCe);
    expect_up({.source = kWholeAddress, .destination = kFar, .source_port = std::uint16_t(port)}, kWholeCe);
  }
}

TEST_P(MapT, SpoofedSourcesAreDropped_Rfc7599_8_3) {
  const auto up = [](const Flow& flow, const Ipv6Address& from, const Ipv6Address& to = kFarInDmr) {
    return on_ipv6(flow.ipv6(from, to), true);
  };
  Flow flow = kUp;
  flow.source_port = 1236;  // of the next CE
  expect_dropped(Side::kIpv6, up(flow, kCe), Outcome::kWrongCe);
  for (const unsigned bit : {40U, 55U, 56U, 63U, 64U, 80U, 111U, 127U}) {
    Ipv6Address::Octets octets = kCe.octets();
    octets[bit / 8] ^= static_cast<std::uint8_t>(0x80U >> bit % 8);
    expect_dropped(Side::kIpv6, up(kUp, Ipv6Address(octets)), Outcome::kWrongCe);
  }
  flow.source_port = 68;
  expect_dropped(Side::kIpv6, up(flow, kCe), Outcome::kNoBindingSource);
  expect_dropped(Side::kIpv6, up(kUp, *parse_ipv6("2001:db8:4000::1")), Outcome::kNoBindingSource);
  expect_dropped(Side::kIpv6, up(kUp, kMapECe), Outcome::kNoBindingSource);
  expect_dropped(Side::kIpv6, up(kUp, kCe, *parse_ipv6("2001:db8:fffe::a:203:400:0")),
                 Outcome::kIpv6NotSoftwire);
  // The address has a binding, so it does not belong to the rule.
  expect_dropped(
      Side::kIpv6,
      up({.source = kWhole, .destination = kFar, .source_port = 1232}, rules()[0].ce_address(kWhole, 0x34)),
      Outcome::kWrongCe);
}

TEST_P(MapT, AnyAddressOfTheEndUserPrefixWhenAskedFor_Rfc7599_8_3) {
  EngineHarness hub(policy(), bindings(), rules());
  hub.table().set_strict_ce_address(false);
  const Ipv6Address other = Ipv6Address::from_host(kCe.high() | 1, 7);
  const auto result = run(hub, Side::kIpv6, on_ipv6(kUp.ipv6(other, kFarInDmr), true));
  EXPECT_THAT(result.ipv4, ::testing::Each(on_ipv4(kUp.ipv4(63), false)));
  EXPECT_EQ(result.outcomes[Outcome::kTranslatedToIpv4], frames());
}

TEST_P(MapT, DmrOfAnotherRule_Rfc7599_8_3) {
  std::vector<Rule> two = rules();
  two[1].dmr = *parse_ipv6_prefix("2001:db8:fffe::/64");
  EngineHarness hub(policy(), bindings(), two);
  const auto result =
      run(hub, Side::kIpv6, on_ipv6(kUp.ipv6(kCe, *parse_ipv6("2001:db8:fffe:0:a:203:400:0")), true));
  EXPECT_EQ(result.outcomes[Outcome::kWrongDmr], frames());
}

TEST_P(MapT, EncapsulatedPacketsAreNoCes_Rfc7599_8_3) {
  const Ipv4Fields fields{.source = kCeAddress, .destination = kFar, .source_port = 1232};
  expect_dropped(Side::kIpv6, from_b4(kCe, fields), Outcome::kNoBindingSource);
}

TEST_P(MapT, PortsOfNobody_Rfc7597_5_1) {
  for (const int port : {68, 210, 1023}) {
    const Flow flow{.source = kFar, .destination = kCeAddress, .destination_port = std::uint16_t(port)};
    expect_dropped(Side::kIpv4, on_ipv4(flow.ipv4(), true), Outcome::kNoBindingDestination);
  }
  Ipv4Packet gre = kDown.ipv4();
  gre.protocol = 47;
  expect_dropped(Side::kIpv4, on_ipv4(gre, true), Outcome::kProtocolNoPort);
  Ipv6Packet from_ce = kUp.ipv6(kCe, kFarInDmr);
  from_ce.next_header = 47;
  expect_dropped(Side::kIpv6, on_ipv6(from_ce, true), Outcome::kProtocolNoPort);
}

TEST_P(MapT, OneHopLess_Rfc7915_4_1_5_1) {
  expect_dropped(Side::kIpv4, on_ipv4(kDown.ipv4(1), true), Outcome::kIpv4Ttl);
  expect_dropped(Side::kIpv6, on_ipv6(kUp.ipv6(kCe, kFarInDmr, 1), true), Outcome::kIpv4Ttl);
}

TEST_P(MapT, DestinationsThatAreNotForwarded_Rfc1812_5_3_7) {
  for (const auto& [address, outcome] :
       {std::pair(Ipv4Address(127, 0, 0, 1), Outcome::kIpv4Destination),
        std::pair(Ipv4Address(255, 255, 255, 255), Outcome::kIpv4Destination),
        std::pair(kRelay, Outcome::kIpv4Local)}) {
    Flow flow = kUp;
    flow.destination = address;
    expect_dropped(Side::kIpv6, on_ipv6(flow.ipv6(kCe, embed_ipv4(rules()[0].dmr, address)), true), outcome);
  }
}

// --- DHCP ---

const Ipv6Address kOfNobody = *parse_ipv6("2001:db8:12:3400::1");  // in the end-user prefix of kCe
const Ipv4Address kEverybody(255, 255, 255, 255);

Ipv6Packet dhcp(const Ipv6Address& from, Ipv4Address to, Port source_port = 68, Port destination_port = 67) {
  Flow flow{
      .source = {}, .destination = to, .source_port = source_port, .destination_port = destination_port};
  flow.octets = 308;
  return flow.ipv6(from, embed_ipv4(make_rules()[0].dmr, to));
}

TEST_P(MapT, WhatIsTheRelaysIsPunted_Draft5_1) {
  for (const Ipv6Address& ce : {kCe, kWholeCe, kOfNobody}) {
    for (const Ipv4Address to : {kEverybody, kRelay, kServer}) {
      const Octets frame = on_ipv6(dhcp(ce, to), true);
      EngineHarness hub(policy(), bindings(), rules());
      const auto result = run(hub, Side::kIpv6, frame);
      EXPECT_EQ(result.outcomes[Outcome::kPuntDhcpTranslated], frames());
      ASSERT_EQ(result.punted.size(), frames());
      for (const auto& punted : result.punted) {
        EXPECT_EQ(punted.frame, frame);
        EXPECT_EQ(punted.context.reason, Outcome::kPuntDhcpTranslated);
        EXPECT_EQ(punted.context.side, Side::kIpv6);
        EXPECT_EQ(punted.context.ip_offset, sizeof(EthernetHeader));
        EXPECT_EQ(punted.context.ipv4_length, 0);
      }
    }
  }
}

TEST_P(MapT, FragmentsOfWhatIsTheRelaysArePutTogether_Rfc7599_10) {
  Ipv6Packet first = dhcp(kWholeCe, kEverybody);
  Ipv6Packet second = first;
  first.fragment = {.present = true, .more = true, .identification = 0x1beef};
  second.fragment = {.present = true, .offset = 160, .identification = 0x1beef};
  second.payload.erase(second.payload.begin(), second.payload.begin() + 160);
  first.payload.resize(160);
  EngineHarness hub(policy(), bindings(), rules());
  const auto result = hub.run(Side::kIpv6, {on_ipv6(second, true), on_ipv6(first, true)}, GetParam());
  EXPECT_EQ(result.outcomes[Outcome::kPuntDhcpTranslated], 1U);
  EXPECT_EQ(result.outcomes[Outcome::kFragmentJoined], 1U);
}

TEST_P(MapT, WhatIsNotTheRelaysIsNot_Draft5_1) {
  const auto expect_not = [&](const Ipv6Packet& packet, Outcome outcome,
                              const dataplane::Policy& with = policy()) {
    expect_dropped(Side::kIpv6, on_ipv6(packet, true), outcome, with);
  };
  expect_not(dhcp(kOfNobody, kFar), Outcome::kNoBindingSource);
  expect_not(dhcp(kOfNobody, kEverybody, 1232, 68), Outcome::kWrongCe);
  expect_not(dhcp(*parse_ipv6("2001:db8:4000::1"), kEverybody), Outcome::kNoBindingSource);
  expect_not(dhcp(kMapECe, kEverybody), Outcome::kNoBindingSource);
  Ipv6Packet tcp = dhcp(kCe, kEverybody);
  tcp.next_header = ip_protocol::kTcp;
  expect_not(tcp, Outcome::kNoBindingSource);
  dataplane::Policy off = policy();
  off.dhcp_relay.enabled = false;
  expect_not(dhcp(kCe, kEverybody), Outcome::kNoBindingSource, off);
  // An answer would be sent to the hub itself.
  dataplane::Policy own = policy();
  own.ipv6_address = kOfNobody;
  expect_not(dhcp(kOfNobody, kEverybody), Outcome::kWrongCe, own);
}

TEST_P(MapT, NoCeIsARelay_Rfc3046_5) {
  for (const Ipv4Address to : {kEverybody, kRelay, kServer}) {
    expect_dropped(Side::kIpv6, on_ipv6(dhcp(kWholeCe, to, 67), true), Outcome::kDhcpTranslated);
  }
  expect_up({.source = kWholeAddress, .destination = kServer, .source_port = 67, .destination_port = 53},
            kWholeCe, embed_ipv4(rules()[0].dmr, kServer));
}

TEST_P(MapT, AnEndUserPrefixHasOneRate_Rfc7596_9) {
  dataplane::Policy slow = policy();
  slow.punt_subscriber_rate = slow.punt_subscriber_burst = 1;
  EngineHarness hub(slow, bindings(), rules());
  std::vector<Octets> in;
  for (std::uint64_t i = 1; i < 4; ++i) {
    in.push_back(on_ipv6(dhcp(Ipv6Address::from_host(kCe.high() | i, i), kEverybody), true));
  }
  in.push_back(on_ipv6(dhcp(kNextCe, kEverybody), true));
  const auto result = hub.run(Side::kIpv6, in, GetParam());
  EXPECT_EQ(result.outcomes[Outcome::kPuntDhcpTranslated], 2U);
  EXPECT_EQ(result.outcomes[Outcome::kPuntSubscriberRate], 2U);
}

TEST_P(MapT, Hairpins_Rfc7599_8) {
  const auto in_dmr = [dmr = rules()[0].dmr](Ipv4Address address) { return embed_ipv4(dmr, address); };
  const Flow to_ce{
      .source = kCeAddress, .destination = kCeAddress, .source_port = 1232, .destination_port = 1236};
  expect_sent(Side::kIpv6, on_ipv6(to_ce.ipv6(kCe, in_dmr(kCeAddress)), true), Side::kIpv6,
              on_ipv6(to_ce.ipv6(in_dmr(kCeAddress), kNextCe, 63), false), Outcome::kHairpinned);
  for (const auto& [address, end, br] :
       {std::tuple(kWhole, kB4Whole, kBr), std::tuple(kMapEAddress, kMapECe, kMapBr)}) {
    const Flow there{.source = kCeAddress, .destination = address, .source_port = 1232};
    Ipv6Packet softwire{
        .source = br, .destination = end, .next_header = 4, .payload = there.ipv4(63).octets()};
    expect_sent(Side::kIpv6, on_ipv6(there.ipv6(kCe, in_dmr(address)), true), Side::kIpv6,
                on_ipv6(softwire, false), Outcome::kHairpinned);
    const Flow back{.source = address, .destination = kCeAddress, .destination_port = 1232};
    softwire = {.source = end, .destination = br, .next_header = 4, .payload = back.ipv4().octets()};
    expect_sent(Side::kIpv6, on_ipv6(softwire, true), Side::kIpv6,
                on_ipv6(back.ipv6(in_dmr(address), kCe, 63), false), Outcome::kHairpinned);
  }
  dataplane::Policy off = policy();
  off.hairpinning = false;
  expect_sent(Side::kIpv6, on_ipv6(to_ce.ipv6(kCe, in_dmr(kCeAddress)), true), Side::kIpv4,
              on_ipv4(to_ce.ipv4(63), false), Outcome::kTranslatedToIpv4, off);
}

TEST_P(MapT, EchoGoesByItsIdentifier_Rfc7599_9) {
  const Octets body(1300, 7);
  const auto message6 = [&body](std::uint8_t type, const Ipv6Address& from, const Ipv6Address& to) {
    return Icmp{.type = type, .rest = 1232 << 16 | 5, .body = body}.octets(
        pseudo_header_sum(from, to, ip_protocol::kIcmpv6, std::uint16_t(8 + body.size())));
  };
  Ipv4Packet v4{.source = kFar,
                .destination = kCeAddress,
                .protocol = ip_protocol::kIcmp,
                .fragment = Ipv4Header::kDontFragment,
                .payload = Icmp{.type = 8, .rest = 1232 << 16 | 5, .body = body}.octets(0)};
  Ipv6Packet v6{.source = kFarInDmr,
                .destination = kCe,
                .next_header = ip_protocol::kIcmpv6,
                .hop_limit = 63,
                .payload = message6(128, kFarInDmr, kCe)};
  expect_sent(Side::kIpv4, on_ipv4(v4, true), Side::kIpv6, on_ipv6(v6, false), Outcome::kTranslatedToIpv6);
  v6 = {.source = kCe,
        .destination = kFarInDmr,
        .next_header = ip_protocol::kIcmpv6,
        .payload = message6(129, kCe, kFarInDmr)};
  std::swap(v4.source, v4.destination);
  v4.ttl = 63;
  v4.payload = Icmp{.type = 0, .rest = 1232 << 16 | 5, .body = body}.octets(0);
  expect_sent(Side::kIpv6, on_ipv6(v6, true), Side::kIpv4, on_ipv4(v4, false), Outcome::kTranslatedToIpv4);
}

}  // namespace
}  // namespace softwire::map_t_test
