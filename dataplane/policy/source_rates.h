// SPDX-License-Identifier: BSD-3-Clause
// A rate limit for each source. The number of sources is not limited; the memory is.
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

// A source has a place of its own among the kWays places of a set, which a hash chooses: no other source
// counts against it. When more sources of a set are active than it has places, the one that used its limit
// least loses its place, and starts anew. Thus a flood from many sources cannot take the limit of another
// source; the limit of all sources together must hold that flood. One thread owns it.
class SourceRates {
 public:
  // `rate`: a second; 0 counts as 1. `burst`: at once. `seed`: for the hash; hard to guess.
  SourceRates(std::uint32_t rate, std::uint32_t burst, std::uint64_t seed) : seed_(seed) {
    configure(rate, burst);
  }
  // Sets new limits, and resets all sources.
  void configure(std::uint32_t rate, std::uint32_t burst) {
    interval_ = Instant(kSecond / std::max<std::int64_t>(1, rate));
    depth_ = interval_ * (std::int64_t{burst} - 1);
    sets_->fill(Set());
  }

  // Returns whether one more is allowed now, and counts it if so. `now` may be equal to an earlier time.
  // Sources in different classes have limits of their own. Requires: kind < 256.
  bool take(const Ipv6Address& source, Instant now, unsigned kind = 0) {
    const std::uint64_t hash = hash_of(source, kind);
    Set& set = (*sets_)[hash >> (64 - kSetBits)];
    const auto tag = static_cast<std::uint32_t>(hash >> (32 - kSetBits));
    const std::size_t way = way_of(set, tag);
    Instant& conforms = set.conforms[way];
    if (set.tags[way] != tag) {
      set.tags[way] = tag;
      conforms = now;
    }
    const Instant start = std::max(conforms, now);
    if (start - now > depth_) return false;
    conforms = start + interval_;
    return true;
  }

 private:
  static constexpr std::int64_t kSecond = 1'000'000'000;  // in nanoseconds
  static constexpr unsigned kSetBits = 10;
  static constexpr std::size_t kWays = 5;

  // The places of a set: 64 octets. conforms: the time at which the source would have used nothing if
  // all had come at the rate (generic cell rate algorithm, ITU-T I.371). tags: 32 bits of the source's hash.
  struct Set {
    Set() { conforms.fill(Instant::min()); }
    std::array<Instant, kWays> conforms;
    std::array<std::uint32_t, kWays> tags{};
  };
  static_assert(sizeof(Set) == 64);

  // Each half is mixed with the seed, so that no source can choose an address with the hash of another.
  [[nodiscard]] std::uint64_t hash_of(const Ipv6Address& source, unsigned kind) const {
    return mix64((mix64(source.high() ^ seed_) + seed_ + kind) ^ source.low());
  }
  // Returns the place of the source with this tag, else the one that has used least.
  [[nodiscard]] static std::size_t way_of(const Set& set, std::uint32_t tag) {
    std::size_t least = 0;
    for (std::size_t way = 0; way < kWays; ++way) {
      if (set.tags[way] == tag) return way;
      if (set.conforms[way] < set.conforms[least]) least = way;
    }
    return least;
  }

  std::uint64_t seed_;
  Instant interval_{};
  Instant depth_{};
  std::unique_ptr<std::array<Set, 1U << kSetBits>> sets_ =
      std::make_unique<std::array<Set, 1U << kSetBits>>();
};

}  // namespace softwire::dataplane
