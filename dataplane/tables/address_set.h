// SPDX-License-Identifier: BSD-3-Clause
// A small set of IPv6 addresses with a fast "is it one of ours": BR addresses.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "softwire/address.h"

namespace softwire::dataplane {

class Reclaimer;

// Every address counts how often it was added, so that several bindings can share one. Readers of a published
// set see one that does not change; another takes its place when an address comes or goes.
class AddressSet {
 public:
  AddressSet();
  ~AddressSet();
  AddressSet(const AddressSet&) = delete;
  AddressSet& operator=(const AddressSet&) = delete;

  // Not "::".
  void add(const Ipv6Address& address);
  // Takes one addition back; an address that is not there is left alone.
  void remove(const Ipv6Address& address);
  // From here on others may read while it is changed. The reclaimer must outlive every later change.
  void publish(Reclaimer& reclaimer) { reclaimer_ = &reclaimer; }

  // --- readers ---
  [[nodiscard]] bool contains(const Ipv6Address& address) const {
    const Slots& slots = *slots_.load(std::memory_order_acquire);
    return !slots[find(slots, address)].is_unspecified();
  }

  // --- the thread that changes it ---
  [[nodiscard]] std::size_t size() const { return additions_.size(); }
  [[nodiscard]] std::vector<Ipv6Address> addresses() const;  // ascending

 private:
  using Slots = std::vector<Ipv6Address>;  // a power of two of them; "::": free

  // The slot of the address, or the free one where it would go. Linear probing; at most half of the slots are
  // used.
  [[nodiscard]] static std::size_t find(const Slots& slots, const Ipv6Address& address) {
    const std::size_t mask = slots.size() - 1;
    std::size_t at = std::hash<Ipv6Address>()(address) & mask;
    while (!slots[at].is_unspecified() && !(slots[at] == address)) at = (at + 1) & mask;
    return at;
  }
  // Puts slots with all addresses in place of the present ones.
  void rebuild();

  std::atomic<Slots*> slots_;
  std::unordered_map<Ipv6Address, std::uint32_t> additions_;  // none is 0
  Reclaimer* reclaimer_ = nullptr;                            // once published
};

}  // namespace softwire::dataplane
