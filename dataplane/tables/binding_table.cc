// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/tables/binding_table.h"

#include <sys/random.h>

#include <algorithm>
#include <memory>
#include <new>

#include "dataplane/tables/reclaimer.h"
#include "softwire/martian.h"

namespace softwire::dataplane {

namespace {

bool is_valid(const Binding& binding) {
  const PortParameters parameters = binding.ports.parameters;
  return parameters.is_valid() && binding.ports.psid <= parameters.psid_mask() && binding.b4.high() != 0 &&
         binding.br.high() != 0;
}

// Returns a number that is hard to guess.
std::uint64_t random_seed() {
  std::uint64_t seed = 0;
  // The call fails only before the system has collected randomness. Then the random address of the program
  // must do.
  if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != sizeof seed) {
    seed = reinterpret_cast<std::uintptr_t>(&random_seed);
  }
  return seed;
}

// Returns whether no packet may come from the addresses of a /16 (RFC 1812 section 5.3.7, RFC 3927 section
// 7).
constexpr bool is_martian_region(std::uint32_t region) {
  return is_martian(region << 16);
}

}  // namespace

BindingTable::BindingTable() : b4_addresses_(random_seed()), subscriber_prefixes_(random_seed()) {
  for (std::uint32_t region = 0; region < AddressRegions::kRegions; ++region) {
    if (is_martian_region(region)) special_regions_.mark(region, true);
  }
}

std::unique_ptr<BindingTable> BindingTable::create() {
  std::unique_ptr<BindingTable> table(new (std::nothrow) BindingTable());
  if (table == nullptr) return nullptr;
  const std::uint32_t root = table->nodes_.allocate(kRootOrder);
  if (root == HugeArray<AtomicLeaf>::kNone) return nullptr;
  table->root_ = table->nodes_.at(root);
  return table;
}

BindingTable::~BindingTable() {
  if (retired_ != 0) reclaimer_->synchronize();  // later it would release into a table that is gone
}

void BindingTable::publish(Reclaimer& reclaimer) {
  reclaimer_ = &reclaimer;
  br_addresses_.publish(reclaimer);
  b4_addresses_.publish(reclaimer);
  subscriber_prefixes_.publish(reclaimer);
}

template <auto kArray>
void BindingTable::release(std::uint32_t block, unsigned order) {
  if (reclaimer_ == nullptr) return (this->*kArray).release(block, order);
  const auto later = [](void* owner, std::uint64_t what) {
    auto& table = *static_cast<BindingTable*>(owner);
    (table.*kArray).release(static_cast<std::uint32_t>(what), static_cast<unsigned>(what >> 32));
    --table.retired_;
  };
  ++retired_;
  const std::size_t bytes = sizeof(*(this->*kArray).at(block)) << order;
  reclaimer_->retire(later, this, std::uint64_t{order} << 32 | block, bytes);
}

BindingTable::AtomicLeaf* BindingTable::leaf_of(std::uint32_t address, unsigned length) {
  AtomicLeaf* leaf = &root_[address >> 16];
  for (const unsigned shift : {8U, 0U}) {
    if (length <= 24 - shift) break;
    Leaf value = load(*leaf);
    if (value.kind != Kind::kNode) {
      const std::uint32_t block = nodes_.allocate(kNodeOrder);
      if (block == HugeArray<AtomicLeaf>::kNone) return nullptr;
      // A rule that covered the whole node covers each of its leaves.
      AtomicLeaf* const leaves = nodes_.at(block);
      for (unsigned i = 0; i < kNodeLeaves; ++i) leaves[i].store(value, std::memory_order_relaxed);
      value = Leaf{.block = block, .kind = Kind::kNode};
      leaf->store(value, std::memory_order_release);
    }
    leaf = nodes_.at(value.block) + ((address >> shift) & 0xff);
  }
  return leaf;
}

void BindingTable::mark_regions(const Ipv4Prefix& prefix) {
  const std::uint32_t first = prefix.address.host() >> 16;
  const std::uint32_t last = (prefix.address.host() | ~prefix.mask()) >> 16;
  for (std::uint32_t region = first; region <= last; ++region) {
    const bool is_used = load(root_[region]).kind != Kind::kNone;
    special_regions_.mark(region, is_used || is_martian_region(region));
  }
}

