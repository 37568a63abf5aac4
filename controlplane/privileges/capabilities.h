// SPDX-License-Identifier: BSD-3-Clause
// Capabilities (capabilities(7)) of a process with several threads. The kernel keeps them for each thread.
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

// Limits the calling thread to those of `kept` that it has. All other threads lose all capabilities. No
// thread may start or end during the call. Interrupts system calls of the other threads by a signal.
Result<Done> limit_capabilities(CapabilitySet kept);

// Limits only the calling thread.
Result<Done> limit_own_capabilities(CapabilitySet kept);

}  // namespace softwire::controlplane
