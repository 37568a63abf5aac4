// SPDX-License-Identifier: BSD-3-Clause
// Translates IPv4 packets to MAP-T CEs, ready to leave on the IPv6 side (RFC 7599 section 8.4).
#pragma once

#include "dataplane/context/context.h"
#include "dataplane/packet/packet_state.h"

namespace softwire::dataplane {

// Returns whether the packet is an ICMPv4 error. Requires: the parser has checked the packet; then the ICMP
// header of a packet that is no fragment lies in one piece.
[[nodiscard]] bool is_icmpv4_error(Mbuf& frame, const ParsedPacket& packet);

// Return `success`, or the outcome with which the packet is dropped. Requires: the leaf of the packet's
// destination translates.
// Translates a packet that the hub forwards: checks and decrements its time to live.
[[nodiscard]] Outcome forward_to_ce(Context& context, PacketState& state, Outcome success);
// Translates a packet of the control plane. Its time to live does not change.
[[nodiscard]] Outcome send_to_ce(Context& context, PacketState& state, Outcome success);

}  // namespace softwire::dataplane
