// SPDX-License-Identifier: BSD-3-Clause
// Tests the translation of ICMP messages and the packets that they quote (RFC 7915 sections 4.2, 4.3, 5.2 and
// 5.3).
#include <cstring>
#include <random>

#include "tests/unit/translate_fixture.h"

namespace softwire::translate_test {
namespace {

// --- errors ---

// The packet that the errors quote, as it was on each side: from destination to source.
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
  // The length field of the message (RFC 4884) exceeds the quoted octets.
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

// Compares every type and code with the tables of the RFC. -1: no counterpart.
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
}  // namespace softwire::translate_test
