// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/policy/token_bucket.h"

#include <gtest/gtest.h>

#include <limits>

namespace softwire::dataplane {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

unsigned taken(TokenBucket& bucket, Instant now, unsigned attempts) {
  unsigned count = 0;
  for (unsigned i = 0; i < attempts; ++i) count += bucket.take(now) ? 1 : 0;
  return count;
}

TEST(TokenBucket, StartsFullAndRefillsAtItsRate) {
  TokenBucket bucket(100, 5);
  EXPECT_EQ(taken(bucket, Instant(0), 10), 5U);
  EXPECT_EQ(taken(bucket, milliseconds(9), 10), 0U);
  EXPECT_EQ(taken(bucket, milliseconds(10), 10), 1U);
  EXPECT_EQ(taken(bucket, milliseconds(40), 10), 3U);
  EXPECT_EQ(taken(bucket, seconds(10), 10), 5U);
}

TEST(TokenBucket, FractionsOfATokenAreNotLost) {
  TokenBucket bucket(3, 2);  // room for more than one, so that a late take() loses nothing
  unsigned count = taken(bucket, Instant(0), 1);
  for (int ms = 1; ms <= 10000; ++ms) count += taken(bucket, milliseconds(ms), 1);
  EXPECT_EQ(count, 32U);
}

TEST(TokenBucket, TimeThatStandsStillOrGoesBackGivesNothing) {
  TokenBucket bucket(1000, 1);
  EXPECT_TRUE(bucket.take(seconds(5)));
  EXPECT_FALSE(bucket.take(seconds(5)));
  EXPECT_FALSE(bucket.take(seconds(4)));
  EXPECT_TRUE(bucket.take(seconds(5) + milliseconds(1)));
}

TEST(TokenBucket, ExtremesDoNotOverflow) {
  constexpr std::uint32_t kMost = std::numeric_limits<std::uint32_t>::max();
  TokenBucket bucket(kMost, kMost);
  EXPECT_TRUE(bucket.take(Instant::max()));
  TokenBucket never(0, 1);
  EXPECT_EQ(taken(never, Instant::max(), 3), 1U);
  TokenBucket none(10, 0);
  EXPECT_EQ(taken(none, Instant::max(), 3), 0U);
}

}  // namespace
}  // namespace softwire::dataplane
