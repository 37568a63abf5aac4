// SPDX-License-Identifier: BSD-3-Clause
// A token bucket: it limits packets per second on average, and the size of a burst. One thread owns it.
#pragma once

#include <algorithm>
#include <cstdint>

#include "softwire/time.h"

namespace softwire::dataplane {

class TokenBucket {
 public:
  // `rate`: tokens per second. `burst`: tokens in a full bucket; the bucket is full at the start. With a rate
  // of 0 nothing passes after the burst.
  constexpr TokenBucket(std::uint32_t rate, std::uint32_t burst)
      : rate_(rate),
        capacity_(std::int64_t{burst} * kSecond),
        refill_time_(rate == 0 ? 0 : capacity_ / rate + 1),
        level_(capacity_) {}

  // Takes a token. Returns false when fewer than `left` would remain. `now` may be equal to an earlier time;
  // a time that goes back counts as no time passed.
  constexpr bool take(Instant now, std::uint32_t left = 0) {
    level_ = level_at(now);
    last_ = std::max(last_, now);
    if (level_ < kSecond + std::int64_t{left} * kSecond) return false;
    level_ -= kSecond;
    return true;
  }
  // Returns the tokens in the bucket, in thousandths.
  static constexpr std::uint64_t kThousandths = 1000;
  [[nodiscard]] constexpr std::uint64_t left(Instant now) const {
    return static_cast<std::uint64_t>(level_at(now)) / (kSecond / kThousandths);
  }

 private:
  [[nodiscard]] constexpr std::int64_t level_at(Instant now) const {
    if (now <= last_) return level_;
    // More time than a full refill takes adds nothing. This limit keeps the product below from overflow.
    const std::int64_t elapsed = std::min((now - last_).count(), refill_time_);
    return std::min(capacity_, level_ + elapsed * rate_);
  }

  static constexpr std::int64_t kSecond =
      1'000'000'000;  // nanoseconds; level_ and capacity_ are in tokens times nanoseconds

  std::int64_t rate_;
  std::int64_t capacity_;
  std::int64_t refill_time_;  // nanoseconds from empty to full
  std::int64_t level_;
  Instant last_{};
};

}  // namespace softwire::dataplane