void BindingTable::prune(std::uint32_t address) {
  AtomicLeaf* const top = &root_[address >> 16];
  if (load(*top).kind != Kind::kNode) return;
  AtomicLeaf* const middle = nodes_.at(load(*top).block) + ((address >> 8) & 0xff);
  for (AtomicLeaf* parent : {middle, top}) {
    const Leaf value = load(*parent);
    if (value.kind != Kind::kNode) continue;
    AtomicLeaf* const leaves = nodes_.at(value.block);
    const Leaf common = load(leaves[0]);
    if (common.kind != Kind::kNone && common.kind != Kind::kRule) return;
    for (unsigned i = 1; i < kNodeLeaves; ++i) {
      if (!(load(leaves[i]) == common)) return;
    }
    parent->store(common, std::memory_order_release);
    release<&BindingTable::nodes_>(value.block, kNodeOrder);
  }
}

std::uint32_t BindingTable::allocate_softwires(unsigned order) {
  std::uint32_t block = softwires_.allocate(order);
  if (block == HugeArray<Softwire>::kNone && retired_ != 0) {
    reclaimer_->synchronize();
    block = softwires_.allocate(order);
  }
  if (block == HugeArray<Softwire>::kNone || ids_.reserve(block)) return block;
  softwires_.release(block, order);
  return HugeArray<Softwire>::kNone;
}

void BindingTable::release_id(BindingId id) {
  if (reclaimer_ == nullptr) return ids_.give_back(id);
  const auto later = [](void* owner, std::uint64_t what) {
    auto& table = *static_cast<BindingTable*>(owner);
    table.ids_.give_back(static_cast<BindingId>(what));
    --table.retired_;
  };
  ++retired_;
  reclaimer_->retire(later, this, id, sizeof id);
}

std::uint32_t BindingTable::writable_block(Leaf leaf) {
  if (reclaimer_ == nullptr) return leaf.block;
  const std::uint32_t block = allocate_softwires(leaf.psid_len);
  if (block != HugeArray<Softwire>::kNone) {
    const std::size_t slots = std::size_t{1} << leaf.psid_len;
    std::copy_n(softwires_.at(leaf.block), slots, softwires_.at(block));
    std::copy_n(&ids_.at(leaf.block), slots, &ids_.at(block));
  }
  return block;
}

void BindingTable::change_leaf(AtomicLeaf& place, Leaf leaf) {
  const Leaf before = load(place);
  place.store(leaf, std::memory_order_release);
  if (before.kind == Kind::kBinding && (leaf.kind != Kind::kBinding || leaf.block != before.block)) {
    release<&BindingTable::softwires_>(before.block, before.psid_len);
  }
}

bool BindingTable::has(const Binding& binding, Leaf leaf) const {
  const PortSet& ports = binding.ports;
  if (leaf.kind != Kind::kBinding || !(leaf.parameters() == ports.parameters) ||
      ports.psid > ports.parameters.psid_mask()) {
    return false;
  }
  const Softwire& slot = *softwires_.at(leaf.block + ports.psid);
  return slot.is_present() && slot.b4 == binding.b4 && slot.br == binding.br;
}

