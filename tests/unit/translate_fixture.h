// SPDX-License-Identifier: BSD-3-Clause
// Translates single packets for the tests of RFC 7915. Expected packets are made from their fields, with
// checksums computed over the whole packet.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <utility>

#include "dataplane/map/translate.h"
#include "softwire/address_text.h"
#include "softwire/checksum.h"
#include "tests/support/engine_harness.h"
#include "tests/support/ip_packets.h"

namespace softwire::translate_test {

using dataplane::Ipv4Pair;
using dataplane::Ipv6Pair;
using dataplane::Mbuf;
using dataplane::TranslationMtus;
using testing::Icmp;
using testing::Ipv4Packet;
using testing::Ipv6Packet;
using testing::Octets;
using testing::transport;

inline const Ipv4Pair kIpv4{{10, 2, 3, 4}, {192, 0, 2, 18}};
inline const Ipv6Pair kIpv6{*parse_ipv6("2001:db8:ffff:0:a:203:400:0"),
                            *parse_ipv6("2001:db8:12:3400:0:c000:212:34")};
// Fields of the packet that an error from source to destination quotes.
inline const Ipv4Pair kIpv4Quoted{kIpv4.destination, kIpv4.source};
inline const Ipv6Pair kIpv6Quoted{kIpv6.destination, kIpv6.source};
inline constexpr TranslationMtus kMtus{1500, 1500};
inline constexpr std::uint16_t kIdentification = 0x5eed;

struct Translated {
  std::optional<Outcome> why;
  Octets packet;
};

inline Translated to_ipv6(const Octets& packet, std::size_t segment_octets = 65535,
                          TranslationMtus mtus = kMtus) {
  Mbuf* frame = testing::make_frame(packet, segment_octets);
  auto why = dataplane::to_ipv6_payload(*frame, kIpv6, kIpv6Quoted, mtus);
  if (!why) why = dataplane::put_ipv6_header(*frame, kIpv6);
  Translated result{why, why ? Octets() : testing::octets_of(*frame)};
  rte_pktmbuf_free(frame);
  return result;
}

inline Translated to_ipv4(const Octets& packet, std::size_t segment_octets = 65535,
                          TranslationMtus mtus = kMtus) {
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

// Translates the packet in one segment and in small segments.
inline void expect_ipv6(const Octets& ipv4, const Octets& expected, TranslationMtus mtus = kMtus) {
  for (const std::size_t segment : {65535, 64, 7}) {
    const Translated result = to_ipv6(ipv4, segment, mtus);
    EXPECT_EQ(result.why, std::nullopt) << info(*result.why).name;
    EXPECT_EQ(result.packet, expected) << segment;
  }
}
inline void expect_ipv4(const Octets& ipv6, const Octets& expected, TranslationMtus mtus = kMtus) {
  for (const std::size_t segment : {65535, 64, 7}) {
    const Translated result = to_ipv4(ipv6, segment, mtus);
    EXPECT_EQ(result.why, std::nullopt) << info(*result.why).name;
    EXPECT_EQ(result.packet, expected) << segment;
  }
}
inline void expect_both(const Ipv4Packet& ipv4, const Ipv6Packet& ipv6) {
  expect_ipv6(ipv4.octets(), ipv6.octets());
  expect_ipv4(ipv6.octets(), ipv4.octets());
}
inline void expect_refused(const Translated& result, Outcome why) {
  ASSERT_TRUE(result.why);
  EXPECT_EQ(*result.why, why) << info(*result.why).name;
}

inline Ipv4Packet ipv4(std::uint8_t protocol, Octets payload) {
  return {.source = kIpv4.source,
          .destination = kIpv4.destination,
          .protocol = protocol,
          .payload = std::move(payload)};
}
inline Ipv6Packet ipv6(std::uint8_t next_header, Octets payload) {
  return {.source = kIpv6.source,
          .destination = kIpv6.destination,
          .next_header = next_header,
          .payload = std::move(payload)};
}
inline Ipv4Packet with_identification(Ipv4Packet packet, std::uint16_t identification = kIdentification) {
  packet.identification = identification;
  return packet;
}

inline Octets segment_of(std::uint8_t protocol, unsigned octets, std::uint64_t pseudo_header,
                         bool with_checksum = true) {
  return transport(protocol, 80, 1232, octets, pseudo_header, with_checksum);
}
inline std::uint64_t ipv4_sum(std::uint8_t protocol, std::size_t length, const Ipv4Pair& pair = kIpv4) {
  return pseudo_header_sum(pair.source, pair.destination, protocol, std::uint16_t(length));
}
inline std::uint64_t ipv6_sum(std::uint8_t protocol, std::size_t length, const Ipv6Pair& pair = kIpv6) {
  return pseudo_header_sum(pair.source, pair.destination, protocol, std::uint16_t(length));
}

// UDP, TCP and others between the pairs.
inline Ipv4Packet ipv4_of(std::uint8_t protocol, unsigned octets) {
  return ipv4(protocol, segment_of(protocol, octets, ipv4_sum(protocol, octets)));
}
inline Ipv6Packet ipv6_of(std::uint8_t protocol, unsigned octets) {
  return ipv6(protocol, segment_of(protocol, octets, ipv6_sum(protocol, octets)));
}

inline constexpr std::uint8_t kTransports[] = {ip_protocol::kTcp,
                                               ip_protocol::kUdp,
                                               ip_protocol::kDccp,
                                               ip_protocol::kUdpLite,
                                               ip_protocol::kSctp,
                                               47,
                                               50};

}  // namespace softwire::translate_test
