// SPDX-License-Identifier: BSD-3-Clause
// Tells how long a thread has made no progress. The thread counts its rounds; another one looks at the count.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace softwire::controlplane {

// For one thread.
class Progress {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // Returns since how long the count has been the same. `rounds`: the count now. Between two looks the count
  // is not seen, so the time begins at the last look that saw another count.
  std::chrono::milliseconds look(std::uint64_t rounds, Time now) {
    if (!rounds_ || *rounds_ != rounds) {
      rounds_ = rounds;
      since_ = now;
    }
    return std::chrono::duration_cast<std::chrono::milliseconds>(now - since_);
  }

 private:
  std::optional<std::uint64_t> rounds_;
  Time since_;
};

}  // namespace softwire::controlplane
