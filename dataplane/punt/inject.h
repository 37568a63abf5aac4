// SPDX-License-Identifier: BSD-3-Clause
// Packets of the control plane, made ready to leave.
#pragma once

#include "dataplane/context/context.h"
#include "dataplane/packet/packet_state.h"

namespace softwire::dataplane {

// `state.frame` is an IP packet without an Ethernet header, to be sent as context_of() says
// (PuntChannel::inject()). Returns a sent outcome, or the one with which the packet is dropped. Injected
// packets are subject to hairpinning like any other; their time to live stays.
[[nodiscard]] Outcome prepare_injected(Context& context, PacketState& state);

}  // namespace softwire::dataplane
