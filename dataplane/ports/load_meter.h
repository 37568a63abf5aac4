// SPDX-License-Identifier: BSD-3-Clause
// Measures how busy a worker is, from the time that the worker reads once a round anyway.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "dataplane/counters/worker_load.h"
#include "softwire/binding.h"
#include "softwire/time.h"

namespace softwire::dataplane {

// For the worker's thread.
class LoadMeter {
 public:
  static constexpr Instant kWindow = std::chrono::seconds(1);

  // Begins a round, and ends the one before.
  void begin_round(Instant now) {
    const auto took = static_cast<std::uint64_t>((now - round_begun_).count());
    if (has_begun_) [[likely]] {
      load_.total.nanoseconds += took;
      load_.total.busy_nanoseconds += is_busy_ ? took : 0;
    }
    has_begun_ = true;
    round_begun_ = now;
  }
  // Tells whether this round had frames.
  void end_round(bool is_busy) { is_busy_ = is_busy; }

  // Counts what a poll of a receive queue returned.
  void count_burst(unsigned frames) {
    load_.total.bursts += frames != 0 ? 1 : 0;
    load_.total.frames += frames;
  }

  // Notes how many frames wait in the queue of a side. `size`: 0 if the driver cannot tell.
  void note_queue(Side side, std::uint64_t frames, std::uint64_t size) {
    const auto place = static_cast<std::size_t>(side);
    load_.queues[place].frames = frames;
    load_.queues[place].size = size;
    highest_[place] = std::max(highest_[place], frames);
  }

  // Returns the load. Call it about once a millisecond: a window ends then.
  [[nodiscard]] const WorkerLoad& look(Instant now) {
    if (now - window_begun_ < kWindow) return load_;
    load_.second = load_.total - before_window_;
    before_window_ = load_.total;
    window_begun_ = now;
    for (std::size_t place = 0; place < highest_.size(); ++place) {
      load_.queues[place].peak = highest_[place];
      highest_[place] = 0;
    }
    return load_;
  }

 private:
  WorkerLoad load_;
  Load before_window_;
  std::array<std::uint64_t, 2> highest_{};  // frames that waited in this window, by Side
  Instant round_begun_{};
  Instant window_begun_{};
  bool has_begun_ = false;
  bool is_busy_ = false;
};

}  // namespace softwire::dataplane