BindingTable::Change BindingTable::add(const Binding& binding) {
  const std::uint32_t address = binding.ipv4.host();
  const PortParameters parameters = binding.ports.parameters;
  if (!is_valid(binding)) return {.error = TableError::kBadBinding, .other = binding};
  AtomicLeaf* const place = leaf_of(address);
  if (place == nullptr) {
    prune(address);
    return {.error = TableError::kNoMemory, .other = binding};
  }
  Leaf leaf = load(*place);
  if (leaf.kind == Kind::kBinding) {
    if (!(leaf.parameters() == parameters)) {
      return {.error = TableError::kPortLayout, .other = any_binding(binding.ipv4, leaf).value_or(binding)};
    }
    const Softwire& taken = *softwires_.at(leaf.block + binding.ports.psid);
    if (taken.is_present()) {
      return {.error = TableError::kDuplicate,
              .other = Binding{binding.ipv4, binding.ports, taken.b4, taken.br}};
    }
    leaf.block = writable_block(leaf);
  } else {
    leaf = Leaf{.block = allocate_softwires(parameters.psid_len),
                .psid_offset = parameters.psid_offset,
                .psid_len = parameters.psid_len,
                .kind = Kind::kBinding};
    if (leaf.block != HugeArray<Softwire>::kNone) {
      std::fill_n(&ids_.at(leaf.block), std::size_t{1} << parameters.psid_len, kNoBinding);
    }
  }
  if (leaf.block == HugeArray<Softwire>::kNone) {
    prune(address);
    return {.error = TableError::kNoMemory, .other = binding};
  }
  ids_.at(leaf.block + binding.ports.psid) = ids_.take();
  *softwires_.at(leaf.block + binding.ports.psid) = Softwire{binding.br, binding.b4};
  br_addresses_.add(binding.br);  // before the leaf: a reader that finds the binding finds its BR address too
  add_b4(binding.b4);
  change_leaf(*place, leaf);
  mark_regions({binding.ipv4, 32});
  if (leaf.is_shared()) ++shared_[address];
  ++size_;
  if (is_indexed_) subscribers_.insert(place_of(binding));
  return {};
}

void BindingTable::add_b4(const Ipv6Address& b4) {
  b4_addresses_.add(b4);
  if (subscriber_mask_ != 128) subscriber_prefixes_.add(Ipv6Prefix::of(b4, subscriber_mask_).address);
}

void BindingTable::remove_b4(const Ipv6Address& b4) {
  b4_addresses_.remove(b4);
  if (subscriber_mask_ != 128) subscriber_prefixes_.remove(Ipv6Prefix::of(b4, subscriber_mask_).address);
}

BindingTable::Change BindingTable::remove(const Binding& binding) {
  const std::uint32_t address = binding.ipv4.host();
  Leaf leaf = find(address);
  if (!has(binding, leaf)) return {.error = TableError::kNotFound, .other = binding};
  const auto count = leaf.is_shared() ? shared_.find(address) : shared_.end();
  const bool is_last = count == shared_.end() || count->second == 1;
  const BindingId id = ids_.at(leaf.block + binding.ports.psid);
  if (is_last) {
    const StoredRule* covered = covering(address, kAnyLength);
    leaf = covered == nullptr ? Leaf{} : covered->leaf;
  } else {
    leaf.block = writable_block(leaf);
    if (leaf.block == HugeArray<Softwire>::kNone) return {.error = TableError::kNoMemory, .other = binding};
    *softwires_.at(leaf.block + binding.ports.psid) = Softwire{};
    ids_.at(leaf.block + binding.ports.psid) = kNoBinding;
  }
  change_leaf(*leaf_of(address), leaf);
  release_id(id);
  br_addresses_.remove(binding.br);
  remove_b4(binding.b4);
  --size_;
  subscribers_.erase(place_of(binding));
  if (!is_last) {
    --count->second;
    return {};
  }
  if (count != shared_.end()) shared_.erase(count);
  prune(address);
  mark_regions({binding.ipv4, 32});
  return {};
}

BindingTable::Change BindingTable::replace(const Binding& old, const Binding& with) {
  if (!is_valid(with) || !(with.ipv4 == old.ipv4) || !(with.ports == old.ports)) {
    return {.error = TableError::kBadBinding, .other = with};
  }
  Leaf leaf = find(old.ipv4.host());
  if (!has(old, leaf)) return {.error = TableError::kNotFound, .other = old};
  leaf.block = writable_block(leaf);
  if (leaf.block == HugeArray<Softwire>::kNone) return {.error = TableError::kNoMemory, .other = with};
  *softwires_.at(leaf.block + with.ports.psid) = Softwire{with.br, with.b4};
  br_addresses_.add(with.br);
  add_b4(with.b4);
  change_leaf(*leaf_of(old.ipv4.host()), leaf);
  br_addresses_.remove(old.br);
  remove_b4(old.b4);
  subscribers_.erase(place_of(old));
  if (is_indexed_) subscribers_.insert(place_of(with));
  return {};
}

