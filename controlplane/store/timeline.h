// SPDX-License-Identifier: BSD-3-Clause
// The time of the record, and the system clock beside it.
//
// The record has a time of its own: milliseconds since 1970 that only grow, as the machine's monotonic clock
// does. A step of the system clock does not move it. The record stores each step, so a time that the system
// clock has shown leads to the time of the record at that moment, and back.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "softwire/wall_time.h"

namespace softwire::controlplane {

// The clocks of the machine at one moment.
struct ClockReading {
  WallTime system;
  std::chrono::milliseconds running{};  // since the machine started, without steps
  std::string boot;                     // names this run of the machine
};
using ReadClocks = std::function<ClockReading()>;
// Reads the clocks of this machine.
ClockReading read_clocks();

// Smaller differences between the clocks are not steps.
inline constexpr std::chrono::milliseconds kLeastStep(500);

// The time of the record now. May be used from any thread, and outlives the store.
class RecordClock {
 public:
  RecordClock() = default;
  explicit RecordClock(ReadClocks read) : read_(std::move(read)) {}

  [[nodiscard]] ClockReading read() const { return read_(); }
  [[nodiscard]] WallTime at(const ClockReading& reading) const {
    return WallTime(reading.running + std::chrono::milliseconds(shared_->offset.load()));
  }
  [[nodiscard]] WallTime now() const { return at(read_()); }
  // Returns what the system clock should show at a time of the record that is near to now, or in the future.
  [[nodiscard]] WallTime shown(WallTime record) const {
    return record == WallTime::max() ? record : record + std::chrono::milliseconds(shared_->ahead.load());
  }
  // Returns whether the system clock has made a step that the record does not know yet.
  [[nodiscard]] bool has_step(const ClockReading& reading) const {
    return std::chrono::abs(reading.system - shown(at(reading))) >= kLeastStep;
  }

  // --- for the store ---
  // Sets the clock so that it shows `now` at the reading.
  void set(WallTime now, const ClockReading& reading) {
    shared_->offset = (now.time_since_epoch() - reading.running).count();
  }
  void set_ahead(std::chrono::milliseconds ahead) { shared_->ahead = ahead.count(); }

 private:
  struct Shared {
    std::atomic<std::int64_t> offset = 0;  // from the monotonic clock to the time of the record, milliseconds
    std::atomic<std::int64_t> ahead = 0;   // from the time of the record to the system clock
  };
  ReadClocks read_ = read_clocks;
  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
};

// A step of the system clock: it showed `after` when it should have shown `before`.
struct ClockStep {
  enum class Cause : std::uint8_t {
    kStep = 0,   // while the machine was running
    kStart = 1,  // the machine was started again; part of the step may be the time that it was off
  };
  WallTime at;  // time of the record
  WallTime before;
  WallTime after;
  Cause cause = Cause::kStep;

  [[nodiscard]] std::chrono::milliseconds ahead() const { return after - at; }
};
inline constexpr std::string_view name_of(ClockStep::Cause cause) {
  return cause == ClockStep::Cause::kStep ? "step" : "start";
}

// A moment of the record that a system time leads to.
struct RecordedMoment {
  WallTime at;
  bool is_certain = true;  // false: the clock has not shown this time, or has shown it more than once
};

class Timeline {
 public:
  // Takes a step. Requires: it is later than the steps before it.
  void add(const ClockStep& step);

  // Returns what the system clock should show at the time of the record, as far as the latest step tells.
  [[nodiscard]] WallTime expected(WallTime record) const { return record + ahead(); }
  // Returns how far the system clock is ahead of the record since the latest step.
  [[nodiscard]] std::chrono::milliseconds ahead() const { return segments_.back().ahead; }
  // Returns what the system clock has shown at the time of the record. If the clock was wrong for a while and
  // then came back, returns what a right clock would have shown. Never runs backwards: after a step back,
  // returns the time before the step until the clock has passed that.
  [[nodiscard]] WallTime shown(WallTime record) const;
  // Returns the moments of the record at which the system clock showed a time; at least one. `now`: the time
  // of the record now. A moment may be later than `now`: then the time is in the future.
  [[nodiscard]] std::vector<RecordedMoment> moments(WallTime system, WallTime now) const;

 private:
  struct Segment {
    WallTime from;                      // time of the record
    std::chrono::milliseconds ahead{};  // of the system clock
    std::chrono::milliseconds right{};  // the same, if the clock came back later
    WallTime least = WallTime::min();   // what was shown before
  };
  // Returns the first segment after which the clock was wrong, if a step to `ahead` sets it right.
  [[nodiscard]] std::optional<std::size_t> last_right(std::chrono::milliseconds ahead) const;
  [[nodiscard]] WallTime end_of(std::size_t segment, WallTime now) const;

  std::vector<Segment> segments_ = {{WallTime::min(), {}, {}, WallTime::min()}};
};

}  // namespace softwire::controlplane
