// SPDX-License-Identifier: BSD-3-Clause
// The table for both directions: bindings (RFC 7596 section 6.2), MAP-E rules (RFC 7597 section 8.1) and
// MAP-T rules (RFC 7599 section 8). The key is an IPv4 address and a port: the destination of a packet to a
// subscriber, or the inner source of a packet from a subscriber.
//
//   address --16, 8, 8 bits--> Leaf { block, psid offset and length }
//   leaf of a binding --psid--> Softwire { BR address, B4 address }
//   leaf of a rule --> RuleEntry --arithmetic--> Softwire
//
// A look-up reads one cache line for the leaf and one for the softwire or the rule; the levels above stay in
// the cache. The longest prefix wins: bindings of an address win over rules, and a longer rule wins over a
// shorter one. Every leaf names the longest rule that covers it. In the same way a CE address belongs to the
// rule with the longest IPv6 prefix. When that is not the rule of the leaf, no subscriber owns the address
// and port.
//
// After publish(), bindings are added, changed and removed while other threads read. Memory that a reader can
// reach is never written again, except leaves, and a leaf changes in one store. A change of a binding writes
// a copy of the softwires of its address, points the leaf to the copy, and retires the old softwires. So a
// reader sees the table either before or after a change, and what it found stays valid until its next
// quiescent state.
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

#include "dataplane/tables/address_regions.h"
#include "dataplane/tables/address_set.h"
#include "dataplane/tables/b4_addresses.h"
#include "dataplane/tables/binding_ids.h"
#include "dataplane/tables/huge_array.h"
#include "dataplane/tables/rule_entry.h"
#include "dataplane/tables/rule_index.h"
#include "dataplane/tables/softwire.h"
#include "softwire/address.h"
#include "softwire/binding.h"
#include "softwire/rule.h"
#include "softwire/source_kind.h"

namespace softwire::dataplane {

enum class TableError : std::uint8_t {
  kNone,
  kDuplicate,   // the address and PSID are already bound
  kPortLayout,  // another binding of the address has another PSID offset or length
  kBadBinding,  // B4 or BR address with an all-zero upper half, or an invalid port set
  kBadRule,
  kNotFound,
  kNoMemory,
  kPublished,  // the rules of a published table cannot change; make another table for other rules
};

class Reclaimer;

// One thread fills the table. Afterwards only that thread may read it, unless it is published.
class BindingTable {
 public:
  enum class Kind : std::uint8_t { kNone, kNode, kBinding, kRule };

  // The result of the look-up of an address. Eight octets, which are read and written as one.
  struct alignas(8) Leaf {
    std::uint32_t block =
        0;  // kBinding: block of softwires, indexed by PSID; kRule: the entry; kNode: block of 256 leaves
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
    Binding other;  // with kDuplicate and kPortLayout: the binding that is in conflict
  };
  struct RuleChange {
    TableError error = TableError::kNone;
    Rule other;  // with kDuplicate: the rule that has the same IPv4 or IPv6 prefix
  };

  // Makes an empty table. Returns null when there is not enough memory.
  static std::unique_ptr<BindingTable> create();

  // Lets other threads read the table: readers of the reclaimer that are online. Call it once, when the table
  // is filled. Afterwards the thread that is the reclaimer's writer may still change bindings; the reclaimer
  // must outlive the last change. When the table is retired, because another one replaces it, it must not
  // change any more.
  void publish(Reclaimer& reclaimer);

  // --- changes; a change that fails leaves the table as it was ---
  Change add(const Binding& binding);
  // Removes exactly this binding. Returns kNotFound when no binding has the same five fields.
  Change remove(const Binding& binding);
  // Replaces exactly `old` by `with` in one step: readers find either the one or the other. Returns
  // kBadBinding when they differ in address or port set, and kNotFound as remove() does.
  Change replace(const Binding& old, const Binding& with);
  // Adds a rule. Returns kPublished when the table is published.
  RuleChange add(const Rule& rule);
  // Removes exactly this rule. Returns kNotFound when no rule is equal, and kPublished when the table is
  // published.
  RuleChange remove(const Rule& rule);
  // Adds a BR address that no binding names yet.
  void add_br(const Ipv6Address& br) { br_addresses_.add(br); }
  // Sets whether a CE's end of the softwire must be exactly the CE's address (the default), or may be any
  // address of its end-user prefix. The prefix contains the fields that RFC 7597 section 8.1 compares. Call
  // it before publish().
  void set_strict_ce_address(bool strict) { strict_ce_address_ = strict; }

