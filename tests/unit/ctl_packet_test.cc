// SPDX-License-Identifier: BSD-3-Clause
// Tests packets in words: their octets and checksums, and their text.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "softwire/address_text.h"
#include "softwire/checksum.h"
#include "softwire/wire.h"
#include "tools/ctl/completion.h"
#include "tools/ctl/packet_text.h"
#include "tools/ctl/packet_words.h"

namespace softwire::ctl {
namespace {

using ::testing::HasSubstr;

PacketWords packet_of(std::string_view line) {
  const auto packet = parse_packet(shell_words(line));
  EXPECT_TRUE(packet.ok()) << (packet.ok() ? "" : packet.error().text);
  return packet.ok() ? *packet : PacketWords();
}

std::string error_of(std::string_view line) {
  const auto packet = parse_packet(shell_words(line));
  EXPECT_FALSE(packet.ok()) << line;
  return packet.ok() ? "" : packet.error().text;
}

template <typename Header>
Header header_at(const Octets& octets, std::size_t offset) {
  EXPECT_GE(octets.size(), offset + sizeof(Header));
  Header header;
  std::memcpy(static_cast<void*>(&header), octets.data() + offset, sizeof header);
  return header;
}

std::span<const std::uint8_t> after(const Octets& octets, std::size_t offset) {
  return std::span(octets).subspan(offset);
}

// Returns the checksum of the payload of an IPv4 packet, with the pseudo-header if it has one.
bool upper_checksum_is_right(std::span<const std::uint8_t> ipv4) {
  Ipv4Header header;
  std::memcpy(static_cast<void*>(&header), ipv4.data(), sizeof header);
  const auto segment = ipv4.subspan(sizeof header);
  const std::uint64_t pseudo = header.protocol == ip_protocol::kIcmp
                                   ? 0
                                   : pseudo_header_sum(header.source, header.destination, header.protocol,
                                                       static_cast<std::uint16_t>(segment.size()));
  return sums_up(checksum_add(pseudo, segment));
}

TEST(CtlPacket, UdpWithAllItsWords) {
  const Octets octets =
      build_packet(packet_of("udp from 203.0.113.5:53 to 192.0.2.1:4711 length 1400 df ttl 1 tos 184"));
  ASSERT_EQ(octets.size(), 1400U);
  const auto ipv4 = header_at<Ipv4Header>(octets, 0);
  EXPECT_EQ(ipv4.total_length.value(), 1400);
  EXPECT_EQ(ipv4.time_to_live, 1);
  EXPECT_EQ(ipv4.type_of_service, 184);
  EXPECT_TRUE(ipv4.dont_fragment());
  EXPECT_EQ(to_string(ipv4.source), "203.0.113.5");
  EXPECT_EQ(to_string(ipv4.destination), "192.0.2.1");
  EXPECT_TRUE(ipv4_header_checksum_ok(octets.data(), sizeof(Ipv4Header)));
  const auto udp = header_at<UdpHeader>(octets, sizeof(Ipv4Header));
  EXPECT_EQ(udp.source_port.value(), 53);
  EXPECT_EQ(udp.destination_port.value(), 4711);
  EXPECT_EQ(udp.length.value(), 1380);
  EXPECT_TRUE(upper_checksum_is_right(octets));
}

TEST(CtlPacket, TcpSynAndAck) {
  const Octets syn = build_packet(packet_of("tcp from 203.0.113.5:4000 to 192.0.2.1:80 syn"));
  ASSERT_EQ(syn.size(), sizeof(Ipv4Header) + sizeof(TcpHeader));
  EXPECT_TRUE(header_at<TcpHeader>(syn, sizeof(Ipv4Header)).is_syn());
  EXPECT_TRUE(upper_checksum_is_right(syn));
  const Octets ack = build_packet(packet_of("tcp from 203.0.113.5:4000 to 192.0.2.1:80"));
  EXPECT_EQ(header_at<TcpHeader>(ack, sizeof(Ipv4Header)).offset_flags.value(), 0x5010);
  EXPECT_TRUE(upper_checksum_is_right(ack));
}

TEST(CtlPacket, EchoOfBothVersions) {
  const Octets request = build_packet(packet_of("icmp-echo from 203.0.113.5 to 192.0.2.1 id 4711"));
  const auto echo = header_at<IcmpEcho>(request, sizeof(Ipv4Header));
  EXPECT_EQ(echo.type, IcmpEcho::kRequest);
  EXPECT_EQ(echo.identifier.value(), 4711);
  EXPECT_TRUE(upper_checksum_is_right(request));

  const Octets reply = build_packet(packet_of("icmp-echo-reply from 2001:db8::1 to 2001:db8::2 length 100"));
  ASSERT_EQ(reply.size(), 100U);
  const auto ipv6 = header_at<Ipv6Header>(reply, 0);
  EXPECT_EQ(ipv6.next_header, ip_protocol::kIcmpv6);
  EXPECT_EQ(ipv6.payload_length.value(), 60);
  EXPECT_EQ(reply[sizeof(Ipv6Header)], Icmpv6Header::kEchoReply);
  EXPECT_TRUE(sums_up(checksum_add(pseudo_header_sum(ipv6.source, ipv6.destination, ip_protocol::kIcmpv6, 60),
                                   after(reply, sizeof(Ipv6Header)))));
}

TEST(CtlPacket, InASoftwire) {
  const PacketWords words = packet_of(
      "softwire 2001:db8:1::2 to 2001:db8::1 udp from 192.0.2.1:4711 to 203.0.113.5:53 length 60 tos 8");
  EXPECT_EQ(words.side(), Side::kIpv6);
  const Octets octets = build_packet(words);
  ASSERT_EQ(octets.size(), 100U);
  const auto outer = header_at<Ipv6Header>(octets, 0);
  EXPECT_EQ(outer.next_header, ip_protocol::kIpv4);
  EXPECT_EQ(outer.traffic_class(), 8);
  EXPECT_EQ(outer.payload_length.value(), 60);
  EXPECT_EQ(to_string(outer.source), "2001:db8:1::2");
  EXPECT_TRUE(ipv4_header_checksum_ok(octets.data() + sizeof(Ipv6Header), sizeof(Ipv4Header)));
  EXPECT_TRUE(upper_checksum_is_right(after(octets, sizeof(Ipv6Header))));
}

TEST(CtlPacket, AnyOtherProtocol) {
  const Octets octets = build_packet(packet_of("protocol 47 from 203.0.113.5 to 192.0.2.1 length 44"));
  EXPECT_EQ(octets.size(), 44U);
  EXPECT_EQ(header_at<Ipv4Header>(octets, 0).protocol, 47);
}

TEST(CtlPacket, OfIpv6ComesInOnTheIpv6Side) {
  const PacketWords words = packet_of("udp from [2001:db8::1]:1232 to [2001:db8:ffff::1]:53");
  EXPECT_EQ(words.side(), Side::kIpv6);
  const Octets octets = build_packet(words);
  const auto ipv6 = header_at<Ipv6Header>(octets, 0);
  EXPECT_TRUE(sums_up(checksum_add(pseudo_header_sum(ipv6.source, ipv6.destination, ip_protocol::kUdp, 8),
                                   after(octets, sizeof(Ipv6Header)))));
}

TEST(CtlPacket, WhatIsWrongWithTheWords) {
  EXPECT_THAT(error_of(""), HasSubstr("begins with udp, tcp, icmp-echo"));
  EXPECT_THAT(error_of("sctp from 1.2.3.4:1 to 1.2.3.5:2"), HasSubstr("'sctp' is not a packet"));
  EXPECT_THAT(error_of("udp to 192.0.2.1:1"), HasSubstr("from is missing"));
  EXPECT_THAT(error_of("udp from 192.0.2.1:1"), HasSubstr("to is missing"));
  EXPECT_THAT(error_of("udp from 192.0.2.1 to 192.0.2.2:5"), HasSubstr("udp needs two ports"));
  EXPECT_THAT(error_of("udp from 192.0.2.1:70000 to 192.0.2.2:5"),
              HasSubstr("from: '192.0.2.1:70000' is not"));
  EXPECT_THAT(error_of("udp from"), HasSubstr("from has no value"));
  EXPECT_THAT(error_of("icmp-echo from 192.0.2.1:1 to 192.0.2.2"), HasSubstr("icmp-echo has no ports"));
  EXPECT_THAT(error_of("udp from 192.0.2.1:1 to [2001:db8::1]:1"), HasSubstr("different address families"));
  EXPECT_THAT(error_of("softwire 2001:db8::1 to 2001:db8::2 icmp-echo from 2001:db8::1 to 2001:db8::2"),
              HasSubstr("a softwire carries IPv4"));
  EXPECT_THAT(error_of("softwire 2001:db8::1 udp"), HasSubstr("give to ADDRESS"));
  EXPECT_THAT(error_of("udp from 1.2.3.4:1 to 1.2.3.5:2 length 27"), HasSubstr("28 octets"));
  EXPECT_THAT(error_of("udp from 1.2.3.4:1 to 1.2.3.5:2 ttl 256"),
              HasSubstr("ttl: '256' is not a number from 0"));
  EXPECT_THAT(error_of("udp from 1.2.3.4:1 to 1.2.3.5:2 syn"), HasSubstr("syn is for tcp"));
  EXPECT_THAT(error_of("udp from [2001:db8::1]:1 to [2001:db8::2]:1 df"), HasSubstr("df is for IPv4"));
  EXPECT_THAT(error_of("udp from 1.2.3.4:1 to 1.2.3.5:2 weight 5"), HasSubstr("unknown word 'weight'"));
}

const Link kLink{MacAddress({2, 0, 0, 0, 0, 1}), MacAddress({2, 0, 0, 0, 0, 2}), 0};

TEST(CtlPacketText, OfAFrameWithATag) {
  Link link = kLink;
  link.vlan = 100;
  const Octets frame = build_frame(
      packet_of("softwire 2001:db8:1::2 to 2001:db8::1 tcp from 192.0.2.1:4711 to 203.0.113.5:443 syn df"),
      link);
  EXPECT_EQ(text_of_frame(frame),
            "02:00:00:00:00:02 > 02:00:00:00:00:01, VLAN 100, 98 octets\n"
            "IPv6 2001:db8:1::2 > 2001:db8::1 hop-limit 64 length 80, IPv4 192.0.2.1 > 203.0.113.5 ttl 64 df "
            "length 40, TCP 4711 > 443 SYN");
}

TEST(CtlPacketText, OfWhatIsCutShortAnywhere) {
  const Octets frame = build_frame(
      packet_of("softwire 2001:db8:1::2 to 2001:db8::1 udp from 192.0.2.1:4711 to 203.0.113.5:53"), kLink);
  for (std::size_t length = 0; length < frame.size(); ++length) {
    const Octets part(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(length));
    EXPECT_THAT(text_of_frame(part), HasSubstr("(cut short)")) << length;
  }
  EXPECT_THAT(text_of_frame(frame), ::testing::Not(HasSubstr("cut short")));
}

TEST(CtlPacketText, OfIcmpErrorsAndFragments) {
  Octets frame = build_frame(packet_of("protocol 1 from 192.0.2.1 to 203.0.113.5 length 28"), kLink);
  const IcmpError error{IcmpError::kUnreachable, IcmpError::kFragmentationNeeded, be16(), be16(), be16(1460)};
  std::memcpy(frame.data() + sizeof(EthernetHeader) + sizeof(Ipv4Header), &error, sizeof error);
  EXPECT_THAT(text_of_frame(frame), HasSubstr("ICMP unreachable code 4 (fragmentation needed, MTU 1460)"));

  Octets fragment = build_frame(packet_of("udp from 192.0.2.1:1 to 203.0.113.5:2"), kLink);
  const be16 second(185);
  std::memcpy(fragment.data() + sizeof(EthernetHeader) + offsetof(Ipv4Header, fragment), &second,
              sizeof second);
  EXPECT_THAT(text_of_frame(fragment), HasSubstr("fragment at 1480"));
}

// A trace of the daemon may have any packet. Each header within a header takes some of the stack.
TEST(CtlPacketText, OfHeadersWithinHeadersEnds) {
  Octets frame = build_frame(packet_of("protocol 4 from 192.0.2.1 to 203.0.113.5 length 20"), kLink);
  const Octets header(frame.begin() + sizeof(EthernetHeader), frame.end());
  for (int i = 0; i < 3000; ++i) frame.insert(frame.end(), header.begin(), header.end());
  EXPECT_THAT(text_of_frame(frame), ::testing::EndsWith("IPv4, and so on"));
  // A header length of 0 is within itself.
  frame[sizeof(EthernetHeader)] = 0x40;
  EXPECT_THAT(text_of_frame(frame), ::testing::EndsWith("IPv4 (cut short)"));
}

}  // namespace
}  // namespace softwire::ctl
