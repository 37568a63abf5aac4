// SPDX-License-Identifier: BSD-3-Clause
// Wall-clock time for leases: what lasts a time must not end sooner or later because somebody sets the clock.
#pragma once

#include <chrono>

#include "softwire/wall_time.h"

namespace softwire {

// The system's time when it was made, and from then on the time that has passed: steps of the system's clock,
// such as that of a machine that learns the time after its start, do not move it.
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
