#include "dataplane/tables/binding_table.h"

#include <memory>
#include <new>

namespace softwire::dataplane {

std::unique_ptr<BindingTable> BindingTable::create() {
  void* page = map_huge_page();
  if (page == nullptr) return nullptr;
  auto* table = new (std::nothrow) BindingTable();
  if (table == nullptr) {
    unmap_huge_page(page);
    return nullptr;
  }
  table->root_ = static_cast<AtomicLeaf*>(page);
  return std::unique_ptr<BindingTable>(table);
}

BindingTable::~BindingTable() {
  unmap_huge_page(root_);
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
    for (unsigned i = 0; i < kNodeLeaves; ++i) leaves[i].store(Leaf{}, std::memory_order_relaxed);
    nodes_.release(value.block, kNodeOrder);
  }
}

BindingTable::Change BindingTable::add(const Binding& binding) {
  const PortParameters parameters = binding.ports.parameters;
  if (!parameters.is_valid() || binding.ports.psid > parameters.psid_mask() || binding.b4.high() == 0 ||
      binding.br.high() == 0) {
    return {.error = TableError::kBadBinding, .other = binding};
  }
  AtomicLeaf* const place = leaf_of(binding.ipv4.host());
  if (place == nullptr) return {.error = TableError::kNoMemory, .other = binding};
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
  } else {
    const std::uint32_t block = softwires_.allocate(parameters.psid_len);
    if (block == HugeArray<Softwire>::kNone) {
      prune(binding.ipv4.host());
      return {.error = TableError::kNoMemory, .other = binding};
    }
    leaf = Leaf{.block = block,
                .psid_offset = parameters.psid_offset,
                .psid_len = parameters.psid_len,
                .kind = Kind::kBinding};
  }
  *softwires_.at(leaf.block + binding.ports.psid) = Softwire{binding.br, binding.b4};
  place->store(leaf, std::memory_order_release);
  if (leaf.is_shared()) ++shared_[binding.ipv4.host()];
  br_addresses_.add(binding.br);
  ++size_;
  return {};
}

BindingTable::Change BindingTable::remove(const Binding& binding) {
  const std::uint32_t address = binding.ipv4.host();
  const Leaf leaf = find(address);
  if (leaf.kind != Kind::kBinding || !(leaf.parameters() == binding.ports.parameters) ||
      binding.ports.psid > leaf.parameters().psid_mask()) {
    return {.error = TableError::kNotFound, .other = binding};
  }
  Softwire& taken = *softwires_.at(leaf.block + binding.ports.psid);
  if (!taken.is_present() || !(taken.b4 == binding.b4) || !(taken.br == binding.br)) {
    return {.error = TableError::kNotFound, .other = binding};
  }
  taken = Softwire{};
  br_addresses_.remove(binding.br);
  --size_;
  if (leaf.is_shared()) {
    const auto count = shared_.find(address);
    if (--count->second != 0) return {};
    shared_.erase(count);
  }
  const StoredRule* covered = covering(address, kAnyLength);
  leaf_of(address)->store(covered == nullptr ? Leaf{} : covered->leaf, std::memory_order_release);
  softwires_.release(leaf.block, leaf.psid_len);
  prune(address);
  return {};
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
  if (leaf.kind != Kind::kBinding || b4.high() == 0) return false;  // empty slots are all zero
  for (unsigned psid = 0; psid <= leaf.parameters().psid_mask(); ++psid) {
    if (softwires_.at(leaf.block + psid)->b4 == b4) return true;
  }
  return false;
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
