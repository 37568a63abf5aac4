// SPDX-License-Identifier: BSD-3-Clause
// ICMPv4 errors of others about packets that the hub forwarded.
#pragma once

#include <optional>

#include "dataplane/context/context.h"
#include "dataplane/packet/packet_state.h"

namespace softwire::dataplane {

// Requires: the ICMPv4 message of the packet is whole.
[[nodiscard]] bool is_icmpv4_checksum_right(const PacketState& state);

// An ICMPv4 error travels back the way of the packet that it quotes. Gives the error that packet's ports,
// reversed, so that it is looked up, validated and forwarded like any packet (RFC 7596 section 8.1). Returns
// nullopt, or the outcome with which the error is dropped. An error that concerns no subscriber and no
// softwire stays as it is.
[[nodiscard]] std::optional<Outcome> take_quoted_ports(const Context& context, Side side, PacketState& state);

}  // namespace softwire::dataplane
