// SPDX-License-Identifier: BSD-3-Clause
// Tests ICMP errors of other nodes: they are relayed by the packet that they quote, or translated from ICMPv6
// to ICMPv4. Every test uses bursts of 1, 4 and 64 frames.
#include "tests/unit/icmp_fixture.h"

namespace softwire {
namespace {

class IcmpErrors : public Icmp {};
INSTANTIATE_TEST_SUITE_P(Burst, IcmpErrors, ::testing::Values(1, 4, 64), ::testing::PrintToStringParamName());

constexpr Ipv4Address kRouter(203, 0, 113, 254);  // of the Internet
const Octets kHostUnreachable{3, 1, 0, 0, 0, 0, 0, 0};
const Octets kTooBig1300{2, 0, 0, 0, 0, 0, 0x05, 0x14};  // 1300

Octets hopped(Octets packet) {
  --packet[8];
  put16(packet, 10, 0);
  put16(packet, 10, checksum(std::span(packet).first(20)).value());
  return packet;
}

Octets damaged(Octets packet, std::size_t at) {
  packet[at] ^= 0x10;
  return packet;
}

// A packet from a subscriber, and a packet to it.
Ipv4Fields sent_by(Ipv4Address subscriber, std::uint16_t port, std::uint8_t protocol = ip_protocol::kUdp) {
  return {.source = subscriber,
          .destination = kHost,
          .source_port = port,
          .destination_port = 443,
          .protocol = protocol};
}
Ipv4Fields sent_to(Ipv4Address subscriber, std::uint16_t port, std::uint8_t protocol = ip_protocol::kUdp) {
  const bool echo = protocol == ip_protocol::kIcmp;
  return {.source = kHost,
          .destination = subscriber,
          .source_port = echo ? port : std::uint16_t{443},
          .destination_port = port,
          .protocol = protocol};
}

// --- ICMPv4, relayed ---

TEST_P(IcmpErrors, InboundByEmbeddedSource_Rfc7596_8_1) {
  struct Way {
    Ipv4Address address;
    std::uint16_t port;
    Ipv6Address b4;
  };
  for (const Way& way : {Way{kShared, 1100, kB4One}, Way{kShared, 2100, kB4Two}, Way{kWhole, 9, kB4Whole}}) {
    for (const std::uint8_t protocol : {ip_protocol::kUdp, ip_protocol::kTcp, ip_protocol::kIcmp}) {
      for (const std::uint8_t type : {3, 4, 11, 12}) {
        const Octets error = icmpv4_packet(kRouter, way.address, {type, 1, 0, 0, 0, 0, 0, 0},
                                           ipv4_packet(sent_by(way.address, way.port, protocol)));
        expect_sent(Side::kIpv4, internet_frame(error), Side::kIpv6, into_softwire(way.b4, hopped(error)),
                    Outcome::kEncapsulated, talkative());
      }
    }
  }
}

TEST_P(IcmpErrors, EmbeddedOptionsAreSkipped_Rfc5508_Req3) {
  Ipv4Fields fields = sent_by(kShared, 2100);
  fields.option_octets = 40;
  for (const std::size_t size : {std::size_t{68}, std::size_t{200}}) {  // the ports and no more; all of it
    const Octets error = icmpv4_packet(kRouter, kShared, kHostUnreachable, cut(ipv4_packet(fields), size));
    expect_sent(Side::kIpv4, internet_frame(error), Side::kIpv6, into_softwire(kB4Two, hopped(error)),
                Outcome::kEncapsulated);
  }
}

TEST_P(IcmpErrors, EmbeddedTransportChecksumIsNotVerified_Rfc5508_Req3) {
  const Octets error =
      icmpv4_packet(kRouter, kShared, kHostUnreachable, damaged(ipv4_packet(sent_by(kShared, 1100)), 26));
  expect_sent(Side::kIpv4, internet_frame(error), Side::kIpv6, into_softwire(kB4One, hopped(error)),
              Outcome::kEncapsulated);
}

TEST_P(IcmpErrors, ChecksumsAreVerified_Rfc5508_Req3) {
  const Octets quoted = ipv4_packet(sent_by(kShared, 1100));
  const Octets error = icmpv4_packet(kRouter, kShared, kHostUnreachable, quoted);
  for (const std::size_t at : {std::size_t{24}, error.size() - 1}) {
    expect_silence(Side::kIpv4, internet_frame(damaged(error, at)), Outcome::kIcmpChecksum);
  }
  expect_silence(Side::kIpv4,
                 internet_frame(icmpv4_packet(kRouter, kShared, kHostUnreachable, damaged(quoted, 8))),
                 Outcome::kIcmpChecksum);
}

TEST_P(IcmpErrors, InboundInSegmentsOfAnySize_Rfc5508_Req3) {
  const Octets error = icmpv4_packet(kRouter, kShared, kHostUnreachable, ipv4_packet(sent_by(kShared, 2100)));
  for (const std::size_t segment : {31, 43, 59, 64}) {
    EngineHarness hub(policy(), bindings());
    const auto result =
        hub.run(Side::kIpv4, std::vector<Octets>(frames(), internet_frame(error)), GetParam(), segment);
    EXPECT_THAT(result.ipv6, ::testing::Each(into_softwire(kB4Two, hopped(error)))) << segment;
    EXPECT_EQ(result.ipv6.size(), frames());
  }
}

TEST_P(IcmpErrors, EmbeddedSourceMustBeTheAddressee_Rfc7596_8_1) {
  for (const Ipv4Address address : {kShared, kWhole}) {
    expect_silence(
        Side::kIpv4,
        internet_frame(icmpv4_packet(kRouter, address, kHostUnreachable, ipv4_packet(sent_by(kHost, 1100)))),
        Outcome::kIcmpQuote);
    // Errors about an ICMP error, and about octets that are not an IPv4 packet.
    Ipv4Fields fields = sent_by(address, 1100, ip_protocol::kIcmp);
    fields.icmp_type = 11;
    expect_silence(Side::kIpv4,
                   internet_frame(icmpv4_packet(kRouter, address, kHostUnreachable, ipv4_packet(fields))),
                   Outcome::kIcmpQuote);
    expect_silence(Side::kIpv4,
                   internet_frame(icmpv4_packet(kRouter, address, kHostUnreachable, Octets(64, 0x60))),
                   Outcome::kIcmpQuote);
  }
}

TEST_P(IcmpErrors, InboundUnmatchedIsSilent_Rfc7596_8_1) {
  expect_silence(
      Side::kIpv4,
      internet_frame(icmpv4_packet(kRouter, kShared, kHostUnreachable, ipv4_packet(sent_by(kShared, 9)))),
      Outcome::kNoBindingDestination);
  expect_silence(Side::kIpv4,
                 internet_frame(icmpv4_packet(kRouter, {192, 0, 2, 200}, kHostUnreachable,
                                              ipv4_packet(sent_by({192, 0, 2, 200}, 9)))),
                 Outcome::kNoBindingDestination);
  expect_silence(Side::kIpv4,
                 internet_frame(icmpv4_packet(kRouter, kShared, kHostUnreachable,
                                              ipv4_packet(sent_by(kShared, 1100)), 1)),
                 Outcome::kIpv4Ttl);
  expect_silence(
      Side::kIpv4,
      internet_frame(icmpv4_packet(kRouter, kRelay, kHostUnreachable, ipv4_packet(sent_by(kRelay, 67)))),
      Outcome::kIpv4Local);
}

TEST_P(IcmpErrors, AboutFragments_Rfc7596_8_1) {
  Ipv4Fields fields = sent_by(kShared, 2100);
  fields.fragment = Ipv4Header::kMoreFragments;
  Octets error = icmpv4_packet(kRouter, kShared, kHostUnreachable, ipv4_packet(fields));
  expect_sent(Side::kIpv4, internet_frame(error), Side::kIpv6, into_softwire(kB4Two, hopped(error)),
              Outcome::kEncapsulated);
  fields.fragment = 185;
  error = icmpv4_packet(kRouter, kShared, kHostUnreachable, ipv4_packet(fields));
  expect_silence(Side::kIpv4, internet_frame(error), Outcome::kIcmpQuoteFragment);
  fields.source = kWhole;
  error = icmpv4_packet(kRouter, kWhole, kHostUnreachable, ipv4_packet(fields));
  expect_sent(Side::kIpv4, internet_frame(error), Side::kIpv6, into_softwire(kB4Whole, hopped(error)),
              Outcome::kEncapsulated);
}

TEST_P(IcmpErrors, QuoteTooShort_Rfc5508_Req3) {
  const Octets quoted = ipv4_packet(sent_by(kShared, 1100));
  for (const std::size_t size : {0, 8, 19, 20, 23}) {
    expect_silence(Side::kIpv4,
                   internet_frame(icmpv4_packet(kRouter, kShared, kHostUnreachable, cut(quoted, size))),
                   Outcome::kIcmpQuoteTruncated);
  }
  const Octets enough = icmpv4_packet(kRouter, kShared, kHostUnreachable, cut(quoted, 24));
  expect_sent(Side::kIpv4, internet_frame(enough), Side::kIpv6, into_softwire(kB4One, hopped(enough)),
              Outcome::kEncapsulated);
}

TEST_P(IcmpErrors, InboundInFragments_Rfc7597_8_3_2) {
  const Octets error = icmpv4_packet(kRouter, kShared, kHostUnreachable, ipv4_packet(sent_by(kShared, 2100)));
  const auto fragment = [&](std::size_t begin, std::size_t end, std::uint16_t flags) {
    Octets packet = joined(cut(error, 20), Octets(error.begin() + 20 + static_cast<std::ptrdiff_t>(begin),
                                                  error.begin() + 20 + static_cast<std::ptrdiff_t>(end)));
    put16(packet, 2, static_cast<std::uint16_t>(packet.size()));
    put16(packet, 6, flags);
    put16(packet, 10, 0);
    put16(packet, 10, checksum(std::span(packet).first(20)).value());
    return internet_frame(packet);
  };
  EngineHarness hub(talkative(), bindings());
  const auto result =
      hub.run(Side::kIpv4, {fragment(16, error.size() - 20, 2), fragment(0, 16, Ipv4Header::kMoreFragments)},
              GetParam());
  EXPECT_THAT(result.ipv6, ::testing::ElementsAre(into_softwire(kB4Two, hopped(error))));
}

TEST_P(IcmpErrors, OutboundByEmbeddedDestination_Rfc7596_8_1) {
  struct Way {
    Ipv4Address address;
    std::uint16_t port;
    Ipv6Address b4;
  };
  for (const Way& way : {Way{kShared, 1100, kB4One}, Way{kShared, 2100, kB4Two}, Way{kWhole, 9, kB4Whole}}) {
    for (const std::uint8_t protocol : {ip_protocol::kUdp, ip_protocol::kTcp, ip_protocol::kIcmp}) {
      const Octets error = icmpv4_packet(way.address, kHost, {3, 3, 0, 0, 0, 0, 0, 0},
                                         ipv4_packet(sent_to(way.address, way.port, protocol)));
      expect_sent(Side::kIpv6, out_of_softwire(way.b4, error), Side::kIpv4, onto_internet(hopped(error)),
                  Outcome::kDecapsulated, talkative());
    }
  }
}

TEST_P(IcmpErrors, OutboundIsValidated_Rfc7596_6_2) {
  dataplane::Policy quiet = talkative();
  quiet.ipv6.generate_icmp_errors = false;
  const auto refused = [&](const Ipv6Address& b4, Ipv4Address source, const Ipv4Fields& about, Outcome why,
                           const Ipv6Address& br = kBr) {
    const Octets error = icmpv4_packet(source, kHost, {3, 3, 0, 0, 0, 0, 0, 0}, ipv4_packet(about));
    expect_silence(Side::kIpv6, out_of_softwire(b4, error, br), why, quiet);
  };
  refused(kB4One, kShared, sent_to(kShared, 2100), Outcome::kWrongB4);
  refused(kB4One, kShared, sent_to(kShared, 9), Outcome::kNoBindingSource);
  refused(kB4One, kWhole, sent_to(kWhole, 9), Outcome::kWrongB4);
  refused(kB4One, kShared, sent_to(kShared, 1100), Outcome::kWrongBr, kOtherBr);
  refused(kB4One, kShared, sent_to(kShared, 1100), Outcome::kNotOurBr, *parse_ipv6("2001:db8::bad"));
  // Quotes a packet that was not sent to the subscriber, or not by the node that gets the error.
  refused(kB4One, kShared, sent_to(kHost, 1100), Outcome::kIcmpQuote);
  refused(kB4Whole, kWhole, sent_to(kShared, 1100), Outcome::kIcmpQuote);
  Ipv4Fields fields = sent_to(kShared, 1100);
  fields.source = kRouter;
  refused(kB4One, kShared, fields, Outcome::kIcmpQuote);
}

TEST_P(IcmpErrors, Hairpinned_Rfc7596_6_2) {
  // Port 9 of the whole address has sent to port 1100 of the shared one. That softwire reports the port
  // unreachable.
  Ipv4Fields fields = sent_to(kShared, 1100);
  fields.source = kWhole;
  fields.source_port = 9;
  Octets error = icmpv4_packet(kShared, kWhole, {3, 3, 0, 0, 0, 0, 0, 0}, ipv4_packet(fields));
  expect_sent(Side::kIpv6, out_of_softwire(kB4One, error), Side::kIpv6,
              into_softwire(kB4Whole, hopped(error)), Outcome::kHairpinned);
  // Two subscribers of one address.
  fields.source = kShared;
  fields.source_port = 2100;
  error = icmpv4_packet(kShared, kShared, {3, 3, 0, 0, 0, 0, 0, 0}, ipv4_packet(fields));
  expect_sent(Side::kIpv6, out_of_softwire(kB4One, error), Side::kIpv6, into_softwire(kB4Two, hopped(error)),
              Outcome::kHairpinned);
  fields.source_port = 9;
  error = icmpv4_packet(kShared, kShared, {3, 3, 0, 0, 0, 0, 0, 0}, ipv4_packet(fields));
  expect_silence(Side::kIpv6, out_of_softwire(kB4One, error), Outcome::kNoBindingDestination);
}

TEST_P(IcmpErrors, InboundNotAccepted_Rfc8676) {
  dataplane::Policy closed = talkative();
  closed.ipv4.accept_icmp = false;
  for (const Ipv4Address address : {kShared, kWhole}) {
    expect_silence(Side::kIpv4,
                   internet_frame(icmpv4_packet(kRouter, address, kHostUnreachable,
                                                ipv4_packet(sent_by(address, 1100)))),
                   Outcome::kIcmpNotAccepted, closed);
    for (const std::uint8_t type : {0, 8, 13}) {
      expect_silence(Side::kIpv4,
                     from_internet({.source = kHost,
                                    .destination = address,
                                    .source_port = 1100,
                                    .protocol = ip_protocol::kIcmp,
                                    .icmp_type = type}),
                     Outcome::kIcmpNotAccepted, closed);
    }
    expect_silence(
        Side::kIpv4,
        from_internet(
            {.source = kHost, .destination = address, .protocol = ip_protocol::kIcmp, .fragment = 185}),
        Outcome::kIcmpNotAccepted, closed);
  }
  // Other protocols, and the other direction, are unchanged.
  Ipv4Fields fields{.source = kHost, .destination = kWhole, .protocol = 47};
  const Octets in = from_internet(fields);
  --fields.ttl;
  expect_sent(Side::kIpv4, in, Side::kIpv6, to_b4(kB4Whole, fields), Outcome::kEncapsulated, closed);
  fields = {.source = kShared, .destination = kHost, .protocol = ip_protocol::kIcmp};
  const Octets out = from_b4(kB4One, fields);
  --fields.ttl;
  expect_sent(Side::kIpv6, out, Side::kIpv4, to_internet(fields), Outcome::kDecapsulated, closed);
}

// --- ICMPv6 about our softwire packets ---

// The packet as the hub sent it, and the error of a router in the access network.
Octets tunnelled(const Ipv4Fields& fields, const Ipv6Address& b4, const Octets& extensions = {},
                 const Ipv6Address& br = kBr) {
  return ipv6_packet({.source = br,
                      .destination = b4,
                      .next_header = extensions.empty() ? ip_protocol::kIpv4 : ip_protocol::kFragment,
                      .extension_headers = extensions},
                     ipv4_packet(fields));
}
Octets says(const Octets& header, const Octets& about, const Ipv6Address& to = kBr) {
  return inside_frame(icmpv6_packet(kInsideRouter, to, header, about));
}

TEST_P(IcmpErrors, TunnelErrorsBecomeHostUnreachable_Rfc2473_8_3) {
  for (const auto& [type, code] : {std::pair(1, 0), std::pair(1, 3), std::pair(1, 4), std::pair(3, 0),
                                   std::pair(4, 0), std::pair(4, 1), std::pair(4, 3)}) {
    for (const std::uint8_t protocol : {ip_protocol::kUdp, ip_protocol::kIcmp}) {
      const Ipv4Fields fields = sent_to(kShared, 2100, protocol);
      const Octets header{
          static_cast<std::uint8_t>(type), static_cast<std::uint8_t>(code), 0, 0, 0, 0, 0, 40};
      expect_answer(Side::kIpv6, says(header, tunnelled(fields, kB4Two)), Outcome::kTunnelErrorHandled,
                    Side::kIpv4, onto_internet(error_about(fields, 3, 1)), Outcome::kIcmpv4Error);
    }
  }
}

TEST_P(IcmpErrors, TunnelTooBigStatesTheMtuInside_Rfc2473_8_3) {
  Ipv4Fields fields = sent_to(kShared, 1100);
  fields.fragment = Ipv4Header::kDontFragment;
  fields.payload_octets = 1400;
  const Octets about = tunnelled(fields, kB4One);
  for (const std::size_t quoted : {std::size_t{68}, std::size_t{1192}, about.size()}) {
    for (const std::size_t segment : {65535, 64, 97}) {
      const Octets expected =
          error_about(cut(ipv4_packet(fields), std::min<std::size_t>(quoted - 40, 548)), kHost, 3, 4, 1260);
      expect_answer(Side::kIpv6, says(kTooBig1300, cut(about, quoted)), Outcome::kTunnelErrorHandled,
                    Side::kIpv4, onto_internet(expected), Outcome::kIcmpv4Error, talkative(), segment);
    }
  }
  // An MTU above that of our own link changes nothing.
  const Octets huge{2, 0, 0, 0, 0, 0, 0x23, 0x28};
  expect_answer(Side::kIpv6, says(huge, about), Outcome::kTunnelErrorHandled, Side::kIpv4,
                onto_internet(error_about(fields, 3, 4, 1460)), Outcome::kIcmpv4Error);
}

TEST_P(IcmpErrors, TunnelTooBigOfNoUse_Rfc2473_8_3) {
  Ipv4Fields fields = sent_to(kShared, 1100);
  expect_silence(Side::kIpv6, says(kTooBig1300, tunnelled(fields, kB4One)), Outcome::kIcmpv6TooBig);
  const Octets first_fragment{4, 0, 0, 1, 1, 2, 3, 4};
  expect_silence(Side::kIpv6, says(kTooBig1300, tunnelled(fields, kB4One, first_fragment)),
                 Outcome::kIcmpv6TooBig);
  fields.fragment = Ipv4Header::kDontFragment;
  const Octets below_1280{2, 0, 0, 0, 0, 0, 0x04, 0xff};  // RFC 8201 section 4
  expect_silence(Side::kIpv6, says(below_1280, tunnelled(fields, kB4One)), Outcome::kIcmpv6TooBig);
}

TEST_P(IcmpErrors, TunnelErrorsPassTheHairpinDecision_Rfc7596_6_2) {
  Ipv4Fields fields = sent_to(kShared, 1100);
  fields.source = kWhole;
  expect_answer(Side::kIpv6, says({1, 0, 0, 0, 0, 0, 0, 0}, tunnelled(fields, kB4One)),
                Outcome::kTunnelErrorHandled, Side::kIpv6, into_softwire(kB4Whole, error_about(fields, 3, 1)),
                Outcome::kIcmpv4ErrorSoftwire);
  fields.source = kShared;
  fields.source_port = 2100;
  expect_answer(Side::kIpv6, says({1, 0, 0, 0, 0, 0, 0, 0}, tunnelled(fields, kB4One)),
                Outcome::kTunnelErrorHandled, Side::kIpv6, into_softwire(kB4Two, error_about(fields, 3, 1)),
                Outcome::kIcmpv4ErrorSoftwire);
  fields.source_port = 9;  // in no port set
  expect_silence(Side::kIpv6, says({1, 0, 0, 0, 0, 0, 0, 0}, tunnelled(fields, kB4One)),
                 Outcome::kTunnelErrorHandled);
}

TEST_P(IcmpErrors, OnlyAboutWhatWeCanHaveSent_Rfc2473_8) {
  const Octets unreachable{1, 0, 0, 0, 0, 0, 0, 0};
  const Ipv4Fields fields = sent_to(kShared, 1100);
  const auto refused = [&](const Octets& about, const Ipv6Address& to = kBr) {
    expect_silence(Side::kIpv6, says(unreachable, about, to), Outcome::kIcmpQuote);
  };
  refused(tunnelled(fields, kB4Two));                          // another's port
  refused(tunnelled(sent_to(kShared, 9), kB4One));             // nobody's
  refused(tunnelled(sent_to({10, 0, 0, 1}, 1100), kB4One));    // no subscriber's
  refused(tunnelled(fields, kB4One, {}, kOtherBr), kOtherBr);  // another BR address than the binding's
  refused(tunnelled(fields, kB4One), kOtherBr);                // told to one of them about another
  refused(tunnelled(fields, kB4One), kHubIpv6);
  Ipv4Fields odd = fields;
  odd.source = {224, 0, 0, 1};
  refused(tunnelled(odd, kB4One));
  odd = sent_to(kWhole, 9, ip_protocol::kIcmp);  // RFC 1122 section 3.2.2: not about an ICMP error
  odd.icmp_type = 3;
  refused(tunnelled(odd, kB4Whole));
  refused(ipv6_packet({.source = kBr, .destination = kB4One, .next_header = ip_protocol::kUdp}, Octets(40)));
  refused(Octets(80));
  refused(tunnelled(fields, kB4One, {6, 0, 0, 1, 1, 2, 3, 4}));  // a fragment, but of no softwire packet
  expect_silence(Side::kIpv6, says(unreachable, damaged(tunnelled(fields, kB4One), 48)),
                 Outcome::kIcmpChecksum);
  expect_silence(Side::kIpv6, damaged(says(unreachable, tunnelled(fields, kB4One)), 100),
                 Outcome::kIcmpChecksum);
  for (const std::size_t size : {0, 39, 40, 59, 63}) {
    expect_silence(Side::kIpv6, says(unreachable, cut(tunnelled(fields, kB4One), size)),
                   Outcome::kIcmpQuoteTruncated);
  }
  expect_silence(Side::kIpv6, says(unreachable, cut(tunnelled(fields, kB4One, {4, 0, 0, 1, 1, 2, 3, 4}), 47)),
                 Outcome::kIcmpQuoteTruncated);
}

TEST_P(IcmpErrors, NotAboutLaterFragments_Rfc1122_3_2_2) {
  const Octets unreachable{1, 0, 0, 0, 0, 0, 0, 0};
  Ipv4Fields fields = sent_to(kWhole, 1100);
  expect_answer(Side::kIpv6, says(unreachable, tunnelled(fields, kB4Whole, {4, 0, 0, 1, 1, 2, 3, 4})),
                Outcome::kTunnelErrorHandled, Side::kIpv4, onto_internet(error_about(fields, 3, 1)),
                Outcome::kIcmpv4Error);
  expect_silence(Side::kIpv6, says(unreachable, tunnelled(fields, kB4Whole, {4, 0, 0, 8, 1, 2, 3, 4})),
                 Outcome::kIcmpQuoteFragment);
  fields.fragment = 185;
  expect_silence(Side::kIpv6, says(unreachable, tunnelled(fields, kB4Whole)), Outcome::kIcmpQuoteFragment);
}

TEST_P(IcmpErrors, WhatIsNoErrorForTheSender_Rfc2473_8_3) {
  const Octets about = tunnelled(sent_to(kShared, 1100), kB4One);
  expect_silence(Side::kIpv6, says({3, 1, 0, 0, 0, 0, 0, 0}, about), Outcome::kIcmpv6Type);
  expect_silence(Side::kIpv6, says({5, 0, 0, 0, 0, 0, 0, 0}, about), Outcome::kIcmpv6Type);
}

TEST_P(IcmpErrors, TunnelErrorsNotAccepted_Rfc8676) {
  const Octets frame = says({1, 0, 0, 0, 0, 0, 0, 0}, tunnelled(sent_to(kShared, 1100), kB4One));
  dataplane::Policy closed = talkative();
  closed.ipv6.accept_icmp = false;
  expect_silence(Side::kIpv6, frame, Outcome::kIcmpNotAccepted, closed);
  dataplane::Policy quiet = talkative();
  quiet.ipv4.generate_icmp_errors = false;
  expect_silence(Side::kIpv6, frame, Outcome::kTunnelErrorHandled, quiet);
  dataplane::Policy slow = talkative();
  slow.ipv4.icmp_error_rate = 2;
  EngineHarness hub(slow, bindings());
  EXPECT_EQ(run(hub, Side::kIpv6, frame).ipv4.size(), 2);
  EXPECT_EQ(hub.engine().counters().icmp_errors_suppressed, frames() - 2);
}

}  // namespace
}  // namespace softwire
