// SPDX-License-Identifier: BSD-3-Clause
// A common rate that sources share fairly. The less is left of it, the less a source may have used lately.
#pragma once

#include <algorithm>
#include <cstdint>

#include "dataplane/policy/recent_use.h"
#include "dataplane/policy/token_bucket.h"
#include "softwire/address.h"
#include "softwire/time.h"

namespace softwire::dataplane {

// A token bucket for all sources, and for each source what it used lately: in about the last second, the
// older the less it counts. Sources that ask for more than there is use the same each, because all of them
// meet the same limit, and they leave tokens for sources that ask now and then (Choudhury and Hahne, "Dynamic
// queue length thresholds", 1998). What nobody else needs, one source may have. One thread owns it.
class EqualShareRate {
 public:
  // `seed`: for the hash; hard to guess. Without configure() nothing passes.
  explicit EqualShareRate(std::uint64_t seed) : use_(seed) {}

  // Sets new limits, and resets all sources. `rate`: tokens per second of all sources, and the burst; values
  // above kMostRate count as that. `source_rate`: the same of one source, while less than half of the tokens
  // are left.
  void configure(std::uint32_t rate, std::uint32_t source_rate) {
    const std::uint32_t most = std::min(rate, kMostRate);
    common_ = TokenBucket(most, most);
    capacity_ = std::uint64_t{most} * kToken;
    source_limit_ = source_rate * kToken;
    use_.reset();
  }

  // Returns whether one more is allowed now, and counts it if so. `now` may be equal to an earlier time.
  // Sources of different kinds do not count together. Requires: kind < 256.
  bool take(const Ipv6Address& source, Instant now, unsigned kind = 0) {
    const auto place = use_.find(source, kind, now);
    if (!may_take(place.use, now) || !common_.take(now)) return false;
    use_.count(place, now);
    return true;
  }

 private:
  static constexpr std::uint32_t kMostRate = 4'000'000;
  static constexpr std::uint64_t kToken = TokenBucket::kThousandths;  // the unit of what is left and used

  // Returns whether a source that used this much lately may have a token.
  [[nodiscard]] bool may_take(std::uint64_t used, Instant now) const {
    // The square leaves most of the tokens to one source, and enough for new ones when there are many: of
    // 750 a second, 250 sources have 3 each, and leave 10.
    constexpr std::uint64_t kSteepness = 20;
    const std::uint64_t left = common_.left(now);
    if (left < kToken) return false;
    if (used > left * left / capacity_ * kSteepness) return false;
    const std::uint64_t half = capacity_ / 2;
    return source_limit_ >= capacity_ ||
           used + kToken <= source_limit_ + (left > half ? 4 * (left - half) : 0);
  }

  TokenBucket common_{0, 0};
  std::uint64_t capacity_ = 0;
  std::uint64_t source_limit_ = 0;
  // The half-life is 693 ms, so that a source that uses `r` a second has used `r` lately.
  RecentUse<693, 10, kToken> use_;
};

}  // namespace softwire::dataplane
