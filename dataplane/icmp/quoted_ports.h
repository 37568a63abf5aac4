// SPDX-License-Identifier: BSD-3-Clause
// Handles ICMPv4 errors of other nodes about packets that the hub forwarded.
#pragma once

#include <optional>

#include "dataplane/context/context.h"
#include "dataplane/packet/packet_state.h"

namespace softwire::dataplane {

// Returns whether the checksum of an ICMPv4 message is right. Requires: the message is whole.
[[nodiscard]] bool is_icmpv4_checksum_right(const PacketState& state);

// Gives an ICMPv4 error the ports of the packet that it quotes, reversed, because the error takes the way
// back of that packet. Then it is looked up, validated and forwarded like any packet (RFC 7596 section 8.1).
// Returns nullopt, or the outcome with which the error is dropped. Leaves an error as it is that concerns no
// subscriber and no softwire.
[[nodiscard]] std::optional<Outcome> take_quoted_ports(const Context& context, Side side, PacketState& state);

}  // namespace softwire::dataplane
