// SPDX-License-Identifier: BSD-3-Clause
// The table of both directions: bindings (RFC 7596 section 6.2), MAP-E rules (RFC 7597 section 8.1) and MAP-T
// rules (RFC 7599 section 8). The key is (IPv4 address, port): the destination of a packet that goes to a
// subscriber, the inner source of one that comes from it.
//
//   address --16, 8, 8 bits--> Leaf { block, psid offset and length }
//   of a binding: --psid--> Softwire { BR address, B4 address }
//   of a rule: --> RuleEntry --arithmetic--> Softwire
//
// One cache line for the leaf, one for the softwire or the rule; the levels above stay in cache. Longest
// prefix first: an address with bindings is theirs alone, a longer rule wins over a shorter one. Every leaf
// names the longest rule that covers it. Likewise a CE address is of the rule with the longest IPv6 prefix:
// where that is another rule than its leaf's, address and port are nobody's.
//
// Once published, bindings come, change and go under readers. What a reader can reach is never written again
// but for leaves, and a leaf changes in one store: a change of a binding writes a copy of its address's
// softwires, lets the leaf lead there, and retires the old ones. So a reader finds the table as it was ahead
// of a change or as it is behind it, and what it found stays as it is until the reader's next quiescent
// state.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "dataplane/tables/address_set.h"
#include "dataplane/tables/huge_array.h"
#include "dataplane/tables/rule_entry.h"
#include "dataplane/tables/rule_index.h"
#include "dataplane/tables/softwire.h"
#include "softwire/address.h"
#include "softwire/binding.h"
#include "softwire/rule.h"

namespace softwire::dataplane {

enum class TableError : std::uint8_t {
  kNone,
  kDuplicate,   // the address and PSID are bound already
  kPortLayout,  // another binding of the address has another PSID offset or length
  kBadBinding,  // B4 or BR address with an all-zero upper half, or an invalid port set
  kBadRule,
  kNotFound,
  kNoMemory,
  kPublished,  // the rules of a published table are never changed: other rules take another table
};

class Reclaimer;

// Filled by one thread; then read by that thread only, or published.
class BindingTable {
 public:
  enum class Kind : std::uint8_t { kNone, kNode, kBinding, kRule };

  // What the address alone leads to. Eight octets, read and written as one.
  struct alignas(8) Leaf {
    std::uint32_t block =
        0;  // kBinding: of softwires, indexed by PSID; kRule: the entry; kNode: of 256 leaves
    std::uint8_t psid_offset = 0;
    std::uint8_t psid_len = 0;
    Kind kind = Kind::kNone;
    std::uint8_t reserved = 0;

    [[nodiscard]] PortParameters parameters() const { return {psid_offset, psid_len}; }
    [[nodiscard]] bool is_shared() const { return psid_len != 0; }
    friend bool operator==(const Leaf&, const Leaf&) = default;
  };

  struct Change {
    TableError error = TableError::kNone;
    Binding other;  // with kDuplicate and kPortLayout: the binding that stands in the way
  };
  struct RuleChange {
    TableError error = TableError::kNone;
    Rule other;  // with kDuplicate: the rule that has the same IPv4 or IPv6 prefix
  };

  // Null when memory is short.
  static std::unique_ptr<BindingTable> create();

  // Once, when the table is filled: from here on other threads may read, readers of the reclaimer that are
  // online. The reclaimer's writer goes on changing bindings; the reclaimer must outlive the last change.
  // When another table has taken this one's place and it is retired, it must not change any more.
  void publish(Reclaimer& reclaimer);

  // --- changes; one that is refused leaves the table as it was ---
  Change add(const Binding& binding);
  // Removes exactly this binding; kNotFound when there is none with the same five fields.
  Change remove(const Binding& binding);
  // Puts `with` in the place of exactly `old`, at once: readers find the one or the other. Both have the same
  // address and port set, else kBadBinding; kNotFound as remove().
  Change replace(const Binding& old, const Binding& with);
  // Of a table that is not published, else kPublished.
  RuleChange add(const Rule& rule);
  // Removes exactly this rule; kNotFound when there is no equal one. Of a table that is not published.
  RuleChange remove(const Rule& rule);
  // A BR address that no binding names yet.
  void add_br(const Ipv6Address& br) { br_addresses_.add(br); }
  // Whether only a CE's whole address is taken for its softwire end (the default), or any address of its
  // end-user prefix, in which the fields are that RFC 7597 section 8.1 compares. Ahead of publish().
  void set_strict_ce_address(bool strict) { strict_ce_address_ = strict; }

  // Ahead of the first binding: owns() and has_subscriber() answer for bindings too, at the cost of some
  // memory for each, and bindings_in() does.
  void index_subscribers() { is_indexed_ = true; }

