// SPDX-License-Identifier: BSD-3-Clause
// A common rate limit that the sources which have used little lately are the last to feel. The less is left
// of it, the less a source may have used. So a source that has used little is served as long as anything is
// left, and greedy sources share the rest equally.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "dataplane/policy/token_bucket.h"
#include "softwire/address.h"
#include "softwire/mix.h"
#include "softwire/source_kind.h"
#include "softwire/time.h"

namespace softwire::dataplane {

// What sources have used lately: a count that decays by half in kHalfLife. The memory has a fixed size. A
// hash chooses the set of a source; in a full set, the source that has used least is forgotten. One thread
// owns it.
class RecentUse {
 public:
  static constexpr Instant kHalfLife = std::chrono::seconds(4);  // the first retry of a client (RFC 2131 4.1)
  static constexpr std::uint32_t kOne = 256;                     // one message, in the unit of a count

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

  // Changes nothing. `now` may be equal to an earlier time.
  [[nodiscard]] Place find(const Ipv6Prefix& source, Instant now) const {
    const std::uint64_t hash =
        mix64((mix64(source.address.high() ^ seed_) + seed_ + source.length) ^ source.address.low());
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
  // Counts one more message of the source that find() has found at the same time.
  void count(const Place& place, Instant now) {
    const std::uint32_t use = std::min(place.use, ~std::uint32_t{0} - kOne) + kOne;
    (*sets_)[place.set][place.way] = {now, place.tag, use};
  }

 private:
  static constexpr unsigned kSetBits = 11;
  static constexpr std::size_t kSets = 1U << kSetBits;
  static constexpr std::uint32_t kWays = 4;
  struct Entry {
    Instant since{};
    std::uint32_t tag = 0;
    std::uint32_t use = 0;  // at `since`
  };
  using Set = std::array<Entry, kWays>;

  // Between two half-lives the decay is linear.
  [[nodiscard]] static std::uint32_t decayed(const Entry& entry, Instant now) {
    if (now <= entry.since) return entry.use;
    const Instant age = now - entry.since;
    const auto halves = age / kHalfLife;
    if (halves >= 32) return 0;
    const std::uint32_t use = entry.use >> halves;
    const auto rest = static_cast<std::uint64_t>((age % kHalfLife).count());
    // Microseconds, so that the product does not overflow.
    return use - static_cast<std::uint32_t>(use * (rest / 1000) / (2 * kHalfLifeMicroseconds));
  }
  static constexpr std::uint64_t kHalfLifeMicroseconds =
      std::chrono::duration_cast<std::chrono::microseconds>(kHalfLife).count();

  std::uint64_t seed_;
  std::unique_ptr<std::array<Set, kSets>> sets_ = std::make_unique<std::array<Set, kSets>>();
};

// A token bucket that keeps tokens for who has used less. A source that has used nothing may take the last
// token; for each doubling of what a source has used, the bucket must have the same number of tokens more.
class FairBucket {
 public:
  FairBucket(std::uint32_t rate, std::uint32_t burst)
      : bucket_(rate, burst), burst_(burst), most_(logarithm(use_at(rate))) {}

  // Takes a token for a source that has used so much. Returns false when there are too few.
  bool take(std::uint32_t use, Instant now) { return bucket_.take(now, tokens_kept(use)); }

 private:
  // Returns what a source has used that has taken the whole rate for long: rate * half-life / ln 2.
  static std::uint32_t use_at(std::uint32_t rate) {
    constexpr std::uint64_t kLifeSeconds = 6;  // 4 / ln 2, rounded up
    const std::uint64_t use = std::max(rate, 1U) * kLifeSeconds * RecentUse::kOne;
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(use, ~std::uint32_t{0}));
  }
  // Returns log2(1 + use), times 256; linear between the powers of two.
  static std::uint32_t logarithm(std::uint32_t use) {
    const std::uint64_t x = std::uint64_t{use} + RecentUse::kOne;
    const auto power = static_cast<unsigned>(std::bit_width(x)) - 9;
    return static_cast<std::uint32_t>(std::uint64_t{power} * 256 + (x >> power) - 256);
  }
  // Returns how many tokens must remain. A full bucket is for everybody.
  [[nodiscard]] std::uint32_t tokens_kept(std::uint32_t use) const {
    if (burst_ == 0) return 0;
    const std::uint64_t kept = std::uint64_t{burst_} * logarithm(use) / most_;
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(kept, burst_ - 1));
  }

