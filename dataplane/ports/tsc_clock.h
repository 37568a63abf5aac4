// SPDX-License-Identifier: BSD-3-Clause
// The clock of the workers: the time since the start of the machine, from the time stamp counter (TSC).
#pragma once

#include <rte_cycles.h>

#include <cstdint>

#include "softwire/time.h"

namespace softwire::dataplane {

// All clocks of a process show the same time.
class TscClock {
 public:
  TscClock() : nanoseconds_per_cycle_((std::uint64_t{1'000'000'000} << kShift) / rte_get_tsc_hz()) {}
  [[nodiscard]] Instant now() const {
    return Instant(
        static_cast<std::int64_t>((static_cast<Wide>(rte_rdtsc()) * nanoseconds_per_cycle_) >> kShift));
  }

 private:
  __extension__ using Wide = unsigned __int128;
  static constexpr unsigned kShift = 32;
  std::uint64_t nanoseconds_per_cycle_;  // fixed point
};

}  // namespace softwire::dataplane
