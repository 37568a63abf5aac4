// SPDX-License-Identifier: BSD-3-Clause
// TCP's maximum segment size, lowered in passing to what fits through the softwire in one piece (RFC 9293
// section 3.7.1; RFC 4459 section 3.2).
#pragma once

#include <cstdint>

#include "dataplane/packet/mbuf.h"
#include "dataplane/packet/parse.h"

namespace softwire::dataplane {

// Of a TCP segment with SYN: an MSS option above `mss` becomes `mss`, and the checksum follows. Everything
// else, and what is malformed, stays as it is. The packet must be one that the parser found whole; header and
// options come to lie in one piece, if the buffer has room for that.
void clamp_mss(Mbuf& frame, const ParsedPacket& packet, std::uint16_t mss);

}  // namespace softwire::dataplane
