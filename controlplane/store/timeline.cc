// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/store/timeline.h"

#include <ctime>

#include <algorithm>
#include <fstream>

namespace softwire::controlplane {

namespace {

using std::chrono::milliseconds;

// The clock has come back when it differs by no more than this from what it showed before it went wrong.
constexpr milliseconds kCameBack(2'000);

std::string read_boot() {
  std::string boot;
  std::getline(std::ifstream("/proc/sys/kernel/random/boot_id"), boot);
  return boot.substr(0, 36);
}

// Goes on while the machine sleeps.
milliseconds read_running() {
  timespec running{};
  clock_gettime(CLOCK_BOOTTIME, &running);
  return std::chrono::duration_cast<milliseconds>(std::chrono::seconds(running.tv_sec) +
                                                  std::chrono::nanoseconds(running.tv_nsec));
}

}  // namespace

ClockReading read_clocks() {
  static const std::string boot = read_boot();
  // The thread may have to wait for a processor between the clocks; then they do not belong together.
  constexpr int kAttempts = 10;
  constexpr milliseconds kTogether(20);
  ClockReading reading{{}, {}, boot};
  for (int i = 0; i < kAttempts; ++i) {
    reading.running = read_running();
    reading.system = wall_now();
    if (read_running() - reading.running < kTogether) break;
  }
  return reading;
}

// A clock that is set back to a place where it has been, or between two such places, was wrong in between. A
// machine that was off in between makes the difference: then the place is not quite the same.
std::optional<std::size_t> Timeline::last_right(milliseconds ahead) const {
  for (std::size_t i = segments_.size(); i-- > 0;) {
    if (std::chrono::abs(segments_[i].ahead - ahead) <= kCameBack) return i;
  }
  if (ahead >= segments_.back().ahead) return std::nullopt;
  for (std::size_t i = segments_.size(); i-- > 0;) {
    if (segments_[i].ahead <= ahead) return i;
  }
  return std::nullopt;
}

void Timeline::add(const ClockStep& step) {
  const milliseconds ahead = step.ahead();
  if (const auto right = last_right(ahead)) {
    for (std::size_t i = *right + 1; i < segments_.size(); ++i) segments_[i].right = segments_[*right].right;
  }
  segments_.push_back({step.at, ahead, ahead, WallTime::min()});
  for (std::size_t i = 1; i < segments_.size(); ++i) {
    const Segment& before = segments_[i - 1];
    segments_[i].least = std::max(before.least, segments_[i].from + before.right);
  }
}

WallTime Timeline::shown(WallTime record) const {
  if (record == WallTime::max()) return record;
  const auto next = std::ranges::upper_bound(segments_, record, {}, &Segment::from);
  return std::max(record + std::prev(next)->right, std::prev(next)->least);
}

WallTime Timeline::end_of(std::size_t segment, WallTime now) const {
  return segment + 1 < segments_.size() ? segments_[segment + 1].from : now + milliseconds(1);
}

std::vector<RecordedMoment> Timeline::moments(WallTime system, WallTime now) const {
  std::vector<RecordedMoment> found;
  for (std::size_t i = segments_.size(); i-- > 0;) {
    const WallTime at = system - segments_[i].ahead;
    if (at >= segments_[i].from && at < end_of(i, now)) found.push_back({at, true});
  }
  if (found.size() > 1) {
    for (RecordedMoment& moment : found) moment.is_certain = false;
  }
  if (!found.empty()) return found;
  // No clock showed the time. Perhaps a right clock would have.
  for (std::size_t i = segments_.size(); i-- > 0;) {
    const WallTime at = system - segments_[i].right;
    if (at >= segments_[i].from && at < end_of(i, now)) return {{at, false}};
  }
  // The clock went over it, in the latest step that did.
  for (std::size_t i = segments_.size(); i-- > 1;) {
    const WallTime before = segments_[i].from + segments_[i - 1].ahead;
    const WallTime after = segments_[i].from + segments_[i].ahead;
    if (before <= system && system < after) return {{segments_[i].from - milliseconds(1), false}};
  }
  return {{system - segments_.back().ahead, true}};  // in the future
}

}  // namespace softwire::controlplane
