// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/dhcp/codec/datagram.h"

#include <cassert>
#include <cstring>

#include "softwire/checksum.h"

namespace softwire::controlplane::dhcp {
namespace {

bool udp_checksum_ok(const Ipv4Header& ip, const UdpHeader& udp, std::span<const std::uint8_t> datagram,
                     Checksums checksums) {
  if (udp.checksum.raw() == 0) return true;  // none (RFC 768)
  const std::uint64_t pseudo =
      pseudo_header_sum(ip.source, ip.destination, ip_protocol::kUdp, udp.length.value());
  return checksum_fold(checksum_add(pseudo, datagram)) == 0xffff ||
         (checksums == Checksums::kOrPseudoHeader && udp.checksum.raw() == checksum_fold(pseudo));
}

}  // namespace

Result<UdpDatagram, Outcome> parse_datagram(std::span<const std::uint8_t> packet, Checksums checksums) {
  if (packet.size() < sizeof(Ipv4Header)) return Outcome::kDhcpTruncated;
  const auto& ip = *reinterpret_cast<const Ipv4Header*>(packet.data());
  const std::size_t header_bytes = ip.header_bytes();
  const std::size_t total_bytes = ip.total_length.value();
  if (ip.version() != 4 || header_bytes < sizeof(Ipv4Header) || total_bytes > packet.size() ||
      total_bytes < header_bytes + sizeof(UdpHeader) || ip.is_fragment() ||
      ip.protocol != ip_protocol::kUdp) {
    return Outcome::kDhcpTruncated;
  }
  if (!ipv4_header_checksum_ok(packet.data(), header_bytes)) return Outcome::kDhcpChecksum;

  const auto segment = packet.first(total_bytes).subspan(header_bytes);
  const auto& udp = *reinterpret_cast<const UdpHeader*>(segment.data());
  const std::size_t udp_bytes = udp.length.value();
  if (udp_bytes < sizeof(UdpHeader) || udp_bytes > segment.size()) return Outcome::kDhcpTruncated;
  const auto datagram = segment.first(udp_bytes);
  if (!udp_checksum_ok(ip, udp, datagram, checksums)) return Outcome::kDhcpChecksum;
  return UdpDatagram{
      {ip.source, udp.source_port.value(), ip.destination, udp.destination_port.value()},
      datagram.subspan(sizeof(UdpHeader)),
  };
}

void write_datagram(const UdpEndpoints& endpoints, std::span<const std::uint8_t> payload,
                    std::span<std::uint8_t> packet) {
  assert(payload.size() <= kMaxDatagramPayload && packet.size() == kDatagramHeaderBytes + payload.size());
  Ipv4Header ip;
  ip.total_length = be16(static_cast<std::uint16_t>(packet.size()));
  ip.fragment = be16(Ipv4Header::kDontFragment);
  ip.time_to_live = kDatagramTtl;
  ip.protocol = ip_protocol::kUdp;
  ip.source = endpoints.source;
  ip.destination = endpoints.destination;
  ip.checksum = checksum({reinterpret_cast<const std::uint8_t*>(&ip), sizeof(ip)});

  const auto segment = packet.subspan(sizeof(ip));
  UdpHeader udp;
  udp.source_port = be16(endpoints.source_port);
  udp.destination_port = be16(endpoints.destination_port);
  udp.length = be16(static_cast<std::uint16_t>(segment.size()));

  std::memcpy(packet.data(), &ip, sizeof(ip));
  std::memcpy(segment.data(), &udp, sizeof(udp));
  if (!payload.empty()) std::memcpy(segment.data() + sizeof(udp), payload.data(), payload.size());
  udp.checksum = udp_checksum(ip.source, ip.destination, segment);
  std::memcpy(segment.data(), &udp, sizeof(udp));
}

}  // namespace softwire::controlplane::dhcp
