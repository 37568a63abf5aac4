// SPDX-License-Identifier: BSD-3-Clause
// Tests translation of single packets (RFC 7915). Expected packets are made from their fields, with checksums
// over the whole packet.
#include "dataplane/map/translate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "softwire/address_text.h"
#include "softwire/checksum.h"
#include "tests/support/engine_harness.h"
#include "tests/support/ip_packets.h"

namespace softwire {
namespace {

using dataplane::Ipv4Pair;
using dataplane::Ipv6Pair;
using dataplane::Mbuf;
using dataplane::TranslationMtus;
using testing::Icmp;
using testing::Ipv4Packet;
using testing::Ipv6Packet;
using testing::Octets;
using testing::transport;

const Ipv4Pair kIpv4{{10, 2, 3, 4}, {192, 0, 2, 18}};
const Ipv6Pair kIpv6{*parse_ipv6("2001:db8:ffff:0:a:203:400:0"),
                     *parse_ipv6("2001:db8:12:3400:0:c000:212:34")};
// The packet that an error from source to destination quotes.
const Ipv4Pair kIpv4Quoted{kIpv4.destination, kIpv4.source};
const Ipv6Pair kIpv6Quoted{kIpv6.destination, kIpv6.source};
constexpr TranslationMtus kMtus{1500, 1500};
constexpr std::uint16_t kIdentification = 0x5eed;

struct Translated {
  std::optional<Outcome> why;
  Octets packet;
};

Translated to_ipv6(const Octets& packet, std::size_t segment_octets = 65535, TranslationMtus mtus = kMtus) {
  Mbuf* frame = testing::make_frame(packet, segment_octets);
  auto why = dataplane::to_ipv6_payload(*frame, kIpv6, kIpv6Quoted, mtus);
  if (!why) why = dataplane::put_ipv6_header(*frame, kIpv6);
  Translated result{why, why ? Octets() : testing::octets_of(*frame)};
  rte_pktmbuf_free(frame);
  return result;
}

Translated to_ipv4(const Octets& packet, std::size_t segment_octets = 65535, TranslationMtus mtus = kMtus) {
  Mbuf* frame = testing::make_frame(packet, segment_octets);
  dataplane::ParsedPacket parsed;
  dataplane::UpperLayer upper;
  auto status =
      dataplane::parse_upper(dataplane::data_of(*frame), frame->data_len, frame->pkt_len, parsed, upper);
  while (status == dataplane::ParseStatus::kScattered) {
    EXPECT_TRUE(dataplane::pull_up(*frame, parsed.needed));
    status =
        dataplane::parse_upper(dataplane::data_of(*frame), frame->data_len, frame->pkt_len, parsed, upper);
  }
  Translated result;
  if (status == dataplane::ParseStatus::kOk) {
    result.why = dataplane::to_ipv4(*frame, 0, upper, kIpv4, kIpv4Quoted, mtus, kIdentification);
    if (!result.why) result.packet = testing::octets_of(*frame);
  } else {
    result.why = parsed.outcome;
  }
  rte_pktmbuf_free(frame);
  return result;
}

// As one piece and as small pieces.
void expect_ipv6(const Octets& ipv4, const Octets& expected, TranslationMtus mtus = kMtus) {
  for (const std::size_t segment : {65535, 64, 7}) {
    const Translated result = to_ipv6(ipv4, segment, mtus);
    EXPECT_EQ(result.why, std::nullopt) << info(*result.why).name;
    EXPECT_EQ(result.packet, expected) << segment;
  }
}
void expect_ipv4(const Octets& ipv6, const Octets& expected, TranslationMtus mtus = kMtus) {
  for (const std::size_t segment : {65535, 64, 7}) {
    const Translated result = to_ipv4(ipv6, segment, mtus);
    EXPECT_EQ(result.why, std::nullopt) << info(*result.why).name;
    EXPECT_EQ(result.packet, expected) << segment;
  }
}
void expect_both(const Ipv4Packet& ipv4, const Ipv6Packet& ipv6) {
  expect_ipv6(ipv4.octets(), ipv6.octets());
  expect_ipv4(ipv6.octets(), ipv4.octets());
}
void expect_refused(const Translated& result, Outcome why) {
  ASSERT_TRUE(result.why);
  EXPECT_EQ(*result.why, why) << info(*result.why).name;
}

Ipv4Packet ipv4(std::uint8_t protocol, Octets payload) {
  return {.source = kIpv4.source,
          .destination = kIpv4.destination,
          .protocol = protocol,
          .payload = std::move(payload)};
}
Ipv6Packet ipv6(std::uint8_t next_header, Octets payload) {
  return {.source = kIpv6.source,
          .destination = kIpv6.destination,
          .next_header = next_header,
          .payload = std::move(payload)};
}
Ipv4Packet with_identification(Ipv4Packet packet, std::uint16_t identification = kIdentification) {
  packet.identification = identification;
  return packet;
}

Octets segment_of(std::uint8_t protocol, unsigned octets, std::uint64_t pseudo_header,
                  bool with_checksum = true) {
  return transport(protocol, 80, 1232, octets, pseudo_header, with_checksum);
}
std::uint64_t ipv4_sum(std::uint8_t protocol, std::size_t length, const Ipv4Pair& pair = kIpv4) {
  return pseudo_header_sum(pair.source, pair.destination, protocol, std::uint16_t(length));
}
std::uint64_t ipv6_sum(std::uint8_t protocol, std::size_t length, const Ipv6Pair& pair = kIpv6) {
  return pseudo_header_sum(pair.source, pair.destination, protocol, std::uint16_t(length));
}

// UDP, TCP and others between the pairs.
Ipv4Packet ipv4_of(std::uint8_t protocol, unsigned octets) {
  return ipv4(protocol, segment_of(protocol, octets, ipv4_sum(protocol, octets)));
}
Ipv6Packet ipv6_of(std::uint8_t protocol, unsigned octets) {
  return ipv6(protocol, segment_of(protocol, octets, ipv6_sum(protocol, octets)));
}

constexpr std::uint8_t kTransports[] = {ip_protocol::kTcp,
                                        ip_protocol::kUdp,
                                        ip_protocol::kDccp,
                                        ip_protocol::kUdpLite,
                                        ip_protocol::kSctp,
                                        47,
                                        50};

TEST(Translate, TransportsBothWays_Rfc7915_4_5_5_5) {
  for (const std::uint8_t protocol : kTransports) {
    for (const unsigned octets : {20U, 21U, 1200U}) {
      expect_both(with_identification(ipv4_of(protocol, octets)), ipv6_of(protocol, octets));
    }
  }
}

TEST(Translate, TypeOfServiceAndTimeToLive_Rfc7915_4_1_5_1) {
  for (const unsigned value : {0U, 1U, 46U << 2, 255U}) {
    Ipv4Packet v4 = with_identification(ipv4_of(ip_protocol::kUdp, 30));
    Ipv6Packet v6 = ipv6_of(ip_protocol::kUdp, 30);
    v4.type_of_service = v6.traffic_class = std::uint8_t(value);
    v4.ttl = v6.hop_limit = std::uint8_t(255 - value);
    expect_both(v4, v6);
  }
}

TEST(Translate, DontFragmentIsNoFragmentHeader_Rfc7915_4_1) {
  Ipv4Packet v4 = ipv4_of(ip_protocol::kUdp, 1400);
  for (const std::uint16_t field : {std::uint16_t(0), Ipv4Header::kDontFragment}) {
    v4.fragment = field;
    expect_ipv6(v4.octets(), ipv6_of(ip_protocol::kUdp, 1400).octets());
  }
}

TEST(Translate, DontFragmentAbove1260Octets_Rfc7915_5_1) {
  const unsigned most = 1260 - sizeof(Ipv4Header);
  expect_ipv4(ipv6_of(ip_protocol::kUdp, most).octets(),
              with_identification(ipv4_of(ip_protocol::kUdp, most)).octets());
  Ipv4Packet long_one = with_identification(ipv4_of(ip_protocol::kUdp, most + 1), 0);
  long_one.fragment = Ipv4Header::kDontFragment;
  expect_ipv4(ipv6_of(ip_protocol::kUdp, most + 1).octets(), long_one.octets());
}

TEST(Translate, OptionsAreLeftOut_Rfc7915_4_1) {
  Ipv4Packet v4 = ipv4_of(ip_protocol::kTcp, 40);
  v4.option_octets = 40;
  expect_ipv6(v4.octets(), ipv6_of(ip_protocol::kTcp, 40).octets());
}

TEST(Translate, FragmentsKeepOffsetAndIdentification_Rfc7915_4_1_5_1) {
  const Octets first = segment_of(ip_protocol::kUdp, 64, ipv4_sum(ip_protocol::kUdp, 64));
  const Octets first_ipv6 = segment_of(ip_protocol::kUdp, 64, ipv6_sum(ip_protocol::kUdp, 64));
  Ipv4Packet v4 = with_identification(ipv4(ip_protocol::kUdp, first), 0xbeef);
  v4.fragment = Ipv4Header::kMoreFragments;
  Ipv6Packet v6 = ipv6(ip_protocol::kUdp, first_ipv6);
  v6.fragment = {.present = true, .offset = 0, .more = true, .identification = 0xbeef};
  expect_both(v4, v6);
  // Later fragments have no transport header. Their payload is unchanged.
  v4.payload = v6.payload = Octets(16, 0xa5);
  v4.fragment = Ipv4Header::kMoreFragments | 8;
  v6.fragment.offset = 64;
  expect_both(v4, v6);
  v4.fragment = 10;
  v6.fragment.offset = 80;
  v6.fragment.more = false;
  expect_both(v4, v6);
  // IPv4 gets the lower 16 bits of the IPv6 identification. A whole packet with a fragment header may be
  // fragmented.
  v6 = ipv6_of(ip_protocol::kUdp, 1300);
  v6.fragment = {.present = true, .identification = 0x12345678};
  expect_ipv4(v6.octets(), with_identification(ipv4_of(ip_protocol::kUdp, 1300), 0x5678).octets());
}

TEST(Translate, UdpWithoutChecksum_Rfc7915_4_5) {
  Ipv4Packet none = ipv4(ip_protocol::kUdp, segment_of(ip_protocol::kUdp, 333, 0, false));
  expect_ipv6(none.octets(), ipv6_of(ip_protocol::kUdp, 333).octets());
  none.fragment = Ipv4Header::kMoreFragments;
  expect_refused(to_ipv6(none.octets()), Outcome::kUdpWithoutChecksum);
  // A length field above the real length.
  none.fragment = 0;
  none.payload[5] = 0xff;
  expect_refused(to_ipv6(none.octets()), Outcome::kTransportTruncated);
}

TEST(Translate, UdpChecksumIsNeverZero_Rfc768) {
  // Two octets of payload that make the checksum zero, which is written as all ones.
  Octets zero = segment_of(ip_protocol::kUdp, 30, 0, false);
  zero[28] = zero[29] = 0;
  const auto word =
      static_cast<std::uint16_t>(~checksum_fold(checksum_add(ipv6_sum(ip_protocol::kUdp, 30), zero)));
  std::memcpy(zero.data() + 28, &word, 2);
  Octets v4 = zero;
  const be16 sum = udp_checksum(kIpv4.source, kIpv4.destination, v4);
  std::memcpy(v4.data() + 6, static_cast<const void*>(&sum), 2);
  zero[6] = zero[7] = 0xff;
  expect_ipv6(ipv4(ip_protocol::kUdp, v4).octets(), ipv6(ip_protocol::kUdp, zero).octets());
}

TEST(Translate, TruncatedTransportIsRefused) {
  for (const std::uint8_t protocol : {ip_protocol::kTcp, ip_protocol::kUdp}) {
    expect_refused(to_ipv6(ipv4(protocol, Octets(7, 1)).octets()), Outcome::kTransportTruncated);
    expect_refused(to_ipv4(ipv6(protocol, Octets(7, 1)).octets()), Outcome::kTransportTruncated);
  }
  expect_refused(to_ipv6(ipv4(ip_protocol::kIcmp, Octets(7, 8)).octets()), Outcome::kTransportTruncated);
  expect_refused(to_ipv4(ipv6(ip_protocol::kIcmpv6, Octets(7, 128)).octets()), Outcome::kTransportTruncated);
}

TEST(Translate, NumbersThatMeanSomethingElse_Rfc7915_4_1) {
  for (const std::uint8_t protocol : {0, 43, 44, 58, 59, 60}) {
    expect_refused(to_ipv6(ipv4(protocol, Octets(40, 0)).octets()), Outcome::kProtocolNotTranslated);
  }
  for (const std::uint8_t next_header : {1, 59}) {
    expect_refused(to_ipv4(ipv6(next_header, Octets(40, 0)).octets()), Outcome::kProtocolNotTranslated);
  }
}

TEST(Translate, ExtensionHeadersAreSkipped_Rfc7915_5_1) {
  Ipv6Packet v6 = ipv6_of(ip_protocol::kUdp, 40);
  v6.next_header = ip_protocol::kHopByHop;
  Octets headers = {ip_protocol::kDestinationOptions,
                    0,
                    1,
                    4,
                    0,
                    0,
                    0,
                    0,
                    ip_protocol::kRouting,
                    1,
                    1,
                    12,
                    0,
                    0,
                    0,
                    0,
                    0,
                    0,
                    0,
                    0,
                    0,
                    0,
                    0,
                    0,
                    ip_protocol::kUdp,
                    2,
                    0,
                    0};
  headers.resize(headers.size() + 20);
  v6.payload.insert(v6.payload.begin(), headers.begin(), headers.end());
  expect_ipv4(v6.octets(), with_identification(ipv4_of(ip_protocol::kUdp, 40)).octets());
  v6.payload[27] = 1;  // segments left
  expect_refused(to_ipv4(v6.octets()), Outcome::kIpv6ExtensionHeaders);
  v6.payload[25] = 200;  // longer than the packet
  expect_refused(to_ipv4(v6.octets()), Outcome::kIpv6ExtensionHeaders);
  v6.payload[27] = 0;
  expect_refused(to_ipv4(v6.octets()), Outcome::kIpv6Truncated);
}

TEST(Translate, EchoBothWays_Rfc7915_4_2_5_2) {
  for (const auto& [type4, type6] : {std::pair(8, 128), std::pair(0, 129)}) {
    for (const unsigned octets : {0U, 1U, 56U, 1200U}) {
      Icmp message{.type = std::uint8_t(type4), .rest = 0x04d00007, .body = Octets(octets, 0x5a)};
      const Ipv4Packet v4 = with_identification(ipv4(ip_protocol::kIcmp, message.octets(0)));
      message.type = std::uint8_t(type6);
      const Ipv6Packet v6 =
          ipv6(ip_protocol::kIcmpv6, message.octets(ipv6_sum(ip_protocol::kIcmpv6, 8 + octets)));
      expect_both(v4, v6);
    }
  }
}

TEST(Translate, AWrongChecksumStaysWrong_Rfc7915_4_5) {
  for (const std::uint8_t protocol : {ip_protocol::kTcp, ip_protocol::kUdp}) {
    Ipv4Packet v4 = with_identification(ipv4_of(protocol, 40));
    Ipv6Packet v6 = ipv6_of(protocol, 40);
    v4.payload[30] = v6.payload[30] = 0x77;
    expect_both(v4, v6);
  }
}

TEST(Translate, IcmpFragmentsAreRefused_Rfc7915_4_2_5_2) {
  Ipv4Packet v4 = ipv4(ip_protocol::kIcmp, Icmp{.type = 8, .body = Octets(8)}.octets(0));
  Ipv6Packet v6 = ipv6(ip_protocol::kIcmpv6, Icmp{.type = 128, .body = Octets(8)}.octets(0));
  for (const bool first : {true, false}) {
    v4.fragment = first ? Ipv4Header::kMoreFragments : 2;
    v6.fragment = {.present = true, .offset = std::uint16_t(first ? 0 : 16), .more = first};
    expect_refused(to_ipv6(v4.octets()), Outcome::kIcmpFragment);
    expect_refused(to_ipv4(v6.octets()), Outcome::kIcmpFragment);
  }
}

// --- errors ---

// The quoted packet on either side: from destination to source.
Ipv4Packet quoted_ipv4(std::uint8_t protocol, unsigned octets, std::uint16_t identification = 0) {
  return {.source = kIpv4Quoted.source,
          .destination = kIpv4Quoted.destination,
          .protocol = protocol,
          .identification = identification,
          .payload = segment_of(protocol, octets, ipv4_sum(protocol, octets, kIpv4Quoted))};
}
Ipv6Packet quoted_ipv6(std::uint8_t protocol, unsigned octets) {
  return {.source = kIpv6Quoted.source,
          .destination = kIpv6Quoted.destination,
          .next_header = protocol,
          .payload = segment_of(protocol, octets, ipv6_sum(protocol, octets, kIpv6Quoted))};
}
Octets cut(Octets octets, std::size_t length) {
  octets.resize(std::min(octets.size(), length));
  return octets;
}
Ipv4Packet error4(int type, int code, std::uint32_t rest, Octets quote) {
  return with_identification(ipv4(
      ip_protocol::kIcmp,
      Icmp{.type = std::uint8_t(type), .code = std::uint8_t(code), .rest = rest, .body = std::move(quote)}
          .octets(0)));
}
Ipv6Packet error6(int type, int code, std::uint32_t rest, Octets quote) {
  const std::size_t octets = 8 + quote.size();
  return ipv6(
      ip_protocol::kIcmpv6,
      Icmp{.type = std::uint8_t(type), .code = std::uint8_t(code), .rest = rest, .body = std::move(quote)}
          .octets(ipv6_sum(ip_protocol::kIcmpv6, octets)));
}

TEST(Translate, ErrorsAboutTransports_Rfc7915_4_3_5_3) {
  for (const std::uint8_t protocol : kTransports) {
    for (const unsigned octets : {8U, 20U, 400U}) {  // come back
      const Octets quote4 = quoted_ipv4(protocol, 500).octets();
      const Octets quote6 = quoted_ipv6(protocol, 500).octets();
      expect_both(error4(3, 3, 0, cut(quote4, 20 + octets)), error6(1, 4, 0, cut(quote6, 40 + octets)));
    }
  }
}

TEST(Translate, ErrorsAboutEchoes_Rfc7915_4_3_5_3) {
  for (const auto& [type4, type6] : {std::pair(8, 128), std::pair(0, 129)}) {
    Icmp echo{.type = std::uint8_t(type4), .rest = 0x04d00001, .body = Octets(30, 3)};
    Ipv4Packet quote4 = quoted_ipv4(ip_protocol::kIcmp, 38);
    quote4.payload = echo.octets(0);
    echo.type = std::uint8_t(type6);
    Ipv6Packet quote6 = quoted_ipv6(ip_protocol::kIcmpv6, 38);
    quote6.payload = echo.octets(ipv6_sum(ip_protocol::kIcmpv6, 38, kIpv6Quoted));
    expect_both(error4(11, 0, 0, cut(quote4.octets(), 28)), error6(3, 0, 0, cut(quote6.octets(), 48)));
  }
}

TEST(Translate, ErrorsAboutFragments_Rfc7915_4_3_5_3) {
  for (const unsigned offset : {0U, 64U}) {
    Ipv4Packet quote4 = quoted_ipv4(ip_protocol::kUdp, 64, 0xabcd);
    quote4.fragment = std::uint16_t(Ipv4Header::kMoreFragments | offset / 8);
    Ipv6Packet quote6 = quoted_ipv6(ip_protocol::kUdp, 64);
    quote6.fragment = {
        .present = true, .offset = std::uint16_t(offset), .more = true, .identification = 0xabcd};
    if (offset != 0) quote4.payload = quote6.payload;
    expect_both(error4(11, 1, 0, quote4.octets()), error6(3, 1, 0, quote6.octets()));
  }
}

TEST(Translate, QuotedOptionsAreLeftOut_Rfc7915_4_3) {
  Ipv4Packet quote4 = quoted_ipv4(ip_protocol::kUdp, 20);
  quote4.option_octets = 40;
  expect_ipv6(error4(3, 1, 0, quote4.octets()).octets(),
              error6(1, 0, 0, quoted_ipv6(ip_protocol::kUdp, 20).octets()).octets());
}

TEST(Translate, QuotedTimeToLiveStays_Rfc7915_4_3) {
  Ipv4Packet quote4 = quoted_ipv4(ip_protocol::kUdp, 20);
  Ipv6Packet quote6 = quoted_ipv6(ip_protocol::kUdp, 20);
  quote4.ttl = quote6.hop_limit = 1;
  expect_both(error4(11, 0, 0, quote4.octets()), error6(3, 0, 0, quote6.octets()));
}

TEST(Translate, ErrorsAboutErrorsAreRefused_Rfc7915_4_3_5_3) {
  Ipv4Packet nested4 = quoted_ipv4(ip_protocol::kIcmp, 8);
  nested4.payload = Icmp{.type = 3}.octets(0);
  expect_refused(to_ipv6(error4(3, 1, 0, nested4.octets()).octets()), Outcome::kIcmpQuote);
  Ipv6Packet nested6 = quoted_ipv6(ip_protocol::kIcmpv6, 8);
  nested6.payload = Icmp{.type = 1}.octets(0);
  expect_refused(to_ipv4(error6(1, 0, 0, nested6.octets()).octets()), Outcome::kIcmpQuote);
}

TEST(Translate, ErrorsWithAWrongChecksumAreRefused_Rfc5508_Req3) {
  Ipv4Packet v4 = error4(3, 1, 0, quoted_ipv4(ip_protocol::kUdp, 20).octets());
  v4.payload.back() ^= 1;
  expect_refused(to_ipv6(v4.octets()), Outcome::kIcmpChecksum);
  Ipv6Packet v6 = error6(1, 0, 0, quoted_ipv6(ip_protocol::kUdp, 20).octets());
  v6.payload.back() ^= 1;
  expect_refused(to_ipv4(v6.octets()), Outcome::kIcmpChecksum);
}

TEST(Translate, TruncatedQuotesAreRefused_Rfc5508_Req3) {
  const Octets quote4 = quoted_ipv4(ip_protocol::kUdp, 20).octets();
  const Octets quote6 = quoted_ipv6(ip_protocol::kUdp, 20).octets();
  expect_refused(to_ipv6(error4(3, 1, 0, cut(quote4, 19)).octets()), Outcome::kIcmpQuoteTruncated);
  expect_refused(to_ipv4(error6(1, 0, 0, cut(quote6, 39)).octets()), Outcome::kIcmpQuoteTruncated);
  // Longer than the length in the message.
  expect_refused(to_ipv6(error4(3, 1, 32 << 16, quote4).octets()), Outcome::kIcmpQuoteTruncated);
  expect_refused(to_ipv4(error6(1, 0, 16U << 24, quote6).octets()), Outcome::kIcmpQuoteTruncated);
}

TEST(Translate, WhatFollowsTheQuoteGoes_Rfc4884) {
  Octets quote4 = quoted_ipv4(ip_protocol::kUdp, 108).octets();
  Octets quote6 = quoted_ipv6(ip_protocol::kUdp, 88).octets();
  ASSERT_EQ(quote4.size(), 128U);
  ASSERT_EQ(quote6.size(), 128U);
  Octets extended4 = quote4;
  Octets extended6 = quote6;
  extended4.resize(128 + 12, 0x20);
  extended6.resize(128 + 12, 0x20);
  expect_ipv6(error4(11, 0, 32U << 16, extended4).octets(),
              error6(3, 0, 0, quoted_ipv6(ip_protocol::kUdp, 108).octets()).octets());
  expect_ipv4(error6(3, 0, 16U << 24, extended6).octets(),
              error4(11, 0, 0, quoted_ipv4(ip_protocol::kUdp, 88).octets()).octets());
}

TEST(Translate, ErrorsFitInTheMinimumMtu_Rfc4443_2_4) {
  const Octets quote4 = cut(quoted_ipv4(ip_protocol::kUdp, 1400).octets(), 1400);
  const Octets quote6 = cut(quoted_ipv6(ip_protocol::kUdp, 1400).octets(), 1280 - 40 - 8);
  const Ipv6Packet expected = error6(1, 0, 0, quote6);
  ASSERT_EQ(expected.octets().size(), 1280U);
  expect_ipv6(error4(3, 1, 0, quote4).octets(), expected.octets());
}

TEST(Translate, MtuIsAdjusted_Rfc7915_4_2_5_2) {
  const auto too_big = [](std::uint32_t mtu4, std::uint32_t mtu6, TranslationMtus mtus) {
    expect_ipv6(error4(3, 4, mtu4, cut(quoted_ipv4(ip_protocol::kTcp, 1480).octets(), 28)).octets(),
                error6(2, 0, mtu6, cut(quoted_ipv6(ip_protocol::kTcp, 1480).octets(), 48)).octets(), mtus);
  };
  too_big(1400, 1420, {1500, 1500});
  too_big(1496, 1500, {1500, 1500});
  too_big(1400, 1300, {1280, 1500});
  too_big(576, 1280, {1500, 1500});
  too_big(0, 1500, {1500, 1500});  // 1492, the plateau below 1500 (RFC 1191)
  too_big(0, 1512, {1500, 9000});
  const auto back = [](std::uint32_t mtu6, std::uint32_t mtu4, TranslationMtus mtus) {
    Ipv4Packet quote4 = quoted_ipv4(ip_protocol::kTcp, 1480);
    quote4.fragment = Ipv4Header::kDontFragment;
    expect_ipv4(error6(2, 0, mtu6, cut(quoted_ipv6(ip_protocol::kTcp, 1480).octets(), 48)).octets(),
                error4(3, 4, mtu4, cut(quote4.octets(), 28)).octets(), mtus);
  };
  back(1400, 1380, {1500, 1500});
  back(1400, 1300, {1300, 1500});
  back(9000, 1480, {9000, 1500});
  expect_refused(to_ipv4(error6(2, 0, 1279, quoted_ipv6(ip_protocol::kTcp, 20).octets()).octets()),
                 Outcome::kIcmpNotTranslated);
}

// Every type and code, compared with the tables of the RFC. -1: there is no counterpart.
struct Kind {
  int type;
  int code;
  std::uint32_t rest = 0;
};

TEST(Translate, EveryIcmpv4Type_Rfc7915_4_2) {
  const auto expected = [](int type, int code) -> std::optional<Kind> {
    if (type == 11) return Kind{3, code};
    if (type == 12 && (code == 0 || code == 2)) return Kind{4, 0};
    if (type != 3) return std::nullopt;
    switch (code) {
      case 2:
        return Kind{4, 1, 6};
      case 3:
        return Kind{1, 4};
      case 4:
        return Kind{2, 0, 1280};
      case 9:
      case 10:
      case 13:
      case 15:
        return Kind{1, 1};
      case 14:
        return std::nullopt;
      default:
        return code <= 12 ? std::optional(Kind{1, 0}) : std::nullopt;
    }
  };
  const Octets quote = quoted_ipv4(ip_protocol::kUdp, 20).octets();
  for (int type = 0; type < 256; ++type) {
    if (type == 0 || type == 8) continue;
    for (int code = 0; code < 20; ++code) {
      const auto result = to_ipv6(error4(type, code, 0, quote).octets());
      const auto kind = expected(type, code);
      if (!kind) {
        expect_refused(result, Outcome::kIcmpNotTranslated);
      } else {
        EXPECT_EQ(
            result.packet,
            error6(kind->type, kind->code, kind->rest, quoted_ipv6(ip_protocol::kUdp, 20).octets()).octets())
            << type << " " << code;
      }
    }
  }
}

TEST(Translate, EveryIcmpv6Type_Rfc7915_5_2) {
  const auto expected = [](int type, int code) -> std::optional<Kind> {
    if (type == 1 && code <= 4) return Kind{3, std::array{1, 10, 1, 1, 3}[std::size_t(code)]};
    if (type == 2) return Kind{3, 4, 1380};
    if (type == 3) return Kind{11, code};
    if (type == 4 && code == 1) return Kind{3, 2};
    if (type == 4 && code == 0) return Kind{12, 0, 16U << 24};
    return std::nullopt;
  };
  const Octets quote = quoted_ipv6(ip_protocol::kUdp, 20).octets();
  for (int type = 0; type < 256; ++type) {
    if (type == 128 || type == 129) continue;
    for (int code = 0; code < 9; ++code) {
      const std::uint32_t rest = type == 2 ? 1400 : type == 4 ? 24 : 0;
      const auto result = to_ipv4(error6(type, code, rest, quote).octets());
      const auto kind = expected(type, code);
      if (!kind) {
        expect_refused(result, Outcome::kIcmpNotTranslated);
      } else {
        EXPECT_EQ(
            result.packet,
            error4(kind->type, kind->code, kind->rest, quoted_ipv4(ip_protocol::kUdp, 20).octets()).octets())
            << type << " " << code;
      }
    }
  }
}

TEST(Translate, EveryPointer_Rfc7915_Figure3_Figure6) {
  constexpr int kToIpv6[] = {0, 1, 4, 4, -1, -1, -1, -1, 7, 6, -1, -1, 8, 8, 8, 8, 24, 24, 24, 24, -1};
  for (unsigned pointer = 0; pointer < std::size(kToIpv6); ++pointer) {
    const auto icmpv6 =
        dataplane::icmpv6_of({12, 0, be16(), be16(std::uint16_t(pointer << 8)), be16()}, kMtus, 0);
    EXPECT_EQ(icmpv6 ? int(icmpv6->parameter.value()) : -1, kToIpv6[pointer]) << pointer;
  }
  for (unsigned pointer = 0; pointer < 48; ++pointer) {
    constexpr int kFirst[] = {0, 1, -1, -1, 2, 2, 9, 8};
    const int expected = pointer < 8 ? kFirst[pointer] : pointer < 24 ? 12 : pointer < 40 ? 16 : -1;
    const auto icmpv4 = dataplane::icmpv4_of({4, 0, be16(), be32(pointer)}, kMtus);
    EXPECT_EQ(icmpv4 ? icmpv4->unused.value() >> 8 : -1, expected) << pointer;
  }
}

TEST(Translate, ThereAndBackIsTheSamePacket) {
  std::mt19937 random(7915);  // the same packets in every run
  const auto below = [&random](unsigned limit) { return unsigned(random() % limit); };
  for (int i = 0; i < 2000; ++i) {
    const std::uint8_t protocol = kTransports[below(std::size(kTransports))];
    Ipv4Packet v4 = with_identification(ipv4_of(protocol, 20 + below(1220)));
    v4.type_of_service = std::uint8_t(below(256));
    v4.ttl = std::uint8_t(below(256));
    if (below(2) != 0) {
      v4.fragment = std::uint16_t(1 + below(0x1fff) + Ipv4Header::kMoreFragments * below(2));
      v4.identification = std::uint16_t(below(65536));
    }
    const std::size_t segment = 1 + below(200);
    const Translated there = to_ipv6(v4.octets(), segment);
    ASSERT_FALSE(there.why) << info(*there.why).name;
    const Translated back = to_ipv4(there.packet, segment);
    ASSERT_FALSE(back.why) << info(*back.why).name;
    ASSERT_EQ(back.packet, v4.octets()) << i;
  }
}

}  // namespace
}  // namespace softwire
