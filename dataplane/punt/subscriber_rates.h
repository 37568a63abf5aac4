// SPDX-License-Identifier: BSD-3-Clause
// A rate limit for each source of DHCP messages. The number of sources is not limited (RFC 7785: what one
// subscriber may have is counted by prefix).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "dataplane/policy/source_rates.h"
#include "softwire/source_kind.h"
#include "softwire/time.h"

namespace softwire::dataplane {

// Each kind of sources has a memory of its own, because a flood of one kind would make a common memory forget
// what sources of another kind have used. One thread owns it.
class SubscriberRates {
 public:
  // `rate`: messages per second; 0 counts as 1. `burst`: messages at once. `seed`: for the hash; hard to
  // guess.
  SubscriberRates(std::uint32_t rate, std::uint32_t burst, std::uint64_t seed)
      : rates_{SourceRates(rate, burst, seed), SourceRates(rate, burst, seed + 1),
               SourceRates(rate, burst, seed + 2)} {}
  // Sets new limits, and resets all sources.
  void configure(std::uint32_t rate, std::uint32_t burst) {
    for (SourceRates& rates : rates_) rates.configure(rate, burst);
  }

  // Returns whether one more message of this source is allowed now, and counts it if so. `now` may be equal
  // to an earlier time.
  bool take(const Source& source, Instant now) {
    // Prefixes of different lengths may begin with the same address.
    return rates_[static_cast<std::size_t>(source.kind)].take(source.prefix.address, now,
                                                              source.prefix.length);
  }

 private:
  std::array<SourceRates, kSourceKinds> rates_;  // by kind
};

}  // namespace softwire::dataplane
