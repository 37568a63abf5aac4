// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/punt/subscriber_rates.h"

#include <gtest/gtest.h>

#include <chrono>

namespace softwire::dataplane {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint64_t kSeed = 7;

Ipv6Address of_site(std::uint64_t site, std::uint64_t host = 1) {
  return Ipv6Address::from_host(0x20010db8'00010000 + site, host);
}

unsigned taken(SubscriberRates& rates, const Ipv6Address& address, Instant now, unsigned attempts) {
  unsigned count = 0;
  for (unsigned i = 0; i < attempts; ++i) count += rates.take(address, now) ? 1 : 0;
  return count;
}

TEST(SubscriberRates, EachHasABurstAndTheRateAfterIt) {
  SubscriberRates rates(20, 100, 64, kSeed);
  EXPECT_EQ(taken(rates, of_site(1), seconds(5), 1000), 100U);
  EXPECT_EQ(taken(rates, of_site(2), seconds(5), 1000), 100U);
  EXPECT_EQ(taken(rates, of_site(1), seconds(5) + milliseconds(49), 10), 0U);
  EXPECT_EQ(taken(rates, of_site(1), seconds(5) + milliseconds(50), 10), 1U);
  EXPECT_EQ(taken(rates, of_site(1), seconds(6), 1000), 19U);
  EXPECT_EQ(taken(rates, of_site(1), seconds(3600), 1000), 100U);
}

TEST(SubscriberRates, AllOfAPrefixAreOneSubscriber_Rfc7785_3) {
  SubscriberRates rates(1, 3, 64, kSeed);
  EXPECT_EQ(taken(rates, of_site(1, 1), seconds(1), 2), 2U);
  EXPECT_EQ(taken(rates, of_site(1, 2), seconds(1), 2), 1U);
  rates.configure(1, 3, 128);
  EXPECT_EQ(taken(rates, of_site(1, 1), seconds(1), 5), 3U);
  EXPECT_EQ(taken(rates, of_site(1, 2), seconds(1), 5), 3U);
}

TEST(SubscriberRates, ExtremesDoNotOverflow) {
  constexpr std::uint32_t kMost = 0xffffffff;
  SubscriberRates fast(kMost, kMost, 64, kSeed);
  EXPECT_TRUE(fast.take(of_site(1), Instant::max()));
  SubscriberRates slow(1, kMost, 64, kSeed);
  EXPECT_EQ(taken(slow, of_site(1), seconds(0), 1000), 1000U);
  SubscriberRates none(1, 0, 64, kSeed);
  EXPECT_FALSE(none.take(of_site(1), seconds(1)));
}

}  // namespace
}  // namespace softwire::dataplane
