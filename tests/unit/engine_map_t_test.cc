// SPDX-License-Identifier: BSD-3-Clause
// Tests MAP-T in the engine (RFC 7599 section 8), together with the bindings of the small hub and a MAP-E
// rule. Every test uses bursts of 1, 4 and 64 frames. translate_test.cc tests the translation itself.
#include "softwire/checksum.h"
#include "softwire/rule.h"
#include "tests/support/ip_packets.h"
#include "tests/unit/engine_fixture.h"

namespace softwire {
namespace {

using testing::Icmp;
using testing::Ipv4Packet;
using testing::Ipv6Packet;
using testing::transport;

const Ipv4Address kFar(10, 2, 3, 4);
const Ipv6Address kFarInDmr = *parse_ipv6("2001:db8:ffff:0:a:203:400:0");
const Ipv4Address kCeAddress(192, 0, 2, 18);
const Ipv6Address kCe = *parse_ipv6("2001:db8:12:3400:0:c000:212:34");  // PSID 0x34
const Ipv6Address kNextCe = *parse_ipv6("2001:db8:12:3500:0:c000:212:35");
const Ipv4Address kWholeAddress(192, 0, 3, 5);
const Ipv6Address kWholeCe = *parse_ipv6("2001:db8:8005:0:0:c000:305:0");
const Ipv4Address kMapEAddress(10, 1, 0, 7);
const Ipv6Address kMapECe = *parse_ipv6("2001:db8:9007:0:0:a01:7:0");
const Ipv6Address kMapBr = *parse_ipv6("2001:db8:ff::3");

std::vector<Rule> make_rules() {
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

Octets on_ipv4(const Ipv4Packet& packet, bool in) {
  return ethernet_frame(
      in ? EthernetFields{kHubIpv4Mac, kRouterIpv4Mac} : EthernetFields{kRouterIpv4Mac, kHubIpv4Mac},
      ether_type::kIpv4, packet.octets());
}
Octets on_ipv6(const Ipv6Packet& packet, bool in) {
  return ethernet_frame(
      in ? EthernetFields{kHubIpv6Mac, kRouterIpv6Mac} : EthernetFields{kRouterIpv6Mac, kHubIpv6Mac},
      ether_type::kIpv6, packet.octets());
}

// A UDP datagram of either version, and its translation. Identifications are not predictable, so packets from
// a CE are long enough to have none.
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
const Flow kDown{.source = kFar, .destination = kCeAddress, .destination_port = 1232};
const Flow kUp{.source = kCeAddress, .destination = kFar, .source_port = 1232};

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
  // A binding has the address, so the rule no longer does.
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
  // The answer would return to the hub.
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

// --- ICMP errors ---

Ipv4Packet error4(Ipv4Address from, Ipv4Address to, std::uint8_t code, const Octets& quote,
                  std::uint8_t ttl) {
  return {.source = from,
          .destination = to,
          .protocol = ip_protocol::kIcmp,
          .ttl = ttl,
          .fragment = Ipv4Header::kDontFragment,
          .payload = Icmp{.type = 3, .code = code, .body = quote}.octets(0)};
}
Ipv6Packet error6(const Ipv6Address& from, const Ipv6Address& to, std::uint8_t code, const Octets& quote,
                  std::uint8_t hop_limit) {
  return {.source = from,
          .destination = to,
          .next_header = ip_protocol::kIcmpv6,
          .hop_limit = hop_limit,
          .payload = Icmp{.type = 1, .code = code, .body = quote}.octets(
              pseudo_header_sum(from, to, ip_protocol::kIcmpv6, std::uint16_t(8 + quote.size())))};
}
Octets cut(Octets octets, std::size_t length) {
  octets.resize(std::min(octets.size(), length));
  return octets;
}

TEST_P(MapT, ErrorsGoToThePortOfTheirQuote_Rfc7599_9) {
  const Ipv4Address router(203, 0, 113, 99);
  const Ipv4Packet v4 = error4(router, kCeAddress, 3, cut(kUp.ipv4(3).octets(), 28), 64);
  const Ipv6Packet v6 =
      error6(embed_ipv4(rules()[0].dmr, router), kCe, 4, cut(kUp.ipv6(kCe, kFarInDmr, 3).octets(), 48), 63);
  expect_sent(Side::kIpv4, on_ipv4(v4, true), Side::kIpv6, on_ipv6(v6, false), Outcome::kTranslatedToIpv6);
  // About a packet that another node sent.
  expect_dropped(Side::kIpv4,
                 on_ipv4(error4(router, kCeAddress, 3, cut(kDown.ipv4().octets(), 28), 64), true),
                 Outcome::kIcmpQuote);
  expect_dropped(Side::kIpv4, on_ipv4(error4(router, kCeAddress, 3, cut(kUp.ipv4().octets(), 20), 64), true),
                 Outcome::kIcmpQuoteTruncated);
}

TEST_P(MapT, ErrorsOfTheCeAndOfRoutersOnTheWay_Rfc7599_9) {
  // Longer than 1260 octets, so that no identification is made.
  const Octets quote4 = cut(kDown.ipv4(60).octets(), 1252);
  const Octets quote6 = cut(kDown.ipv6(kFarInDmr, kCe, 60).octets(), 1272);
  expect_sent(Side::kIpv6, on_ipv6(error6(kCe, kFarInDmr, 4, quote6, 64), true), Side::kIpv4,
              on_ipv4(error4(kCeAddress, kFar, 3, quote4, 63), false), Outcome::kTranslatedToIpv4);
  const Ipv6Address router = *parse_ipv6("2001:db8:4000::1");
  expect_sent(Side::kIpv6, on_ipv6(error6(router, kFarInDmr, 0, quote6, 64), true), Side::kIpv4,
              on_ipv4(error4(kRelay, kFar, 1, quote4, 63), false), Outcome::kTranslatedToIpv4);
  dataplane::Policy anonymous = policy();
  anonymous.ipv4_address = {};
  expect_dropped(Side::kIpv6, on_ipv6(error6(router, kFarInDmr, 0, quote6, 64), true),
                 Outcome::kIcmpNotTranslated, anonymous);
  // About a packet that was not sent to that CE, or not by the node that gets the error.
  Flow other = kDown;
  other.destination_port = 1236;
  expect_dropped(Side::kIpv6,
                 on_ipv6(error6(kCe, kFarInDmr, 4, cut(other.ipv6(kFarInDmr, kCe).octets(), 48), 64), true),
                 Outcome::kWrongCe);
  const Ipv6Address stranger = embed_ipv4(rules()[0].dmr, {10, 2, 3, 5});
  expect_dropped(Side::kIpv6, on_ipv6(error6(kCe, stranger, 4, quote6, 64), true), Outcome::kIcmpQuote);
  expect_dropped(Side::kIpv6, on_ipv6(error6(kCe, kFarInDmr, 4, cut(quote6, 40), 64), true),
                 Outcome::kIcmpQuoteTruncated);
}

// --- fragments and sizes ---

TEST_P(MapT, TooBig_Rfc7915_4_5) {
  Flow flow = kDown;
  flow.octets = 1461;  // 1501 octets in IPv6
  expect_dropped(Side::kIpv4, on_ipv4(flow.ipv4(), true), Outcome::kTooBigForIpv6);
  dataplane::Policy small = policy();
  small.ipv4.mtu = 1319;
  expect_dropped(Side::kIpv6, on_ipv6(kUp.ipv6(kCe, kFarInDmr), true), Outcome::kTooBigForIpv4, small);
}

// The sender of a packet to a CE gets an error that quotes the packet as it was received.
TEST_P(MapT, SenderIsTold_Rfc7915_4) {
  dataplane::Policy with = policy();
  with.ipv4.generate_icmp_errors = true;
  with.ipv4.icmp_error_rate = 1000;
  const auto expect_told = [&](const Ipv4Packet& packet, Outcome cause, std::uint8_t type, std::uint8_t code,
                               std::uint16_t mtu, int quoted_ttl) {
    EngineHarness hub(with, bindings(), rules());
    const auto result = run(hub, Side::kIpv4, on_ipv4(packet, true));
    EXPECT_EQ(result.outcomes[cause], frames()) << info(cause).name;
    EXPECT_EQ(result.outcomes[Outcome::kIcmpv4Error], frames());
    EXPECT_THAT(result.ipv6, ::testing::IsEmpty());
    ASSERT_EQ(result.ipv4.size(), frames());
    Ipv4Packet quoted = packet;
    quoted.ttl = static_cast<std::uint8_t>(quoted_ttl);
    const Octets about = quoted.octets();
    for (const Octets& sent : result.ipv4) {
      ASSERT_EQ(sent.size(), sizeof(EthernetHeader) + std::min<std::size_t>(576, 28 + about.size()));
      EXPECT_EQ(sent[34], type);
      EXPECT_EQ(sent[35], code);
      EXPECT_EQ(sent[40] << 8 | sent[41], mtu);
      EXPECT_TRUE(std::equal(sent.begin() + 42, sent.end(), about.begin()));
    }
  };
  Flow flow = kDown;
  expect_told(flow.ipv4(1), Outcome::kIpv4Ttl, 11, 0, 0, 0);
  flow.octets = 1461;
  expect_told(flow.ipv4(), Outcome::kTooBigForIpv6, 3, 4, 1480, 63);
  Ipv4Packet echo{.source = kFar, .destination = kWholeAddress, .fragment = Ipv4Header::kDontFragment};
  echo.protocol = ip_protocol::kIcmp;
  echo.payload = Octets(1461);
  echo.payload[0] = 8;
  const be16 sum = checksum(echo.payload);
  std::memcpy(&echo.payload[2], &sum, sizeof sum);
  expect_told(echo, Outcome::kTooBigForIpv6, 3, 4, 1480, 63);
}

TEST_P(MapT, CutToTheMinimumMtu_Rfc7915_4) {
  Ipv4Packet packet = kDown.ipv4();
  packet.fragment = 0;
  packet.identification = 0xabcd;
  EngineHarness hub(policy(), bindings(), rules());
  const auto result = run(hub, Side::kIpv4, on_ipv4(packet, true));
  Ipv6Packet first = kDown.ipv6(kFarInDmr, kCe, 63);
  Ipv6Packet second = first;
  first.fragment = {.present = true, .more = true, .identification = 0xabcd};
  second.fragment = {.present = true, .offset = 1232, .identification = 0xabcd};
  second.payload.erase(second.payload.begin(), second.payload.begin() + 1232);
  first.payload.resize(1232);
  ASSERT_EQ(first.octets().size(), 1280U);
  ASSERT_EQ(result.ipv6.size(), 2 * frames());
  for (std::size_t i = 0; i < result.ipv6.size(); ++i) {
    EXPECT_EQ(result.ipv6[i], on_ipv6(i % 2 == 0 ? first : second, false)) << i;
  }
  EXPECT_EQ(result.outcomes[Outcome::kTranslatedToIpv6], frames());
  EXPECT_EQ(result.outcomes[Outcome::kFragment], frames());
}

TEST_P(MapT, FragmentsOfWholeAddressesAreTranslatedOneByOne_Rfc7915_4_5) {
  Ipv4Packet v4{.source = kFar,
                .destination = kWholeAddress,
                .identification = 0xabcd,
                .fragment = 25,
                .payload = Octets(48, 9)};
  Ipv6Packet v6{.source = kFarInDmr,
                .destination = kWholeCe,
                .hop_limit = 63,
                .fragment = {.present = true, .offset = 200, .identification = 0xabcd},
                .payload = Octets(48, 9)};
  expect_sent(Side::kIpv4, on_ipv4(v4, true), Side::kIpv6, on_ipv6(v6, false), Outcome::kTranslatedToIpv6);
  std::swap(v4.source, v4.destination);
  std::swap(v6.source, v6.destination);
  v4.ttl = 63;
  v6.hop_limit = 64;
  expect_sent(Side::kIpv6, on_ipv6(v6, true), Side::kIpv4, on_ipv4(v4, false), Outcome::kTranslatedToIpv4);
  v6.next_header = ip_protocol::kIcmpv6;
  expect_dropped(Side::kIpv6, on_ipv6(v6, true), Outcome::kIcmpFragment);
}

TEST_P(MapT, FragmentsOfSharedAddressesArePutTogether_Rfc7599_10) {
  Ipv6Packet first = kUp.ipv6(kCe, kFarInDmr);
  Ipv6Packet second = first;
  first.fragment = {.present = true, .more = true, .identification = 0x1beef};
  second.fragment = {.present = true, .offset = 800, .identification = 0x1beef};
  second.payload.erase(second.payload.begin(), second.payload.begin() + 800);
  first.payload.resize(800);
  Ipv4Packet whole = kUp.ipv4(63);
  whole.fragment = 0;
  whole.identification = 0xbeef;
  for (const bool in_order : {true, false}) {
    EngineHarness hub(policy(), bindings(), rules());
    std::vector<Octets> in = {on_ipv6(first, true), on_ipv6(second, true)};
    if (!in_order) std::swap(in[0], in[1]);
    const auto result = hub.run(Side::kIpv6, in, GetParam());
    EXPECT_THAT(result.ipv4, ::testing::ElementsAre(on_ipv4(whole, false)));
    EXPECT_EQ(result.outcomes[Outcome::kFragmentJoined], 1U);
  }
  // The port of another CE is found only in the whole packet.
  Flow spoofed = kUp;
  spoofed.source_port = 1236;
  first.payload = cut(spoofed.ipv6(kCe, kFarInDmr).payload, 800);
  EngineHarness hub(policy(), bindings(), rules());
  const auto result = hub.run(Side::kIpv6, {on_ipv6(first, true), on_ipv6(second, true)}, GetParam());
  EXPECT_EQ(result.outcomes[Outcome::kWrongCe], 1U);

  Ipv4Packet down = kDown.ipv4();
  Ipv4Packet rest = down;
  down.fragment = Ipv4Header::kMoreFragments;
  down.identification = rest.identification = 0x77;
  rest.fragment = 100;
  rest.payload.erase(rest.payload.begin(), rest.payload.begin() + 800);
  down.payload.resize(800);
  const auto there = hub.run(Side::kIpv4, {on_ipv4(rest, true), on_ipv4(down, true)}, GetParam());
  EXPECT_EQ(there.outcomes[Outcome::kTranslatedToIpv6], 1U);
  EXPECT_EQ(there.outcomes[Outcome::kFragmentJoined], 1U);
  EXPECT_EQ(there.ipv6.size(), 2U);
}

TEST_P(MapT, PacketsOfTheControlPlaneFindTheirCe) {
  EngineHarness hub(policy(), bindings(), rules());
  Flow flow = kDown;
  flow.source = kRelay;
  hub.inject(flow.ipv4().octets(), Side::kIpv4);
  EXPECT_THAT(hub.run(Side::kIpv4, {}, GetParam()).ipv6,
              ::testing::ElementsAre(on_ipv6(flow.ipv6(embed_ipv4(rules()[0].dmr, kRelay), kCe), false)));
}

}  // namespace
}  // namespace softwire
