// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/tables/softwire_lookup.h"

namespace softwire::dataplane {

const Softwire* find_computed(const BindingTable& table, BindingTable::Leaf leaf, bool has_port,
                              std::uint32_t address, Port port, Softwire& computed) {
  if (table.translates(leaf)) return nullptr;
  if (leaf.is_shared() && (!has_port || BindingTable::is_nobodys(leaf, port))) return nullptr;
  return table.computed(leaf, address, port, computed);
}

Softwire find_softwire(const BindingTable& table, std::uint32_t address, bool has_port, Port port) {
  const BindingTable::Leaf leaf = table.find(address);
  Softwire computed;
  const Softwire* softwire = leaf.kind == BindingTable::Kind::kRule
                                 ? find_computed(table, leaf, has_port, address, port, computed)
                                 : find_slot(table, leaf, has_port, port);
  return softwire == nullptr ? Softwire{} : *softwire;
}

}  // namespace softwire::dataplane
