// SPDX-License-Identifier: BSD-3-Clause
// Answers echo requests to the hub's own addresses, in the frame of the request. When the answer cannot be
// sent, the frame holds the answer, and so a drop capture shows the answer.
#pragma once

#include "dataplane/context/context.h"
#include "dataplane/packet/packet_state.h"

namespace softwire::dataplane {

// Answers a packet to an IPv4 address of the hub when it is an echo request (RFC 1122 section 3.2.2.6). A
// request with IP options is not answered, because the options would have to be reversed.
[[nodiscard]] FrameResult answer_icmpv4_echo(Context& context, Side side, PacketState& state);

// Answers an ICMPv6 echo request (RFC 4443 section 4.2). The reply comes from the address to which the
// request was sent, without the extension headers of the request. Requires: the checksum is right.
[[nodiscard]] FrameResult answer_icmpv6_echo(Context& context, PacketState& state);

}  // namespace softwire::dataplane
