// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/dhcp/codec/udp6_datagram.h"

#include <cassert>
#include <cstring>
#include <optional>

#include "softwire/checksum.h"

namespace softwire::controlplane::dhcp {
namespace {

// Skips the extension headers. Returns the UDP datagram behind them, or nullopt when there is none or the
// packet is a fragment. `left`: the rest of the packet, from its first extension header on.
std::optional<std::span<const std::uint8_t>> find_udp(std::uint8_t next_header,
                                                      std::span<const std::uint8_t> left) {
  while (next_header != ip_protocol::kUdp) {
    if (left.size() < 8) return std::nullopt;
    const auto& header = *reinterpret_cast<const Ipv6ExtensionHeader*>(left.data());
    std::size_t bytes = 0;
    switch (next_header) {
      case ip_protocol::kHopByHop:
      case ip_protocol::kDestinationOptions:
      case ip_protocol::kRouting:
        bytes = header.bytes();
        break;
      case ip_protocol::kFragment: {
        const auto& fragment = *reinterpret_cast<const Ipv6FragmentHeader*>(left.data());
        if (fragment.offset_bytes() != 0 || fragment.more_fragments()) return std::nullopt;
        bytes = sizeof fragment;  // an atomic fragment: a whole packet (RFC 6946)
        break;
      }
      default:
        return std::nullopt;
    }
    if (bytes > left.size()) return std::nullopt;
    next_header = header.next_header;
    left = left.subspan(bytes);
  }
  return left;
}

std::uint64_t pseudo_header_of(const Ipv6Address& source, const Ipv6Address& destination, std::size_t bytes) {
  return pseudo_header_sum(source, destination, ip_protocol::kUdp, static_cast<std::uint16_t>(bytes));
}

}  // namespace

Result<Udp6Datagram, Outcome> parse_udp6(std::span<const std::uint8_t> packet) {
  if (packet.size() < sizeof(Ipv6Header)) return Outcome::kDhcpTruncated;
  const auto& ip = *reinterpret_cast<const Ipv6Header*>(packet.data());
  const std::size_t payload_bytes = ip.payload_length.value();
  if (ip.version() != 6 || sizeof(Ipv6Header) + payload_bytes > packet.size()) return Outcome::kDhcpTruncated;
  const auto segment = find_udp(ip.next_header, packet.subspan(sizeof(Ipv6Header), payload_bytes));
  if (!segment || segment->size() < sizeof(UdpHeader)) return Outcome::kDhcpTruncated;
  const auto& udp = *reinterpret_cast<const UdpHeader*>(segment->data());
  const std::size_t udp_bytes = udp.length.value();
  if (udp_bytes < sizeof(UdpHeader) || udp_bytes > segment->size()) return Outcome::kDhcpTruncated;
  const auto datagram = segment->first(udp_bytes);
  if (udp.checksum.raw() == 0 ||
      !sums_up(checksum_add(pseudo_header_of(ip.source, ip.destination, udp_bytes), datagram))) {
    return Outcome::kDhcpChecksum;
  }
  return Udp6Datagram{
      {ip.source, udp.source_port.value(), ip.destination, udp.destination_port.value()},
      datagram.subspan(sizeof(UdpHeader)),
  };
}

void write_udp6(const Udp6Endpoints& endpoints, std::span<const std::uint8_t> payload,
                std::span<std::uint8_t> packet) {
  assert(payload.size() <= kMaxUdp6Payload && packet.size() == kUdp6HeaderBytes + payload.size());
  const auto segment = packet.subspan(sizeof(Ipv6Header));
  Ipv6Header ip;
  ip.version_class_flow = be32(0x60000000U);
  ip.payload_length = be16(static_cast<std::uint16_t>(segment.size()));
  ip.next_header = ip_protocol::kUdp;
  ip.hop_limit = kUdp6HopLimit;
  ip.source = endpoints.source;
  ip.destination = endpoints.destination;

  UdpHeader udp;
  udp.source_port = be16(endpoints.source_port);
  udp.destination_port = be16(endpoints.destination_port);
  udp.length = be16(static_cast<std::uint16_t>(segment.size()));

  std::memcpy(packet.data(), &ip, sizeof ip);
  std::memcpy(segment.data(), &udp, sizeof udp);
  if (!payload.empty()) std::memcpy(segment.data() + sizeof udp, payload.data(), payload.size());
  const be16 sum = checksum(segment, pseudo_header_of(ip.source, ip.destination, segment.size()));
  udp.checksum = sum.raw() == 0 ? be16(0xffff) : sum;
  std::memcpy(segment.data(), &udp, sizeof udp);
}

}  // namespace softwire::controlplane::dhcp