[[gnu::cold]] Source BindingTable::source_of(const Ipv6Address& address, std::uint8_t mask) const {
  if (is_b4(address)) return {SourceKind::kBound, {address, 128}};
  if (const RuleEntry* const rule = rule_around(address)) {
    return {SourceKind::kRule, rule->end_user_prefix_of(address)};
  }
  const bool is_near = subscriber_mask_ != 128 &&
                       subscriber_prefixes_.contains(Ipv6Prefix::of(address, subscriber_mask_).address);
  // All link-local addresses have one prefix, which is no subscriber's.
  return {is_near ? SourceKind::kBound : SourceKind::kStranger,
          Ipv6Prefix::of(address, address.is_link_local() ? 128 : mask)};
}

std::vector<Binding> BindingTable::bindings_in(const Ipv6Prefix& prefix, std::size_t most) const {
  std::vector<Binding> bindings;
  for (auto next = subscribers_.lower_bound({prefix.address, 0, 0});
       next != subscribers_.end() && prefix.contains(next->b4) && bindings.size() < most; ++next) {
    const PortSet ports{find(next->ipv4).parameters(), next->psid};
    const auto binding = lookup(Ipv4Address::from_host(next->ipv4), ports.range(0).first);
    if (binding) bindings.push_back(*binding);
  }
  return bindings;
}

std::optional<Rule> BindingTable::rule_of(const Ipv6Address& ce) const {
  const auto index = rule_index_.find(ce);
  if (!index) return std::nullopt;
  for (const auto& [place, stored] : rules_) {
    if (stored.leaf.block == *index) return stored.rule;
  }
  return std::nullopt;
}

std::optional<Binding> BindingTable::lookup(Ipv4Address address, Port port) const {
  const Leaf leaf = find(address.host());
  if (leaf.kind == Kind::kNone || is_nobodys(leaf, port)) return std::nullopt;
  Softwire place;
  const Softwire* softwire =
      leaf.kind == Kind::kRule ? computed(leaf, address.host(), port, place) : slot(leaf, port);
  if (softwire == nullptr || !softwire->is_present()) return std::nullopt;
  return Binding{address, {leaf.parameters(), leaf.parameters().psid_of(port)}, softwire->b4, softwire->br};
}

bool BindingTable::owns(const Ipv6Address& b4, Ipv4Address address) const {
  const Leaf leaf = find(address.host());
  if (leaf.kind == Kind::kRule) {
    const Rule& rule = covering(address.host(), kAnyLength)->rule;
    const auto ce = strict_ce_address_ ? rule.ce_of(b4) : rule.ce_around(b4);
    return ce && ce->ipv4.host() == (address.host() & rule.ce_ipv4_mask()) &&
           rule_index_.find(b4) == leaf.block;
  }
  const auto first = subscribers_.lower_bound({b4, address.host(), 0});
  return first != subscribers_.end() && first->b4 == b4 && first->ipv4 == address.host();
}

std::optional<Binding> BindingTable::of_end_user(const Ipv6Address& address) const {
  const RuleEntry* const entry = translating_rule(address);
  if (entry == nullptr) return std::nullopt;
  const std::uint32_t ipv4 = entry->ipv4_of(address);
  const Leaf leaf = find(ipv4);
  if (leaf.kind != Kind::kRule || rule_entries_.at(leaf.block) != entry) return std::nullopt;
  const PortSet ports{leaf.parameters(), entry->psid_of(address)};
  Softwire ce;
  if (!entry->softwire(ipv4, ports.psid, ce) || rule_index_.find(ce.b4) != leaf.block) return std::nullopt;
  return Binding{Ipv4Address::from_host(ipv4), ports, ce.b4, ce.br};
}

std::optional<Binding> BindingTable::any_binding(Ipv4Address address, Leaf leaf) const {
  for (unsigned psid = 0; psid <= leaf.parameters().psid_mask(); ++psid) {
    const Softwire& softwire = *softwires_.at(leaf.block + psid);
    if (softwire.is_present()) {
      return Binding{address, {leaf.parameters(), static_cast<Psid>(psid)}, softwire.b4, softwire.br};
    }
  }
  return std::nullopt;
}

}  // namespace softwire::dataplane
