// SPDX-License-Identifier: BSD-3-Clause
// Tests echo requests to the hub itself, from both sides. Every test uses bursts of 1, 4 and 64 frames.
#include "tests/unit/icmp_fixture.h"

namespace softwire {
namespace {

class IcmpEchoTest : public Icmp {};
INSTANTIATE_TEST_SUITE_P(Burst, IcmpEchoTest, ::testing::Values(1, 4, 64),
                         ::testing::PrintToStringParamName());

// The fields of an IPv4 echo request to the hub, and its answer.
Ipv4Fields request(Ipv4Address source, std::uint16_t identifier = 1100) {
  return {.source = source,
          .destination = kRelay,
          .source_port = identifier,
          .protocol = ip_protocol::kIcmp,
          .ttl = 9,
          .type_of_service = 0xb8,
          .payload_octets = 33};
}

Octets reply_to(Ipv4Fields fields) {
  std::swap(fields.source, fields.destination);
  fields.ttl = 64;
  fields.fragment = 0;
  fields.icmp_type = IcmpEcho::kReply;
  return ipv4_packet(fields);
}

Octets icmpv6_echo(const Ipv6Address& source, const Ipv6Address& destination, const Octets& data,
                   const Octets& extensions = {}) {
  return icmpv6_packet(source, destination, {128, 0, 0, 0, 0x12, 0x34, 0, 7}, data, 9, extensions);
}

TEST_P(IcmpEchoTest, FromTheInternet_Rfc1122_3_2_2_6) {
  Ipv4Fields fields = request(kHost);
  for (const std::uint16_t fragment : {std::uint16_t{0}, Ipv4Header::kDontFragment}) {
    fields.fragment = fragment;
    for (const std::size_t segment : {std::size_t{65535}, std::size_t{61}}) {
      expect_answer(Side::kIpv4, from_internet(fields), Outcome::kEchoHandled, Side::kIpv4,
                    onto_internet(reply_to(fields)), Outcome::kIcmpv4EchoReply, talkative(), segment);
    }
  }
}

TEST_P(IcmpEchoTest, ThroughASoftwire_Rfc1122_3_2_2_6) {
  for (const auto& [source, b4] : {std::pair(kShared, kB4One), std::pair(kWhole, kB4Whole)}) {
    const Ipv4Fields fields = request(source);
    expect_answer(Side::kIpv6, out_of_softwire(b4, ipv4_packet(fields)), Outcome::kEchoHandled, Side::kIpv6,
                  into_softwire(b4, reply_to(fields)), Outcome::kIcmpv4EchoReplySoftwire);
  }
  // Checked like every other packet from a softwire.
  expect_dropped(Side::kIpv6, from_b4(kB4One, request(kShared, 2100)), Outcome::kWrongB4);
  expect_dropped(Side::kIpv6, from_b4(kB4One, request(kShared, 9)), Outcome::kNoBindingSource);
}

TEST_P(IcmpEchoTest, AnswersPassTheHairpinDecision_Rfc7596_6_2) {
  const Ipv4Fields fields = request(kWhole);
  expect_dropped(Side::kIpv4, from_internet(fields), Outcome::kIpv4Spoofed, talkative());
  dataplane::Policy trusting = talkative();
  trusting.accept_subscriber_sources = true;
  expect_answer(Side::kIpv4, from_internet(fields), Outcome::kEchoHandled, Side::kIpv6,
                into_softwire(kB4Whole, reply_to(fields)), Outcome::kIcmpv4EchoReplySoftwire, trusting);
  expect_dropped(Side::kIpv4, from_internet(request(kShared, 9)), Outcome::kIpv4Local, trusting);
  dataplane::Policy straight = talkative();
  straight.hairpinning = false;
  expect_answer(Side::kIpv4, from_internet(fields), Outcome::kEchoHandled, Side::kIpv4,
                onto_internet(reply_to(fields)), Outcome::kIcmpv4EchoReply, straight);
  expect_answer(Side::kIpv6, out_of_softwire(kB4Whole, ipv4_packet(fields)), Outcome::kEchoHandled,
                Side::kIpv6, into_softwire(kB4Whole, reply_to(fields)), Outcome::kIcmpv4EchoReplySoftwire,
                straight);
}

TEST_P(IcmpEchoTest, LongAnswersAreFragmented_Rfc2473_7_2) {
  Ipv4Fields fields = request(kWhole);
  fields.payload_octets = 1473 - 28;
  fields.fragment = Ipv4Header::kDontFragment;  // the same as in the request
  EngineHarness hub(talkative(), bindings());
  const auto result = run(hub, Side::kIpv6, out_of_softwire(kB4Whole, ipv4_packet(fields)));
  EXPECT_EQ(result.outcomes[Outcome::kIcmpv4EchoReplySoftwire], frames());
  EXPECT_EQ(result.outcomes[Outcome::kFragment], frames());
  EXPECT_EQ(hub.engine().counters().generated, 2 * frames());
  EXPECT_EQ(result.ipv6.size(), 2 * frames());
}

TEST_P(IcmpEchoTest, NotAnswered_Rfc1122_3_2_2_6) {
  Octets damaged = from_internet(request(kHost));
  damaged.back() ^= 1;
  expect_dropped(Side::kIpv4, damaged, Outcome::kIcmpChecksum);
  Ipv4Fields fields = request(kHost);
  fields.icmp_type = IcmpEcho::kReply;
  expect_dropped(Side::kIpv4, from_internet(fields), Outcome::kIpv4Local);
  fields = request(kHost);
  fields.option_octets = 4;
  expect_dropped(Side::kIpv4, from_internet(fields), Outcome::kIpv4Local);
}

TEST_P(IcmpEchoTest, AnsweredWhateverIsSaidAboutErrors_Rfc8676) {
  dataplane::Policy quiet = policy();
  quiet.ipv4.accept_icmp = quiet.ipv6.accept_icmp = false;
  quiet.ipv6_address = kHubIpv6;
  const Ipv4Fields fields = request(kHost);
  expect_answer(Side::kIpv4, from_internet(fields), Outcome::kEchoHandled, Side::kIpv4,
                onto_internet(reply_to(fields)), Outcome::kIcmpv4EchoReply, quiet);
  expect_answer(
      Side::kIpv6, inside_frame(icmpv6_echo(kInsideRouter, kHubIpv6, {1, 2, 3})), Outcome::kEchoHandled,
      Side::kIpv6,
      onto_inside(icmpv6_packet(kHubIpv6, kInsideRouter, {129, 0, 0, 0, 0x12, 0x34, 0, 7}, {1, 2, 3})),
      Outcome::kIcmpv6EchoReply, quiet);
}

TEST_P(IcmpEchoTest, Icmpv6ToOurAddresses_Rfc4443_4_2) {
  const Octets data(57, 0xa5);
  const Octets skipped{58, 0, 5, 2, 0, 0, 1, 0};  // router alert, PadN
  for (const Ipv6Address& ours : {kHubIpv6, kBr, kOtherBr}) {
    for (const Octets& extensions : {Octets(), skipped}) {
      for (const std::size_t segment : {std::size_t{65535}, std::size_t{71}}) {
        expect_answer(Side::kIpv6, inside_frame(icmpv6_echo(kInsideRouter, ours, data, extensions)),
                      Outcome::kEchoHandled, Side::kIpv6,
                      onto_inside(icmpv6_packet(ours, kInsideRouter, {129, 0, 0, 0, 0x12, 0x34, 0, 7}, data)),
                      Outcome::kIcmpv6EchoReply, talkative(), segment);
      }
    }
  }
}

TEST_P(IcmpEchoTest, AnswersToEachSourceAreLimited) {
  dataplane::Policy slow = talkative();
  slow.ipv4.answer_source_rate = slow.ipv6.answer_source_rate = 5;
  EngineHarness hub(slow, bindings());
  const auto answered = [&](Side side, const Octets& frame) {
    const auto result = hub.run(side, std::vector<Octets>(20, frame), GetParam());
    EXPECT_EQ(result.outcomes[Outcome::kEchoHandled], 5);
    EXPECT_EQ(result.outcomes[Outcome::kAnswerRate], 15);
    return result.ipv4.size() + result.ipv6.size() == 5;
  };
  EXPECT_TRUE(answered(Side::kIpv4, from_internet(request(kHost))));
  EXPECT_TRUE(answered(Side::kIpv4, from_internet(request({203, 0, 113, 8}))));
  EXPECT_TRUE(answered(Side::kIpv6, out_of_softwire(kB4One, ipv4_packet(request(kShared)))));
  EXPECT_TRUE(answered(Side::kIpv6, out_of_softwire(kB4Whole, ipv4_packet(request(kWhole)))));
  EXPECT_TRUE(answered(Side::kIpv6, inside_frame(icmpv6_echo(kInsideRouter, kHubIpv6, {}))));
  hub.now += std::chrono::seconds(1);
  EXPECT_TRUE(answered(Side::kIpv4, from_internet(request(kHost))));
}

TEST_P(IcmpEchoTest, Icmpv6NotAnswered_Rfc4443_4_2) {
  const auto dropped = [&](const Octets& packet, Outcome outcome) {
    expect_dropped(Side::kIpv6, inside_frame(packet), outcome, talkative());
  };
  expect_dropped(Side::kIpv6,
                 ethernet_frame({MacAddress::broadcast(), kRouterIpv6Mac}, ether_type::kIpv6,
                                icmpv6_echo(kInsideRouter, kHubIpv6, {})),
                 Outcome::kLinkBroadcast, talkative());
  const Ipv6Address group = *parse_ipv6("ff02::1");
  dropped(icmpv6_echo(kInsideRouter, *parse_ipv6("2001:db8::77"), {}), Outcome::kIpv6NotSoftwire);
  dropped(icmpv6_echo(kInsideRouter, group, {}), Outcome::kIpv6NotSoftwire);
  for (const Ipv6Address& source : {group, Ipv6Address(), kBr, kHubIpv6, *parse_ipv6("::1")}) {
    dropped(icmpv6_echo(source, kHubIpv6, {}), Outcome::kIpv6NotSoftwire);
  }
  Octets damaged = icmpv6_echo(kInsideRouter, kHubIpv6, {1, 2, 3});
  damaged.back() ^= 1;
  dropped(damaged, Outcome::kIcmpChecksum);
  dropped(icmpv6_packet(kInsideRouter, kHubIpv6, {129, 0, 0, 0, 0, 0, 0, 0}, {}), Outcome::kIcmpv6Type);
  dropped(icmpv6_packet(kInsideRouter, kHubIpv6, {128, 0, 0, 0, 0, 0, 0}, {}), Outcome::kIpv6Truncated);
  // The hub reassembles only softwire packets (RFC 8200 section 4.5 requires no more).
  dropped(ipv6_packet({.source = kInsideRouter,
                       .destination = kHubIpv6,
                       .next_header = ip_protocol::kFragment,
                       .extension_headers = {58, 0, 0, 1, 1, 2, 3, 4}},
                      Octets(16)),
          Outcome::kIpv6NotSoftwire);
  dataplane::Policy nameless = talkative();
  nameless.ipv6_address = {};
  expect_dropped(Side::kIpv6, inside_frame(icmpv6_echo(kInsideRouter, {}, {})), Outcome::kIpv6NotSoftwire,
                 nameless);
}

}  // namespace
}  // namespace softwire