  TokenBucket bucket_;
  std::uint32_t burst_;
  std::uint32_t most_;
};

// A common rate of sources that are all of one kind. One thread owns it.
class FairRate {
 public:
  // `rate`: a second, of all together. `burst`: at once. `seed`: for hashes; hard to guess.
  FairRate(std::uint32_t rate, std::uint32_t burst, std::uint64_t seed) : bucket_(rate, burst), use_(seed) {}
  // Sets new limits, and resets all sources.
  void configure(std::uint32_t rate, std::uint32_t burst) {
    bucket_ = FairBucket(rate, burst);
    use_.reset();
  }
  // Returns whether one more of this source is allowed now, and counts it if so. `now` may be equal to an
  // earlier time.
  bool take(const Ipv6Prefix& source, Instant now) {
    const RecentUse::Place place = use_.find(source, now);
    if (!bucket_.take(place.use, now)) return false;
    use_.count(place, now);
    return true;
  }

 private:
  FairBucket bucket_;
  RecentUse use_;
};

// A common rate in which each kind of sources has a share of its own. Lower kinds cannot use the share of a
// higher one, so that they cannot stop it. A higher kind may use the shares of lower ones too. Each share is
// fair to the sources that use it. One thread owns it.
class FairShare {
 public:
  // `rate`: a second, of all together. `burst`: at once. `seed`: for hashes; hard to guess.
  FairShare(std::uint32_t rate, std::uint32_t burst, std::uint64_t seed)
      : shares_(shares(rate, burst)), uses_{RecentUse(seed), RecentUse(seed + 1), RecentUse(seed + 2)} {}
  // Sets new limits, and resets all sources.
  void configure(std::uint32_t rate, std::uint32_t burst) {
    shares_ = shares(rate, burst);
    for (RecentUse& use : uses_) use.reset();
  }

  // Returns whether one more of this source is allowed now, and counts it if so. `now` may be equal to an
  // earlier time.
  bool take(const Source& source, Instant now) {
    const auto kind = static_cast<std::size_t>(source.kind);
    const RecentUse::Place place = uses_[kind].find(source.prefix, now);
    for (std::size_t i = kind + 1; i-- != 0;) {
      if (!shares_[i].take(place.use, now)) continue;
      uses_[kind].count(place, now);
      return true;
    }
    return false;
  }

 private:
  using Shares = std::array<FairBucket, kSourceKinds>;

  static Shares shares(std::uint32_t rate, std::uint32_t burst) {
    return {share(SourceKind::kStranger, rate, burst), share(SourceKind::kRule, rate, burst),
            share(SourceKind::kBound, rate, burst)};
  }
  // Returns what the kind may use and the next lower one may not.
  static FairBucket share(SourceKind kind, std::uint32_t rate, std::uint32_t burst) {
    return {part(kind, rate), part(kind, burst)};
  }
  static std::uint32_t part(SourceKind kind, std::uint32_t limit) {
    const auto below = static_cast<SourceKind>(static_cast<std::uint8_t>(kind) - 1);
    const std::size_t of_lower = kind == SourceKind::kStranger ? 0 : up_to_kind(below, limit);
    return static_cast<std::uint32_t>(up_to_kind(kind, limit) - of_lower);
  }

  Shares shares_;                             // by kind
  std::array<RecentUse, kSourceKinds> uses_;  // by kind
};

}  // namespace softwire::dataplane
