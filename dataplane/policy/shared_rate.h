// SPDX-License-Identifier: BSD-3-Clause
// A common rate limit in which subscribers have a share of their own: half of the rate. Others cannot use it,
// so that they cannot stop subscribers. Subscribers may use the other half too. One thread owns it.
#pragma once

#include <cstdint>

#include "dataplane/policy/token_bucket.h"
#include "softwire/time.h"

namespace softwire::dataplane {

class SharedRate {
 public:
  // `rate`: a second, of all together. `burst`: at once.
  SharedRate(std::uint32_t rate, std::uint32_t burst)
      : share_(rate / kShare, burst / kShare), rest_(rate - rate / kShare, burst - burst / kShare) {}

  // Returns whether one more is allowed now, and counts it if so. `is_subscriber`: the source has a binding,
  // a lease or a rule.
  bool take(bool is_subscriber, Instant now) {
    return (is_subscriber && share_.take(now)) || rest_.take(now);
  }

 private:
  static constexpr std::uint32_t kShare = 2;

  TokenBucket share_;
  TokenBucket rest_;
};

}  // namespace softwire::dataplane
