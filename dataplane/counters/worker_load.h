// SPDX-License-Identifier: BSD-3-Clause
// How busy a worker is. The worker counts it; CounterPublisher publishes it.
#pragma once

#include <array>
#include <cstdint>

#include "softwire/binding.h"

namespace softwire::dataplane {

// A worker comes round all the time: it polls its receive queues, processes what it received, and begins
// again. A round with frames is busy. Frames that the control plane sends count too.
struct Load {
  std::uint64_t nanoseconds = 0;       // of all rounds
  std::uint64_t busy_nanoseconds = 0;  // of the busy rounds
  std::uint64_t bursts = 0;            // polls of a receive queue that returned frames
  std::uint64_t frames = 0;            // received with these bursts

  friend Load operator-(const Load& later, const Load& earlier) {
    return {later.nanoseconds - earlier.nanoseconds, later.busy_nanoseconds - earlier.busy_nanoseconds,
            later.bursts - earlier.bursts, later.frames - earlier.frames};
  }
  friend bool operator==(const Load&, const Load&) = default;
};

// The frames that wait in a receive queue for the worker. The worker looks once a millisecond.
struct QueueFill {
  std::uint64_t frames = 0;  // at the latest look
  std::uint64_t peak = 0;    // the most of the latest whole second
  std::uint64_t size = 0;    // the queue has room for so many; 0: the driver cannot tell
  friend bool operator==(const QueueFill&, const QueueFill&) = default;
};

struct WorkerLoad {
  Load total;                         // since the worker began
  Load second;                        // the latest whole second
  std::array<QueueFill, 2> queues{};  // by Side; on a stick both are in kIpv4
};

// Returns the part of the time that was busy, from 0 to 1; 0 if there was no time.
[[nodiscard]] inline double busy_share(const Load& load) {
  return load.nanoseconds == 0
             ? 0
             : static_cast<double>(load.busy_nanoseconds) / static_cast<double>(load.nanoseconds);
}
// Returns the mean number of frames in a burst; 0 if there was none.
[[nodiscard]] inline double mean_burst(const Load& load) {
  return load.bursts == 0 ? 0 : static_cast<double>(load.frames) / static_cast<double>(load.bursts);
}
// Returns the busy nanoseconds for each received frame; 0 if there was none.
[[nodiscard]] inline double nanoseconds_per_frame(const Load& load) {
  return load.frames == 0 ? 0 : static_cast<double>(load.busy_nanoseconds) / static_cast<double>(load.frames);
}

}  // namespace softwire::dataplane
