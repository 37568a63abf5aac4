// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/policy/source_rates.h"

#include <gtest/gtest.h>

namespace softwire::dataplane {
namespace {

using std::chrono::seconds;

const Ipv6Address kOne = Ipv6Address::from_host(0, 0xcb007105);
const Ipv6Address kTwo = Ipv6Address::from_host(0, 0xcb007106);

unsigned taken(SourceRates& rates, const Ipv6Address& source, Instant now, unsigned kind = 0) {
  unsigned count = 0;
  for (unsigned i = 0; i < 1000; ++i) count += rates.take(source, now, kind) ? 1 : 0;
  return count;
}

TEST(SourceRates, EachSourceAndEachKindHasItsOwn) {
  SourceRates rates(10, 25, 7);
  EXPECT_EQ(taken(rates, kOne, seconds(1)), 25U);
  EXPECT_EQ(taken(rates, kTwo, seconds(1)), 25U);
  EXPECT_EQ(taken(rates, kOne, seconds(1), 1), 25U);
  EXPECT_EQ(taken(rates, kOne, seconds(2)), 10U);
  rates.configure(1, 2);
  EXPECT_EQ(taken(rates, kOne, seconds(2)), 2U);
}

// With places by a hash alone, one of a few hundred attackers shares the place of one source in sixteen.
TEST(SourceRates, OtherSourcesDoNotCountAgainstOne) {
  unsigned refused = 0;
  for (std::uint64_t seed = 0; seed < 256; ++seed) {
    SourceRates rates(100, 100, seed * 0x2545f4914f6cdd1d);
    for (std::uint32_t i = 0; i < 1000; ++i) {
      taken(rates, Ipv6Address::from_host(0, 0xcb700000 + i), seconds(1));
    }
    refused += rates.take(kOne, seconds(1)) ? 0 : 1;
    refused += taken(rates, kTwo, seconds(1)) == 100 ? 0 : 1;
  }
  EXPECT_EQ(refused, 0U);
}

// A hash that mixes only sums and products with a secret can have the same value for two sources whatever the
// secret is.
TEST(SourceRates, NoSourceCanChooseThePlaceOfAnother) {
  constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15;
  const std::uint64_t high = 0x20010db800000001;
  const auto chosen = Ipv6Address::from_host(high, kOne.low() ^ kOne.high() * kOdd ^ high * kOdd);
  SourceRates rates(100, 100, 7);
  EXPECT_EQ(taken(rates, chosen, seconds(1)), 100U);
  EXPECT_EQ(taken(rates, kOne, seconds(1)), 100U);
}

TEST(SourceRates, ActiveSourceKeepsItsPlaceAmongMany) {
  SourceRates rates(100, 100, 7);
  EXPECT_EQ(taken(rates, kOne, seconds(1)), 100U);
  for (std::uint32_t i = 0; i < 65536; ++i) {
    rates.take(Ipv6Address::from_host(0, 0xcb700000 + i), seconds(1));
  }
  EXPECT_EQ(taken(rates, kOne, seconds(1)), 0U);
}

}  // namespace
}  // namespace softwire::dataplane
