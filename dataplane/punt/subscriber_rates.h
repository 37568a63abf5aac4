// SPDX-License-Identifier: BSD-3-Clause
// A rate limit for each subscriber. The number of subscribers is not limited (RFC 7785: what one subscriber
// may have is counted by prefix).
#pragma once

#include <cstdint>

#include "dataplane/policy/source_rates.h"
#include "softwire/address.h"
#include "softwire/time.h"

namespace softwire::dataplane {

class SubscriberRates {
 public:
  // `rate`: messages per second; 0 counts as 1. `burst`: messages at once. `mask`: bits of a subscriber's
  // prefix, 0 to 128. `seed`: for the hash; hard to guess.
  SubscriberRates(std::uint32_t rate, std::uint32_t burst, std::uint8_t mask, std::uint64_t seed)
      : rates_(rate, burst, seed), mask_(mask) {}
  // Sets new limits, and resets all subscribers.
  void configure(std::uint32_t rate, std::uint32_t burst, std::uint8_t mask) {
    rates_.configure(rate, burst);
    mask_ = mask;
  }

  // Returns whether one more message is allowed now, and counts it if so. `now` may be equal to an earlier
  // time.
  bool take(const Ipv6Address& address, Instant now) {
    // All link-local addresses have one prefix, which is no subscriber's.
    return rates_.take(address.is_link_local() ? address : Ipv6Prefix::of(address, mask_).address, now);
  }

 private:
  SourceRates rates_;
  std::uint8_t mask_ = 128;
};

}  // namespace softwire::dataplane
