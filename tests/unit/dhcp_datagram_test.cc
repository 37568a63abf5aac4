// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/dhcp/codec/datagram.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dhcp_samples.h"
#include "softwire/checksum.h"

namespace softwire::controlplane::dhcp {
namespace {

using testing::ElementsAreArray;

// A DISCOVER of udhcpc and an OFFER of Kea, as captured (Kea's UDP checksum is completed).
const Bytes kClientPacket =
    join({hex("4500014800000000401179a600000000ffffffff 004400430134d3c3"), sample::kDiscover});
const Bytes kServerPacket =
    join({hex("450001807af6400040114fd20a63000164400001 00430043016c7d2d"), sample::kOffer});

void set_header_checksum(Bytes& packet) {
  auto& ip = *reinterpret_cast<Ipv4Header*>(packet.data());
  ip.checksum = be16(0);
  ip.checksum = checksum(std::span(packet).first(ip.header_bytes()));
}

Outcome refusal(const Bytes& packet) {
  const auto datagram = parse_datagram(packet);
  return datagram ? Outcome::kDhcpRelayed : datagram.error();
}

// Returns the outcome of the captured packet with 16 bits at `offset` replaced and a correct header checksum.
Outcome refusal_with(std::size_t offset, std::uint16_t value) {
  Bytes packet = kServerPacket;
  packet[offset] = static_cast<std::uint8_t>(value >> 8);
  packet[offset + 1] = static_cast<std::uint8_t>(value);
  set_header_checksum(packet);
  return refusal(packet);
}

TEST(DhcpDatagram, RealPacketsAreRead) {
  const auto client = parse_datagram(kClientPacket);
  ASSERT_TRUE(client);
  EXPECT_EQ(client->endpoints, (UdpEndpoints{Ipv4Address(), 68, Ipv4Address(255, 255, 255, 255), 67}));
  EXPECT_THAT(client->payload, ElementsAreArray(sample::kDiscover));

  const auto server = parse_datagram(kServerPacket);
  ASSERT_TRUE(server);
  EXPECT_EQ(server->endpoints, (UdpEndpoints{Ipv4Address(10, 99, 0, 1), 67, Ipv4Address(100, 64, 0, 1), 67}));
  EXPECT_EQ(server->payload.data(), kServerPacket.data() + 28);
  EXPECT_EQ(server->payload.size(), 356U);
}

TEST(DhcpDatagram, EveryTruncationOfARealPacketIsRefused) {
  for (std::size_t bytes = 0; bytes < kServerPacket.size(); ++bytes) {
    // A copy of the exact size, so that the sanitizer sees a read after the end.
    const Bytes part(kServerPacket.begin(), kServerPacket.begin() + static_cast<std::ptrdiff_t>(bytes));
    EXPECT_EQ(refusal(part), Outcome::kDhcpTruncated) << bytes;
  }
}

TEST(DhcpDatagram, Rfc791Section31OctetsAfterThePacketAreIgnored) {
  Bytes padded = kServerPacket;
  padded.resize(padded.size() + 6, 0xaa);
  EXPECT_EQ(parse_datagram(padded)->payload.size(), 356U);
}

TEST(DhcpDatagram, Rfc791Section31HeaderOptionsAreSkipped) {
  Bytes packet = kServerPacket;
  const Bytes nops = hex("01010101");
  packet.insert(packet.begin() + 20, nops.begin(), nops.end());
  packet[0] = 0x46;
  packet[3] += 4;  // total length 384 -> 388
  set_header_checksum(packet);
  const auto datagram = parse_datagram(packet);
  ASSERT_TRUE(datagram);
  EXPECT_THAT(datagram->payload, ElementsAreArray(sample::kOffer));
}

TEST(DhcpDatagram, WhatIsNotAWholeUdpDatagramOverIpv4IsRefused) {
  EXPECT_EQ(refusal_with(0, 0x6500), Outcome::kDhcpTruncated);  // version 6
  EXPECT_EQ(refusal_with(0, 0x4400), Outcome::kDhcpTruncated);  // header of 16 octets
  EXPECT_EQ(refusal_with(2, 385), Outcome::kDhcpTruncated);     // longer than what there is
  EXPECT_EQ(refusal_with(2, 27), Outcome::kDhcpTruncated);      // no room for a UDP header
  EXPECT_EQ(refusal_with(6, 0x2000), Outcome::kDhcpTruncated);  // first fragment
  EXPECT_EQ(refusal_with(6, 0x0001), Outcome::kDhcpTruncated);  // last fragment
  EXPECT_EQ(refusal_with(8, 0x4006), Outcome::kDhcpTruncated);  // TCP
}

TEST(DhcpDatagram, Rfc768LengthLiesBetweenItsHeaderAndThePacket) {
  EXPECT_EQ(refusal_with(24, 0), Outcome::kDhcpTruncated);
  EXPECT_EQ(refusal_with(24, 7), Outcome::kDhcpTruncated);
  EXPECT_EQ(refusal_with(24, 365), Outcome::kDhcpTruncated);
}

TEST(DhcpDatagram, Rfc768LengthEndsThePayload) {
  Bytes packet = kServerPacket;
  packet[25] = 8 + 100;
  packet[24] = 0;
  packet[26] = packet[27] = 0;
  const auto datagram = parse_datagram(packet);
  ASSERT_TRUE(datagram);
  EXPECT_EQ(datagram->payload.size(), 100U);
}

TEST(DhcpDatagram, Rfc1122Section3212HeaderChecksumIsVerified) {
  Bytes packet = kServerPacket;
  packet[10] ^= 1;
  EXPECT_EQ(refusal(packet), Outcome::kDhcpChecksum);
}

TEST(DhcpDatagram, Rfc1122Section4134UdpChecksumIsVerifiedWhereThereIsOne) {
  Bytes packet = kServerPacket;
  packet.back() ^= 1;
  EXPECT_EQ(refusal(packet), Outcome::kDhcpChecksum);
  packet[26] = packet[27] = 0;  // no checksum
  EXPECT_TRUE(parse_datagram(packet));
}

TEST(DhcpDatagram, UdpChecksumThatLinuxLeftToANetworkCardIsAccepted) {
  Bytes packet = kServerPacket;
  packet[26] = 0x70;  // as captured on a virtual link: the sum of the pseudo header
  packet[27] = 0x22;
  EXPECT_TRUE(parse_datagram(packet, Checksums::kOrPseudoHeader));
  EXPECT_EQ(refusal(packet), Outcome::kDhcpChecksum);
  packet[27] = 0x23;
  EXPECT_EQ(parse_datagram(packet, Checksums::kOrPseudoHeader).error(), Outcome::kDhcpChecksum);
}

TEST(DhcpDatagram, WrittenPacketIsAtomicWithTtl64AndRightChecksums) {
  Bytes packet(kDatagramHeaderBytes + sample::kOffer.size());
  const UdpEndpoints endpoints{Ipv4Address(10, 99, 0, 1), 67, Ipv4Address(100, 64, 0, 1), 67};
  write_datagram(endpoints, sample::kOffer, packet);
  // The packet that Kea's host sent, except for the identification and the header checksum.
  Bytes expected = kServerPacket;
  expected[4] = expected[5] = 0;
  set_header_checksum(expected);
  EXPECT_THAT(packet, ElementsAreArray(expected));
}

TEST(DhcpDatagram, WhatIsWrittenIsReadWhateverThePayload) {
  for (std::size_t bytes = 0; bytes < 600; ++bytes) {
    Bytes payload(bytes);
    for (std::size_t i = 0; i < bytes; ++i) payload[i] = static_cast<std::uint8_t>(i * 37 + bytes);
    const UdpEndpoints endpoints{Ipv4Address(100, 64, 0, 1), 67, Ipv4Address(192, 0, 2, 100), 68};
    Bytes packet(kDatagramHeaderBytes + bytes, 0xaa);
    write_datagram(endpoints, payload, packet);
    const auto datagram = parse_datagram(packet);
    ASSERT_TRUE(datagram) << bytes;
    EXPECT_EQ(datagram->endpoints, endpoints);
    EXPECT_THAT(datagram->payload, ElementsAreArray(payload));
  }
}

TEST(DhcpDatagram, Rfc768ChecksumOfZeroIsSentAsOnes) {
  // Two octets of payload that make the sum all ones.
  const UdpEndpoints endpoints{Ipv4Address(100, 64, 0, 1), 67, Ipv4Address(192, 0, 2, 100), 68};
  Bytes packet(kDatagramHeaderBytes + 2);
  write_datagram(endpoints, hex("0000"), packet);
  const Bytes complement(packet.begin() + 26, packet.begin() + 28);
  write_datagram(endpoints, complement, packet);
  EXPECT_EQ(packet[26], 0xff);
  EXPECT_EQ(packet[27], 0xff);
  EXPECT_TRUE(parse_datagram(packet));
}

}  // namespace
}  // namespace softwire::controlplane::dhcp
