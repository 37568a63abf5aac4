// SPDX-License-Identifier: BSD-3-Clause
// A small set of IPv6 addresses with a fast contains(). It holds the BR addresses.
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

// The set counts how often each address was added, so that several bindings can share one. After publish(),
// readers see slots that do not change: an added or removed address puts new slots in their place.
class AddressSet {
 public:
  AddressSet();
  ~AddressSet();
  AddressSet(const AddressSet&) = delete;
  AddressSet& operator=(const AddressSet&) = delete;

  // Adds an address. Requires: it is not "::".
  void add(const Ipv6Address& address);
  // Takes back one addition of the address. Does nothing when the set does not contain it.
  void remove(const Ipv6Address& address);
  // Lets other threads call contains() while one thread changes the set. The reclaimer must outlive every
  // later change.
  void publish(Reclaimer& reclaimer) { reclaimer_ = &reclaimer; }

  // --- any thread, after publish() ---
  [[nodiscard]] bool contains(const Ipv6Address& address) const {
    const Slots& slots = *slots_.load(std::memory_order_acquire);
    return !slots[find(slots, address)].is_unspecified();
  }

  // --- only the thread that changes the set ---
  [[nodiscard]] std::size_t size() const { return additions_.size(); }
  [[nodiscard]] std::vector<Ipv6Address> addresses() const;  // ascending

 private:
  using Slots = std::vector<Ipv6Address>;  // size: a power of two; "::": a free slot

  // Returns the slot of the address, or the free slot where it would go. Linear probing; at most half of the
  // slots are used.
  [[nodiscard]] static std::size_t find(const Slots& slots, const Ipv6Address& address) {
    const std::size_t mask = slots.size() - 1;
    std::size_t at = std::hash<Ipv6Address>()(address) & mask;
    while (!slots[at].is_unspecified() && !(slots[at] == address)) at = (at + 1) & mask;
    return at;
  }
  // Replaces the slots by new ones with all addresses.
  void rebuild();

  std::atomic<Slots*> slots_;
  std::unordered_map<Ipv6Address, std::uint32_t> additions_;  // never 0
  Reclaimer* reclaimer_ = nullptr;                            // null before publish()
};

}  // namespace softwire::dataplane
