// SPDX-License-Identifier: BSD-3-Clause
// Tests the translation of single packets between the versions of IP (RFC 7915).
#include <cstring>
#include <random>

#include "tests/unit/translate_fixture.h"

namespace softwire::translate_test {
namespace {

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
  // Later fragments have no transport header: their payload is unchanged.
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
  // The length field exceeds the packet.
  none.fragment = 0;
  none.payload[5] = 0xff;
  expect_refused(to_ipv6(none.octets()), Outcome::kTransportTruncated);
}

TEST(Translate, UdpChecksumIsNeverZero_Rfc768) {
  // Two octets of payload chosen so that the checksum comes out as zero, which is written as all ones.
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

}  // namespace
}  // namespace softwire::translate_test
