// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/dhcp/codec/udp6_datagram.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "dhcp_samples.h"

namespace softwire::controlplane::dhcp {
namespace {

using testing::ElementsAreArray;

const Bytes kAddresses = hex("20010db8000000000000000000000001 20010db8000000000000000000000002");
// Scapy: IPv6(src="2001:db8::1",dst="2001:db8::2")/UDP(sport=546,dport=547)/bytes.fromhex("0b123456")
const Bytes kPacket = join({hex("60000000 000c 11 40"), kAddresses, hex("0222 0223 000c 60b4 0b123456")});
const Udp6Endpoints kEndpoints{Ipv6Address::from_host(0x20010db800000000, 1), 546,
                               Ipv6Address::from_host(0x20010db800000000, 2), 547};

Outcome refusal(const Bytes& packet) {
  const auto datagram = parse_udp6(packet);
  return datagram ? Outcome::kDhcpRelayed : datagram.error();
}

// Returns the packet with extension headers. The first one has this number.
Bytes with_headers(std::uint8_t first, const Bytes& headers) {
  Bytes packet = join({kPacket, headers});
  packet[5] = static_cast<std::uint8_t>(packet[5] + headers.size());
  packet[6] = first;
  std::rotate(packet.begin() + sizeof(Ipv6Header), packet.end() - static_cast<std::ptrdiff_t>(headers.size()),
              packet.end());
  return packet;
}

TEST(Udp6Datagram, IsReadAndWrittenAsScapyWritesIt) {
  const auto datagram = parse_udp6(kPacket);
  ASSERT_TRUE(datagram);
  EXPECT_EQ(datagram->endpoints, kEndpoints);
  EXPECT_THAT(datagram->payload, ElementsAreArray(hex("0b123456")));
  Bytes written(kUdp6HeaderBytes + 4);
  write_udp6(kEndpoints, hex("0b123456"), written);
  EXPECT_EQ(written, kPacket);
}

TEST(Udp6Datagram, EveryTruncationIsRefused) {
  for (std::size_t bytes = 0; bytes < kPacket.size(); ++bytes) {
    // A copy of the exact size, so that the sanitizer sees a read after the end.
    const Bytes part(kPacket.begin(), kPacket.begin() + static_cast<std::ptrdiff_t>(bytes));
    EXPECT_EQ(refusal(part), Outcome::kDhcpTruncated) << bytes;
  }
}

TEST(Udp6Datagram, WhatFollowsThePacketIsIgnored) {
  const auto datagram = parse_udp6(join({kPacket, hex("0000000000")}));
  ASSERT_TRUE(datagram);
  EXPECT_EQ(datagram->payload.size(), 4U);
}

TEST(Udp6Datagram, Rfc8200Section81ChecksumIsRequired) {
  Bytes packet = kPacket;
  packet[46] = packet[47] = 0;
  EXPECT_EQ(refusal(packet), Outcome::kDhcpChecksum);
  for (const std::size_t flipped : {8U, 24U, 40U, 42U, 46U, 51U}) {
    packet = kPacket;
    packet[flipped] ^= 1;
    EXPECT_EQ(refusal(packet), Outcome::kDhcpChecksum) << flipped;
  }
}

TEST(Udp6Datagram, Rfc8200Section81ChecksumIsNeverWrittenAsZero) {
  // For this payload, the sum of the other words is ffff.
  Bytes packet(kUdp6HeaderBytes + 2);
  write_udp6(kEndpoints, hex("0000"), packet);
  const Bytes payload = {packet[46], packet[47]};
  write_udp6(kEndpoints, payload, packet);
  EXPECT_THAT((Bytes{packet[46], packet[47]}), ElementsAreArray(hex("ffff")));
  EXPECT_TRUE(parse_udp6(packet));
}

TEST(Udp6Datagram, ExtensionHeadersAreSkippedButFragmentsRefused) {
  const Bytes options = hex("11 00 01 04 00000000");
  for (const std::uint8_t header : {0, 43, 60}) EXPECT_TRUE(parse_udp6(with_headers(header, options)));
  EXPECT_TRUE(parse_udp6(with_headers(44, hex("11 00 0000 00000001"))));
  EXPECT_TRUE(parse_udp6(with_headers(0, join({hex("3c 00 01 04 00000000"), options}))));
  EXPECT_EQ(refusal(with_headers(44, hex("11 00 0001 00000001"))), Outcome::kDhcpTruncated);
  EXPECT_EQ(refusal(with_headers(44, hex("11 00 0008 00000001"))), Outcome::kDhcpTruncated);
  EXPECT_EQ(refusal(with_headers(60, hex("11 ff 01 04 00000000"))), Outcome::kDhcpTruncated);
}

TEST(Udp6Datagram, AnotherVersionOrProtocolOrLengthIsRefused) {
  const auto refusal_with = [](std::size_t offset, std::uint8_t value) {
    Bytes packet = kPacket;
    packet[offset] = value;
    return refusal(packet);
  };
  EXPECT_EQ(refusal_with(0, 0x40), Outcome::kDhcpTruncated);
  EXPECT_EQ(refusal_with(6, 6), Outcome::kDhcpTruncated);
  EXPECT_EQ(refusal_with(45, 7), Outcome::kDhcpTruncated);
  EXPECT_EQ(refusal_with(45, 13), Outcome::kDhcpTruncated);
}

}  // namespace
}  // namespace softwire::controlplane::dhcp
