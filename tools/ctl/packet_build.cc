// SPDX-License-Identifier: BSD-3-Clause
// Builds packets from words.
#include <cstring>

#include "softwire/checksum.h"
#include "softwire/wire.h"
#include "tools/ctl/packet_words.h"

namespace softwire::ctl {

namespace {

template <typename Header>
void put(Octets& octets, std::size_t offset, const Header& header) {
  std::memcpy(octets.data() + offset, static_cast<const void*>(&header), sizeof header);
}

std::uint8_t protocol_of(const PacketWords& words) {
  switch (words.kind) {
    case PacketKind::kUdp:
      return ip_protocol::kUdp;
    case PacketKind::kTcp:
      return ip_protocol::kTcp;
    case PacketKind::kEcho:
    case PacketKind::kEchoReply:
      return words.is_ipv4() ? ip_protocol::kIcmp : ip_protocol::kIcmpv6;
    case PacketKind::kProtocol:
      break;
  }
  return words.protocol;
}

std::uint64_t pseudo_header(const PacketWords& words, std::size_t length) {
  const auto octets = static_cast<std::uint16_t>(length);
  if (words.is_ipv4()) {
    // ICMPv4 has no pseudo-header.
    if (protocol_of(words) == ip_protocol::kIcmp) return 0;
    return pseudo_header_sum(std::get<Ipv4Address>(words.from.address),
                             std::get<Ipv4Address>(words.to.address), protocol_of(words), octets);
  }
  return pseudo_header_sum(std::get<Ipv6Address>(words.from.address), std::get<Ipv6Address>(words.to.address),
                           protocol_of(words), octets);
}

std::uint8_t echo_type(const PacketWords& words) {
  const bool is_request = words.kind == PacketKind::kEcho;
  if (words.is_ipv4()) return is_request ? IcmpEcho::kRequest : IcmpEcho::kReply;
  return is_request ? Icmpv6Header::kEchoRequest : Icmpv6Header::kEchoReply;
}

// Returns the payload of the IP packet: `length` octets, or only the header if it is 0.
Octets upper_layer(const PacketWords& words, std::size_t length) {
  Octets segment(length);
  const be16 source(words.from.port.value_or(0));
  const be16 destination(words.to.port.value_or(0));
  const auto resize = [&segment](std::size_t least) { segment.resize(std::max(segment.size(), least)); };
  std::size_t checksum_at = 0;
  switch (words.kind) {
    case PacketKind::kUdp:
      resize(sizeof(UdpHeader));
      put(segment, 0,
          UdpHeader{source, destination, be16(static_cast<std::uint16_t>(segment.size())), be16()});
      checksum_at = offsetof(UdpHeader, checksum);
      break;
    case PacketKind::kTcp: {
      constexpr std::uint16_t kFiveWords = 0x5000;
      constexpr std::uint16_t kSyn = 0x0002;
      constexpr std::uint16_t kAck = 0x0010;
      resize(sizeof(TcpHeader));
      put(segment, 0,
          TcpHeader{source, destination, be32(1), be32(words.syn ? 0 : 1),
                    be16(kFiveWords | (words.syn ? kSyn : kAck)), be16(0xffff), be16(), be16()});
      checksum_at = offsetof(TcpHeader, checksum);
      break;
    }
    case PacketKind::kEcho:
    case PacketKind::kEchoReply:
      resize(sizeof(IcmpEcho));
      put(segment, 0,
          IcmpEcho{echo_type(words), 0, be16(), be16(static_cast<std::uint16_t>(words.id)), be16(1)});
      checksum_at = offsetof(IcmpEcho, checksum);
      break;
    case PacketKind::kProtocol:
      return segment;
  }
  be16 sum = checksum(segment, pseudo_header(words, segment.size()));
  // In UDP, a checksum of 0 means that there is none (RFC 768).
  if (words.kind == PacketKind::kUdp && sum.raw() == 0) sum = be16(0xffff);
  put(segment, checksum_at, sum);
  return segment;
}

Octets join(Octets header, const Octets& payload) {
  header.insert(header.end(), payload.begin(), payload.end());
  return header;
}

Octets ipv4_packet(const PacketWords& words) {
  const std::size_t length = words.length == 0 ? 0 : words.length - sizeof(Ipv4Header);
  const Octets segment = upper_layer(words, length);
  Ipv4Header header;
  header.type_of_service = static_cast<std::uint8_t>(words.tos);
  header.total_length = be16(static_cast<std::uint16_t>(sizeof header + segment.size()));
  header.identification = be16(1);
  header.fragment = be16(words.dont_fragment ? Ipv4Header::kDontFragment : 0);
  header.time_to_live = static_cast<std::uint8_t>(words.ttl);
  header.protocol = protocol_of(words);
  header.source = std::get<Ipv4Address>(words.from.address);
  header.destination = std::get<Ipv4Address>(words.to.address);
  Octets octets(sizeof header);
  put(octets, 0, header);
  put(octets, offsetof(Ipv4Header, checksum), checksum(octets));
  return join(std::move(octets), segment);
}

Octets ipv6_header(const Ipv6Address& source, const Ipv6Address& destination, std::uint8_t next_header,
                   const PacketWords& words, std::uint32_t hop_limit, std::size_t payload) {
  Ipv6Header header;
  header.version_class_flow = be32(0x60000000U | words.tos << 20);
  header.payload_length = be16(static_cast<std::uint16_t>(payload));
  header.next_header = next_header;
  header.hop_limit = static_cast<std::uint8_t>(hop_limit);
  header.source = source;
  header.destination = destination;
  Octets octets(sizeof header);
  put(octets, 0, header);
  return octets;
}

}  // namespace

Octets build_packet(const PacketWords& words) {
  if (!words.is_ipv4()) {
    const std::size_t length = words.length == 0 ? 0 : words.length - sizeof(Ipv6Header);
    const Octets segment = upper_layer(words, length);
    return join(
        ipv6_header(std::get<Ipv6Address>(words.from.address), std::get<Ipv6Address>(words.to.address),
                    protocol_of(words), words, words.ttl, segment.size()),
        segment);
  }
  Octets inner = ipv4_packet(words);
  if (!words.softwire) return inner;
  constexpr std::uint32_t kHopLimit = 64;
  return join(ipv6_header(words.softwire->source, words.softwire->destination, ip_protocol::kIpv4, words,
                          kHopLimit, inner.size()),
              inner);
}

Octets build_frame(const PacketWords& words, const Link& link) {
  const std::uint16_t type = words.side() == Side::kIpv6 ? ether_type::kIpv6 : ether_type::kIpv4;
  const bool is_tagged = link.vlan != 0;
  Octets octets(sizeof(EthernetHeader) + (is_tagged ? sizeof(VlanTag) : 0));
  put(octets, 0, EthernetHeader{link.destination, link.source, be16(is_tagged ? ether_type::kVlan : type)});
  if (is_tagged) put(octets, sizeof(EthernetHeader), VlanTag{be16(link.vlan), be16(type)});
  return join(std::move(octets), build_packet(words));
}

}  // namespace softwire::ctl
