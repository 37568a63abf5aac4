// SPDX-License-Identifier: BSD-3-Clause
// IPv6 packets of MAP-T CEs: validated and translated to IPv4 (RFC 7599 section 8.3).
#pragma once

#include <optional>

#include "dataplane/context/context.h"
#include "dataplane/packet/packet_state.h"
#include "dataplane/packet/parse_upper.h"
#include "dataplane/tables/rule_entry.h"

namespace softwire::dataplane {

// Reads what the extension headers of the packet lead to. Returns nullopt, or the outcome with which the
// packet is dropped. Requires: state.next_step is kNotSoftwire or kIcmpv6.
[[nodiscard]] std::optional<Outcome> read_upper_layer(PacketState& state, UpperLayer& upper);
// The same for a packet that is to be translated: its destination must be in a DMR.
[[nodiscard]] std::optional<Outcome> read_translatable(const Context& context, PacketState& state,
                                                       UpperLayer& upper);

// Whether the packet is a fragment, and its ports are needed: it must be reassembled.
[[nodiscard]] bool needs_whole_packet(const Context& context, const PacketState& state,
                                      const UpperLayer& upper);

// What translate_from_ce() found.
struct CePacket {
  // With a value: the packet is dropped, with this outcome.
  std::optional<Outcome> drop = std::nullopt;
  // Without: the rule of a CE that sends DHCP to the relay. The packet is not translated, and its source is
  // not checked. Null: the frame holds an IPv4 packet, ready to be forwarded.
  const RuleEntry* dhcp_rule = nullptr;
};

// Validates a packet that read_translatable() has read, and translates it.
[[nodiscard]] CePacket translate_from_ce(Context& context, PacketState& state, const UpperLayer& upper);

}  // namespace softwire::dataplane
