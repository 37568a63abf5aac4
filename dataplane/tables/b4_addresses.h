// SPDX-License-Identifier: BSD-3-Clause
// The B4 addresses of all bindings, for the packet path: it answers whether an IPv6 address is the
// subscriber's end of a softwire. The binding table itself is looked up by IPv4 address only.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "softwire/address.h"

namespace softwire::dataplane {

class Reclaimer;

// A hash set of 64-bit fingerprints, whose key is a random number, so that nobody can choose an address that
// collides with another. The set counts how often each address was added, because several bindings can share
// one. It consists of many small parts: when one of them grows, the writer copies that part only.
class B4Addresses {
 public:
  // `seed`: for the fingerprints; hard to guess.
  explicit B4Addresses(std::uint64_t seed);
  ~B4Addresses();
  B4Addresses(const B4Addresses&) = delete;
  B4Addresses& operator=(const B4Addresses&) = delete;

  // Adds an address once more.
  void add(const Ipv6Address& address);
  // Takes back one addition of the address. Does nothing when the set does not contain it.
  void remove(const Ipv6Address& address);
  // Lets other threads call contains() while one thread changes the set. The reclaimer must outlive every
  // later change.
  void publish(Reclaimer& reclaimer) { reclaimer_ = &reclaimer; }

  // --- any thread, after publish() ---
  [[nodiscard]] bool contains(const Ipv6Address& address) const;

  // --- only the thread that changes the set ---
  [[nodiscard]] std::size_t bytes() const;  // octets of memory

 private:
  using Fingerprint = std::uint64_t;
  static constexpr Fingerprint kFree = 0;
  static constexpr Fingerprint kRemoved = 1;  // continues the probe sequences that pass it
  static constexpr unsigned kPartBits = 10;

  // Open addressing with linear probing. A reader reads `slots` only.
  struct Part {
    explicit Part(std::size_t size) : slots(size), counts(size) {}
    std::vector<std::atomic<Fingerprint>> slots;  // size: a power of two; never full
    std::vector<std::uint32_t> counts;            // additions, by slot
    std::size_t used = 0;                         // slots that are not free
    std::size_t present = 0;                      // slots with a fingerprint
  };

  [[nodiscard]] Fingerprint fingerprint(const Ipv6Address& address) const;
  [[nodiscard]] static std::size_t part_of(Fingerprint fingerprint) {
    return fingerprint >> (64 - kPartBits);
  }
  // Returns the slot of the fingerprint, or the free slot that ends the search.
  [[nodiscard]] static std::size_t find(const Part& part, Fingerprint fingerprint);
  // Replaces a part by one that has room, without its removed slots.
  void rebuild(std::size_t number);

  const std::uint64_t seed_;
  std::array<std::atomic<Part*>, std::size_t{1} << kPartBits> parts_{};  // null: empty
  Reclaimer* reclaimer_ = nullptr;                                       // null before publish()
};

}  // namespace softwire::dataplane
