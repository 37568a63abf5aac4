// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/policy/shared_rate.h"

#include <gtest/gtest.h>

namespace softwire::dataplane {
namespace {

unsigned taken(SharedRate& rate, bool is_subscriber, Instant now, unsigned attempts) {
  unsigned count = 0;
  for (unsigned i = 0; i < attempts; ++i) count += rate.take(is_subscriber, now) ? 1 : 0;
  return count;
}

TEST(SharedRate, StrangersGetHalfAndSubscribersAll) {
  SharedRate rate(10, 10);
  EXPECT_EQ(taken(rate, false, std::chrono::seconds(1), 100), 5U);
  EXPECT_EQ(taken(rate, true, std::chrono::seconds(1), 100), 5U);
  EXPECT_EQ(taken(rate, true, std::chrono::seconds(2), 100), 10U);
  EXPECT_EQ(taken(rate, false, std::chrono::seconds(2), 100), 0U);
}

TEST(SharedRate, OfAnOddRateNothingIsLost) {
  SharedRate rate(3, 3);
  EXPECT_EQ(taken(rate, false, Instant(1), 100), 2U);
  EXPECT_EQ(taken(rate, true, Instant(1), 100), 1U);
  SharedRate least(1, 1);
  EXPECT_EQ(taken(least, true, Instant(1), 100), 1U);
}

}  // namespace
}  // namespace softwire::dataplane
