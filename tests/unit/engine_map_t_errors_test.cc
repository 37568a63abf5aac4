// SPDX-License-Identifier: BSD-3-Clause
// Tests MAP-T in the engine: ICMP errors, sizes, fragments, and packets of the control plane.
#include "softwire/checksum.h"
#include "tests/unit/engine_map_t_fixture.h"

namespace softwire::map_t_test {
namespace {

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
  // Errors about packets of another sender.
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
  // Errors about a packet with another CE as destination, or with a source other than the receiver of the
  // error.
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

// Whoever makes routers of the IPv6 network report cannot make the hub flood others with ICMPv4 errors.
TEST_P(MapT, ErrorsOfTheIpv6NetworkAreLimited_Rfc4443_2_4_f) {
  dataplane::Policy slow = policy();
  slow.ipv4.icmp_error_rate = 40;
  EngineHarness hub(slow, bindings(), rules());
  const Ipv6Address router = *parse_ipv6("2001:db8:4000::1");
  const Octets quote = cut(kDown.ipv6(kFarInDmr, kCe, 60).octets(), 1272);
  const Octets unreachable = on_ipv6(error6(router, kFarInDmr, 0, quote, 64), true);
  const auto flood = [&](const Octets& frame) {
    return hub.run(Side::kIpv6, std::vector<Octets>(500, frame), GetParam());
  };
  const auto first = flood(unreachable);
  EXPECT_GE(first.outcomes[Outcome::kTranslatedToIpv4], 10U);
  EXPECT_LE(first.outcomes[Outcome::kTranslatedToIpv4], 30U);
  EXPECT_EQ(first.outcomes[Outcome::kTranslatedToIpv4] + first.outcomes[Outcome::kTunnelErrorHandled], 500U);
  EXPECT_EQ(first.ipv4.size(), first.outcomes[Outcome::kTranslatedToIpv4]);
  EXPECT_EQ(hub.engine().counters().icmp_errors_suppressed, first.outcomes[Outcome::kTunnelErrorHandled]);
  // Packet Too Big has a share that others cannot use.
  Ipv6Packet too_big = error6(router, kFarInDmr, 0, quote, 64);
  too_big.payload = Icmp{.type = 2, .code = 0, .rest = 1300, .body = quote}.octets(
      pseudo_header_sum(router, kFarInDmr, ip_protocol::kIcmpv6, std::uint16_t(8 + quote.size())));
  const auto second = flood(on_ipv6(too_big, true));
  EXPECT_GE(second.outcomes[Outcome::kTranslatedToIpv4], 8U);
  hub.now += std::chrono::seconds(1);
  EXPECT_GE(flood(unreachable).outcomes[Outcome::kTranslatedToIpv4], 10U);
  EXPECT_TRUE(hub.engine().counters().add_up());
}

// The same towards a CE: the reporter is an Internet host.
TEST_P(MapT, ErrorsOfTheInternetAreLimited_Rfc4443_2_4_f) {
  dataplane::Policy slow = policy();
  slow.ipv6.icmp_error_rate = 40;
  EngineHarness hub(slow, bindings(), rules());
  const auto flood = [&](Ipv4Address router, std::uint8_t code) {
    const Ipv4Packet error = error4(router, kCeAddress, code, cut(kUp.ipv4(3).octets(), 548), 64);
    return hub.run(Side::kIpv4, std::vector<Octets>(500, on_ipv4(error, true)), GetParam());
  };
  const auto first = flood({203, 0, 113, 99}, 3);
  EXPECT_GE(first.outcomes[Outcome::kTranslatedToIpv6], 10U);
  EXPECT_LE(first.outcomes[Outcome::kTranslatedToIpv6], 30U);
  EXPECT_EQ(first.outcomes[Outcome::kTranslatedToIpv6] + first.outcomes[Outcome::kTunnelErrorHandled], 500U);
  EXPECT_EQ(hub.engine().counters().icmp_errors_suppressed, first.outcomes[Outcome::kTunnelErrorHandled]);
  EXPECT_GE(flood({203, 0, 113, 98}, 3).outcomes[Outcome::kTranslatedToIpv6], 1U) << "another reporter";
  EXPECT_GE(flood({203, 0, 113, 97}, 4).outcomes[Outcome::kTranslatedToIpv6], 8U) << "fragmentation needed";
  EXPECT_TRUE(hub.engine().counters().add_up());
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

// The sender of a packet to a CE gets the error about the packet that it sent, before translation.
TEST_P(MapT, SenderIsTold_Rfc7915_4) {
  dataplane::Policy with = policy();
  with.ipv4.generate_icmp_errors = true;
  with.ipv4.icmp_error_rate = with.ipv4.icmp_error_source_rate = 1000;
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
  // In a whole packet, the port of another CE is detected.
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
}  // namespace softwire::map_t_test
