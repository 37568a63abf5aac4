// SPDX-License-Identifier: BSD-3-Clause
// What the packet path does for addresses that a MAP rule covers (RFC 7597 section 8.1), out of line: those
// with a binding pay one comparison for it. Those of MAP-T have no softwire: engine_translate.cc.
#include "dataplane/pipeline/engine.h"
#include "softwire/wire.h"

namespace softwire::dataplane {

void Engine::apply_rule_to_source(Item& item) {
  item.source =
      apply_rule(item.source_leaf, item.packet.has_port(), item.packet.source, item.packet.source_port,
                 computed_sources_[static_cast<std::size_t>(&item - items_.data())]);
}

void Engine::apply_rule_to_destination(Item& item) {
  item.destination = apply_rule(item.destination_leaf, item.packet.has_port(), item.packet.destination,
                                item.packet.destination_port,
                                computed_destinations_[static_cast<std::size_t>(&item - items_.data())]);
}

// The softwire of an address under its leaf's rule, in `place`; null when there is none.
const Softwire* Engine::apply_rule(BindingTable::Leaf leaf, bool has_port, std::uint32_t address, Port port,
                                   Softwire& place) const {
  if (table_->translates(leaf)) return nullptr;
  if (leaf.is_shared() && (!has_port || BindingTable::is_nobodys(leaf, port))) return nullptr;
  return table_->computed(leaf, address, port, place);
}

// The outer addresses of an upstream packet are not those of the softwire; true when they pass for them.
[[gnu::cold, gnu::noinline]] bool Engine::stands_for_ce(const Item& item) const {
  const auto& outer = *reinterpret_cast<const Ipv6Header*>(data_of(*item.frame) + item.packet.ip_offset);
  return outer.destination == item.source->br &&
         table_->stands_for_ce(item.source_leaf, outer.source, item.source->b4);
}

}  // namespace softwire::dataplane
