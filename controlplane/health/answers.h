// SPDX-License-Identifier: BSD-3-Clause
// Tells whether others answer at all. Not every message has an answer, so silence means: several messages,
// and some time, without one.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace softwire::controlplane {

// For one thread.
class Answers {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::uint64_t kMessages = 4;
  static constexpr std::chrono::seconds kPatience{10};

  struct Silence {
    std::uint64_t messages = 0;     // without an answer
    std::chrono::seconds since{0};  // the first of them
  };
  // Returns the silence, or nullopt when there is none. `asked`, `answered`: the numbers of messages and
  // answers so far. They never decrease.
  std::optional<Silence> look(std::uint64_t asked, std::uint64_t answered, Time now) {
    if (!known_ || answered != answered_) {
      known_ = true;
      answered_ = answered;
      asked_ = asked;
      first_.reset();
    }
    if (asked == asked_) return std::nullopt;
    if (!first_) first_ = now;
    const Silence silence{asked - asked_, std::chrono::duration_cast<std::chrono::seconds>(now - *first_)};
    if (silence.messages < kMessages || silence.since < kPatience) return std::nullopt;
    return silence;
  }

 private:
  bool known_ = false;
  std::uint64_t asked_ = 0;  // at the last answer
  std::uint64_t answered_ = 0;
  std::optional<Time> first_;  // when the first message without an answer was seen
};

}  // namespace softwire::controlplane
