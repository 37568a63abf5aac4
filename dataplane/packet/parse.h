// SPDX-License-Identifier: BSD-3-Clause
// The parser of frames. Together with parse_upper.h it is the only code that reads unchecked octets. Later
// stages use its results, and do not compute an offset again.
#pragma once

#include <cstdint>

#include "dataplane/policy/policy.h"
#include "softwire/address.h"
#include "softwire/outcome.h"
#include "softwire/port_set.h"
#include "softwire/wire.h"

namespace softwire::dataplane {

// Returns whether the protocol's header starts with source and destination port.
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

// RFC 8200 section 4.1 defines six extension headers; a softwire packet does not need more than these.
inline constexpr unsigned kMaxExtensionHeaders = 4;

// What a packet has as ports, for the look-up of a shared address.
enum class PortKey : std::uint8_t {
  kPorts,       // TCP, UDP, SCTP, DCCP, UDP-Lite: source and destination port
  kIdentifier,  // ICMPv4 echo: the identifier stands for both (RFC 7596 section 8.1)
  kIcmpOther,   // ICMPv4 that is neither echo nor an error
  kNone,        // a protocol without ports
  kTruncated,   // the packet ends before its ports
  // From here on the ports are not in the packet itself.
  kFragment,   // part of a fragmented packet
  kIcmpError,  // ICMPv4 error: the ports of the quoted packet count (RFC 7596 section 8.1)
};

enum class ParseStatus : std::uint8_t {
  kOk,
  kDrop,      // `outcome` is the reason
  kFragment,  // a fragment of an IPv6 packet that may be a softwire packet: ip_offset and fragment_* are set
  kArp,       // an ARP packet at ip_offset: in one piece, or truncated
  kIcmpv6,    // a whole ICMPv6 message, checksum not verified: ip_offset and upper_* are set
  // An IPv6 packet, or a fragment of one, that does not carry IPv4. ip_offset is set. The IPv6 header and the
  // payload lie in the frame. `outcome` is the reason to drop it, unless it is DHCP or MAP-T.
  kNotSoftwire,
  kScattered,  // `needed` octets must lie in one piece; the frame has them
};

struct ParsedPacket {
  // Addresses of the IPv4 packet, which is the inner one on the IPv6 side; in host byte order.
  std::uint32_t source = 0;
  std::uint32_t destination = 0;
  softwire::Port source_port = 0;       // or the ICMP identifier; 0 when !has_port()
  softwire::Port destination_port = 0;  // or the ICMP identifier; 0 when !has_port()
  std::uint16_t ip_offset = 0;          // octets into the frame: the outermost IP header
  std::uint16_t ipv4_offset = 0;        // offset in the frame: the IPv4 header
  std::uint16_t ipv4_length = 0;        // total length: header and payload, all within the frame
  std::uint8_t ipv4_header_bytes = 0;   // 20..60
  std::uint8_t protocol = 0;
  PortKey port_key = PortKey::kNone;

  // With kFragment: octets into the frame where the fragment header starts, and the number of octets that
  // follow it.
  std::uint16_t fragment_header_offset = 0;
  std::uint16_t fragment_bytes = 0;
  // With kIcmpv6: octets into the frame where the message starts, and its octets. It has at least eight, and
  // these are in the contiguous part.
  std::uint16_t upper_offset = 0;
  std::uint16_t upper_bytes = 0;
  Outcome outcome{};         // with kDrop and kNotSoftwire
  std::uint16_t needed = 0;  // with kScattered

  [[nodiscard]] bool has_port() const {
    return port_key == PortKey::kPorts || port_key == PortKey::kIdentifier;
  }
  // Returns whether the packet goes to a DHCPv4 server, relay or client.
  [[nodiscard]] bool is_udp_to_dhcp() const {
    static_assert(kDhcpClientPort == kDhcpServerPort + 1);
    return static_cast<softwire::Port>(destination_port - kDhcpServerPort) <= 1 && protocol == 17 &&
           port_key == PortKey::kPorts;
  }
  [[nodiscard]] bool is_udp_to(softwire::Port port) const {
    return destination_port == port && protocol == 17 && port_key == PortKey::kPorts;
  }
};

// Parse a frame of the IPv4 side (Ethernet, an optional VLAN tag, IPv4) or of the IPv6 side (Ethernet, an
// optional VLAN tag, IPv6, extension headers, IPv4 or ICMPv6). They find ARP on the IPv4 side and ICMPv6 on
// the IPv6 side, but do not read it. On the IPv6 side they accept the MAC address of a multicast group for
// ICMPv6 to that group, and for packets to ff02::1:2. `frame`: octets that lie in one piece, `contiguous` of
// the `length` octets of the frame. Octets after the IP packet (Ethernet padding) are ignored.
// `checksum_is_right`: the port has verified the IPv4 header checksum. Return kOk when every field is set and
// lies inside the frame, the IPv4 header checksum is right, and header and ports lie in the contiguous part.
ParseStatus parse_ipv4_side(const std::uint8_t* frame, std::uint32_t contiguous, std::uint32_t length,
                            const SidePolicy& side, ParsedPacket& packet, bool checksum_is_right = false);
ParseStatus parse_ipv6_side(const std::uint8_t* frame, std::uint32_t contiguous, std::uint32_t length,
                            const SidePolicy& side, ParsedPacket& packet);

// Parses an IPv4 packet without Ethernet, as the control plane injects it. packet.ip_offset is 0.
ParseStatus parse_bare_ipv4(const std::uint8_t* octets, std::uint32_t contiguous, std::uint32_t length,
                            ParsedPacket& packet);

// Parse the packet that an ICMP error quotes, of which only the first `available` octets are there: an IPv4
// packet, or a softwire packet as the hub sends it, whole or a first fragment. Offsets are from `octets`.
// ipv4_length may lie beyond the available octets. In contrast to received packets, a first IPv4 fragment has
// its ports. With kDrop, the outcome is kIcmpChecksum, kIcmpQuote, kIcmpQuoteTruncated or kIcmpQuoteFragment.
ParseStatus parse_quoted_ipv4(const std::uint8_t* octets, std::uint32_t available, ParsedPacket& packet);
ParseStatus parse_quoted_softwire(const std::uint8_t* octets, std::uint32_t available, ParsedPacket& packet);

}  // namespace softwire::dataplane
