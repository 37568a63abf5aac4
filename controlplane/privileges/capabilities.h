// SPDX-License-Identifier: BSD-3-Clause
// Capabilities (capabilities(7)) of a process that has several threads. To the kernel they are each thread's
// own.
#pragma once

#include <cstdint>
#include <initializer_list>

#include "softwire/result.h"

namespace softwire::controlplane {

// Capability N of <linux/capability.h> is bit N.
class CapabilitySet {
 public:
  constexpr CapabilitySet() = default;
  constexpr CapabilitySet(std::initializer_list<unsigned> capabilities) {
    for (const unsigned capability : capabilities) add(capability);
  }
  constexpr void add(unsigned capability) { bits_ |= std::uint64_t{1} << capability; }
  [[nodiscard]] constexpr std::uint64_t bits() const { return bits_; }

 private:
  std::uint64_t bits_ = 0;
};

// The calling thread keeps those of `kept` that it has, the others keep none. No thread may be starting or
// ending meanwhile. Interrupts their system calls by a signal.
Result<Done> limit_capabilities(CapabilitySet kept);

// The same for the calling thread, and no other.
Result<Done> limit_own_capabilities(CapabilitySet kept);

}  // namespace softwire::controlplane
