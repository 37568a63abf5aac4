// SPDX-License-Identifier: BSD-3-Clause
// Tests MAP-E in the engine (RFC 7597 section 8), together with the bindings of the small hub. Every test
// uses bursts of 1, 4 and 64 frames.
#include "softwire/rule.h"
#include "tests/unit/icmp_fixture.h"

namespace softwire {
namespace {

const Ipv6Address kMapBr = *parse_ipv6("2001:db8:ffff::1");
const Ipv6Address kCe = *parse_ipv6("2001:db8:12:3400:0:c000:212:34");  // PSID 0x34 of kCeAddress
const Ipv6Address kNextCe = *parse_ipv6("2001:db8:12:3500:0:c000:212:35");
const Ipv4Address kCeAddress(192, 0, 2, 18);
const Ipv4Address kPrefixAddress(10, 1, 7, 200);  // of a CE that has 10.1.7.0/24
const Ipv6Address kPrefixCe = *parse_ipv6("2001:db8:8007:0:0:a01:700:0");

std::vector<Rule> make_rules() {
  Rule shared;  // RFC 7597 appendix A, example 1
  shared.ipv4 = *parse_ipv4_prefix("192.0.2.0/24");
  shared.ipv6 = *parse_ipv6_prefix("2001:db8::/40");
  shared.ea_len = 16;
  shared.br = kMapBr;
  Rule prefix;
  prefix.ipv4 = *parse_ipv4_prefix("10.1.0.0/16");
  prefix.ipv6 = *parse_ipv6_prefix("2001:db8:8000::/40");
  prefix.ea_len = 8;
  prefix.br = kMapBr;
  return {shared, prefix};
}

class MapE : public EngineTest {
 protected:
  [[nodiscard]] std::vector<Rule> rules() const override { return make_rules(); }
};
INSTANTIATE_TEST_SUITE_P(Burst, MapE, ::testing::Values(1, 4, 64), ::testing::PrintToStringParamName());

Ipv4Fields hop(Ipv4Fields fields) {
  --fields.ttl;
  return fields;
}

TEST_P(MapE, EncapsulatesToTheCeOfThePort_Rfc7597_A) {
  for (const auto& [port, ce] :
       {std::pair(1232, kCe), std::pair(1235, kCe), std::pair(64723, kCe), std::pair(1236, kNextCe)}) {
    const Ipv4Fields fields{.source = {1, 2, 3, 4},
                            .destination = kCeAddress,
                            .source_port = 80,
                            .destination_port = std::uint16_t(port)};
    expect_sent(Side::kIpv4, from_internet(fields), Side::kIpv6, to_b4(ce, hop(fields), kMapBr),
                Outcome::kEncapsulated);
  }
}

TEST_P(MapE, DecapsulatesWhatComesFromTheCe_Rfc7597_8_1) {
  const Ipv4Fields fields{.source = kCeAddress, .destination = {1, 2, 3, 4}, .source_port = 1232};
  expect_sent(Side::kIpv6, from_b4(kCe, fields, kMapBr), Side::kIpv4, to_internet(hop(fields)),
              Outcome::kDecapsulated);
}

TEST_P(MapE, DropsAPortOfAnotherCe_Rfc7597_8_1) {
  Ipv4Fields fields{.source = kCeAddress, .destination = kHost, .source_port = 1236};
  expect_dropped(Side::kIpv6, from_b4(kCe, fields, kMapBr), Outcome::kWrongB4);
  fields.source_port = 1232;
  fields.source = {192, 0, 2, 19};
  expect_dropped(Side::kIpv6, from_b4(kCe, fields, kMapBr), Outcome::kWrongB4);
  fields.source = {198, 18, 0, 1};  // in no rule
  expect_dropped(Side::kIpv6, from_b4(kCe, fields, kMapBr), Outcome::kNoBindingSource);
}

TEST_P(MapE, ComparesTheWholeOuterSource_Rfc7597_8_1) {
  const Ipv4Fields fields{.source = kCeAddress, .destination = kHost, .source_port = 1232};
  for (const unsigned bit : {0U, 39U, 40U, 47U, 55U, 56U, 63U, 64U, 79U, 80U, 111U, 127U}) {
    Ipv6Address::Octets octets = kCe.octets();
    octets[bit / 8] ^= static_cast<std::uint8_t>(0x80U >> bit % 8);
    expect_dropped(Side::kIpv6, from_b4(Ipv6Address(octets), fields, kMapBr), Outcome::kWrongB4);
  }
}

TEST_P(MapE, TakesAnyAddressOfTheEndUserPrefixWhenAskedTo_Rfc7597_8_1) {
  EngineHarness hub(policy(), bindings(), rules());
  hub.table().set_strict_ce_address(false);
  const Ipv4Fields fields{.source = kCeAddress, .destination = kHost, .source_port = 1232};
  for (unsigned bit = 0; bit < 128; ++bit) {
    Ipv6Address::Octets octets = kCe.octets();
    octets[bit / 8] ^= static_cast<std::uint8_t>(0x80U >> bit % 8);
    const auto result = run(hub, Side::kIpv6, from_b4(Ipv6Address(octets), fields, kMapBr));
    EXPECT_EQ(result.outcomes[bit < 56 ? Outcome::kWrongB4 : Outcome::kDecapsulated], frames()) << bit;
  }
  const auto wrong_br = run(hub, Side::kIpv6, from_b4(Ipv6Address::from_host(kCe.high(), 0), fields, kBr));
  EXPECT_EQ(wrong_br.outcomes[Outcome::kWrongB4], frames());
  const Ipv4Fields bound{.source = kWhole, .destination = kHost};
  const auto binding = run(hub, Side::kIpv6, from_b4(*parse_ipv6("2001:db8:1::8"), bound));
  EXPECT_EQ(binding.outcomes[Outcome::kWrongB4], frames());
}

TEST_P(MapE, CeAddressOfALongerRuleIsNobodys_Rfc7597_8_1) {
  std::vector<Rule> both = rules();
  both[1].ipv6 = *parse_ipv6_prefix("2001:db8:12::/48");  // within the first one's
  const Ipv4Fields down{.source = kHost, .destination = kCeAddress, .destination_port = 1232};
  const Ipv4Fields up{.source = kCeAddress, .destination = kHost, .source_port = 1232};
  for (const Side side : {Side::kIpv4, Side::kIpv6}) {
    EngineHarness hub(policy(), bindings(), both);
    const auto result = run(hub, side, side == Side::kIpv4 ? from_internet(down) : from_b4(kCe, up, kMapBr));
    EXPECT_EQ(
        result.outcomes[side == Side::kIpv4 ? Outcome::kNoBindingDestination : Outcome::kNoBindingSource],
        frames());
  }
}

TEST_P(MapE, DropsAnotherBrAddress_Rfc7597_8_1) {
  const Ipv4Fields fields{.source = kCeAddress, .destination = kHost, .source_port = 1232};
  expect_dropped(Side::kIpv6, from_b4(kCe, fields, kBr), Outcome::kWrongBr);
  expect_dropped(Side::kIpv6, from_b4(kCe, fields, *parse_ipv6("2001:db8::bad")), Outcome::kNotOurBr);
}

TEST_P(MapE, PortsOfNobody_Rfc7597_5_1) {
  for (const int port : {0x34 << 2, 68, 1023}) {  // A = 0
    expect_dropped(
        Side::kIpv4,
        from_internet({.source = kHost, .destination = kCeAddress, .destination_port = std::uint16_t(port)}),
        Outcome::kNoBindingDestination);
    expect_dropped(
        Side::kIpv6,
        from_b4(kCe, {.source = kCeAddress, .destination = kHost, .source_port = std::uint16_t(port)},
                kMapBr),
        Outcome::kNoBindingSource);
  }
}

TEST_P(MapE, SharedAddressNeedsAPort_Rfc7597_8_2) {
  Ipv4Fields fields{.source = kHost, .destination = kCeAddress, .protocol = 47};
  expect_dropped(Side::kIpv4, from_internet(fields), Outcome::kProtocolNoPort);
  fields.protocol = ip_protocol::kIcmp;
  fields.source_port = 1232;  // the identifier
  expect_sent(Side::kIpv4, from_internet(fields), Side::kIpv6, to_b4(kCe, hop(fields), kMapBr),
              Outcome::kEncapsulated);
}

TEST_P(MapE, CeWithAnIpv4PrefixNeedsNoPort_Rfc7597_5_2) {
  for (const std::uint8_t protocol : {ip_protocol::kUdp, std::uint8_t{47}}) {
    Ipv4Fields fields{
        .source = kHost, .destination = kPrefixAddress, .destination_port = 1, .protocol = protocol};
    expect_sent(Side::kIpv4, from_internet(fields), Side::kIpv6, to_b4(kPrefixCe, hop(fields), kMapBr),
                Outcome::kEncapsulated);
    std::swap(fields.source, fields.destination);
    expect_sent(Side::kIpv6, from_b4(kPrefixCe, fields, kMapBr), Side::kIpv4, to_internet(hop(fields)),
                Outcome::kDecapsulated);
  }
}

TEST_P(MapE, BindingsWinOverTheRuleAroundThem) {
  Ipv4Fields fields{.source = kHost, .destination = kShared, .destination_port = 1024};
  expect_sent(Side::kIpv4, from_internet(fields), Side::kIpv6, to_b4(kB4One, hop(fields)),
              Outcome::kEncapsulated);
  fields.destination_port = 3072;  // bound to no subscriber
  expect_dropped(Side::kIpv4, from_internet(fields), Outcome::kNoBindingDestination);
}

TEST_P(MapE, HairpinsBetweenCesAndToBindings_Rfc7597_8_1) {
  Ipv4Fields fields{
      .source = kCeAddress, .destination = kCeAddress, .source_port = 1232, .destination_port = 1236};
  expect_sent(Side::kIpv6, from_b4(kCe, fields, kMapBr), Side::kIpv6, to_b4(kNextCe, hop(fields), kMapBr),
              Outcome::kHairpinned);
  fields.destination = kWhole;
  expect_sent(Side::kIpv6, from_b4(kCe, fields, kMapBr), Side::kIpv6, to_b4(kB4Whole, hop(fields)),
              Outcome::kHairpinned);
  const Ipv4Fields back{
      .source = kWhole, .destination = kCeAddress, .source_port = 1, .destination_port = 1232};
  expect_sent(Side::kIpv6, from_b4(kB4Whole, back), Side::kIpv6, to_b4(kCe, hop(back), kMapBr),
              Outcome::kHairpinned);
  dataplane::Policy off = policy();
  off.hairpinning = false;
  expect_sent(Side::kIpv6, from_b4(kB4Whole, back), Side::kIpv4, to_internet(hop(back)),
              Outcome::kDecapsulated, off);
}

TEST_P(MapE, EveryFrameOfABurstHasItsOwnCe) {
  EngineHarness hub(policy(), bindings(), rules());
  std::vector<Octets> in;
  std::vector<Octets> out;
  for (unsigned psid = 0; psid < 150; ++psid) {
    const Ipv4Fields fields{
        .source = kHost, .destination = kCeAddress, .destination_port = std::uint16_t(1024 + 4 * psid)};
    in.push_back(from_internet(fields));
    out.push_back(to_b4(rules()[0].ce_address(kCeAddress, std::uint16_t(psid)), hop(fields), kMapBr));
  }
  EXPECT_EQ(hub.run(Side::kIpv4, in, GetParam()).ipv6, out);
}

TEST_P(MapE, PacketsOfTheControlPlaneFindTheirCe) {
  EngineHarness hub(policy(), bindings(), rules());
  const Ipv4Fields fields{.source = kRelay, .destination = kCeAddress, .destination_port = 1232};
  hub.inject(ipv4_packet(fields), Side::kIpv4);
  EXPECT_THAT(hub.run(Side::kIpv4, {}, GetParam()).ipv6, ::testing::ElementsAre(to_b4(kCe, fields, kMapBr)));
}

TEST_P(MapE, ErrorsFromInsideTheTunnelAreRelayed_Rfc7597_8_2) {
  const Ipv4Fields down{.source = kHost, .destination = kCeAddress, .destination_port = 1232};
  const Octets quoted = ipv6_packet({.source = kMapBr, .destination = kCe}, ipv4_packet(down));
  const Octets in = inside_frame(icmpv6_packet(kInsideRouter, kMapBr, {1, 0, 0, 0, 0, 0, 0, 0}, quoted));
  EngineHarness hub(talkative(), bindings(), rules());
  const auto result = run(hub, Side::kIpv6, in);
  EXPECT_EQ(result.outcomes[Outcome::kTunnelErrorHandled], frames());
  ASSERT_EQ(result.ipv4.size(), frames());
  for (const Octets& sent : result.ipv4) {
    EXPECT_EQ(sent_without_identification(sent),
              without_identification(onto_internet(error_about(down, 3, 1))));
  }
}

TEST_P(MapE, ErrorsOfTheHubFindTheirWayIntoTheTunnel_Rfc7597_8_2) {
  const Ipv4Fields up{.source = kCeAddress, .destination = kHost, .source_port = 1232, .ttl = 1};
  EngineHarness hub(talkative(), bindings(), rules());
  const auto result = run(hub, Side::kIpv6, from_b4(kCe, up, kMapBr));
  EXPECT_EQ(result.outcomes[Outcome::kIpv4Ttl], frames());
  ASSERT_EQ(result.ipv6.size(), frames());
  for (const Octets& sent : result.ipv6) {
    Ipv4Fields quoted = up;
    --quoted.ttl;
    EXPECT_EQ(sent_without_identification(sent),
              without_identification(into_softwire(kCe, error_about(quoted, 11, 0), kMapBr)));
  }
}

TEST_P(MapE, SpoofedSourceIsDroppedInSilence_Rfc7597_8_1) {
  expect_dropped(Side::kIpv6, from_b4(kCe, {.source = kHost, .destination = kShared}, kMapBr),
                 Outcome::kNoBindingSource, talkative());
  EngineHarness hub(talkative(), bindings(), rules());
  const auto result =
      run(hub, Side::kIpv6,
          from_b4(kCe, {.source = kCeAddress, .destination = kHost, .source_port = 1236}, kMapBr));
  EXPECT_EQ(result.outcomes[Outcome::kWrongB4], frames());
  EXPECT_THAT(result.ipv4, ::testing::IsEmpty());
  EXPECT_THAT(result.ipv6, ::testing::IsEmpty());
}

}  // namespace
}  // namespace softwire
