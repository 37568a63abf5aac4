// SPDX-License-Identifier: BSD-3-Clause
// Tests who gets a place of the metrics server.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <vector>

#include "controlplane/metrics/places.h"

namespace softwire::controlplane::metrics {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr FairQueue::Peer kScraper = 7;
constexpr FairQueue::Peer kAttacker = 1000;  // and the following ones

class MetricsPlaces : public ::testing::Test {
 protected:
  // Connects, and does what the decision says. Returns whether there was a place.
  bool connect(FairQueue::Peer address, bool is_idle = false) {
    const PlaceDecision decision = places_.decide(holders_, address, now_);
    if (!decision.has_place) return false;
    if (decision.ends < holders_.size())
      holders_.erase(holders_.begin() + static_cast<std::ptrdiff_t>(decision.ends));
    holders_.push_back({address, now_, is_idle});
    now_ += seconds(1);
    return true;
  }
  std::size_t count(FairQueue::Peer address) const {
    std::size_t count = 0;
    for (const PlaceHolder& one : holders_) count += one.address == address ? 1U : 0U;
    return count;
  }
  void hang_up(FairQueue::Peer address) {
    std::erase_if(holders_, [address](const PlaceHolder& one) { return one.address == address; });
  }

  Places places_{{}};
  std::vector<PlaceHolder> holders_;
  Places::Time now_{};
};

TEST_F(MetricsPlaces, AnAddressWithoutAConnectionGetsThePlaceOfTheAddressWithTheMost) {
  for (FairQueue::Peer from = 0; from < 4; ++from) {
    for (int i = 0; i < 16; ++i) EXPECT_TRUE(connect(kAttacker + from));
    EXPECT_FALSE(connect(kAttacker + from));
  }
  // Of those with the most, the one that has sent no whole request for longest.
  holders_[0].since = now_;
  holders_[40].since = Places::Time{} - seconds(1);
  EXPECT_EQ(places_.decide(holders_, kScraper, now_).ends, 40U);
  EXPECT_TRUE(connect(kScraper));
  for (int i = 0; i < 100; ++i) connect(kAttacker + static_cast<FairQueue::Peer>(i % 4));
  EXPECT_EQ(count(kScraper), 1U);
  EXPECT_EQ(holders_.size(), 64U);
}

TEST_F(MetricsPlaces, TheSharesBecomeEvenAndStaySo) {
  const auto fill = [this](FairQueue::Peer address) {
    int taken = 0;
    while (taken < 100 && connect(address)) ++taken;
    return taken;
  };
  for (FairQueue::Peer from = 0; from < 8; ++from) EXPECT_LT(fill(from), 100);
  for (FairQueue::Peer from = 0; from < 8; ++from) {
    EXPECT_NEAR(static_cast<double>(count(from)), 8, 1) << from;
    EXPECT_LT(fill(from), 2);
  }
}

TEST_F(MetricsPlaces, WhenAllHaveOneAnIdleOneEndsAndElseNone) {
  for (FairQueue::Peer from = 0; from < 64; ++from) EXPECT_TRUE(connect(kAttacker + from));
  EXPECT_FALSE(connect(kScraper));
  holders_[5].is_idle = true;
  EXPECT_EQ(places_.decide(holders_, kScraper, now_).ends, 5U);
}

TEST_F(MetricsPlaces, AnIdleConnectionDoesNotEndForAnAddressThatHasMore) {
  for (int i = 0; i < 16; ++i) connect(kAttacker);
  for (FairQueue::Peer from = 1; from <= 48; ++from) EXPECT_TRUE(connect(kAttacker + from, true));
  hang_up(kAttacker);
  for (int i = 0; i < 16; ++i) connect(kAttacker);
  EXPECT_FALSE(connect(kAttacker));
  EXPECT_EQ(holders_.size(), 64U);
}

// One attacker may have thousands of IPv6 prefixes, and hold one connection with each.
TEST_F(MetricsPlaces, AKnownAddressKeepsItsPlaceAndFindsOneAgain) {
  EXPECT_TRUE(connect(kScraper, true));
  places_.answered(kScraper, now_);
  for (FairQueue::Peer from = 0; from < 1000; ++from) {
    if (connect(kAttacker + from, from % 2 == 0)) places_.answered(kAttacker + from, now_ - seconds(1));
  }
  EXPECT_EQ(holders_.size(), 64U);
  EXPECT_EQ(count(kScraper), 1U);
  hang_up(kScraper);
  for (FairQueue::Peer from = 1000; from < 2000; ++from) connect(kAttacker + from, true);
  EXPECT_LT(holders_.size(), 64U);
  now_ = Places::Time{} + minutes(8);
  EXPECT_TRUE(connect(kScraper));
  EXPECT_LE(holders_.size(), 64U);
}

TEST_F(MetricsPlaces, AnAddressIsForgottenTenMinutesAfterItsLastAnswer) {
  places_.answered(kScraper, now_);
  const Places::Time answered = now_;
  for (FairQueue::Peer from = 0; from < 64; ++from) connect(kAttacker + from);
  EXPECT_EQ(holders_.size(), 63U);
  now_ = answered + minutes(11);
  EXPECT_TRUE(connect(kAttacker + 100));
  EXPECT_FALSE(connect(kScraper));
}

// An attacker may have many prefixes. Places are kept for at most half of the connections, for those that
// were known first.
TEST_F(MetricsPlaces, ManyKnownAddressesLeavePlacesForOthers) {
  places_.answered(kScraper, now_);
  for (FairQueue::Peer from = 0; from < 1000; ++from) places_.answered(kAttacker + from, now_);
  constexpr FairQueue::Peer kNewcomer = 100'000;
  unsigned newcomers = 0;
  while (newcomers < 64 && connect(kNewcomer + newcomers)) ++newcomers;
  EXPECT_EQ(newcomers, 48U);
  EXPECT_TRUE(connect(kScraper));
}

}  // namespace
}  // namespace softwire::controlplane::metrics
