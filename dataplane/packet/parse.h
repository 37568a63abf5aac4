// SPDX-License-Identifier: BSD-3-Clause
// The one parser of frames, and the only code that reads unchecked octets. Later stages use what it found and
// never derive an offset again.
#pragma once

#include <cstdint>

#include "dataplane/policy/policy.h"
#include "softwire/address.h"
#include "softwire/outcome.h"
#include "softwire/port_set.h"
#include "softwire/wire.h"

namespace softwire::dataplane {

// Protocols that start with source and destination port.
constexpr bool has_ports(std::uint8_t protocol) {
  switch (protocol) {
    case ip_protocol::kTcp:
    case ip_protocol::kUdp:
    case ip_protocol::kDccp:
    case ip_protocol::kSctp:
    case ip_protocol::kUdpLite:
      return true;
    default:
      return false;
  }
}

// RFC 8200 section 4.1 names six; a packet that carries more than this is not an honest one.
inline constexpr unsigned kMaxExtensionHeaders = 4;

// What a packet has in the place of ports, for the look-up of a shared address.
enum class PortKey : std::uint8_t {
  kPorts,       // TCP, UDP, SCTP, DCCP, UDP-Lite: source and destination port
  kIdentifier,  // ICMPv4 echo: the identifier stands for both (RFC 7596 section 8.1)
  kIcmpOther,   // ICMPv4 that is neither echo nor an error
  kNone,        // a protocol without ports
  kTruncated,   // the packet ends before them
  // From here on they are not in the packet itself.
  kFragment,   // part of a fragmented packet
  kIcmpError,  // ICMPv4 error: those of the packet that it is about (RFC 7596 section 8.1)
};

enum class ParseStatus : std::uint8_t {
  kOk,
  kDrop,      // `outcome` says why
  kFragment,  // of an IPv6 packet that may be a softwire's: ip_offset and fragment_* are set
  kArp,       // from ip_offset on; in one piece if there is enough of it
  kIcmpv6,    // a whole ICMPv6 message, its checksum unseen: ip_offset and upper_* are set
  // An IPv6 packet that does not carry IPv4, be it a fragment: ip_offset is set, its IPv6 header and payload
  // lie in the frame, and `outcome` says why it is dropped unless something else has a use for it.
  kNotSoftwire,
  kScattered,  // `needed` octets must lie in one piece; the frame has them
};

struct ParsedPacket {
  // Of the IPv4 packet, the inner one on the IPv6 side; host order.
  std::uint32_t source = 0;
  std::uint32_t destination = 0;
  Port source_port = 0;                // or the ICMP identifier; 0 where port_key says that there is none
  Port destination_port = 0;           // likewise
  std::uint16_t ip_offset = 0;         // where the outermost IP header starts
  std::uint16_t ipv4_offset = 0;       // where the IPv4 header starts
  std::uint16_t ipv4_length = 0;       // its total length field: header and payload; all within the frame
  std::uint8_t ipv4_header_bytes = 0;  // 20..60
  std::uint8_t protocol = 0;
  PortKey port_key = PortKey::kNone;

  // With kFragment: where the fragment header starts, and how many octets follow it.
  std::uint16_t fragment_header_offset = 0;
  std::uint16_t fragment_bytes = 0;
  // With kIcmpv6: where the message starts, and its octets; eight at least, and those in the contiguous part.
  std::uint16_t upper_offset = 0;
  std::uint16_t upper_bytes = 0;
  Outcome outcome{};         // with kDrop and kNotSoftwire
  std::uint16_t needed = 0;  // with kScattered

  [[nodiscard]] bool has_port() const {
    return port_key == PortKey::kPorts || port_key == PortKey::kIdentifier;
  }
  // To a DHCPv4 server or relay, or to a client.
  [[nodiscard]] bool is_udp_to_dhcp() const {
    static_assert(kDhcpClientPort == kDhcpServerPort + 1);
    return static_cast<Port>(destination_port - kDhcpServerPort) <= 1 && protocol == 17 &&
           port_key == PortKey::kPorts;
  }
  [[nodiscard]] bool is_udp_to(Port port) const {
    return destination_port == port && protocol == 17 && port_key == PortKey::kPorts;
  }
};

// Frames as they come in on the IPv4 side (Ethernet, VLAN tag or none, IPv4) and on the IPv6 side (Ethernet,
// VLAN tag or none, IPv6, extension headers, IPv4 or ICMPv6). ARP of the former and ICMPv6 of the latter,
// which may come to a multicast MAC address too, are found but not read; so is what comes to that of
// ff02::1:2. `frame`: the octets that lie in one piece, `contiguous` of `length`. What follows the IP packet
// (Ethernet padding) is not looked at. On kOk every field is set and inside the frame, the IPv4 header
// checksum is right, and header and ports lie in the contiguous part. `checksum_is_right`: the port has
// verified that of the IPv4 header.
ParseStatus parse_ipv4_side(const std::uint8_t* frame, std::uint32_t contiguous, std::uint32_t length,
                            const SidePolicy& side, ParsedPacket& packet, bool checksum_is_right = false);
ParseStatus parse_ipv6_side(const std::uint8_t* frame, std::uint32_t contiguous, std::uint32_t length,
                            const SidePolicy& side, ParsedPacket& packet);

// An IPv4 packet alone, as the control plane hands it down; `packet.ip_offset` is 0.
ParseStatus parse_bare_ipv4(const std::uint8_t* octets, std::uint32_t contiguous, std::uint32_t length,
                            ParsedPacket& packet);

// The packet that an ICMP error is about, of which only the first `available` octets have come back: an IPv4
// packet, or the IPv6 packet of a softwire as the hub sends it, whole or a fragment. Offsets are from
// `octets`; ipv4_length may lie beyond what has come. A first IPv4 fragment has its ports here. Never kDrop
// with another outcome than kIcmpChecksum, kIcmpQuote, kIcmpQuoteTruncated or kIcmpQuoteFragment.
ParseStatus parse_quoted_ipv4(const std::uint8_t* octets, std::uint32_t available, ParsedPacket& packet);
ParseStatus parse_quoted_softwire(const std::uint8_t* octets, std::uint32_t available, ParsedPacket& packet);

}  // namespace softwire::dataplane
