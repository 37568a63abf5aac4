// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/policy/fair_rate.h"

#include <gtest/gtest.h>

#include <vector>

namespace softwire::dataplane {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint64_t kSeed = 7;

Source from(std::uint64_t site, SourceKind kind = SourceKind::kStranger) {
  return {kind, {Ipv6Address::from_host(0x20010db8'00010000 + site, 0), 64}};
}

// Each attempt is of another source.
unsigned taken(FairShare& rate, SourceKind kind, Instant now, unsigned attempts) {
  unsigned count = 0;
  for (unsigned i = 0; i < attempts; ++i) count += rate.take(from(i, kind), now) ? 1 : 0;
  return count;
}

TEST(FairShare, EachKindHasAPartThatLowerKindsCannotTake) {
  FairShare rate(12, 12, kSeed);
  EXPECT_EQ(taken(rate, SourceKind::kStranger, seconds(1), 100), 6U);
  EXPECT_EQ(taken(rate, SourceKind::kRule, seconds(1), 100), 3U);
  EXPECT_EQ(taken(rate, SourceKind::kBound, seconds(1), 100), 3U);
}

TEST(FairShare, AHigherKindMayUseWhatLowerKindsLeave) {
  FairShare rate(12, 12, kSeed);
  EXPECT_EQ(taken(rate, SourceKind::kRule, seconds(1), 100), 9U);
  EXPECT_EQ(taken(rate, SourceKind::kStranger, seconds(1), 100), 0U);
  rate.configure(12, 12);
  EXPECT_EQ(taken(rate, SourceKind::kBound, seconds(2), 100), 12U);
  EXPECT_EQ(taken(rate, SourceKind::kRule, seconds(2), 100), 0U);
}

TEST(FairShare, OfAnOddRateNothingIsLost) {
  for (const std::uint32_t limit : {1U, 2U, 3U, 5U, 7U, 11U}) {
    FairShare rate(limit, limit, kSeed);
    const unsigned of_strangers = taken(rate, SourceKind::kStranger, Instant(1), 100);
    EXPECT_EQ(of_strangers, (limit + 1) / 2);
    EXPECT_EQ(taken(rate, SourceKind::kBound, Instant(1), 100), limit - of_strangers);
  }
}

TEST(SourceKind, MayUseItsPartOfALimitAndThoseBelow) {
  EXPECT_EQ(up_to_kind(SourceKind::kStranger, 1024), 512U);
  EXPECT_EQ(up_to_kind(SourceKind::kRule, 1024), 768U);
  EXPECT_EQ(up_to_kind(SourceKind::kBound, 1024), 1024U);
  for (std::size_t limit = 0; limit < 20; ++limit) {
    EXPECT_LE(up_to_kind(SourceKind::kStranger, limit), up_to_kind(SourceKind::kRule, limit));
    EXPECT_LE(up_to_kind(SourceKind::kRule, limit), up_to_kind(SourceKind::kBound, limit));
  }
}

// Many sources, each within a limit of its own, that want more than there is together.
TEST(FairShare, AQuietSourceIsServedWhileGreedyOnesShareTheRestEqually) {
  constexpr unsigned kGreedy = 150;
  FairShare rate(2000, 200, kSeed);
  std::vector<unsigned> got(kGreedy);
  unsigned quiet = 0;
  for (unsigned ms = 0; ms < 20'000; ++ms) {
    const Instant now = seconds(1) + milliseconds(ms);
    // Each of the greedy ones sends 20 messages a second.
    for (unsigned i = ms % 50; i < kGreedy; i += 50) {
      got[i] += rate.take(from(i, SourceKind::kBound), now) && ms >= 10'000 ? 1 : 0;
    }
    if (ms % 1000 == 7) quiet += rate.take(from(1'000, SourceKind::kBound), now) ? 1 : 0;
    if (ms % 1000 == 8) quiet += rate.take(from(1'001 + ms, SourceKind::kBound), now) ? 1 : 0;
  }
  EXPECT_EQ(quiet, 40U);
  unsigned all = 0;
  for (const unsigned count : got) {
    EXPECT_GE(count, 100U);  // of 133, in 10 seconds
    EXPECT_LE(count, 166U);
    all += count;
  }
  EXPECT_GE(all, 19'800U) << "nothing of the rate is lost";
  EXPECT_LE(all, 20'200U);
}

TEST(FairRate, OneSourceAloneGetsTheWholeRate) {
  FairRate rate(1000, 100, kSeed);
  unsigned count = 0;
  for (unsigned i = 0; i < 200'000; ++i) {
    count += rate.take(from(1).prefix, seconds(1) + std::chrono::microseconds(50 * i)) ? 1 : 0;
  }
  EXPECT_GE(count, 9'900U);
  EXPECT_LE(count, 10'100U);
}

TEST(FairRate, WhatWasUsedIsForgottenByHalves) {
  DhcpUse use(kSeed);
  const Ipv6Prefix source = from(1).prefix;
  for (unsigned i = 0; i < 64; ++i)
    use.count(use.find(source.address, source.length, seconds(9)), seconds(9));
  EXPECT_EQ(use.find(source.address, source.length, seconds(9)).use, 64 * DhcpUse::kOne);
  EXPECT_EQ(use.find(source.address, source.length, seconds(9) + seconds(4)).use, 32 * DhcpUse::kOne);
  EXPECT_EQ(use.find(source.address, source.length, seconds(9) + seconds(4) / 2).use, 48 * DhcpUse::kOne);
  EXPECT_EQ(use.find(source.address, source.length, seconds(3600)).use, 0U);
  EXPECT_EQ(use.find(source.address, source.length, seconds(8)).use, 64 * DhcpUse::kOne)
      << "time does not go back";
  EXPECT_EQ(use.find(source.address, 128, seconds(9)).use, 0U) << "another source";
}

// The memory does not grow with the number of sources. What is forgotten is who has used least.
TEST(FairRate, AFloodOfSourcesDoesNotHideAGreedyOne) {
  DhcpUse use(kSeed);
  const Ipv6Prefix greedy = from(1'000'000).prefix;
  for (unsigned i = 0; i < 100; ++i)
    use.count(use.find(greedy.address, greedy.length, seconds(1)), seconds(1));
  for (std::uint64_t site = 0; site < 200'000; ++site) {
    const Ipv6Prefix one = from(site).prefix;
    use.count(use.find(one.address, one.length, seconds(1)), seconds(1));
  }
  EXPECT_EQ(use.find(greedy.address, greedy.length, seconds(1)).use, 100 * DhcpUse::kOne);
}

TEST(FairRate, ExtremesDoNotOverflow) {
  constexpr std::uint32_t kMost = 0xffffffff;
  FairRate fast(kMost, kMost, kSeed);
  EXPECT_TRUE(fast.take(from(1).prefix, Instant::max()));
  FairRate none(0, 0, kSeed);
  EXPECT_FALSE(none.take(from(1).prefix, seconds(1)));
  FairRate slow(0, 1, kSeed);
  EXPECT_TRUE(slow.take(from(1).prefix, seconds(1)));
  EXPECT_FALSE(slow.take(from(1).prefix, seconds(3600)));
}

}  // namespace
}  // namespace softwire::dataplane
