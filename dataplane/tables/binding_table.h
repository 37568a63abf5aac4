// The binding table of both directions. The key is (IPv4 address, port): the destination of a packet that
// goes to a subscriber, the inner source of one that comes from it (RFC 7596 section 6.2).
//
//   address --16, 8, 8 bits--> Leaf { block, psid offset and length } --psid--> Softwire { BR address, B4
//   address }
//
// One cache line for the leaf, one for the softwire; the levels above stay in cache.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>

#include "dataplane/tables/address_set.h"
#include "dataplane/tables/huge_array.h"
#include "softwire/address.h"
#include "softwire/binding.h"

namespace softwire::dataplane {

// The ends of a softwire, in the order of an IPv6 header from us to the subscriber: one copy writes both
// addresses.
struct alignas(32) Softwire {
  Ipv6Address br;
  Ipv6Address b4;

  // A B4 address always has a bit set in its upper half, so an all-zero slot is an empty one.
  [[nodiscard]] bool is_present() const { return b4.high() != 0; }
};
static_assert(sizeof(Softwire) == 32);

enum class TableError : std::uint8_t {
  kNone,
  kDuplicate,   // the address and PSID are bound already
  kPortLayout,  // another binding of the address has another PSID offset or length
  kBadBinding,  // B4 or BR address with an all-zero upper half, or an invalid port set
  kNotFound,
  kNoMemory,
};

// Not to be changed while another thread reads it.
class BindingTable {
 public:
  enum class Kind : std::uint8_t { kNone, kNode, kBinding };

  // What the address alone leads to. Eight octets, read and written as one.
  struct alignas(8) Leaf {
    std::uint32_t block = 0;  // kBinding: of softwires, indexed by PSID; kNode: of 256 leaves
    std::uint8_t psid_offset = 0;
    std::uint8_t psid_len = 0;
    Kind kind = Kind::kNone;
    std::uint8_t reserved = 0;

    [[nodiscard]] PortParameters parameters() const { return {psid_offset, psid_len}; }
    [[nodiscard]] bool is_shared() const { return psid_len != 0; }
  };

  struct Change {
    TableError error = TableError::kNone;
    Binding other;  // with kDuplicate and kPortLayout: the binding that stands in the way
  };

  // Null when memory is short.
  static std::unique_ptr<BindingTable> create();

  Change add(const Binding& binding);
  // Removes exactly this binding; kNotFound when there is none with the same five fields.
  Change remove(const Binding& binding);
  // A BR address that no binding names yet.
  void add_br(const Ipv6Address& br) { br_addresses_.add(br); }

  // --- the packet path; addresses and ports in host order ---
  void prefetch(std::uint32_t address) const { __builtin_prefetch(&root_[address >> 16]); }
  [[nodiscard]] Leaf find(std::uint32_t address) const {
    Leaf leaf = load(root_[address >> 16]);
    if (leaf.kind != Kind::kNode) return leaf;
    leaf = load(node(leaf)[(address >> 8) & 0xff]);
    if (leaf.kind != Kind::kNode) return leaf;
    return load(node(leaf)[address & 0xff]);
  }
  // Of a leaf of kind kBinding: the slot that the port leads to, be it empty. The port of a whole address is
  // ignored.
  [[nodiscard]] const Softwire* slot(Leaf leaf, Port port) const {
    return softwires_.at(leaf.block + leaf.parameters().psid_of(port));
  }
  // Ports of a shared address that are in nobody's set: A = 0 (RFC 7597 section 5.1), and the DHCPv4 client
  // port (draft-ietf-dhc-v4configuration-06 section 5.1 item 3).
  [[nodiscard]] static bool is_nobodys(Leaf leaf, Port port) {
    return leaf.is_shared() && (leaf.parameters().excludes(port) || port == kDhcpClientPort);
  }
  [[nodiscard]] bool is_br(const Ipv6Address& address) const { return br_addresses_.contains(address); }

  // --- everyone else ---
  [[nodiscard]] std::optional<Binding> lookup(Ipv4Address address, Port port) const;
  // True when some binding gives the address, or a part of its ports, to this B4 address.
  [[nodiscard]] bool owns(const Ipv6Address& b4, Ipv4Address address) const;
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] const AddressSet& br_addresses() const { return br_addresses_; }
  // Octets of memory that the packet path may touch.
  [[nodiscard]] std::size_t bytes() const { return kHugePageBytes + nodes_.bytes() + softwires_.bytes(); }

  ~BindingTable();
  BindingTable(const BindingTable&) = delete;
  BindingTable& operator=(const BindingTable&) = delete;

 private:
  using AtomicLeaf = std::atomic<Leaf>;
  static_assert(sizeof(AtomicLeaf) == 8 && AtomicLeaf::is_always_lock_free);
  static constexpr unsigned kNodeOrder = 8;  // 256 leaves

  BindingTable() = default;
  static Leaf load(const AtomicLeaf& leaf) { return leaf.load(std::memory_order_acquire); }
  [[nodiscard]] const AtomicLeaf* node(Leaf leaf) const { return nodes_.at(leaf.block); }
  // The leaf of the address, made if need be; null: no memory.
  AtomicLeaf* leaf_of(std::uint32_t address);
  // Frees the nodes above an address that have become empty.
  void prune(std::uint32_t address);
  [[nodiscard]] std::optional<Binding> any_binding(Ipv4Address address, Leaf leaf) const;

  AtomicLeaf* root_ = nullptr;  // 65536
  HugeArray<AtomicLeaf> nodes_;
  HugeArray<Softwire> softwires_;
  AddressSet br_addresses_;
  std::unordered_map<std::uint32_t, std::uint32_t> shared_;  // shared address: bindings of it
  std::size_t size_ = 0;
};

}  // namespace softwire::dataplane
