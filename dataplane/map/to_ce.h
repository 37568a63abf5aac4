// SPDX-License-Identifier: BSD-3-Clause
// IPv4 packets to MAP-T CEs: translated, ready to leave on the IPv6 side (RFC 7599 section 8.4).
#pragma once

#include "dataplane/context/context.h"
#include "dataplane/packet/packet_state.h"

namespace softwire::dataplane {

// Requires: the leaf of the packet's destination translates. Return `success`, or the outcome with which the
// packet is dropped.
// A packet that the hub forwards: checks and decreases its time to live.
[[nodiscard]] Outcome forward_to_ce(Context& context, PacketState& state, Outcome success);
// A packet of the control plane: its time to live stays.
[[nodiscard]] Outcome send_to_ce(Context& context, PacketState& state, Outcome success);

}  // namespace softwire::dataplane
