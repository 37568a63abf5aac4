// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/packet/parse.h"

#include "softwire/checksum.h"
#include "softwire/derived_address.h"
#include "softwire/wire.h"

namespace softwire::dataplane {

namespace {

ParseStatus drop(ParsedPacket& packet, Outcome outcome) {
  packet.outcome = outcome;
  return ParseStatus::kDrop;
}

ParseStatus not_softwire(ParsedPacket& packet) {
  packet.outcome = Outcome::kIpv6NotSoftwire;
  return ParseStatus::kNotSoftwire;
}

ParseStatus scattered(ParsedPacket& packet, std::uint32_t needed) {
  packet.needed = static_cast<std::uint16_t>(needed);
  return ParseStatus::kScattered;
}

template <typename Header>
const Header& header_at(const std::uint8_t* octets) {
  return *reinterpret_cast<const Header*>(octets);
}

// The octets of one frame, and how many of them may be read.
struct Frame {
  const std::uint8_t* octets;
  std::uint32_t contiguous;
  std::uint32_t length;
  bool checksum_is_right = false;  // the port has verified the IPv4 header checksum
};

// Parses the Ethernet header and the VLAN tag. Sets packet.ip_offset on kOk.
inline ParseStatus parse_ethernet(const Frame& frame, const SidePolicy& side, std::uint16_t wanted_type,
                                  ParsedPacket& packet) {
  if (frame.contiguous < sizeof(EthernetHeader)) [[unlikely]] {
    return frame.length < sizeof(EthernetHeader) ? drop(packet, Outcome::kFrameTruncated)
                                                 : scattered(packet, sizeof(EthernetHeader));
  }
  const auto& ethernet = header_at<EthernetHeader>(frame.octets);
  if (!side.accept_any_mac && !(ethernet.destination == side.mac) &&
      !(ethernet.destination == MacAddress::broadcast())) [[unlikely]] {
    return drop(packet, Outcome::kForeignMac);
  }
  be16 type = ethernet.type;
  std::uint32_t offset = sizeof(EthernetHeader);
  std::uint16_t vlan_id = 0;  // identifier 0 is a priority tag: the frame counts as untagged
  if (type == be16(ether_type::kVlan)) {
    if (frame.contiguous < offset + sizeof(VlanTag)) [[unlikely]] {
      return frame.length < offset + sizeof(VlanTag) ? drop(packet, Outcome::kFrameTruncated)
                                                     : scattered(packet, offset + sizeof(VlanTag));
    }
    const auto& tag = header_at<VlanTag>(frame.octets + offset);
    vlan_id = tag.vlan_id();
    type = tag.type;
    offset += sizeof(VlanTag);
  }
  if (vlan_id != side.vlan_id) [[unlikely]] {
    return drop(packet, Outcome::kForeignVlan);
  }
  packet.ip_offset = static_cast<std::uint16_t>(offset);
  if (!(type == be16(wanted_type))) [[unlikely]] {
    return drop(packet, Outcome::kUnknownEtherType);
  }
  return ParseStatus::kOk;
}

// A received packet, or a packet that an ICMP error quotes.
enum class Context : std::uint8_t { kReceived, kQuoted };

// Sets the ports and port_key. `offset`: start of the IPv4 payload. `end`: end of the IPv4 packet.
template <Context context>
inline ParseStatus parse_ports(const Frame& frame, const Ipv4Header& ipv4, std::uint32_t offset,
                               std::uint32_t end, ParsedPacket& packet) {
  packet.source_port = 0;
  packet.destination_port = 0;
  if (context == Context::kReceived ? ipv4.is_fragment() : !ipv4.is_first_fragment()) [[unlikely]] {
    packet.port_key = PortKey::kFragment;
    return ParseStatus::kOk;
  }
  if (has_ports(ipv4.protocol)) [[likely]] {
    if (offset + 4 > end) [[unlikely]] {
      packet.port_key = PortKey::kTruncated;
      return ParseStatus::kOk;
    }
    if (offset + 4 > frame.contiguous) [[unlikely]] {
      return scattered(packet, offset + 4);
    }
    packet.source_port = header_at<be16>(frame.octets + offset).value();
    packet.destination_port = header_at<be16>(frame.octets + offset + 2).value();
    packet.port_key = PortKey::kPorts;
    return ParseStatus::kOk;
  }
  if (ipv4.protocol != ip_protocol::kIcmp) {
    packet.port_key = PortKey::kNone;
    return ParseStatus::kOk;
  }
  if (offset + sizeof(IcmpEcho) > end) {
    packet.port_key = PortKey::kTruncated;
    return ParseStatus::kOk;
  }
  if (offset + sizeof(IcmpEcho) > frame.contiguous) return scattered(packet, offset + sizeof(IcmpEcho));
  const auto& echo = header_at<IcmpEcho>(frame.octets + offset);
  if (echo.type != IcmpEcho::kRequest && echo.type != IcmpEcho::kReply) {
    packet.port_key = IcmpError::is_error(echo.type) ? PortKey::kIcmpError : PortKey::kIcmpOther;
    return ParseStatus::kOk;
  }
  packet.source_port = packet.destination_port = echo.identifier.value();
  packet.port_key = PortKey::kIdentifier;
  return ParseStatus::kOk;
}

// Returns whether the options contain a loose or strict source route (RFC 791 section 3.1). `octets`: the
// options, to the end of the header.
bool has_source_route(const std::uint8_t* octets, std::uint32_t bytes) {
  constexpr std::uint8_t kEnd = 0;
  constexpr std::uint8_t kNoOperation = 1;
  constexpr std::uint8_t kLooseSourceRoute = 131;
  constexpr std::uint8_t kStrictSourceRoute = 137;
  for (std::uint32_t at = 0; at < bytes && octets[at] != kEnd;) {
    if (octets[at] == kLooseSourceRoute || octets[at] == kStrictSourceRoute) return true;
    if (octets[at] == kNoOperation) {
      ++at;
    } else if (at + 1 < bytes && octets[at + 1] >= 2) {
      at += octets[at + 1];
    } else {
      break;  // malformed: a router reads no further
    }
  }
  return false;
}

// Parses an IPv4 packet that starts at `offset` and must end at or before `end`. Requires: end <=
// frame.length.
template <Context context = Context::kReceived>
inline ParseStatus parse_ipv4(const Frame& frame, std::uint32_t offset, std::uint32_t end,
                              ParsedPacket& packet) {
  if (offset + sizeof(Ipv4Header) > frame.contiguous || offset + sizeof(Ipv4Header) > end) [[unlikely]] {
    return offset + sizeof(Ipv4Header) > end ? drop(packet, Outcome::kIpv4Truncated)
                                             : scattered(packet, offset + sizeof(Ipv4Header));
  }
  const auto& ipv4 = header_at<Ipv4Header>(frame.octets + offset);
  std::uint32_t header_bytes = sizeof(Ipv4Header);
  if (ipv4.version_ihl != 0x45) [[unlikely]] {
    if (ipv4.version() != 4) return drop(packet, Outcome::kIpv4Version);
    header_bytes = ipv4.header_bytes();
    if (header_bytes < sizeof(Ipv4Header)) return drop(packet, Outcome::kIpv4HeaderLength);
    if (offset + header_bytes > end) return drop(packet, Outcome::kIpv4Truncated);
    if (offset + header_bytes > frame.contiguous) return scattered(packet, offset + header_bytes);
    if (!frame.checksum_is_right && !ipv4_header_checksum_ok(frame.octets + offset, header_bytes))
      return drop(packet, Outcome::kIpv4Checksum);
    if (has_source_route(frame.octets + offset + sizeof(Ipv4Header), header_bytes - sizeof(Ipv4Header))) {
      return drop(packet, Outcome::kIpv4SourceRoute);
    }
  } else if (!frame.checksum_is_right && !ipv4_header_checksum_ok(frame.octets + offset, sizeof(Ipv4Header)))
      [[unlikely]] {
    return drop(packet, Outcome::kIpv4Checksum);
  }
  const std::uint32_t total_length = ipv4.total_length.value();
  if (total_length < header_bytes) [[unlikely]] {
    return drop(packet, Outcome::kIpv4HeaderLength);
  }
  if (offset + total_length > end) [[unlikely]] {
    return drop(packet, Outcome::kIpv4Truncated);
  }
  packet.source = ipv4.source.host();
  packet.destination = ipv4.destination.host();
  packet.ipv4_offset = static_cast<std::uint16_t>(offset);
  packet.ipv4_length = static_cast<std::uint16_t>(total_length);
  packet.ipv4_header_bytes = static_cast<std::uint8_t>(header_bytes);
  packet.protocol = ipv4.protocol;
  return parse_ports<context>(frame, ipv4, offset + header_bytes, offset + total_length, packet);
}

// Returns whether all options of a hop-by-hop or destination options header may be skipped. An unknown option
// may be skipped only if its two highest bits are zero (RFC 8200 section 4.2). The tunnel encapsulation limit
// (RFC 2473 section 4.1.1) is such an option.
bool options_may_be_skipped(const std::uint8_t* octets, std::uint32_t bytes) {
  std::uint32_t at = sizeof(Ipv6ExtensionHeader);
  while (at < bytes) {
    const std::uint8_t type = octets[at];
    if (type == 0) {  // Pad1 has no length
      ++at;
      continue;
    }
    if ((type & 0xc0) != 0 || at + 1 >= bytes) return false;
    at += 2U + octets[at + 1];
  }
  return at == bytes;
}

ParseStatus found_icmpv6(const Frame& frame, std::uint32_t offset, std::uint32_t end, ParsedPacket& packet) {
  if (offset + sizeof(Icmpv6Header) > end) return drop(packet, Outcome::kIpv6Truncated);
  if (offset + sizeof(Icmpv6Header) > frame.contiguous)
    return scattered(packet, offset + sizeof(Icmpv6Header));
  packet.upper_offset = static_cast<std::uint16_t>(offset);
  packet.upper_bytes = static_cast<std::uint16_t>(end - offset);
  return ParseStatus::kIcmpv6;
}

// Skips the extension headers up to an IPv4 packet or an ICMPv6 message. On kOk `offset` is where the IPv4
// packet starts.
ParseStatus skip_extension_headers(const Frame& frame, std::uint8_t next_header, std::uint32_t end,
                                   std::uint32_t& offset, ParsedPacket& packet) {
  for (unsigned count = 0; next_header != ip_protocol::kIpv4; ++count) {
    if (next_header == ip_protocol::kIcmpv6) return found_icmpv6(frame, offset, end, packet);
    if (next_header != ip_protocol::kDestinationOptions && next_header != ip_protocol::kHopByHop &&
        next_header != ip_protocol::kRouting && next_header != ip_protocol::kFragment) {
      return not_softwire(packet);
    }
    if (count == kMaxExtensionHeaders) return drop(packet, Outcome::kIpv6ExtensionHeaders);
    if (offset + 8 > end) return drop(packet, Outcome::kIpv6Truncated);
    if (offset + 8 > frame.contiguous) return scattered(packet, offset + 8);
    const std::uint8_t* octets = frame.octets + offset;
    const auto& header = header_at<Ipv6ExtensionHeader>(octets);
    if (next_header == ip_protocol::kFragment) {
      const auto& fragment = header_at<Ipv6FragmentHeader>(octets);
      // Offset and M flag are both zero in a whole packet that only carries the header (RFC 6946).
      if (fragment.offset_bytes() != 0 || fragment.more_fragments()) {
        if (header.next_header != ip_protocol::kIpv4 &&
            header.next_header != ip_protocol::kDestinationOptions) {
          return not_softwire(packet);
        }
        packet.fragment_header_offset = static_cast<std::uint16_t>(offset);
        packet.fragment_bytes = static_cast<std::uint16_t>(end - offset - sizeof(Ipv6FragmentHeader));
        return ParseStatus::kFragment;
      }
      offset += 8;
    } else {
      const std::uint32_t bytes = header.bytes();
      if (offset + bytes > end) return drop(packet, Outcome::kIpv6Truncated);
      if (offset + bytes > frame.contiguous) return scattered(packet, offset + bytes);
      const bool passes =
          next_header == ip_protocol::kRouting
              ? octets[3] == 0  // no segments left: the hub is the last hop (RFC 8200 section 4.4)
              : options_may_be_skipped(octets, bytes);
      if (!passes) return drop(packet, Outcome::kIpv6ExtensionHeaders);
      offset += bytes;
    }
    next_header = header.next_header;
  }
  return ParseStatus::kOk;
}

// Returns whether the frame is broadcast or multicast. parse_ethernet() lets through broadcast only, and
// multicast with accept_any_mac.
inline bool is_to_group(const std::uint8_t* frame) {
  return (frame[0] & 1) != 0;
}

// Drops a packet for one host in a frame for a group. Only MAC addresses of IP groups count, because captures
// with invented MAC addresses have other group addresses too.
[[gnu::cold, gnu::noinline]] ParseStatus drop_unless_to_group(const std::uint8_t* frame, ParseStatus status,
                                                              ParsedPacket& packet) {
  const bool to_group = packet.destination >> 28 >= 14;  // multicast, reserved, broadcast
  if (status != ParseStatus::kOk || to_group) return status;
  return header_at<EthernetHeader>(frame).destination.is_ip_group() ? drop(packet, Outcome::kLinkBroadcast)
                                                                    : status;
}

// The part of a quoted packet that is missing is treated like octets in another segment: it exists, but
// cannot be read.
ParseStatus parse_quoted(const std::uint8_t* octets, std::uint32_t offset, std::uint32_t available,
                         ParsedPacket& packet) {
  constexpr std::uint32_t kLongest = 0xffff;
  const std::uint32_t end = offset + kLongest;
  switch (parse_ipv4<Context::kQuoted>({octets, available, end}, offset, end, packet)) {
    case ParseStatus::kOk:
      return ParseStatus::kOk;
    case ParseStatus::kScattered:
      return drop(packet, Outcome::kIcmpQuoteTruncated);
    default:
      return drop(packet,
                  packet.outcome == Outcome::kIpv4Checksum ? Outcome::kIcmpChecksum : Outcome::kIcmpQuote);
  }
}

// Takes a frame of the IPv4 side that parse_ethernet() refused. Returns kArp when it is ARP, else the given
// status.
[[gnu::cold, gnu::noinline]] ParseStatus find_arp(const Frame& frame, ParseStatus status,
                                                  ParsedPacket& packet) {
  if (status != ParseStatus::kDrop || packet.outcome != Outcome::kUnknownEtherType) return status;
  const std::uint32_t offset = packet.ip_offset;
  if (!(header_at<be16>(frame.octets + offset - sizeof(be16)) == be16(ether_type::kArp))) return status;
  const std::uint32_t end = offset + std::uint32_t{sizeof(ArpPacket)};
  return end > frame.contiguous && end <= frame.length ? scattered(packet, end) : ParseStatus::kArp;
}

// Takes a frame of the IPv6 side that parse_ethernet() refused. Accepts ICMPv6 to a multicast group, when the
// MAC address is that of the group (RFC 2464 section 7), and a packet to ff02::1:2, which may be DHCPv6.
// Multicast frames contain no packets to forward.
[[gnu::cold, gnu::noinline]] ParseStatus find_multicast(const Frame& frame, const SidePolicy& side,
                                                        ParseStatus status, ParsedPacket& packet) {
  if (status != ParseStatus::kDrop || packet.outcome != Outcome::kForeignMac) return status;
  const MacAddress mac = header_at<EthernetHeader>(frame.octets).destination;
  if (mac.octets()[0] != 0x33 || mac.octets()[1] != 0x33) return status;
  SidePolicy any_mac = side;
  any_mac.accept_any_mac = true;
  status = parse_ipv6_side(frame.octets, frame.contiguous, frame.length, any_mac, packet);
  if (status == ParseStatus::kScattered) return status;
  packet.outcome = Outcome::kForeignMac;
  if (status == ParseStatus::kIcmpv6 || status == ParseStatus::kNotSoftwire) {
    const Ipv6Address& group = header_at<Ipv6Header>(frame.octets + packet.ip_offset).destination;
    const bool has_use = status == ParseStatus::kIcmpv6 ? group.is_multicast() : group == kAllDhcpAgents;
    if (has_use && mac == multicast_mac(group)) return status;
  }
  return ParseStatus::kDrop;
}

}  // namespace

ParseStatus parse_ipv4_side(const std::uint8_t* frame, std::uint32_t contiguous, std::uint32_t length,
                            const SidePolicy& side, ParsedPacket& packet, bool checksum_is_right) {
  const Frame whole{frame, contiguous, length, checksum_is_right};
  ParseStatus status = parse_ethernet(whole, side, ether_type::kIpv4, packet);
  if (status != ParseStatus::kOk) [[unlikely]] {
    return find_arp(whole, status, packet);
  }
  status = parse_ipv4(whole, packet.ip_offset, length, packet);
  return is_to_group(frame) ? drop_unless_to_group(frame, status, packet) : status;
}

ParseStatus parse_ipv6_side(const std::uint8_t* frame, std::uint32_t contiguous, std::uint32_t length,
                            const SidePolicy& side, ParsedPacket& packet) {
  const Frame whole{frame, contiguous, length};
  ParseStatus status = parse_ethernet(whole, side, ether_type::kIpv6, packet);
  if (status != ParseStatus::kOk) [[unlikely]] {
    return find_multicast(whole, side, status, packet);
  }
  std::uint32_t offset = packet.ip_offset + std::uint32_t{sizeof(Ipv6Header)};
  if (offset > contiguous) [[unlikely]] {
    return offset > length ? drop(packet, Outcome::kIpv6Truncated) : scattered(packet, offset);
  }
  const auto& ipv6 = header_at<Ipv6Header>(frame + packet.ip_offset);
  if (ipv6.version() != 6) [[unlikely]] {
    return drop(packet, Outcome::kIpv6Version);
  }
  const std::uint32_t end = offset + ipv6.payload_length.value();
  if (end > length) [[unlikely]] {
    return drop(packet, Outcome::kIpv6Truncated);
  }
  if (ipv6.next_header != ip_protocol::kIpv4) [[unlikely]] {
    status = skip_extension_headers(whole, ipv6.next_header, end, offset, packet);
    if (status != ParseStatus::kOk) return status;
  }
  status = parse_ipv4(whole, offset, end, packet);
  return is_to_group(frame) ? drop_unless_to_group(frame, status, packet) : status;
}

ParseStatus parse_bare_ipv4(const std::uint8_t* octets, std::uint32_t contiguous, std::uint32_t length,
                            ParsedPacket& packet) {
  packet.ip_offset = 0;
  return parse_ipv4({octets, contiguous, length}, 0, length, packet);
}

ParseStatus parse_quoted_ipv4(const std::uint8_t* octets, std::uint32_t available, ParsedPacket& packet) {
  return parse_quoted(octets, 0, available, packet);
}

ParseStatus parse_quoted_softwire(const std::uint8_t* octets, std::uint32_t available, ParsedPacket& packet) {
  packet.ip_offset = 0;
  std::uint32_t offset = sizeof(Ipv6Header);
  if (offset > available) return drop(packet, Outcome::kIcmpQuoteTruncated);
  const auto& ipv6 = header_at<Ipv6Header>(octets);
  std::uint8_t next_header = ipv6.next_header;
  if (ipv6.version() == 6 && next_header == ip_protocol::kFragment) {
    if (offset + sizeof(Ipv6FragmentHeader) > available) return drop(packet, Outcome::kIcmpQuoteTruncated);
    const auto& fragment = header_at<Ipv6FragmentHeader>(octets + offset);
    if (fragment.offset_bytes() != 0) return drop(packet, Outcome::kIcmpQuoteFragment);
    next_header = fragment.next_header;
    offset += sizeof fragment;
  }
  if (ipv6.version() != 6 || next_header != ip_protocol::kIpv4) return drop(packet, Outcome::kIcmpQuote);
  return parse_quoted(octets, offset, available, packet);
}

}  // namespace softwire::dataplane
