// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/packet/parse_upper.h"

#include "softwire/wire.h"

namespace softwire::dataplane {

namespace {

ParseStatus drop(ParsedPacket& packet, Outcome outcome) {
  packet.outcome = outcome;
  return ParseStatus::kDrop;
}

// Returns kOk when `bytes` octets at `offset`, of a packet that ends at `end`, may be read.
ParseStatus need(std::uint32_t offset, std::uint32_t bytes, std::uint32_t end, std::uint32_t contiguous,
                 ParsedPacket& packet) {
  if (offset + bytes > end) return drop(packet, Outcome::kIpv6Truncated);
  if (offset + bytes <= contiguous) return ParseStatus::kOk;
  packet.needed = static_cast<std::uint16_t>(offset + bytes);
  return ParseStatus::kScattered;
}

constexpr bool is_extension_header(std::uint8_t next_header) {
  return next_header == ip_protocol::kHopByHop || next_header == ip_protocol::kRouting ||
         next_header == ip_protocol::kDestinationOptions || next_header == ip_protocol::kFragment;
}

ParseStatus find_ports(const std::uint8_t* frame, std::uint32_t contiguous, const UpperLayer& upper,
                       ParsedPacket& packet) {
  packet.source_port = packet.destination_port = 0;
  packet.protocol = upper.protocol;
  if (upper.is_fragment()) {
    packet.port_key = PortKey::kFragment;
    return ParseStatus::kOk;
  }
  const bool is_icmp = upper.protocol == ip_protocol::kIcmpv6;
  if (!is_icmp && !has_ports(upper.protocol)) {
    packet.port_key = PortKey::kNone;
    return ParseStatus::kOk;
  }
  const std::uint32_t bytes = is_icmp ? sizeof(Icmpv6Header) : 2 * sizeof(be16);
  if (upper.bytes < bytes) {
    packet.port_key = PortKey::kTruncated;
    return ParseStatus::kOk;
  }
  const ParseStatus status =
      need(upper.offset, bytes, std::uint32_t{upper.offset} + upper.bytes, contiguous, packet);
  if (status != ParseStatus::kOk) return status;
  const std::uint8_t* octets = frame + upper.offset;
  if (!is_icmp) {
    packet.source_port = reinterpret_cast<const be16*>(octets)[0].value();
    packet.destination_port = reinterpret_cast<const be16*>(octets)[1].value();
    packet.port_key = PortKey::kPorts;
    return ParseStatus::kOk;
  }
  const auto& echo = *reinterpret_cast<const IcmpEcho*>(octets);
  packet.port_key = PortKey::kIcmpOther;
  if (echo.type == Icmpv6Header::kEchoRequest || echo.type == Icmpv6Header::kEchoReply) {
    packet.source_port = packet.destination_port = echo.identifier.value();
    packet.port_key = PortKey::kIdentifier;
  }
  return ParseStatus::kOk;
}

}  // namespace

ParseStatus parse_upper(const std::uint8_t* frame, std::uint32_t contiguous, std::uint32_t length,
                        ParsedPacket& packet, UpperLayer& upper) {
  upper = UpperLayer{};
  std::uint32_t offset = packet.ip_offset + std::uint32_t{sizeof(Ipv6Header)};
  ParseStatus status = need(packet.ip_offset, sizeof(Ipv6Header), length, contiguous, packet);
  if (status != ParseStatus::kOk) return status;
  const auto& ipv6 = *reinterpret_cast<const Ipv6Header*>(frame + packet.ip_offset);
  const std::uint32_t end = offset + ipv6.payload_length.value();
  if (end > length) return drop(packet, Outcome::kIpv6Truncated);
  std::uint8_t next_header = ipv6.next_header;
  for (unsigned count = 0; is_extension_header(next_header) && !upper.is_fragment(); ++count) {
    if (count == kMaxExtensionHeaders) return drop(packet, Outcome::kIpv6ExtensionHeaders);
    status = need(offset, 8, end, contiguous, packet);
    if (status != ParseStatus::kOk) return status;
    const std::uint8_t* octets = frame + offset;
    const auto& header = *reinterpret_cast<const Ipv6ExtensionHeader*>(octets);
    if (next_header == ip_protocol::kFragment) {
      const auto& fragment = *reinterpret_cast<const Ipv6FragmentHeader*>(octets);
      if (upper.has_fragment_header) return drop(packet, Outcome::kIpv6ExtensionHeaders);
      upper.has_fragment_header = true;
      upper.fragment_offset = fragment.offset_bytes();
      upper.more_fragments = fragment.more_fragments();
      upper.identification = fragment.identification.value();
      packet.fragment_header_offset = static_cast<std::uint16_t>(offset);
      packet.fragment_bytes = static_cast<std::uint16_t>(end - offset - sizeof fragment);
      offset += sizeof fragment;
    } else {
      constexpr unsigned kSegmentsLeft = 3;
      if (next_header == ip_protocol::kRouting && octets[kSegmentsLeft] != 0) {
        return drop(packet, Outcome::kIpv6ExtensionHeaders);
      }
      if (offset + header.bytes() > end) return drop(packet, Outcome::kIpv6Truncated);
      offset += header.bytes();
    }
    next_header = header.next_header;
  }
  upper.offset = static_cast<std::uint16_t>(offset);
  upper.bytes = static_cast<std::uint16_t>(end - offset);
  upper.protocol = next_header;
  return find_ports(frame, contiguous, upper, packet);
}

}  // namespace softwire::dataplane