  // Makes owns() and has_subscriber() cover bindings too, and makes bindings_in() work. It costs some memory
  // for each binding. `mask`: length of the prefix that counts as one subscriber, for source_of(). Call it
  // before the first binding is added.
  void index_subscribers(std::uint8_t mask = 128) {
    is_indexed_ = true;
    subscriber_mask_ = mask;
  }

  // --- the packet path, any thread; addresses and ports in host byte order ---
  void prefetch(std::uint32_t address) const { __builtin_prefetch(&root_[address >> 16]); }
  [[nodiscard]] Leaf find(std::uint32_t address) const {
    Leaf leaf = load(root_[address >> 16]);
    if (leaf.kind != Kind::kNode) return leaf;
    leaf = load(node(leaf)[(address >> 8) & 0xff]);
    if (leaf.kind != Kind::kNode) return leaf;
    return load(node(leaf)[address & 0xff]);
  }
  // Returns false for most addresses of the Internet: addresses that packets may come from and that belong to
  // no subscriber. Returns true for every martian (is_martian()), for every address that find() knows, and
  // for some others near them.
  [[nodiscard]] bool is_in_special_region(std::uint32_t address) const {
    return special_regions_.contains(address);
  }
  // Returns the identifier of the binding for the port, or kNoBinding when the slot is empty. A binding keeps
  // its identifier for as long as it is in the table, however its neighbours change; replace() keeps it too.
  // It is used again only after every reader has had a quiescent state. Requires: leaf.kind is kBinding.
  [[nodiscard]] BindingId id(Leaf leaf, Port port) const {
    return ids_.at(leaf.block + leaf.parameters().psid_of(port));
  }
  // Returns the slot for the port; it may be empty. It stays as it is until the reader's next quiescent
  // state. The port is ignored when the address is not shared. Requires: leaf.kind is kBinding.
  [[nodiscard]] const Softwire* slot(Leaf leaf, Port port) const {
    return softwires_.at(leaf.block + leaf.parameters().psid_of(port));
  }
  // Computes the softwire of the address and port into `place` and returns &place. Returns null when there is
  // none. The port is ignored when the address is not shared. Requires: leaf.kind is kRule.
  [[nodiscard]] const Softwire* computed(Leaf leaf, std::uint32_t address, Port port, Softwire& place) const {
    const RuleEntry& entry = *rule_entries_.at(leaf.block);
    if (!entry.softwire(address, leaf.parameters().psid_of(port), place)) return nullptr;
    if (entry.nested_rules != 0 && rule_index_.find(place.b4) != leaf.block) [[unlikely]] {
      return nullptr;
    }
    return &place;
  }
  // Returns whether `address` is accepted in the place of the CE's own address `ce`, see
  // set_strict_ce_address().
  [[nodiscard]] bool stands_for_ce(Leaf leaf, const Ipv6Address& address, const Ipv6Address& ce) const {
    return leaf.kind == Kind::kRule && !strict_ce_address_ &&
           rule_entries_.at(leaf.block)->is_same_end_user(address, ce);
  }
  // Returns whether the addresses of the leaf belong to MAP-T CEs.
  [[nodiscard]] bool translates(Leaf leaf) const {
    return leaf.kind == Kind::kRule && rule_entries_.at(leaf.block)->translates();
  }
  // Returns the DMR of the leaf's rule. Requires: translates(leaf).
  [[nodiscard]] Ipv6Prefix dmr(Leaf leaf) const { return rule_entries_.at(leaf.block)->dmr(); }
  // Returns the MAP-T rule with the longest IPv6 prefix that contains the address. Returns null when there is
  // no such rule, or when the rule with the longest prefix is a MAP-E rule.
  [[nodiscard]] const RuleEntry* translating_rule(const Ipv6Address& ce) const {
    const RuleEntry* const entry = rule_around(ce);
    return entry != nullptr && entry->translates() ? entry : nullptr;
  }
  // Returns whether a binding has this B4 address.
  [[nodiscard]] bool is_b4(const Ipv6Address& address) const { return b4_addresses_.contains(address); }
  // Returns the source of DHCP messages from this address. It is the address itself when a binding has it as
  // B4 address, because several subscribers may share a prefix; else the end-user prefix of the rule that
  // contains the address; else its prefix of `mask` bits, but of all link-local addresses each is a source.
  // A subscriber's messages may come from another address than its B4 address. So outside of rules, an
  // address in the subscriber's prefix of a B4 address counts as bound too. That prefix has the length that
  // index_subscribers() got, else 128.
  [[nodiscard]] Source source_of(const Ipv6Address& address, std::uint8_t mask) const;
  // Returns the rule with the longest IPv6 prefix that contains the address. Returns null when there is none.
  [[nodiscard]] const RuleEntry* rule_around(const Ipv6Address& ce) const {
    const std::optional<std::uint32_t> found = rule_index_.find(ce);
    return found ? rule_entries_.at(*found) : nullptr;
  }
  // Returns whether the IPv6 prefix of a rule contains the address.
  [[nodiscard]] bool is_in_rule(const Ipv6Address& address) const {
    return rule_index_.find(address).has_value();
  }
  [[nodiscard]] bool is_in_dmr(const Ipv6Address& address) const {
    for (const CountedPrefix& dmr : dmrs_) {
      if (dmr.prefix.contains(address)) return true;
    }
    return false;
  }
  // Returns whether no subscriber may own this port of a shared address: its A is 0 (RFC 7597 section 5.1),
  // or it is the DHCPv4 client port (draft-ietf-dhc-v4configuration-06 section 5.1 item 3).
  [[nodiscard]] static bool is_nobodys(Leaf leaf, Port port) {
    return leaf.is_shared() && (leaf.parameters().excludes(port) || port == kDhcpClientPort);
  }
  [[nodiscard]] bool is_br(const Ipv6Address& address) const { return br_addresses_.contains(address); }