  // --- the packet path; addresses and ports in host order ---
  void prefetch(std::uint32_t address) const { __builtin_prefetch(&root_[address >> 16]); }
  [[nodiscard]] Leaf find(std::uint32_t address) const {
    Leaf leaf = load(root_[address >> 16]);
    if (leaf.kind != Kind::kNode) return leaf;
    leaf = load(node(leaf)[(address >> 8) & 0xff]);
    if (leaf.kind != Kind::kNode) return leaf;
    return load(node(leaf)[address & 0xff]);
  }
  // Of a leaf of kind kBinding: the slot that the port leads to, be it empty; it stays as it is until the
  // reader's next quiescent state. The port of a whole address is ignored.
  [[nodiscard]] const Softwire* slot(Leaf leaf, Port port) const {
    return softwires_.at(leaf.block + leaf.parameters().psid_of(port));
  }
  // Of a leaf of kind kRule: the softwire that address and port lead to, in `place`; null when there is none.
  // The port of a whole address is ignored.
  [[nodiscard]] const Softwire* computed(Leaf leaf, std::uint32_t address, Port port, Softwire& place) const {
    const RuleEntry& entry = *rule_entries_.at(leaf.block);
    if (!entry.softwire(address, leaf.parameters().psid_of(port), place)) return nullptr;
    if (entry.nested_rules != 0 && rule_index_.find(place.b4) != leaf.block) [[unlikely]] {
      return nullptr;
    }
    return &place;
  }
  // Whether an address that is not a CE's own is taken for it all the same.
  [[nodiscard]] bool stands_for_ce(Leaf leaf, const Ipv6Address& address, const Ipv6Address& ce) const {
    return leaf.kind == Kind::kRule && !strict_ce_address_ &&
           rule_entries_.at(leaf.block)->is_same_end_user(address, ce);
  }
  // Of a leaf: whether its addresses are those of MAP-T CEs.
  [[nodiscard]] bool translates(Leaf leaf) const {
    return leaf.kind == Kind::kRule && rule_entries_.at(leaf.block)->translates();
  }
  // Of a leaf that translates.
  [[nodiscard]] Ipv6Prefix dmr(Leaf leaf) const { return rule_entries_.at(leaf.block)->dmr(); }
  // The MAP-T rule with the longest IPv6 prefix that the address lies in; null: none, or it is of MAP-E.
  [[nodiscard]] const RuleEntry* translating_rule(const Ipv6Address& ce) const {
    const std::optional<std::uint32_t> found = rule_index_.find(ce);
    const RuleEntry* entry = found ? rule_entries_.at(*found) : nullptr;
    return entry != nullptr && entry->translates() ? entry : nullptr;
  }
  // Whether it lies in the IPv6 prefix of a rule.
  [[nodiscard]] bool is_in_rule(const Ipv6Address& address) const {
    return rule_index_.find(address).has_value();
  }
  [[nodiscard]] bool is_in_dmr(const Ipv6Address& address) const {
    for (const CountedPrefix& dmr : dmrs_) {
      if (dmr.prefix.contains(address)) return true;
    }
    return false;
  }
  // Ports of a shared address that are in nobody's set: A = 0 (RFC 7597 section 5.1), and the DHCPv4 client
  // port (draft-ietf-dhc-v4configuration-06 section 5.1 item 3).
  [[nodiscard]] static bool is_nobodys(Leaf leaf, Port port) {
    return leaf.is_shared() && (leaf.parameters().excludes(port) || port == kDhcpClientPort);
  }
  [[nodiscard]] bool is_br(const Ipv6Address& address) const { return br_addresses_.contains(address); }

  // --- the thread that changes it ---
  // The binding, or what a rule makes of address and port, as a binding of that address.
  [[nodiscard]] std::optional<Binding> lookup(Ipv4Address address, Port port) const;
  // True when some binding, of a table with index_subscribers(), or a rule gives the address, or a part of
  // its ports, to this B4 or CE address. How many share the address does not count.
  [[nodiscard]] bool owns(const Ipv6Address& b4, Ipv4Address address) const;
  // What a MAP-T rule gives to the CE in whose end-user prefix the address lies, as lookup() says it; none
  // when that is no rule's, or the IPv4 address another's.
  [[nodiscard]] std::optional<Binding> of_end_user(const Ipv6Address& address) const;
  // True when some binding is of this B4 address, of a table with index_subscribers(), or the IPv6 prefix of
  // a rule holds it.
  [[nodiscard]] bool has_subscriber(const Ipv6Address& address) const {
    const auto first = subscribers_.lower_bound({address, 0, 0});
    return (first != subscribers_.end() && first->b4 == address) || is_in_rule(address);
  }
  // Of a table with index_subscribers(): up to `most` bindings whose B4 address lies in the prefix, in its
  // order.
  [[nodiscard]] std::vector<Binding> bindings_in(const Ipv6Prefix& prefix, std::size_t most) const;
  // The rule with the longest IPv6 prefix that the address lies in.
  [[nodiscard]] std::optional<Rule> rule_of(const Ipv6Address& ce) const;
  [[nodiscard]] std::size_t size() const { return size_; }  // bindings
  [[nodiscard]] std::size_t rules() const { return rules_.size(); }
  [[nodiscard]] bool has_translating_rules() const { return !dmrs_.empty(); }
  [[nodiscard]] const AddressSet& br_addresses() const { return br_addresses_; }
  // Octets of memory that the packet path may touch.
  [[nodiscard]] std::size_t bytes() const {
    return nodes_.bytes() + softwires_.bytes() + rule_entries_.bytes();
  }
  // Those of them that are not free; what waits for readers is not yet.
  [[nodiscard]] std::size_t bytes_in_use() const {
    return nodes_.bytes_in_use() + softwires_.bytes_in_use() + rule_entries_.bytes_in_use();
  }

