// SPDX-License-Identifier: BSD-3-Clause
// Validates IPv6 packets of MAP-T CEs, and translates them to IPv4 (RFC 7599 section 8.3).
#pragma once

#include <optional>

#include "dataplane/context/context.h"
#include "dataplane/packet/packet_state.h"
#include "dataplane/packet/parse_upper.h"
#include "dataplane/tables/rule_entry.h"
#include "softwire/address.h"

namespace softwire::dataplane {

// Reads the upper-layer header after the extension headers of the packet. Returns nullopt, or the outcome
// with which the packet is dropped. Requires: state.next_step is kNotSoftwire or kIcmpv6.
[[nodiscard]] std::optional<Outcome> read_upper_layer(PacketState& state, UpperLayer& upper);
// Does the same for a packet to be translated. Drops the packet when its destination is not in a DMR.
[[nodiscard]] std::optional<Outcome> read_translatable(const Context& context, PacketState& state,
                                                       UpperLayer& upper);

// Returns whether the packet is a fragment and its ports are needed, so that it must be reassembled.
[[nodiscard]] bool needs_whole_packet(const Context& context, const PacketState& state,
                                      const UpperLayer& upper);

// The result of translate_from_ce().
struct CePacket {
  // The outcome with which the packet is dropped; nullopt: it is not dropped.
  std::optional<Outcome> drop = std::nullopt;
  // Without `drop`: the rule of a CE that sends DHCP to the relay. The packet is then not translated, and its
  // source is not validated. Null: the frame contains an IPv4 packet, ready to be forwarded.
  const RuleEntry* dhcp_rule = nullptr;
  // Without `drop`, when the packet is an ICMP error: the identity of the CE that is at its other end.
  std::optional<Ipv6Address> reporter = std::nullopt;
};

// Validates a packet and translates it. Requires: read_translatable() has read it.
[[nodiscard]] CePacket translate_from_ce(Context& context, PacketState& state, const UpperLayer& upper);

}  // namespace softwire::dataplane
