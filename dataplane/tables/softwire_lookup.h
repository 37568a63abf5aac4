// SPDX-License-Identifier: BSD-3-Clause
// From an IPv4 address and a port to a softwire, over bindings and rules.
#pragma once

#include <cstdint>

#include "dataplane/tables/binding_table.h"
#include "dataplane/tables/softwire.h"

namespace softwire::dataplane {

// The slot of the binding table that leaf and port lead to; it may be empty. Null when the leaf has no
// bindings, or when it needs a port and there is none that a subscriber may have.
inline const Softwire* find_slot(const BindingTable& table, BindingTable::Leaf leaf, bool has_port,
                                 Port port) {
  if (leaf.kind != BindingTable::Kind::kBinding) return nullptr;
  if (leaf.is_shared() && (!has_port || BindingTable::is_nobodys(leaf, port))) return nullptr;
  const Softwire* slot = table.slot(leaf, port);
  __builtin_prefetch(slot);
  return slot;
}

// The softwire that the leaf's MAP rule computes (RFC 7597 section 8.1), in `computed`. Null when there is
// none: MAP-T has no softwires. `address`: host order.
[[nodiscard]] const Softwire* find_computed(const BindingTable& table, BindingTable::Leaf leaf, bool has_port,
                                            std::uint32_t address, Port port, Softwire& computed);

// The softwire of an address and port, from a binding or a rule. Empty when they are no subscriber's.
[[nodiscard]] Softwire find_softwire(const BindingTable& table, std::uint32_t address, bool has_port,
                                     Port port);

}  // namespace softwire::dataplane