  ~BindingTable();
  BindingTable(const BindingTable&) = delete;
  BindingTable& operator=(const BindingTable&) = delete;

 private:
  using AtomicLeaf = std::atomic<Leaf>;
  static_assert(sizeof(AtomicLeaf) == 8 && AtomicLeaf::is_always_lock_free);
  static constexpr unsigned kRootOrder = 16;
  static constexpr unsigned kNodeOrder = 8;
  static constexpr unsigned kNodeLeaves = 1U << kNodeOrder;
  static constexpr unsigned kAnyLength = 33;

  struct StoredRule {
    Rule rule;
    Leaf leaf;
  };
  struct CountedPrefix {
    Ipv6Prefix prefix;
    std::size_t rules = 0;
  };

  BindingTable() = default;
  static Leaf load(const AtomicLeaf& leaf) { return leaf.load(std::memory_order_acquire); }
  [[nodiscard]] const AtomicLeaf* node(Leaf leaf) const { return nodes_.at(leaf.block); }
  // The leaf of the address on the level where prefixes of this length end, made if need be; null: no memory.
  AtomicLeaf* leaf_of(std::uint32_t address, unsigned length = 32);
  // Frees the nodes above an address whose leaves have become all the same.
  void prune(std::uint32_t address);
  // Whether exactly this binding is there; the leaf is its address's.
  [[nodiscard]] bool has(const Binding& binding, Leaf leaf) const;
  // A block with the softwires of an address's leaf for the caller to write to: its own as long as nobody
  // else reads it, else a copy. kNone: no memory.
  std::uint32_t writable_block(Leaf leaf);
  std::uint32_t allocate_softwires(unsigned order);
  // Lets the address lead elsewhere, and releases the softwires that it led to.
  void change_leaf(AtomicLeaf& place, Leaf leaf);
  // Gives a block back: at once, or when no reader has it any more.
  template <auto kArray>
  void release(std::uint32_t block, unsigned order);
  // Puts each leaf of the prefix, which leaf_of() has made, through `replaced`.
  template <typename Replaced>
  void replace_leaves(const Ipv4Prefix& prefix, Replaced replaced);
  template <typename Replaced>
  void replace_leaves(AtomicLeaf* first, std::uint32_t count, Replaced replaced);
  // The longest rule that covers the address and is shorter than this; null: none.
  [[nodiscard]] const StoredRule* covering(std::uint32_t address, unsigned shorter_than) const;
  // Adds `count` to the nested rules of each rule whose IPv6 prefix this one lies in.
  void count_nested(const Ipv6Prefix& prefix, std::uint32_t count);
  // Our end of a rule, BR address or DMR, comes and goes.
  void add_end(const Rule& rule);
  void remove_end(const Rule& rule);
  [[nodiscard]] std::optional<Binding> any_binding(Ipv4Address address, Leaf leaf) const;

  AtomicLeaf* root_ = nullptr;  // 65536 of nodes_
  HugeArray<AtomicLeaf> nodes_;
  HugeArray<Softwire> softwires_;
  AddressSet br_addresses_;
  // Fixed once published.
  HugeArray<RuleEntry> rule_entries_;
  RuleIndex rule_index_;             // of entries
  std::vector<CountedPrefix> dmrs_;  // of the MAP-T rules; few
  bool strict_ce_address_ = true;

  // Not for readers.
  std::map<std::pair<unsigned, std::uint32_t>, StoredRule> rules_;  // by prefix length and address
  std::unordered_map<std::uint32_t, std::uint32_t> shared_;         // shared address: bindings of it
  bool is_indexed_ = false;
  struct Place {
    Ipv6Address b4;
    std::uint32_t ipv4 = 0;
    Psid psid = 0;
    friend auto operator<=>(const Place&, const Place&) = default;
  };
  static Place place_of(const Binding& binding) {
    return {binding.b4, binding.ipv4.host(), binding.ports.psid};
  }
  std::set<Place> subscribers_;  // bindings, if they are indexed
  std::size_t size_ = 0;
  Reclaimer* reclaimer_ = nullptr;  // once published
  std::size_t retired_ = 0;         // blocks that wait there
};

}  // namespace softwire::dataplane
