// SPDX-License-Identifier: BSD-3-Clause
// A token bucket: so many packets a second on average, so many at once.
#pragma once

#include <algorithm>
#include <cstdint>

#include "softwire/time.h"

namespace softwire::dataplane {

class TokenBucket {
 public:
  // rate: tokens a second; burst: tokens, full at the start. A rate of 0 lets nothing through after the
  // burst.
  constexpr TokenBucket(std::uint32_t rate, std::uint32_t burst)
      : rate_(rate),
        capacity_(std::int64_t{burst} * kSecond),
        refill_time_(rate == 0 ? 0 : capacity_ / rate + 1),
        level_(capacity_) {}

  // True, and a token taken, when there was one. `now` may stand still; going back counts as standing still.
  constexpr bool take(Instant now) {
    if (now > last_) {
      // Beyond a full refill more time adds nothing; so the product below cannot overflow.
      const std::int64_t elapsed = std::min((now - last_).count(), refill_time_);
      level_ = std::min(capacity_, level_ + elapsed * rate_);
      last_ = now;
    }
    if (level_ < kSecond) return false;
    level_ -= kSecond;
    return true;
  }

 private:
  static constexpr std::int64_t kSecond = 1'000'000'000;  // level in tokens times nanoseconds

  std::int64_t rate_;
  std::int64_t capacity_;
  std::int64_t refill_time_;  // nanoseconds from empty to full
  std::int64_t level_;
  Instant last_{};
};

}  // namespace softwire::dataplane