  // --- only the thread that changes the table ---
  // Returns the binding of the address and port, or what a rule computes for them, as a binding. Returns
  // nullopt when no subscriber owns them.
  [[nodiscard]] std::optional<Binding> lookup(Ipv4Address address, Port port) const;
  // Returns whether a binding or a rule gives the address, or a part of its ports, to this B4 or CE address.
  // For bindings it requires index_subscribers(). The cost does not depend on how many subscribers share the
  // address.
  [[nodiscard]] bool owns(const Ipv6Address& b4, Ipv4Address address) const;
  // Returns what a MAP-T rule gives to the CE whose end-user prefix contains the address, in the form of
  // lookup(). Returns nullopt when no rule contains the address, or when the IPv4 address belongs to another
  // rule or binding.
  [[nodiscard]] std::optional<Binding> of_end_user(const Ipv6Address& address) const;
  // Returns whether a binding has this B4 address, or the IPv6 prefix of a rule contains it. For bindings it
  // requires index_subscribers().
  [[nodiscard]] bool has_subscriber(const Ipv6Address& address) const {
    const auto first = subscribers_.lower_bound({address, 0, 0});
    return (first != subscribers_.end() && first->b4 == address) || is_in_rule(address);
  }
  // Returns up to `most` bindings whose B4 address lies in the prefix, in the order of their B4 addresses.
  // Requires: index_subscribers().
  [[nodiscard]] std::vector<Binding> bindings_in(const Ipv6Prefix& prefix, std::size_t most) const;
  // Returns the rule with the longest IPv6 prefix that contains the address.
  [[nodiscard]] std::optional<Rule> rule_of(const Ipv6Address& ce) const;
  [[nodiscard]] std::size_t size() const { return size_; }  // bindings
  [[nodiscard]] std::size_t rules() const { return rules_.size(); }
  [[nodiscard]] bool has_translating_rules() const { return !dmrs_.empty(); }
  [[nodiscard]] const AddressSet& br_addresses() const { return br_addresses_; }
  // Returns the octets of memory that each packet may touch. Identifiers are not among them, nor are B4
  // addresses and their prefixes, which only fragments, errors and DHCP need: 16 to 48 octets for each
  // binding, and the same for each prefix.
  [[nodiscard]] std::size_t bytes() const {
    return nodes_.bytes() + softwires_.bytes() + rule_entries_.bytes();
  }
  // Returns how many of them are in use. Memory that waits for readers is in use.
  [[nodiscard]] std::size_t bytes_in_use() const {
    return nodes_.bytes_in_use() + softwires_.bytes_in_use() + rule_entries_.bytes_in_use();
  }

