// SPDX-License-Identifier: BSD-3-Clause
// A rate limit for each subscriber. The number of subscribers is not limited: they share a fixed number of
// places by the hash of their prefixes (RFC 7785: what one subscriber may have is counted by prefix).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "softwire/address.h"
#include "softwire/time.h"

namespace softwire::dataplane {

// A place stores the time at which it would be unused again if all its messages had come at the rate (generic
// cell rate algorithm, ITU-T I.371). It has eight octets, so that all places stay in the first-level cache
// during a flood.
class SubscriberRates {
 public:
  // `rate`: messages per second; 0 counts as 1. `burst`: messages at once. `mask`: bits of a subscriber's
  // prefix, 0 to 128. `seed`: for the hash; hard to guess.
  SubscriberRates(std::uint32_t rate, std::uint32_t burst, std::uint8_t mask, std::uint64_t seed)
      : seed_(seed) {
    configure(rate, burst, mask);
  }
  // Sets new limits, and resets all subscribers.
  void configure(std::uint32_t rate, std::uint32_t burst, std::uint8_t mask) {
    interval_ = Instant(kSecond / std::max<std::int64_t>(1, rate));
    depth_ = interval_ * (std::int64_t{burst} - 1);
    mask_ = mask;
    places_.fill(Instant::min());
  }

  // Returns whether one more message is allowed now, and counts it if so. `now` may be equal to an earlier
  // time.
  bool take(const Ipv6Address& address, Instant now) {
    Instant& conforms = places_[place_of(address)];
    const Instant start = std::max(conforms, now);
    if (start - now > depth_) return false;
    conforms = start + interval_;
    return true;
  }

 private:
  static constexpr std::int64_t kSecond = 1'000'000'000;  // in nanoseconds
  static constexpr unsigned kPlaceBits = 12;

  [[nodiscard]] std::size_t place_of(const Ipv6Address& address) const {
    const Ipv6Address subscriber = Ipv6Prefix::of(address, mask_).address;
    constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15;  // 2^64 by the golden ratio
    const std::uint64_t mixed = (subscriber.high() * kOdd ^ subscriber.low() ^ seed_) * kOdd;
    return mixed >> (64 - kPlaceBits);
  }

  std::uint64_t seed_;
  Instant interval_{};
  Instant depth_{};
  std::uint8_t mask_ = 128;
  std::array<Instant, 1U << kPlaceBits> places_{};
};

}  // namespace softwire::dataplane
