// SPDX-License-Identifier: BSD-3-Clause
// Counts the packets in a ring whose ends other threads move.
#pragma once

#include <rte_ring.h>

#include <algorithm>
#include <cstdint>

namespace softwire::dataplane {

// Returns the number of packets in the ring. For any thread. rte_ring_count() would read the ends with plain
// loads.
[[nodiscard]] inline unsigned ring_count(const rte_ring& ring) {
  const std::uint32_t written = __atomic_load_n(&ring.prod.tail, __ATOMIC_RELAXED);
  const std::uint32_t read = __atomic_load_n(&ring.cons.tail, __ATOMIC_RELAXED);
  return std::min((written - read) & ring.mask, ring.capacity);
}

}  // namespace softwire::dataplane
