// SPDX-License-Identifier: BSD-3-Clause
// Tests ICMP errors that the hub makes about dropped packets. Every test uses bursts of 1, 4 and 64 frames.
#include <set>

#include "tests/unit/icmp_fixture.h"

namespace softwire {
namespace {

INSTANTIATE_TEST_SUITE_P(Burst, Icmp, ::testing::Values(1, 4, 64), ::testing::PrintToStringParamName());

TEST_P(Icmp, TimeExceededToTheInternet_Rfc1812_5_3_1) {
  for (const std::uint8_t ttl : {1, 0}) {
    Ipv4Fields fields{.source = kHost, .destination = kShared, .destination_port = 1024, .ttl = ttl};
    const Octets in = from_internet(fields);
    fields.ttl = 0;
    expect_answer(Side::kIpv4, in, Outcome::kIpv4Ttl, Side::kIpv4, onto_internet(error_about(fields, 11, 0)),
                  Outcome::kIcmpv4Error);
  }
}

TEST_P(Icmp, TimeExceededThroughTheSoftwireThatItCameFrom_Rfc1812_5_3_1) {
  for (const Ipv4Address destination : {kHost, kWhole}) {  // upstream, hairpinned
    Ipv4Fields fields{.source = kShared, .destination = destination, .source_port = 2048, .ttl = 1};
    const Octets in = from_b4(kB4Two, fields);
    fields.ttl = 0;
    expect_answer(Side::kIpv6, in, Outcome::kIpv4Ttl, Side::kIpv6,
                  into_softwire(kB4Two, error_about(fields, 11, 0)), Outcome::kIcmpv4ErrorSoftwire);
  }
}

TEST_P(Icmp, OwnPacketsPassTheHairpinDecision_Rfc7596_6_2) {
  // From the Internet side with a subscriber's source, when that is accepted: the error goes to the
  // subscriber.
  dataplane::Policy trusting = talkative();
  trusting.accept_subscriber_sources = true;
  Ipv4Fields fields{.source = kWhole, .destination = kShared, .destination_port = 1024, .ttl = 1};
  const Octets in = from_internet(fields);
  fields.ttl = 0;
  expect_answer(Side::kIpv4, in, Outcome::kIpv4Ttl, Side::kIpv6,
                into_softwire(kB4Whole, error_about(fields, 11, 0)), Outcome::kIcmpv4ErrorSoftwire, trusting);
  // A shared source with a port in no set cannot get an error.
  expect_silence(
      Side::kIpv4,
      from_internet(
          {.source = kShared, .destination = kWhole, .source_port = 9, .destination_port = 9, .ttl = 1}),
      Outcome::kIpv4Ttl, trusting);
}

TEST_P(Icmp, TooBigStatesTheMtuThatFits_Rfc2473_7_2) {
  Ipv4Fields fields{.source = kHost,
                    .destination = kShared,
                    .destination_port = 1024,
                    .fragment = Ipv4Header::kDontFragment,
                    .payload_octets = 1461 - 28};
  const Octets in = from_internet(fields);
  --fields.ttl;
  for (const std::size_t segment : {65535, 100}) {
    expect_answer(Side::kIpv4, in, Outcome::kTooBigForIpv6, Side::kIpv4,
                  onto_internet(error_about(fields, 3, 4, 1460)), Outcome::kIcmpv4Error, talkative(),
                  segment);
  }
  fields = {.source = kShared,
            .destination = kWhole,
            .fragment = Ipv4Header::kDontFragment,
            .payload_octets = 1461 - 28};
  const Octets hairpinned = from_b4(kB4One, fields);
  --fields.ttl;
  expect_answer(Side::kIpv6, hairpinned, Outcome::kTooBigForIpv6, Side::kIpv6,
                into_softwire(kB4One, error_about(fields, 3, 4, 1460)), Outcome::kIcmpv4ErrorSoftwire);
}

TEST_P(Icmp, TooBigForTheIpv4Side_Rfc1191_4) {
  dataplane::Policy narrow = talkative();
  narrow.ipv4.mtu = 1000;
  Ipv4Fields fields{.source = kShared,
                    .destination = kHost,
                    .fragment = Ipv4Header::kDontFragment,
                    .payload_octets = 1001 - 28};
  const Octets in = from_b4(kB4One, fields);
  --fields.ttl;
  expect_answer(Side::kIpv6, in, Outcome::kTooBigForIpv4, Side::kIpv6,
                into_softwire(kB4One, error_about(fields, 3, 4, 1000)), Outcome::kIcmpv4ErrorSoftwire,
                narrow);
}

TEST_P(Icmp, HostUnreachableForAnUnmatchedDestination_Rfc7596_6_2) {
  const Ipv4Fields fields{.source = kHost, .destination = kShared, .destination_port = 4000};
  expect_answer(Side::kIpv4, from_internet(fields), Outcome::kNoBindingDestination, Side::kIpv4,
                onto_internet(error_about(fields, 3, 1)), Outcome::kIcmpv4Error);
  const Ipv4Fields inside{.source = kShared, .destination = kShared, .destination_port = 4000};
  expect_answer(Side::kIpv6, from_b4(kB4One, inside), Outcome::kNoBindingDestination, Side::kIpv6,
                into_softwire(kB4One, error_about(inside, 3, 1)), Outcome::kIcmpv4ErrorSoftwire);
}

TEST_P(Icmp, AboutWhatCameInFragments_Rfc1122_3_2_2) {
  const Ipv4Fields whole{
      .source = kHost, .destination = kShared, .destination_port = 4000, .payload_octets = 32};
  const Octets packet = ipv4_packet(whole);
  const auto fragment = [&](std::size_t begin, std::size_t size, std::uint16_t flags) {
    Octets part =
        joined(cut(packet, 20),
               cut(Octets(packet.begin() + 20 + static_cast<std::ptrdiff_t>(begin), packet.end()), size));
    put16(part, 2, static_cast<std::uint16_t>(part.size()));
    put16(part, 6, flags);
    put16(part, 10, 0);
    put16(part, 10, checksum(std::span(part).first(20)).value());
    return part;
  };
  const Octets first = fragment(0, 16, Ipv4Header::kMoreFragments);
  const Octets second = fragment(16, 24, 2);
  EngineHarness hub(talkative(), bindings());
  const auto down = hub.run(Side::kIpv4, {internet_frame(second), internet_frame(first)}, GetParam());
  EXPECT_EQ(down.outcomes[Outcome::kNoBindingDestination], 1);
  ASSERT_EQ(down.ipv4.size(), 1U);
  EXPECT_EQ(sent_without_identification(down.ipv4[0]),
            without_identification(onto_internet(error_about(whole, 3, 1))));
  // In outer fragments, the inner packet is at its last hop.
  const Ipv4Fields last{.source = kShared, .destination = kHost, .ttl = 1, .payload_octets = 20};
  const Octets inner = ipv4_packet(last);
  const auto outer = [&](const Octets& part, std::uint8_t offset_flags) {
    return inside_frame(ipv6_packet({.source = kB4One,
                                     .destination = kBr,
                                     .next_header = ip_protocol::kFragment,
                                     .extension_headers = {4, 0, 0, offset_flags, 1, 2, 3, 4}},
                                    part));
  };
  const auto up =
      hub.run(Side::kIpv6, {outer(cut(inner, 24), 1), outer(Octets(inner.begin() + 24, inner.end()), 24)},
              GetParam());
  EXPECT_EQ(up.outcomes[Outcome::kIpv4Ttl], 1);
  Ipv4Fields quoted = last;
  quoted.ttl = 0;
  ASSERT_EQ(up.ipv6.size(), 1U);
  EXPECT_EQ(sent_without_identification(up.ipv6[0]),
            without_identification(into_softwire(kB4One, error_about(quoted, 11, 0))));
}

TEST_P(Icmp, IdentificationsAreFresh_Rfc6864_4_3) {
  EngineHarness hub(talkative(), bindings());
  const auto result =
      run(hub, Side::kIpv4,
          from_internet({.source = kHost, .destination = kShared, .destination_port = 1024, .ttl = 1}));
  std::set<std::pair<int, int>> identifications;
  for (const Octets& sent : result.ipv4) identifications.emplace(sent[18], sent[19]);
  EXPECT_GE(identifications.size() + 1, frames());  // of 16 bits: two may meet
}

TEST_P(Icmp, UnmatchedEchoIsSilent_Rfc7596_8_1) {
  expect_silence(
      Side::kIpv4,
      from_internet(
          {.source = kHost, .destination = kShared, .source_port = 4000, .protocol = ip_protocol::kIcmp}),
      Outcome::kNoBindingDestination);
}

TEST_P(Icmp, NoErrorAboutWhatMustNotCauseOne_Rfc1122_3_2_2) {
  Ipv4Fields fields{.source = kHost, .destination = kWhole, .ttl = 1};
  fields.fragment = 1;  // not the first
  expect_silence(Side::kIpv4, from_internet(fields), Outcome::kIpv4Ttl);
  fields.fragment = 0;
  fields.protocol = ip_protocol::kIcmp;
  fields.icmp_type = 13;  // other ICMP types may be errors
  expect_silence(Side::kIpv4, from_internet(fields), Outcome::kIpv4Ttl);
  fields.protocol = ip_protocol::kUdp;
  fields.source = kRelay;
  expect_silence(Side::kIpv4, from_internet(fields), Outcome::kIpv4Martian);
  fields.source = {224, 0, 0, 1};
  expect_silence(Side::kIpv4, from_internet(fields), Outcome::kIpv4Martian);
}

TEST_P(Icmp, EchoMayCauseAnError_Rfc1122_3_2_2) {
  Ipv4Fields fields{.source = kHost, .destination = kWhole, .protocol = ip_protocol::kIcmp, .ttl = 1};
  const Octets in = from_internet(fields);
  fields.ttl = 0;
  expect_answer(Side::kIpv4, in, Outcome::kIpv4Ttl, Side::kIpv4, onto_internet(error_about(fields, 11, 0)),
                Outcome::kIcmpv4Error);
}

TEST_P(Icmp, PolicyErrorToTheB4_Rfc7596_6_2) {
  // The error comes from the BR address even if ipv6.address is set: a B4 accepts packets only from its BR.
  dataplane::Policy nameless = talkative();
  nameless.ipv6_address = {};
  for (const dataplane::Policy& with : {nameless, talkative()}) {
    for (const unsigned payload : {18U, 1400U}) {
      const auto check = [&](const Ipv4Fields& fields, const Ipv6Address& b4, Outcome cause) {
        const Octets quoted =
            cut(ipv6_packet({.source = b4, .destination = kBr}, ipv4_packet(fields)), 1280 - 48);
        const Octets expected = onto_inside(icmpv6_packet(kBr, b4, {1, 5, 0, 0, 0, 0, 0, 0}, quoted, 255));
        expect_answer(Side::kIpv6, from_b4(b4, fields), cause, Side::kIpv6, expected, Outcome::kIcmpv6Error,
                      with);
      };
      Ipv4Fields fields{.source = kShared, .destination = kHost, .payload_octets = payload};
      fields.source_port = 5000;
      check(fields, kB4One, Outcome::kNoBindingSource);
      fields.source_port = 2048;
      check(fields, kB4One, Outcome::kWrongB4);
    }
  }
  expect_silence(
      Side::kIpv6,
      from_b4(kB4One, {.source = {10, 0, 0, 1}, .destination = kHost}, *parse_ipv6("2001:db8::bad")),
      Outcome::kNotOurBr);
  for (const char* source :
       {"ff02::1", "::", "2001:db8:ff::2"}) {  // RFC 4443 section 2.4 (e.6); a BR of ours
    expect_silence(Side::kIpv6, from_b4(*parse_ipv6(source), {.source = {10, 0, 0, 1}, .destination = kHost}),
                   Outcome::kNoBindingSource);
  }
}

TEST_P(Icmp, ErrorsCanBeTurnedOff_Rfc7596_6_2) {
  const Octets down = from_internet({.source = kHost, .destination = kShared, .destination_port = 4000});
  const Octets up = from_b4(kB4One, {.source = kShared, .destination = kHost, .source_port = 5000});
  dataplane::Policy quiet = talkative();
  quiet.ipv4.generate_icmp_errors = quiet.ipv6.generate_icmp_errors = false;
  expect_silence(Side::kIpv4, down, Outcome::kNoBindingDestination, quiet);
  expect_silence(Side::kIpv6, up, Outcome::kNoBindingSource, quiet);
  dataplane::Policy nameless = talkative();
  nameless.ipv4_address = {};
  expect_silence(Side::kIpv4, down, Outcome::kNoBindingDestination, nameless);
}

TEST_P(Icmp, ErrorsAreRateLimited_Rfc1812_4_3_2_8) {
  dataplane::Policy slow = talkative();
  slow.ipv4.icmp_error_rate = 2;
  slow.ipv6.icmp_error_rate = 1;
  EngineHarness hub(slow, bindings());
  const auto errors = [&] {
    const auto down = run(hub, Side::kIpv4,
                          from_internet({.source = kHost, .destination = kShared, .destination_port = 4000}));
    const auto up = run(hub, Side::kIpv6,
                        from_b4(kB4One, {.source = kShared, .destination = kHost, .source_port = 5000}));
    return std::pair(down.ipv4.size(), up.ipv6.size());
  };
  EXPECT_EQ(errors(), std::pair(std::size_t{2}, std::size_t{1}));
  EXPECT_EQ(errors(), std::pair(std::size_t{0}, std::size_t{0}));
  hub.now += std::chrono::milliseconds(500);
  EXPECT_EQ(errors(), std::pair(std::size_t{1}, std::size_t{0}));
  EXPECT_EQ(hub.engine().counters().icmp_errors_suppressed, 6 * frames() - 4);
}

TEST_P(Icmp, EachSourceHasItsOwnLimitOfErrors_Rfc1812_4_3_2_8) {
  dataplane::Policy fair = talkative();
  fair.ipv4.icmp_error_rate = fair.ipv6.icmp_error_rate = 1000;
  fair.ipv4.icmp_error_source_rate = fair.ipv6.icmp_error_source_rate = 20;
  EngineHarness hub(fair, bindings());
  const auto errors = [&](Side side, const Octets& frame) {
    const auto result = hub.run(side, std::vector<Octets>(50, frame), GetParam());
    return result.ipv4.size() + result.ipv6.size();
  };
  const auto unbound = [](Ipv4Address source) {
    return from_internet({.source = source, .destination = kShared, .destination_port = 4000});
  };
  // What nobody else needs, one source may have.
  EXPECT_EQ(errors(Side::kIpv4, unbound(kHost)), 50U);
  const auto strangers = [&](Side side, auto make) {
    std::vector<Octets> frames;
    for (std::uint16_t i = 0; i < 700; ++i) frames.push_back(make(i));
    hub.run(side, frames, GetParam());
  };
  strangers(Side::kIpv4, [&](std::uint16_t i) {
    return unbound(Ipv4Address::from_host(Ipv4Address(203, 0, 114, 0).host() + i));
  });
  EXPECT_LE(errors(Side::kIpv4, unbound({203, 0, 113, 8})), 20U);
  hub.now += std::chrono::milliseconds(300);  // 225 more, less than half
  EXPECT_EQ(errors(Side::kIpv4, unbound({203, 0, 113, 9})), 20U);
  EXPECT_EQ(errors(Side::kIpv4, unbound({203, 0, 113, 10})), 20U);
  const auto too_long_lived = [](const Ipv6Address& b4, std::uint16_t port) {
    return from_b4(b4, {.source = kShared, .destination = kHost, .source_port = port, .ttl = 1});
  };
  EXPECT_EQ(errors(Side::kIpv6, too_long_lived(kB4One, 1024)), 20U);
  EXPECT_EQ(errors(Side::kIpv6, too_long_lived(kB4Two, 2048)), 20U);
  const auto policy_error = [](const Ipv6Address& b4) {
    return from_b4(b4, {.source = kShared, .destination = kHost, .source_port = 5000});
  };
  strangers(Side::kIpv6, [](std::uint16_t i) {
    return from_b4(Ipv6Address::from_host(0x20010db8'dead0000 + i, 1),
                   {.source = kShared, .destination = kHost, .source_port = 5000});
  });
  EXPECT_GE(errors(Side::kIpv6, policy_error(kB4One)), 20U);
  EXPECT_GE(errors(Side::kIpv6, policy_error(kB4Two)), 20U);
}

TEST_P(Icmp, FragmentationNeededHasItsShare_Rfc1191_4) {
  dataplane::Policy fair = talkative();
  fair.ipv4.icmp_error_rate = 40;
  fair.ipv4.icmp_error_source_rate = 40;
  EngineHarness hub(fair, bindings());
  const Octets unbound = from_internet({.source = kHost, .destination = kShared, .destination_port = 4000});
  // The last of the rate is for others.
  const std::size_t sent = hub.run(Side::kIpv4, std::vector<Octets>(100, unbound), GetParam()).ipv4.size();
  EXPECT_GE(sent, 20U);
  EXPECT_LT(sent, 30U);
  // The same source still learns the MTU.
  const Octets too_big = from_internet({.source = kHost,
                                        .destination = kShared,
                                        .destination_port = 1024,
                                        .fragment = Ipv4Header::kDontFragment,
                                        .payload_octets = 1461 - 28});
  const auto result = hub.run(Side::kIpv4, std::vector<Octets>(100, too_big), GetParam());
  EXPECT_GE(result.outcomes[Outcome::kIcmpv4Error], 8U);
}

// Strangers leave subscribers a share of the ICMPv6 errors.
TEST_P(Icmp, SubscribersHaveAShareOfPolicyErrors_Rfc7596_6_2) {
  dataplane::Policy fair = talkative();
  fair.ipv6.icmp_error_rate = 40;
  fair.ipv6.icmp_error_source_rate = 40;
  EngineHarness hub(fair, bindings());
  std::vector<Octets> strangers;
  for (std::uint64_t i = 1; i <= 100; ++i) {
    strangers.push_back(from_b4(Ipv6Address::from_host(0x20010db8'dead0000 + i, i),
                                {.source = kShared, .destination = kHost, .source_port = 5000}));
  }
  EXPECT_EQ(hub.run(Side::kIpv6, strangers, GetParam()).ipv6.size(), 30U);
  const Octets own = from_b4(kB4One, {.source = kShared, .destination = kHost, .source_port = 5000});
  EXPECT_GE(hub.run(Side::kIpv6, std::vector<Octets>(100, own), GetParam()).ipv6.size(), 8U);
}

TEST_P(Icmp, NoErrorToAnAddressOfNoNode_Rfc4443_2_4) {
  for (const char* source :
       {"::1", "::", "fe80::1", "ff02::1", "ff0e::1", "::ffff:192.0.2.1", "::192.0.2.1"}) {
    expect_silence(Side::kIpv6, from_b4(*parse_ipv6(source), {.source = {10, 9, 9, 9}, .destination = kHost}),
                   Outcome::kNoBindingSource);
  }
}

}  // namespace
}  // namespace softwire
