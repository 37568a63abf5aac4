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

#include "dataplane/policy/recent_use.h"
#include "dataplane/policy/token_bucket.h"
#include "softwire/address.h"
#include "softwire/source_kind.h"
#include "softwire/time.h"

namespace softwire::dataplane {

// A client asks again after 4 seconds (RFC 2131 4.1).
using DhcpUse = RecentUse<4000, 11, 256>;

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
    const std::uint64_t use = std::max(rate, 1U) * kLifeSeconds * DhcpUse::kOne;
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(use, ~std::uint32_t{0}));
  }
  // Returns log2(1 + use), times 256; linear between the powers of two.
  static std::uint32_t logarithm(std::uint32_t use) {
    const std::uint64_t x = std::uint64_t{use} + DhcpUse::kOne;
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
    const DhcpUse::Place place = use_.find(source.address, source.length, now);
    if (!bucket_.take(place.use, now)) return false;
    use_.count(place, now);
    return true;
  }

 private:
  FairBucket bucket_;
  DhcpUse use_;
};

// A common rate in which each kind of sources has a share of its own. Lower kinds cannot use the share of a
// higher one, so that they cannot stop it. A higher kind may use the shares of lower ones too. Each share is
// fair to the sources that use it. One thread owns it.
class FairShare {
 public:
  // `rate`: a second, of all together. `burst`: at once. `seed`: for hashes; hard to guess.
  FairShare(std::uint32_t rate, std::uint32_t burst, std::uint64_t seed)
      : shares_(shares(rate, burst)), uses_{DhcpUse(seed), DhcpUse(seed + 1), DhcpUse(seed + 2)} {}
  // Sets new limits, and resets all sources.
  void configure(std::uint32_t rate, std::uint32_t burst) {
    shares_ = shares(rate, burst);
    for (DhcpUse& use : uses_) use.reset();
  }

  // Returns whether one more of this source is allowed now, and counts it if so. `now` may be equal to an
  // earlier time.
  bool take(const Source& source, Instant now) {
    const auto kind = static_cast<std::size_t>(source.kind);
    const DhcpUse::Place place = uses_[kind].find(source.prefix.address, source.prefix.length, now);
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

  Shares shares_;                           // by kind
  std::array<DhcpUse, kSourceKinds> uses_;  // by kind
};

}  // namespace softwire::dataplane
