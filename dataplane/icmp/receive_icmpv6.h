// SPDX-License-Identifier: BSD-3-Clause
// Receives ICMPv6 messages to the hub's own addresses, except Neighbor Discovery.
#pragma once

#include "dataplane/context/context.h"
#include "dataplane/icmp/icmp_errors.h"
#include "dataplane/packet/packet_state.h"

namespace softwire::dataplane {

// Answers echo requests. Turns an error about a softwire packet of the hub into an ICMPv4 error to the sender
// of the inner IPv4 packet (RFC 2473 section 8). Requires: state.next_step is kIcmpv6.
[[nodiscard]] FrameResult receive_icmpv6(Context& context, IcmpErrors& errors, PacketState& state);

}  // namespace softwire::dataplane