  ~BindingTable();
  BindingTable(const BindingTable&) = delete;
  BindingTable& operator=(const BindingTable&) = delete;

 private:
  void add_b4(const Ipv6Address& b4);
  void remove_b4(const Ipv6Address& b4);
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

  BindingTable();
  static Leaf load(const AtomicLeaf& leaf) { return leaf.load(std::memory_order_acquire); }
  [[nodiscard]] const AtomicLeaf* node(Leaf leaf) const { return nodes_.at(leaf.block); }
  // Returns the leaf of the address, on the level where prefixes of this length end. Makes the nodes that are
  // missing. Returns null when there is not enough memory.
  AtomicLeaf* leaf_of(std::uint32_t address, unsigned length = 32);
  // Marks the special regions of a prefix, after its leaves have changed.
  void mark_regions(const Ipv4Prefix& prefix);
  // Frees the nodes above an address in which all leaves have become equal.
  void prune(std::uint32_t address);
  // Returns whether the table has exactly this binding. `leaf`: that of its address.
  [[nodiscard]] bool has(const Binding& binding, Leaf leaf) const;
  // Returns a block with the softwires of the leaf, to which the caller may write: the leaf's own block when
  // the table is not published, else a copy. Returns kNone when there is not enough memory.
  std::uint32_t writable_block(Leaf leaf);
  std::uint32_t allocate_softwires(unsigned order);
  // Gives an identifier back: at once, or when readers no longer use it.
  void release_id(BindingId id);
  // Changes the leaf of an address, and releases the softwires that it no longer points to.
  void change_leaf(AtomicLeaf& place, Leaf leaf);
  // Releases a block: at once, or, in a published table, when no reader uses it any more.
  template <auto kArray>
  void release(std::uint32_t block, unsigned order);
  // Replaces each leaf of the prefix by `replaced(leaf)`. Requires: leaf_of() has made the leaves of the
  // prefix.
  template <typename Replaced>
  void replace_leaves(const Ipv4Prefix& prefix, Replaced replaced);
  template <typename Replaced>
  void replace_leaves(AtomicLeaf* first, std::uint32_t count, Replaced replaced);
  // Returns the longest rule that covers the address and is shorter than this length. Returns null when there
  // is none.
  [[nodiscard]] const StoredRule* covering(std::uint32_t address, unsigned shorter_than) const;
  // Adds `count` to the nested rules of each rule whose IPv6 prefix contains this one.
  void count_nested(const Ipv6Prefix& prefix, std::uint32_t count);
  // Add and remove the hub's end of a rule: its BR address or its DMR.
  void add_end(const Rule& rule);
  void remove_end(const Rule& rule);
  [[nodiscard]] std::optional<Binding> any_binding(Ipv4Address address, Leaf leaf) const;

  AtomicLeaf* root_ = nullptr;  // 65536 leaves of nodes_
  HugeArray<AtomicLeaf> nodes_;
  HugeArray<Softwire> softwires_;
  AddressSet br_addresses_;
  B4Addresses b4_addresses_;
  B4Addresses subscriber_prefixes_;  // the prefixes of the B4 addresses; empty when subscriber_mask_ is 128
  AddressRegions special_regions_;   // martians, bindings and rules
  // Does not change after publish().
  HugeArray<RuleEntry> rule_entries_;
  RuleIndex rule_index_;             // from IPv6 prefixes to rule_entries_
  std::vector<CountedPrefix> dmrs_;  // of the MAP-T rules; few
  bool strict_ce_address_ = true;
  std::uint8_t subscriber_mask_ = 128;

  // Not read by other threads.
  std::map<std::pair<unsigned, std::uint32_t>, StoredRule> rules_;  // by prefix length and address
  std::unordered_map<std::uint32_t, std::uint32_t> shared_;         // number of bindings, by shared address
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
  std::set<Place> subscribers_;  // bindings; empty without index_subscribers()
  std::size_t size_ = 0;
  BindingIds ids_;                  // one for each slot of softwires_
  Reclaimer* reclaimer_ = nullptr;  // null before publish()
  std::size_t retired_ = 0;         // blocks and identifiers that wait in the reclaimer
};

}  // namespace softwire::dataplane
