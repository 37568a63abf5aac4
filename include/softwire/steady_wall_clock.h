// SPDX-License-Identifier: BSD-3-Clause
// Wall-clock time for leases: a lease must not end earlier or later because somebody sets the system clock.
#pragma once

#include <chrono>

#include "softwire/wall_time.h"

namespace softwire {

// Starts with the system time at its construction, and then adds the time that has passed. Steps of the
// system clock do not move it, such as that of a machine that gets the time from the network after its start.
class SteadyWallClock {
 public:
  using Steady = std::chrono::steady_clock;

  SteadyWallClock() : SteadyWallClock(wall_now(), Steady::now()) {}
  SteadyWallClock(WallTime start, Steady::time_point at) : start_(start), at_(at) {}

  [[nodiscard]] WallTime time(Steady::time_point at) const {
    return start_ + std::chrono::floor<std::chrono::milliseconds>(at - at_);
  }
  [[nodiscard]] WallTime now() const { return time(Steady::now()); }

 private:
  WallTime start_;
  Steady::time_point at_;
};

}  // namespace softwire
