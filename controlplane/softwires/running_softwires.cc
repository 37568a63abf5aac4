// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/softwires/running_softwires.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>

namespace softwire::controlplane {

namespace {

using dataplane::BindingTable;
using dataplane::Softwire;

// No softwire has an address of the networks 0, 127 and 224 to 255.
bool is_possible(std::uint32_t address) {
  const std::uint32_t network = address >> 24;
  return network != 0 && network != 127 && network < 224;
}

void add_bindings(const BindingTable& table, std::uint32_t address, BindingTable::Leaf leaf,
                  std::vector<Binding>& bindings) {
  for (unsigned psid = 0; psid <= leaf.parameters().psid_mask(); ++psid) {
    const PortSet ports{leaf.parameters(), static_cast<Psid>(psid)};
    const Port port = leaf.is_shared() ? ports.range(0).first : Port{0};
    const Softwire& softwire = *table.slot(leaf, port);
    if (!softwire.is_present()) continue;
    bindings.push_back({Ipv4Address::from_host(address), ports, softwire.b4, softwire.br});
  }
}

// Returns the rule of a leaf, found by a CE of it.
std::optional<Rule> rule_of(const BindingTable& table, std::uint32_t address, BindingTable::Leaf leaf) {
  for (unsigned psid = 0; psid <= leaf.parameters().psid_mask(); ++psid) {
    const PortSet ports{leaf.parameters(), static_cast<Psid>(psid)};
    Softwire place;
    const Port port = leaf.is_shared() ? ports.range(0).first : Port{0};
    if (table.computed(leaf, address, port, place) != nullptr) return table.rule_of(place.b4);
  }
  return std::nullopt;
}

}  // namespace

RunningSoftwires running_softwires(const BindingTable& table) {
  constexpr std::uint32_t kRegion = 1U << 16;
  RunningSoftwires running;
  running.bindings.reserve(table.size());
  std::set<std::uint32_t> known;  // leaves whose rule is found
  for (std::uint64_t region = 0; region < std::uint64_t{1} << 32; region += kRegion) {
    const auto first = static_cast<std::uint32_t>(region);
    if (!is_possible(first) || !table.is_in_special_region(first)) continue;
    for (std::uint32_t i = 0; i < kRegion; ++i) {
      const BindingTable::Leaf leaf = table.find(first + i);
      if (leaf.kind == BindingTable::Kind::kBinding) {
        add_bindings(table, first + i, leaf, running.bindings);
      } else if (leaf.kind == BindingTable::Kind::kRule && !known.contains(leaf.block)) {
        const auto rule = rule_of(table, first + i, leaf);
        if (!rule) continue;
        known.insert(leaf.block);
        running.rules.push_back(*rule);
      }
    }
  }
  return running;
}

namespace {

// Returns whether the store has nothing in the way of the binding.
Result<bool> is_free(SoftwireStore& store, const Binding& binding) {
  const auto found = store.find(binding.ipv4, binding.ports.psid);
  if (!found) return found.error();
  if (*found) return false;
  const auto other = store.find_other_layout(binding.ipv4, binding.ports.parameters);
  if (!other) return other.error();
  return !*other;
}

Result<bool> add_binding(SoftwireStore& store, const Binding& binding, const LeaseTable& leases,
                         WallTime now) {
  auto free = is_free(store, binding);
  if (!free || !*free) return free;
  const Lease* lease = leases.find(LeaseKey{binding.ipv4, binding.ports.psid});
  if (lease != nullptr && lease->binding != binding) lease = nullptr;
  auto added = store.add(StoredBinding{binding, lease == nullptr ? Origin::kOperator : Origin::kLease, now});
  if (!added || !*added || lease == nullptr) return added;
  if (auto put = store.put(*lease); !put) return put.error();
  return true;
}

}  // namespace

Result<std::size_t> add_running(SoftwireStore& store, const BindingTable& table, const LeaseTable& leases) {
  const RunningSoftwires running = running_softwires(table);
  const WallTime now = store.now();
  std::size_t count = 0;
  const auto add = [&]() -> Result<Done> {
    for (const Binding& binding : running.bindings) {
      const auto added = add_binding(store, binding, leases, now);
      if (!added) return added.error();
      count += *added ? 1 : 0;
    }
    const auto rules = store.rules();
    if (!rules) return rules.error();
    for (const Rule& rule : running.rules) {
      if (std::ranges::find(*rules, rule, &StoredRule::softwire) != rules->end()) continue;
      const auto added = store.add(StoredRule{rule, Origin::kOperator, now});
      if (!added) return added.error();
      count += *added ? 1 : 0;
    }
    return Done{};
  };
  if (auto begun = store.begin(); !begun) return begun.error();
  const auto added = add();
  if (!added || count == 0) {
    store.rollback();
    if (!added) return added.error();
    return count;
  }
  if (auto committed = store.commit(); !committed) return committed.error();
  return count;
}

}  // namespace softwire::controlplane
