// SPDX-License-Identifier: BSD-3-Clause
// What sources have used of something lately.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "softwire/address.h"
#include "softwire/mix.h"
#include "softwire/time.h"

namespace softwire::dataplane {

// Counts what each source has used; a count decays by half in the half-life. A count has the unit 1 /
// kOneUse.
//
// The memory is limited, the number of sources is not: there are 2 to the power of kSetBits sets, and a hash
// chooses the set of a source. When more sources of a set are active than it has places, the one that has
// used least is forgotten. One thread owns it.
template <std::int64_t kHalfLifeMilliseconds, unsigned kSetBits, std::uint32_t kOneUse>
class RecentUse {
 public:
  static constexpr std::uint32_t kOne = kOneUse;

  // The place of a source. Valid until the next call.
  struct Place {
    std::uint32_t set = 0;
    std::uint32_t way = 0;
    std::uint32_t tag = 0;
    std::uint32_t use = 0;  // in units of 1 / kOne
  };

  // `seed`: for the hash; hard to guess.
  explicit RecentUse(std::uint64_t seed) : seed_(seed) {}
  // Forgets all sources.
  void reset() { sets_->fill(Set()); }

  // Returns the place of a source, which has used nothing if it is not known. Changes nothing. `now` may be
  // equal to an earlier time. Sources of different kinds do not count together. Requires: kind < 256.
  [[nodiscard]] Place find(const Ipv6Address& source, unsigned kind, Instant now) const {
    // Each half is mixed with the seed, so that no source can choose an address with the hash of another.
    const std::uint64_t hash = mix64((mix64(source.high() ^ seed_) + seed_ + kind) ^ source.low());
    Place place{.set = static_cast<std::uint32_t>(hash >> (64 - kSetBits)),
                .tag = static_cast<std::uint32_t>(hash)};
    std::uint32_t least = ~std::uint32_t{0};
    const Set& set = (*sets_)[place.set];
    for (std::uint32_t way = 0; way < kWays; ++way) {
      const std::uint32_t use = decayed(set[way], now);
      if (set[way].tag == place.tag) {
        place.way = way;
        place.use = use;
        return place;
      }
      if (use < least) {
        least = use;
        place.way = way;
      }
    }
    return place;
  }
  // Counts one more use of the source that find() has found at the same time.
  void count(const Place& place, Instant now) {
    const std::uint32_t use = std::min(place.use, ~std::uint32_t{0} - kOne) + kOne;
    (*sets_)[place.set][place.way] = {now, place.tag, use};
  }

 private:
  static constexpr Instant kHalfLife = std::chrono::milliseconds(kHalfLifeMilliseconds);
  static constexpr std::uint64_t kTwoHalfLives = std::uint64_t{2000} * kHalfLifeMilliseconds;  // microseconds
  static constexpr std::size_t kSets = 1U << kSetBits;
  static constexpr std::uint32_t kWays = 4;
  struct Entry {
    Instant since{};
    std::uint32_t tag = 0;
    std::uint32_t use = 0;  // at `since`
  };
  using Set = std::array<Entry, kWays>;
  static_assert(sizeof(Set) == 64);

  // Between two half-lives the decay is linear.
  [[nodiscard]] static std::uint32_t decayed(const Entry& entry, Instant now) {
    if (now <= entry.since) return entry.use;
    const Instant age = now - entry.since;
    const auto halves = age / kHalfLife;
    if (halves >= 32) return 0;
    const std::uint32_t use = entry.use >> halves;
    const auto rest = static_cast<std::uint64_t>((age % kHalfLife).count());
    // Microseconds, so that the product does not overflow.
    return use - static_cast<std::uint32_t>(use * (rest / 1000) / kTwoHalfLives);
  }

  std::uint64_t seed_;
  std::unique_ptr<std::array<Set, kSets>> sets_ = std::make_unique<std::array<Set, kSets>>();
};

}  // namespace softwire::dataplane
