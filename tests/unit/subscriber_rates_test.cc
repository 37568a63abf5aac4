// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/punt/subscriber_rates.h"

#include <gtest/gtest.h>

#include <chrono>

namespace softwire::dataplane {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint64_t kSeed = 7;

Source of_site(std::uint64_t site, SourceKind kind = SourceKind::kStranger) {
  return {kind, {Ipv6Address::from_host(0x20010db8'00010000 + site, 0), 64}};
}

unsigned taken(SubscriberRates& rates, const Source& source, Instant now, unsigned attempts) {
  unsigned count = 0;
  for (unsigned i = 0; i < attempts; ++i) count += rates.take(source, now) ? 1 : 0;
  return count;
}

TEST(SubscriberRates, EachHasABurstAndTheRateAfterIt) {
  SubscriberRates rates(20, 100, kSeed);
  EXPECT_EQ(taken(rates, of_site(1), seconds(5), 1000), 100U);
  EXPECT_EQ(taken(rates, of_site(2), seconds(5), 1000), 100U);
  EXPECT_EQ(taken(rates, of_site(1), seconds(5) + milliseconds(49), 10), 0U);
  EXPECT_EQ(taken(rates, of_site(1), seconds(5) + milliseconds(50), 10), 1U);
  EXPECT_EQ(taken(rates, of_site(1), seconds(6), 1000), 19U);
  EXPECT_EQ(taken(rates, of_site(1), seconds(3600), 1000), 100U);
}

TEST(SubscriberRates, PrefixesOfDifferentLengthsAreDifferentSources) {
  SubscriberRates rates(1, 3, kSeed);
  Source source = of_site(1);
  EXPECT_EQ(taken(rates, source, seconds(1), 5), 3U);
  source.prefix.length = 128;
  EXPECT_EQ(taken(rates, source, seconds(1), 5), 3U);
  rates.configure(1, 4);
  EXPECT_EQ(taken(rates, source, seconds(1), 5), 4U);
}

// A flood of one kind does not make the limit forget a source of another kind.
TEST(SubscriberRates, KindsHaveNoMemoryInCommon) {
  SubscriberRates rates(1, 2, kSeed);
  EXPECT_EQ(taken(rates, of_site(1, SourceKind::kBound), seconds(1), 5), 2U);
  for (std::uint64_t site = 1; site < 100'000; ++site) {
    (void)rates.take(of_site(site, SourceKind::kRule), seconds(1));
    (void)rates.take(of_site(site), seconds(1));
  }
  EXPECT_EQ(taken(rates, of_site(1, SourceKind::kBound), seconds(1), 5), 0U);
}

TEST(SubscriberRates, ExtremesDoNotOverflow) {
  constexpr std::uint32_t kMost = 0xffffffff;
  SubscriberRates fast(kMost, kMost, kSeed);
  EXPECT_TRUE(fast.take(of_site(1), Instant::max()));
  SubscriberRates slow(1, kMost, kSeed);
  EXPECT_EQ(taken(slow, of_site(1), seconds(0), 1000), 1000U);
  SubscriberRates none(1, 0, kSeed);
  EXPECT_FALSE(none.take(of_site(1), seconds(1)));
}

}  // namespace
}  // namespace softwire::dataplane
