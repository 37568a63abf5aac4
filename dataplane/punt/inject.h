// SPDX-License-Identifier: BSD-3-Clause
// Makes packets of the control plane ready to leave.
#pragma once

#include "dataplane/context/context.h"
#include "dataplane/packet/packet_state.h"

namespace softwire::dataplane {

// Makes an injected packet ready to leave. `state.frame`: an IP packet without an Ethernet header, to be sent
// as context_of() says (see PuntChannel::inject()). Returns a sent outcome, or the outcome with which the
// packet is dropped. Hairpinning applies to injected packets too. Their time to live does not change.
[[nodiscard]] Outcome prepare_injected(Context& context, PacketState& state);

}  // namespace softwire::dataplane
