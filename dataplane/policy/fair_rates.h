// SPDX-License-Identifier: BSD-3-Clause
// A common rate that sources share fairly. The less is left of it, the less a source may have used lately.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "dataplane/policy/token_bucket.h"
#include "softwire/address.h"
#include "softwire/mix.h"
#include "softwire/time.h"

namespace softwire::dataplane {

// A token bucket for all sources, and for each source what it used lately: in about the last second, the
// older the less it counts. Sources that ask for more than there is use the same each, because all of them
// meet the same limit, and they leave tokens for sources that ask now and then (Choudhury and Hahne, "Dynamic
// queue length thresholds", 1998). What nobody else needs, one source may have.
//
// The memory is limited, the number of sources is not. A source has a place of its own among the kWays places
// of a set, which a hash chooses. When more sources of a set are active than it has places, the one that used
// least loses its place, and starts anew. One thread owns it.
class FairRates {
 public:
  // `seed`: for the hash; hard to guess. Without configure() nothing passes.
  explicit FairRates(std::uint64_t seed) : seed_(seed) {}

  // Sets new limits, and resets all sources. `rate`: tokens per second of all sources, and the burst; values
  // above kMostRate count as that. `source_rate`: the same of one source, while less than half of the tokens
  // are left.
  void configure(std::uint32_t rate, std::uint32_t source_rate) {
    const std::uint32_t most = std::min(rate, kMostRate);
    common_ = TokenBucket(most, most);
    capacity_ = std::uint64_t{most} * kToken;
    source_limit_ = source_rate * kToken;
    sets_->fill(Set());
  }

  // Returns whether one more is allowed now, and counts it if so. `now` may be equal to an earlier time.
  // Sources in different classes do not count together. Requires: kind < 256.
  bool take(const Ipv6Address& source, Instant now, unsigned kind = 0) {
    const std::uint64_t hash = hash_of(source, kind);
    Set& set = (*sets_)[hash >> (64 - kSetBits)];
    const auto tag = static_cast<std::uint32_t>(hash >> (32 - kSetBits));
    Place& place = place_of(set, tag, now);
    const std::uint64_t used = place.tag == tag ? used_lately(place, now) : 0;
    if (!may_take(used, now) || !common_.take(now)) return false;
    place = {std::max(now, place.taken_at), tag,
             static_cast<std::uint32_t>(std::min<std::uint64_t>(used + kToken, UINT32_MAX))};
    return true;
  }

 private:
  static constexpr std::uint32_t kMostRate = 4'000'000;
  static constexpr std::uint64_t kToken = TokenBucket::kThousandths;  // the unit of what is left and used
  // What was used counts half after this time. A source that uses `r` a second has then used `r` lately.
  static constexpr Instant kHalf = std::chrono::milliseconds(693);
  static constexpr unsigned kSetBits = 10;
  static constexpr std::size_t kWays = 4;

  struct Place {
    Instant taken_at = Instant::min();
    std::uint32_t tag = 0;   // 32 bits of the source's hash
    std::uint32_t used = 0;  // lately, at taken_at
  };
  using Set = std::array<Place, kWays>;
  static_assert(sizeof(Set) == 64);

  // Each half is mixed with the seed, so that no source can choose an address with the hash of another.
  [[nodiscard]] std::uint64_t hash_of(const Ipv6Address& source, unsigned kind) const {
    return mix64((mix64(source.high() ^ seed_) + seed_ + kind) ^ source.low());
  }
  // Returns the place of the source with this tag, else the one that has used least lately.
  [[nodiscard]] static Place& place_of(Set& set, std::uint32_t tag, Instant now) {
    Place* least = set.data();
    std::uint64_t least_used = UINT64_MAX;
    for (Place& place : set) {
      if (place.tag == tag) return place;
      const std::uint64_t used = used_lately(place, now);
      if (used >= least_used) continue;
      least = &place;
      least_used = used;
    }
    return *least;
  }
  // An exponential average, with straight lines between its halves.
  [[nodiscard]] static std::uint64_t used_lately(const Place& place, Instant now) {
    if (place.used == 0) return 0;
    const std::int64_t elapsed = std::max(std::int64_t{0}, (now - place.taken_at).count());
    const std::int64_t halves = elapsed / kHalf.count();
    if (halves >= 32) return 0;
    const std::uint64_t used = place.used >> halves;
    const auto rest = static_cast<std::uint64_t>(elapsed % kHalf.count());
    return used - used * rest / (2 * static_cast<std::uint64_t>(kHalf.count()));
  }
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

  std::uint64_t seed_;
  TokenBucket common_{0, 0};
  std::uint64_t capacity_ = 0;
  std::uint64_t source_limit_ = 0;
  std::unique_ptr<std::array<Set, 1U << kSetBits>> sets_ =
      std::make_unique<std::array<Set, 1U << kSetBits>>();
};

}  // namespace softwire::dataplane
