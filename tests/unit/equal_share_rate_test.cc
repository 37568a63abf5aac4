// SPDX-License-Identifier: BSD-3-Clause
// Tests how sources share a common rate, in simulated time.
#include "dataplane/policy/equal_share_rate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <tuple>
#include <vector>

#include "dataplane/icmp/icmp_errors.h"

namespace softwire::dataplane {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Kind = IcmpErrorRates::Kind;

constexpr std::uint32_t kRate = 1000;        // the defaults of icmp-error-rate
constexpr std::uint32_t kSourceRate = 100;   // and icmp-error-source-rate
constexpr std::uint64_t kSeed = 0x2545f491;  // any
const Ipv6Address kVictim = Ipv6Address::from_host(0, 0xc6336401);

Ipv6Address sender(std::uint32_t number) {
  return Ipv6Address::from_host(0, 0xcb007100 + number);
}

unsigned taken(EqualShareRate& rates, const Ipv6Address& source, Instant now, unsigned tries = 5000) {
  unsigned count = 0;
  for (unsigned i = 0; i < tries; ++i) count += rates.take(source, now) ? 1 : 0;
  return count;
}

// What senders got that each ask for `ask` a second, during twenty seconds after five. A victim asks ten
// times a second.
struct Shares {
  unsigned victim = 0;
  std::vector<unsigned> senders;
  [[nodiscard]] unsigned least() const { return *std::ranges::min_element(senders); }
  [[nodiscard]] unsigned most() const { return *std::ranges::max_element(senders); }
};
constexpr unsigned kAsked = 200;  // by the victim

template <typename Rates, typename Take, typename TakeVictim>
Shares share(Rates& rates, unsigned count, unsigned ask, Take take, TakeVictim take_victim) {
  Shares result;
  result.senders.resize(count);
  std::vector<std::uint64_t> owed(count);  // thousandths of an error
  for (unsigned i = 0; i < count; ++i) owed[i] = 1000ULL * i / count;
  for (unsigned ms = 0; ms < 25'000; ++ms) {
    const Instant now = seconds(1000) + milliseconds(ms);
    const bool counts = ms >= 5000;
    for (unsigned i = 0; i < count; ++i) {
      for (owed[i] += ask; owed[i] >= 1000; owed[i] -= 1000) {
        if (take(rates, sender(i), now) && counts) ++result.senders[i];
      }
    }
    if (ms % 100 == 57 && take_victim(rates, now) && counts) ++result.victim;
  }
  return result;
}

class FairShares : public ::testing::TestWithParam<std::tuple<unsigned, unsigned>> {
 protected:
  unsigned count = std::get<0>(GetParam());
  unsigned ask = std::get<1>(GetParam());
};

INSTANTIATE_TEST_SUITE_P(SendersAndRates, FairShares,
                         ::testing::Combine(::testing::Values(1U, 15U, 50U, 250U),
                                            ::testing::Values(kSourceRate, 10 * kSourceRate)));

TEST_P(FairShares, GreedySourcesShareEquallyAndASparseOneIsServed) {
  EqualShareRate rates(kSeed);
  rates.configure(kRate, kSourceRate);
  const auto take = [](EqualShareRate& of, const Ipv6Address& source, Instant now) {
    return of.take(source, now);
  };
  const Shares got =
      share(rates, count, ask, take, [&](EqualShareRate& of, Instant now) { return take(of, kVictim, now); });
  // The victim asks for 10 a second. Of 251 each may have 4.
  const unsigned fair = 20 * std::min(ask, kRate / (count + 1));
  EXPECT_GE(got.victim, count == 250 ? 64 : kAsked);
  EXPECT_GE(got.least(), fair * 85 / 100);
  EXPECT_LE(got.most(), count == 1 ? 20 * kRate : fair * 115 / 100 + 20);
}

// "Fragmentation needed" to a victim, whatever errors the others cause.
TEST_P(FairShares, OthersLeaveFragmentationNeeded_Rfc1191_4) {
  SidePolicy policy;
  policy.icmp_error_rate = kRate;
  policy.icmp_error_source_rate = kSourceRate;
  for (const Kind kind : {Kind::kOther, Kind::kVital, Kind::kRelayedOther, Kind::kRelayedVital}) {
    IcmpErrorRates rates(kSeed);
    rates.configure(policy);
    const Shares got = share(
        rates, count, ask,
        [&](IcmpErrorRates& of, const Ipv6Address& source, Instant now) {
          return of.take(source, kind, now);
        },
        [](IcmpErrorRates& of, Instant now) { return of.take(kVictim, Kind::kVital, now); });
    const bool is_vital = kind == Kind::kVital || kind == Kind::kRelayedVital;
    const unsigned fair = 20 * std::min(ask, (is_vital ? kRate : kRate * 3 / 4) / (count + 1));
    EXPECT_GE(got.victim, count == 250 && is_vital ? 60 : kAsked);
    EXPECT_GE(got.least(), fair * 85 / 100);
    EXPECT_LE(got.most(), count == 1 ? 20 * kRate : fair * 115 / 100 + 20);
  }
}

// What nobody else needs, one source may have.
TEST(EqualShareRate, OneSourceAloneHasTheRate) {
  EqualShareRate rates(kSeed);
  rates.configure(kRate, kSourceRate);
  const auto take = [](EqualShareRate& of, const Ipv6Address& source, Instant now) {
    return of.take(source, now);
  };
  const Shares got = share(rates, 1, 20'000, take, [](EqualShareRate&, Instant) { return false; });
  EXPECT_GE(got.most(), 20 * kRate * 99 / 100);
  EXPECT_LE(got.most(), 20 * kRate + 1);
}

TEST(EqualShareRate, ABurstLeavesTokensForOthers) {
  EqualShareRate rates(kSeed);
  rates.configure(kRate, kRate);
  EXPECT_GE(taken(rates, sender(1), seconds(1)), 700U);
  EXPECT_GE(taken(rates, sender(2), seconds(1)), 20U);
  EXPECT_TRUE(rates.take(kVictim, seconds(1)));
}

TEST(EqualShareRate, ASourceHasItsOwnLimitWhileLessThanHalfIsLeft) {
  EqualShareRate rates(kSeed);
  rates.configure(kRate, kSourceRate);
  for (std::uint32_t i = 0; i < 500; ++i) EXPECT_TRUE(rates.take(sender(1000 + i), seconds(1)));
  EXPECT_EQ(taken(rates, sender(1), seconds(1)), kSourceRate);
  EXPECT_EQ(taken(rates, sender(2), seconds(1)), kSourceRate);
  // A second later the bucket is full again, and what was used counts half after 0.7 s.
  EXPECT_GT(taken(rates, sender(1), seconds(2)), kSourceRate);
}

// A limit that is small gives what it says.
TEST(EqualShareRate, SmallRates) {
  EqualShareRate rates(kSeed);
  for (const std::uint32_t rate : {1U, 2U, 3U, 10U}) {
    rates.configure(rate, 10);
    EXPECT_GE(taken(rates, sender(1), seconds(1)), std::min(rate, 2U)) << rate;
    unsigned count = 0;
    for (unsigned ms = 0; ms < 100'000; ++ms) {
      count += rates.take(sender(1), seconds(2) + milliseconds(ms)) ? 1 : 0;
    }
    EXPECT_GE(count, 95 * rate);
    EXPECT_LE(count, 101 * rate);
  }
  rates.configure(0, 10);
  EXPECT_EQ(taken(rates, sender(1), seconds(200)), 0U);
}

TEST(EqualShareRate, ExtremesDoNotOverflow) {
  constexpr std::uint32_t kMost = 4'294'967'295U;
  EqualShareRate rates(kSeed);
  rates.configure(kMost, kMost);
  EXPECT_EQ(taken(rates, sender(1), Instant::max()), 5000U);
  EXPECT_EQ(taken(rates, sender(2), Instant(0)), 5000U);
  rates.configure(kMost, 1);
  EXPECT_EQ(taken(rates, sender(1), Instant::max()), 5000U);
  EXPECT_TRUE(rates.take(sender(3), Instant::min()));
}

TEST(EqualShareRate, TimeThatGoesBackGivesNothing) {
  EqualShareRate rates(kSeed);
  rates.configure(10, 10);
  while (rates.take(sender(1), seconds(100))) continue;
  EXPECT_FALSE(rates.take(sender(1), seconds(1)));
  EXPECT_FALSE(rates.take(sender(1), seconds(100)));
}

TEST(EqualShareRate, ClassesDoNotCountTogether) {
  EqualShareRate rates(kSeed);
  rates.configure(kRate, kSourceRate);
  for (std::uint32_t i = 0; i < 600; ++i) EXPECT_TRUE(rates.take(sender(1000 + i), seconds(1)));
  EXPECT_EQ(taken(rates, sender(1), seconds(1)), kSourceRate);
  EXPECT_TRUE(rates.take(sender(1), seconds(1), 1));
  EXPECT_FALSE(rates.take(sender(1), seconds(1)));
}

// A hash that mixes only sums and products with a secret can have the same value for two sources whatever the
// secret is.
TEST(EqualShareRate, NoSourceCanChooseThePlaceOfAnother) {
  constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15;
  const std::uint64_t high = 0x20010db800000001;
  const auto chosen = Ipv6Address::from_host(high, kVictim.low() ^ kVictim.high() * kOdd ^ high * kOdd);
  EqualShareRate rates(kSeed);
  rates.configure(kRate, kSourceRate);
  for (std::uint32_t i = 0; i < 600; ++i) EXPECT_TRUE(rates.take(sender(1000 + i), seconds(1)));
  EXPECT_EQ(taken(rates, chosen, seconds(1)), kSourceRate);
  EXPECT_EQ(taken(rates, kVictim, seconds(1)), kSourceRate);
}

// With more sources than there are places, those that use most keep theirs.
TEST(EqualShareRate, AGreedySourceKeepsItsPlaceAmongMany) {
  EqualShareRate rates(kSeed);
  rates.configure(100'000, 100);
  for (std::uint32_t i = 0; i < 50'000; ++i) EXPECT_TRUE(rates.take(sender(1000 + i), seconds(1)));
  EXPECT_EQ(taken(rates, sender(1), seconds(1)), 100U);
  for (std::uint32_t i = 0; i < 40'000; ++i) EXPECT_TRUE(rates.take(sender(100'000 + i), seconds(1)));
  EXPECT_EQ(taken(rates, sender(1), seconds(1)), 0U);
}

}  // namespace
}  // namespace softwire::dataplane
