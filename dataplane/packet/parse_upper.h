// SPDX-License-Identifier: BSD-3-Clause
// The second parser, for an IPv6 packet that carries no IPv4 packet. Like parse.h it reads unchecked octets,
// so that later code does not.
#pragma once

#include <cstdint>

#include "dataplane/packet/parse.h"

namespace softwire::dataplane {

// The upper-layer packet after the extension headers of an IPv6 packet.
struct UpperLayer {
  std::uint16_t offset = 0;           // octets into the frame where it starts
  std::uint16_t bytes = 0;            // octets to the end of the IPv6 packet
  std::uint8_t protocol = 0;          // the last next header value
  bool has_fragment_header = false;   // also true for a whole packet with that header (RFC 6946)
  std::uint16_t fragment_offset = 0;  // in octets
  bool more_fragments = false;
  std::uint32_t identification = 0;  // from the fragment header

  [[nodiscard]] bool is_fragment() const { return fragment_offset != 0 || more_fragments; }
};

// Parses a packet for which parse_ipv6_side() returned kNotSoftwire or kIcmpv6, in the same frame. It skips
// hop-by-hop and destination options, and a routing header without segments left (RFC 7915 section 5.1). It
// sets `upper`, and in `packet` the protocol, port_key and ports; for a fragment also fragment_header_offset
// and fragment_bytes. On kOk all of it is inside the frame, and the ports, or an ICMPv6 header, lie in the
// contiguous part.
ParseStatus parse_upper(const std::uint8_t* frame, std::uint32_t contiguous, std::uint32_t length,
                        ParsedPacket& packet, UpperLayer& upper);

}  // namespace softwire::dataplane
