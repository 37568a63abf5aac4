// SPDX-License-Identifier: BSD-3-Clause
// Finds the softwire of an IPv4 address and a port, in bindings and rules.
#pragma once

#include <cstdint>

#include "dataplane/tables/binding_table.h"
#include "dataplane/tables/softwire.h"

namespace softwire::dataplane {

// Returns the slot of the leaf and port; it may be empty. Returns null when the leaf has no bindings, or when
// the address is shared and the packet has no port that a subscriber may own.
inline const Softwire* find_slot(const BindingTable& table, BindingTable::Leaf leaf, bool has_port,
                                 Port port) {
  if (leaf.kind != BindingTable::Kind::kBinding) return nullptr;
  if (leaf.is_shared() && (!has_port || BindingTable::is_nobodys(leaf, port))) return nullptr;
  const Softwire* slot = table.slot(leaf, port);
  __builtin_prefetch(slot);
  return slot;
}

// Computes the softwire of the leaf's MAP rule (RFC 7597 section 8.1) into `computed` and returns &computed.
// Returns null when there is none; MAP-T has no softwires. `address`: in host byte order. Requires: leaf.kind
// is kRule.
[[nodiscard]] const Softwire* find_computed(const BindingTable& table, BindingTable::Leaf leaf, bool has_port,
                                            std::uint32_t address, Port port, Softwire& computed);

// Returns the softwire of an address and port, from a binding or a rule. Returns an empty softwire when no
// subscriber owns them. `address`: in host byte order.
[[nodiscard]] Softwire find_softwire(const BindingTable& table, std::uint32_t address, bool has_port,
                                     Port port);

}  // namespace softwire::dataplane
