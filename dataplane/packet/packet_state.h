// SPDX-License-Identifier: BSD-3-Clause
// The state of one packet of a burst: the frame, the results of the stages, and the next step.
#pragma once

#include <cstdint>
#include <optional>

#include "dataplane/packet/mbuf.h"
#include "dataplane/packet/parse.h"
#include "dataplane/tables/binding_table.h"
#include "dataplane/tables/softwire.h"
#include "softwire/outcome.h"

namespace softwire::dataplane {

// The next step of a packet after it has been parsed and looked up.
enum class NextStep : std::uint8_t {
  kForward,
  kDrop,  // with the outcome that the parser set
  kReassembleIpv6,
  kReassembleIpv4,  // the port of the packet is needed
  kIcmpError,       // an ICMPv4 error: forwarded by the ports of the packet that it quotes
  kIcmpv6,          // an ICMPv6 message, not a softwire packet
  kArp,             // an ARP packet
  kNotSoftwire,     // an IPv6 packet that may be MAP-T or DHCP
};

struct PacketState {
  Mbuf* frame = nullptr;
  ParsedPacket packet;
  NextStep next_step = NextStep::kDrop;
  BindingTable::Leaf source_leaf;  // IPv6 side only
  BindingTable::Leaf destination_leaf;
  // The softwires of source and destination. Null: there is none. A slot of the table may be empty, see
  // Softwire::is_present(). For an address of a rule they point to computed_source and computed_destination.
  const Softwire* source = nullptr;
  const Softwire* destination = nullptr;
  // The second and later fragments, when the packet leaves in several: context_of().fragment.next points from
  // one to the next. Null when the packet leaves whole.
  Mbuf* later_fragments = nullptr;
  // Room for the softwires that a rule computes. It belongs to this packet alone, and lies outside so that
  // the states of a burst stay dense in the first cache. Never null when the packet is looked up.
  Softwire* computed_source = nullptr;
  Softwire* computed_destination = nullptr;
};
static_assert(sizeof(PacketState) <= 112);

// Removes the next of the later fragments and returns it. Returns null when there are no more.
inline Mbuf* pop_later_fragment(PacketState& state) {
  Mbuf* const fragment = state.later_fragments;
  if (fragment != nullptr) state.later_fragments = context_of(*fragment).fragment.next;
  return fragment;
}

// Frees the later fragments of a packet whose first fragment does not leave.
inline void free_later_fragments(PacketState& state) {
  while (Mbuf* fragment = pop_later_fragment(state)) rte_pktmbuf_free(fragment);
}

// The outcomes of a received frame, and of the packet that was made in its buffer, if any.
struct FrameResult {
  Outcome received;
  std::optional<Outcome> sent = std::nullopt;
  bool shown = false;  // the drop capture was offered the packet; the frame may hold another one now
};

}  // namespace softwire::dataplane
