// SPDX-License-Identifier: BSD-3-Clause
// Lowers the TCP maximum segment size to what fits through the softwire in one piece (RFC 9293 section 3.7.1;
// RFC 4459 section 3.2).
#pragma once

#include <cstdint>

#include "dataplane/packet/mbuf.h"
#include "dataplane/packet/parse.h"

namespace softwire::dataplane {

// Lowers an MSS option above `mss` in a TCP segment with SYN to `mss`, and updates the checksum. Other
// packets, and malformed ones, stay as they are. Moves header and options into one piece if the buffer has
// room. Requires: the parser has checked the packet.
void clamp_mss(Mbuf& frame, const ParsedPacket& packet, std::uint16_t mss);

}  // namespace softwire::dataplane
