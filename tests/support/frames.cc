// SPDX-License-Identifier: BSD-3-Clause
#include "tests/support/frames.h"

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

Octets ipv4_packet(const Ipv4Fields& fields) {
  const std::size_t header_bytes = sizeof(Ipv4Header) + fields.option_octets;
  Octets packet(header_bytes + sizeof(UdpHeader) + fields.payload_octets);
  for (std::size_t i = header_bytes + sizeof(UdpHeader); i < packet.size(); ++i) {
    packet[i] = static_cast<std::uint8_t>(i);
  }
  for (std::size_t i = sizeof(Ipv4Header); i < header_bytes; ++i) packet[i] = 1;  // No Operation

  Ipv4Header ipv4;
  ipv4.version_ihl = static_cast<std::uint8_t>(0x40 | header_bytes / 4);
  ipv4.type_of_service = fields.type_of_service;
  ipv4.total_length = be16(static_cast<std::uint16_t>(packet.size()));
  ipv4.identification = be16(0x1234);
  ipv4.fragment = be16(fields.fragment);
  ipv4.time_to_live = fields.ttl;
  ipv4.protocol = fields.protocol;
  ipv4.source = fields.source;
  ipv4.destination = fields.destination;
  put(packet, 0, ipv4);
  put(packet, offsetof(Ipv4Header, checksum), checksum({packet.data(), header_bytes}));

  const std::span<const std::uint8_t> segment = std::span(packet).subspan(header_bytes);
  if (fields.protocol == ip_protocol::kIcmp) {
    put(packet, header_bytes, IcmpEcho{fields.icmp_type, 0, be16(), be16(fields.source_port), be16(1)});
    put(packet, header_bytes + offsetof(IcmpEcho, checksum), checksum(segment));
  } else {
    put(packet, header_bytes,
        UdpHeader{be16(fields.source_port), be16(fields.destination_port),
                  be16(static_cast<std::uint16_t>(segment.size())), be16()});
    if (fields.protocol == ip_protocol::kUdp) {
      put(packet, header_bytes + offsetof(UdpHeader, checksum),
          udp_checksum(fields.source, fields.destination, segment));
    }
  }
  return packet;
}

Octets ipv6_packet(const Ipv6Fields& fields, std::span<const std::uint8_t> payload) {
  Octets packet(sizeof(Ipv6Header) + fields.extension_headers.size() + payload.size());
  Ipv6Header ipv6;
  ipv6.version_class_flow = be32(0x60000000U | std::uint32_t{fields.traffic_class} << 20);
  ipv6.payload_length = be16(static_cast<std::uint16_t>(fields.extension_headers.size() + payload.size()));
  ipv6.next_header = fields.next_header;
  ipv6.hop_limit = fields.hop_limit;
  ipv6.source = fields.source;
  ipv6.destination = fields.destination;
  put(packet, 0, ipv6);
  const auto after = std::copy(fields.extension_headers.begin(), fields.extension_headers.end(),
                               packet.begin() + sizeof(Ipv6Header));
  std::copy(payload.begin(), payload.end(), after);
  return packet;
}

Octets ethernet_frame(const EthernetFields& fields, std::uint16_t type,
                      std::span<const std::uint8_t> packet) {
  const std::size_t header_bytes = sizeof(EthernetHeader) + (fields.tagged ? sizeof(VlanTag) : 0);
  Octets frame(header_bytes + packet.size());
  put(frame, 0,
      EthernetHeader{fields.destination, fields.source, be16(fields.tagged ? ether_type::kVlan : type)});
  if (fields.tagged) {
    put(frame, sizeof(EthernetHeader), VlanTag{be16(fields.vlan_control), be16(type)});
  }
  std::copy(packet.begin(), packet.end(), frame.begin() + static_cast<std::ptrdiff_t>(header_bytes));
  return frame;
}

Octets without_identification(Octets frame) {
  const std::size_t ip = sizeof(EthernetHeader);
  if (frame.size() < ip + sizeof(Ipv6Header) + sizeof(Ipv4Header))
    frame.resize(ip + sizeof(Ipv6Header) + sizeof(Ipv4Header));
  const bool is_ipv4 = frame[ip - 2] == 0x08 && frame[ip - 1] == 0x00;
  if (!is_ipv4 && frame[ip + offsetof(Ipv6Header, next_header)] != ip_protocol::kIpv4) return frame;
  const std::size_t at = is_ipv4 ? ip : ip + sizeof(Ipv6Header);
  put(frame, at + offsetof(Ipv4Header, identification), be16());
  put(frame, at + offsetof(Ipv4Header, checksum), be16());
  return frame;
}

}  // namespace softwire::testing
