// SPDX-License-Identifier: BSD-3-Clause
// The second parser: of an IPv6 packet that carries no IPv4 packet, for translation. Like parse.h, it reads
// unchecked octets, and whoever comes later does not.
#pragma once

#include <cstdint>

#include "dataplane/packet/parse.h"

namespace softwire::dataplane {

// What the extension headers of an IPv6 packet lead to, in its frame.
struct UpperLayer {
  std::uint16_t offset = 0;           // where it starts
  std::uint16_t bytes = 0;            // to the end of the IPv6 packet
  std::uint8_t protocol = 0;          // as a next header says it
  bool has_fragment_header = false;   // be the packet a fragment, or whole with that header (RFC 6946)
  std::uint16_t fragment_offset = 0;  // in octets
  bool more_fragments = false;
  std::uint32_t identification = 0;  // of the fragment header

  [[nodiscard]] bool is_fragment() const { return fragment_offset != 0 || more_fragments; }
};

// For a packet that parse_ipv6_side() called kNotSoftwire, and with its arguments. Hop-by-hop and destination
// options and a routing header without segments left are skipped (RFC 7915 section 5.1). Sets `upper`; of
// `packet`, the protocol, port_key and ports, and for a fragment fragment_header_offset and fragment_bytes.
// On kOk all of it is inside the frame, and the ports, or an ICMPv6 header, lie in the contiguous part.
ParseStatus parse_upper(const std::uint8_t* frame, std::uint32_t contiguous, std::uint32_t length,
                        ParsedPacket& packet, UpperLayer& upper);

}  // namespace softwire::dataplane
