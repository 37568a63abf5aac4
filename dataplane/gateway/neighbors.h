// SPDX-License-Identifier: BSD-3-Clause
// ARP (RFC 826) and Neighbor Discovery (RFC 4861) messages that come in: answers for the hub's own addresses,
// and what they say about the gateways.
#pragma once

#include "dataplane/context/context.h"
#include "dataplane/gateway/next_hops.h"
#include "dataplane/packet/packet_state.h"

namespace softwire::dataplane {

// Requires: state.next_step is kArp. Returns the outcome of the frame.
[[nodiscard]] Outcome receive_arp(Context& context, NextHops& next_hops, const PacketState& state);

// Whether an ICMPv6 message is a neighbor solicitation or advertisement. Requires: state.next_step is
// kIcmpv6.
[[nodiscard]] bool is_neighbor_discovery(const PacketState& state);
// Requires: is_neighbor_discovery(state). Returns the outcome of the frame.
[[nodiscard]] Outcome receive_neighbor_discovery(Context& context, NextHops& next_hops,
                                                 const PacketState& state);

}  // namespace softwire::dataplane
