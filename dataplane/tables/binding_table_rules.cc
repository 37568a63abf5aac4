// SPDX-License-Identifier: BSD-3-Clause
// The rules of the table. The prefix of a rule is expanded over the leaves that it covers.
#include "dataplane/tables/binding_table.h"

#include <algorithm>

namespace softwire::dataplane {

const BindingTable::StoredRule* BindingTable::covering(std::uint32_t address, unsigned shorter_than) const {
  for (unsigned length = shorter_than; length-- > 0 && !rules_.empty();) {
    const Ipv4Prefix prefix{{}, static_cast<std::uint8_t>(length)};
    const auto found = rules_.find({length, address & prefix.mask()});
    if (found != rules_.end()) return &found->second;
  }
  return nullptr;
}

template <typename Replaced>
void BindingTable::replace_leaves(AtomicLeaf* first, std::uint32_t count, Replaced replaced) {
  for (AtomicLeaf* leaf = first; leaf != first + count; ++leaf) {
    const Leaf value = load(*leaf);
    if (value.kind == Kind::kNode) {
      replace_leaves(nodes_.at(value.block), kNodeLeaves, replaced);
    } else {
      leaf->store(replaced(value), std::memory_order_release);
    }
  }
}

template <typename Replaced>
void BindingTable::replace_leaves(const Ipv4Prefix& prefix, Replaced replaced) {
  const unsigned level_bits = prefix.length <= 16 ? 16 : prefix.length <= 24 ? 24 : 32;
  replace_leaves(leaf_of(prefix.address.host(), prefix.length), 1U << (level_bits - prefix.length), replaced);
}

void BindingTable::count_nested(const Ipv6Prefix& prefix, std::uint32_t count) {
  for (const auto& [key, stored] : rules_) {
    if (stored.rule.ipv6.contains(prefix)) rule_entries_.at(stored.leaf.block)->nested_rules += count;
  }
}

void BindingTable::add_end(const Rule& rule) {
  if (rule.kind == RuleKind::kMapE) return br_addresses_.add(rule.br);
  const auto known = std::ranges::find(dmrs_, rule.dmr, &CountedPrefix::prefix);
  if (known != dmrs_.end()) {
    ++known->rules;
  } else {
    dmrs_.push_back({.prefix = rule.dmr, .rules = 1});
  }
}

void BindingTable::remove_end(const Rule& rule) {
  if (rule.kind == RuleKind::kMapE) return br_addresses_.remove(rule.br);
  const auto known = std::ranges::find(dmrs_, rule.dmr, &CountedPrefix::prefix);
  if (--known->rules == 0) dmrs_.erase(known);
}

BindingTable::RuleChange BindingTable::add(const Rule& rule) {
  if (reclaimer_ != nullptr) return {.error = TableError::kPublished, .other = rule};
  if (!rule.is_valid()) return {.error = TableError::kBadRule, .other = rule};
  const std::uint32_t address = rule.ipv4.address.host();
  const std::pair<unsigned, std::uint32_t> key(rule.ipv4.length, address);
  if (const auto same = rules_.find(key); same != rules_.end()) {
    return {.error = TableError::kDuplicate, .other = same->second.rule};
  }
  if (rule_index_.exact(rule.ipv6)) {
    const auto same = std::ranges::find_if(
        rules_, [&rule](const auto& stored) { return stored.second.rule.ipv6 == rule.ipv6; });
    return {.error = TableError::kDuplicate, .other = same->second.rule};
  }
  const std::uint32_t index = rule_entries_.allocate(0);
  if (index == HugeArray<RuleEntry>::kNone || leaf_of(address, rule.ipv4.length) == nullptr) {
    if (index != HugeArray<RuleEntry>::kNone) rule_entries_.release(index, 0);
    prune(address);
    return {.error = TableError::kNoMemory, .other = rule};
  }
  RuleEntry& entry = *rule_entries_.at(index);
  entry = RuleEntry(rule);
  entry.nested_rules = static_cast<std::uint32_t>(std::ranges::count_if(
      rules_, [&rule](const auto& stored) { return rule.ipv6.contains(stored.second.rule.ipv6); }));
  count_nested(rule.ipv6, 1);
  rule_index_.add(rule.ipv6, index);
  const PortParameters parameters = rule.port_parameters();
  const Leaf leaf{.block = index,
                  .psid_offset = parameters.psid_offset,
                  .psid_len = parameters.psid_len,
                  .kind = Kind::kRule};
  // Replaces the leaves of the next shorter rule, or the empty ones. Leaves of longer rules and of bindings
  // stay.
  const StoredRule* covered = covering(address, rule.ipv4.length);
  const Leaf before = covered == nullptr ? Leaf{} : covered->leaf;
  replace_leaves(rule.ipv4, [&](Leaf value) { return value == before ? leaf : value; });
  prune(address);
  mark_regions(rule.ipv4);
  rules_.emplace(key, StoredRule{rule, leaf});
  add_end(rule);
  return {};
}

BindingTable::RuleChange BindingTable::remove(const Rule& rule) {
  if (reclaimer_ != nullptr) return {.error = TableError::kPublished, .other = rule};
  const std::uint32_t address = rule.ipv4.address.host();
  const auto found = rules_.find({rule.ipv4.length, address});
  if (found == rules_.end() || !(found->second.rule == rule)) {
    return {.error = TableError::kNotFound, .other = rule};
  }
  const Leaf leaf = found->second.leaf;
  const StoredRule* covered = covering(address, rule.ipv4.length);
  const Leaf after = covered == nullptr ? Leaf{} : covered->leaf;
  if (leaf_of(address, rule.ipv4.length) == nullptr) return {.error = TableError::kNoMemory, .other = rule};
  replace_leaves(rule.ipv4, [&](Leaf value) { return value == leaf ? after : value; });
  prune(address);
  mark_regions(rule.ipv4);
  rules_.erase(found);
  rule_index_.remove(rule.ipv6);
  count_nested(rule.ipv6, ~std::uint32_t{0});
  rule_entries_.release(leaf.block, 0);
  remove_end(rule);
  return {};
}

}  // namespace softwire::dataplane
