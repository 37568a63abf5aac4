// SPDX-License-Identifier: BSD-3-Clause
// Limits how often the changes of a state are told, because others may let it change as often as they like.
// The first change is told at once. While the state goes on changing, the time between two tellings doubles,
// from a second to a longest time. The last state is always told, with the number of changes.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace softwire::controlplane {

template <typename State>
class LimitedChanges {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Duration = Time::duration;

  // Times between two tellings.
  static constexpr std::chrono::seconds kShortest{1};
  static constexpr std::chrono::seconds kOfEvents{1};
  static constexpr std::chrono::seconds kOfLog{60};

  // What is to be told: the state now.
  struct Change {
    State before;             // that was told last; may be the same as now
    std::uint64_t times = 1;  // changes since then
    std::chrono::seconds within{};
    // Returns "", or with several changes " (changed 7 times in 60 s)".
    [[nodiscard]] std::string summary() const {
      if (times == 1) return {};
      return " (changed " + std::to_string(times) + " times in " + std::to_string(within.count()) + " s)";
    }
  };

  // `state`: is known already, and not told. `longest`: kShortest at least.
  LimitedChanges(State state, std::chrono::seconds longest)
      : told_(state), last_(std::move(state)), longest_(longest) {}

  // Notes the state now. Returns what is to be told now. A change that is not told now is told by a later
  // call, so call this about every second. A state between two calls is not seen.
  std::optional<Change> look(const State& state, Time now) {
    const bool was_withheld = changes_ != 0;
    if (!(state == last_)) {
      last_ = state;
      ++changes_;
    }
    if (changes_ == 0 || (told_at_ && now - *told_at_ < interval_)) return std::nullopt;
    const Duration since = told_at_ ? now - *told_at_ : Duration{};
    const bool is_new = !told_at_ || (!was_withheld && since >= longest_);
    interval_ = is_new ? Duration{kShortest} : std::min<Duration>(2 * interval_, longest_);
    told_at_ = now;
    return Change{std::exchange(told_, state), std::exchange(changes_, 0),
                  std::chrono::duration_cast<std::chrono::seconds>(since)};
  }

 private:
  State told_;
  State last_;
  std::chrono::seconds longest_;
  std::optional<Time> told_at_;
  Duration interval_{};
  std::uint64_t changes_ = 0;  // that are not told
};

}  // namespace softwire::controlplane
