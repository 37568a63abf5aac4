// SPDX-License-Identifier: BSD-3-Clause
// Receives ARP (RFC 826) and Neighbor Discovery (RFC 4861) messages: answers requests for the hub's own
// addresses, and learns the MAC addresses of the gateways. Called by the worker that owns the context.
#pragma once

#include "dataplane/context/context.h"
#include "dataplane/gateway/next_hops.h"
#include "dataplane/packet/packet_state.h"

namespace softwire::dataplane {

// Handles an ARP packet. Returns the outcome of the frame. Requires: state.next_step is kArp.
[[nodiscard]] Outcome receive_arp(Context& context, NextHops& next_hops, const PacketState& state);

// Returns whether an ICMPv6 message is a neighbor solicitation or advertisement. Requires: state.next_step is
// kIcmpv6.
[[nodiscard]] bool is_neighbor_discovery(const PacketState& state);
// Handles a neighbor solicitation or advertisement. Returns the outcome of the frame. Requires:
// is_neighbor_discovery(state).
[[nodiscard]] Outcome receive_neighbor_discovery(Context& context, NextHops& next_hops,
                                                 const PacketState& state);

}  // namespace softwire::dataplane
