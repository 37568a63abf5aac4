// SPDX-License-Identifier: BSD-3-Clause
#include "tests/support/ip_packets.h"

#include <algorithm>
#include <cstring>

#include "softwire/checksum.h"

namespace softwire::testing {

namespace {

template <typename Header>
void put(Octets& octets, std::size_t offset, const Header& header) {
  std::memcpy(octets.data() + offset, static_cast<const void*>(&header), sizeof header);
}

}  // namespace

Octets Ipv4Packet::octets() const {
  const std::size_t header_bytes = sizeof(Ipv4Header) + option_octets;
  Octets packet(header_bytes, 1);
  Ipv4Header ipv4;
  ipv4.version_ihl = static_cast<std::uint8_t>(0x40 | header_bytes / 4);
  ipv4.type_of_service = type_of_service;
  ipv4.total_length = be16(static_cast<std::uint16_t>(header_bytes + payload.size()));
  ipv4.identification = be16(identification);
  ipv4.fragment = be16(fragment);
  ipv4.time_to_live = ttl;
  ipv4.protocol = protocol;
  ipv4.source = source;
  ipv4.destination = destination;
  put(packet, 0, ipv4);
  put(packet, offsetof(Ipv4Header, checksum), checksum(packet));
  packet.insert(packet.end(), payload.begin(), payload.end());
  return packet;
}

Octets Ipv6Packet::octets() const {
  const std::size_t extension = fragment.present ? sizeof(Ipv6FragmentHeader) : 0;
  Octets packet(sizeof(Ipv6Header) + extension);
  Ipv6Header ipv6;
  ipv6.version_class_flow = be32(0x60000000U | std::uint32_t{traffic_class} << 20);
  ipv6.payload_length = be16(static_cast<std::uint16_t>(extension + payload.size()));
  ipv6.next_header = fragment.present ? ip_protocol::kFragment : next_header;
  ipv6.hop_limit = hop_limit;
  ipv6.source = source;
  ipv6.destination = destination;
  put(packet, 0, ipv6);
  if (fragment.present) {
    put(packet, sizeof ipv6,
        Ipv6FragmentHeader{next_header, 0,
                           be16(static_cast<std::uint16_t>(fragment.offset | (fragment.more ? 1 : 0))),
                           be32(fragment.identification)});
  }
  packet.insert(packet.end(), payload.begin(), payload.end());
  return packet;
}

Octets Icmp::octets(std::uint64_t pseudo_header) const {
  Octets message(sizeof(Icmpv6Header) + body.size());
  put(message, 0, Icmpv6Header{type, code, be16(), be32(rest)});
  std::copy(body.begin(), body.end(), message.begin() + sizeof(Icmpv6Header));
  put(message, offsetof(Icmpv6Header, checksum), checksum(message, pseudo_header));
  return message;
}

Octets transport(std::uint8_t protocol, std::uint16_t source_port, std::uint16_t destination_port,
                 unsigned octets, std::uint64_t pseudo_header, bool with_checksum) {
  Octets segment(octets);
  for (unsigned i = 0; i < octets; ++i) segment[i] = static_cast<std::uint8_t>(i * 7);
  put(segment, 0, be16(source_port));
  put(segment, 2, be16(destination_port));
  std::size_t at = 0;
  switch (protocol) {
    case ip_protocol::kTcp:
      at = 16;
      break;
    case ip_protocol::kUdp:
      put(segment, offsetof(UdpHeader, length), be16(static_cast<std::uint16_t>(octets)));
      [[fallthrough]];
    case ip_protocol::kDccp:
    case ip_protocol::kUdpLite:
      at = 6;
      break;
    default:
      return segment;
  }
  put(segment, at, be16());
  if (with_checksum) put(segment, at, checksum(segment, pseudo_header));
  return segment;
}

}  // namespace softwire::testing
