// SPDX-License-Identifier: BSD-3-Clause
// Tests leases in the durable state.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "store_fixture.h"

namespace softwire::controlplane {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class StoredLease : public Store {
 protected:
  static Lease lease(const Binding& binding, WallTime end) {
    return {binding, {0, 1, 2, 3}, end, Ipv4Address(10, 99, 0, 1)};
  }
  std::string grant(const Lease& lease, WallTime now) {
    SoftwireChange wanted;
    wanted.grant = {lease};
    return change(wanted, now);
  }
  std::string end(const Binding& binding, WallTime now, EndReason reason) {
    SoftwireChange wanted;
    wanted.end = {{{binding.ipv4, binding.ports.psid}, binding.b4, reason}};
    return change(wanted, now);
  }
  std::vector<Lease> leases() {
    std::vector<Lease> found;
    EXPECT_TRUE(store_->for_each_lease([&found](Lease one) { found.push_back(std::move(one)); }).ok());
    return found;
  }
};

TEST_F(StoredLease, IsABindingThatOutlivesTheProcess) {
  EXPECT_EQ(grant(lease(kFirst, kTuesday), kMonday), "none");
  open();
  EXPECT_THAT(leases(), ElementsAre(lease(kFirst, kTuesday)));
  const auto found = store_->find(kFirst.ipv4, kFirst.ports.psid);
  ASSERT_TRUE(found.ok() && found->has_value());
  EXPECT_EQ((**found).origin, Origin::kLease);
  EXPECT_EQ((**found).since, kMonday);
}

TEST_F(StoredLease, IsRenewedWithoutAnEntryInTheHistory) {
  EXPECT_EQ(grant(lease(kFirst, kTuesday), kMonday), "none");
  EXPECT_EQ(grant(lease(kFirst, kWednesday), kMonday + kHour), "none");
  EXPECT_THAT(leases(), ElementsAre(lease(kFirst, kWednesday)));
  EXPECT_THAT(page_of_ended(*store_, {}, 10, "")->bindings, IsEmpty());
}

TEST_F(StoredLease, EndsForItsSubscriberAloneAndTheHistorySaysWhy) {
  EXPECT_EQ(grant(lease(kSecond, kTuesday), kMonday), "none");
  EXPECT_EQ(end(kThird, kMonday + kHour, EndReason::kReleased),
            "none");  // of another subscriber, ended long ago
  EXPECT_THAT(leases(), SizeIs(1));
  EXPECT_EQ(end(kSecond, kTuesday, EndReason::kExpired), "none");
  EXPECT_THAT(leases(), IsEmpty());
  const auto history = page_of_ended(*store_, {}, 10, "");
  ASSERT_THAT(history->bindings, SizeIs(1));
  EXPECT_EQ(history->bindings.front().reason, EndReason::kExpired);
  EXPECT_EQ(history->bindings.front().origin, Origin::kLease);
}

TEST_F(StoredLease, TakesThePlaceOfAnothersLeaseOnlyWhenThatIsEndedByName) {
  EXPECT_EQ(grant(lease(kSecond, kTuesday), kMonday), "none");
  EXPECT_THAT(grant(lease(kThird, kTuesday), kMonday), HasSubstr("overlaps"));
  EXPECT_THAT(leases(), ElementsAre(lease(kSecond, kTuesday)));
  SoftwireChange replacing;
  replacing.end = {{{kSecond.ipv4, kSecond.ports.psid}, kSecond.b4, EndReason::kReplaced}};
  replacing.grant = {lease(kThird, kTuesday)};
  EXPECT_EQ(change(replacing, kMonday), "none");
  EXPECT_THAT(leases(), ElementsAre(lease(kThird, kTuesday)));
  // Another subscriber has the lease by then, not the one that `end` names.
  replacing.grant = {lease(kSecond, kTuesday)};
  EXPECT_THAT(change(replacing, kMonday), HasSubstr("overlaps"));
  EXPECT_THAT(leases(), ElementsAre(lease(kThird, kTuesday)));
}

TEST_F(StoredLease, TakesThePlaceOfNoOperatorsBinding) {
  EXPECT_EQ(change({.remove = {}, .add = {kFirst}}, kMonday), "none");
  Binding other = kFirst;
  other.b4 = kThird.b4;
  EXPECT_THAT(grant(lease(other, kTuesday), kMonday), HasSubstr("overlaps"));
  EXPECT_THAT(leases(), IsEmpty());
}

TEST_F(StoredLease, WhatTheOperatorBoundToTheSameSubscriberIsNoLease) {
  EXPECT_EQ(change({.remove = {}, .add = {kFirst}}, kMonday), "none");
  EXPECT_EQ(grant(lease(kFirst, kTuesday), kMonday), "none");
  EXPECT_THAT(leases(), IsEmpty());
  EXPECT_EQ(end(kFirst, kTuesday, EndReason::kReleased), "none");
  EXPECT_TRUE(store_->find(kFirst.ipv4, kFirst.ports.psid)->has_value());
}

TEST_F(StoredLease, ThatEndedWhileNoHubWasThereDoesNotKeepTheFileFromItsPlace) {
  EXPECT_EQ(grant(lease(kSecond, kTuesday), kMonday), "none");
  EXPECT_EQ(grant(lease(kWhole, kWednesday), kMonday), "none");
  const std::string line = to_statement(kThird) + "\n";
  EXPECT_THAT(take_file(line, kTuesday), HasSubstr("which is leased"));
  EXPECT_THAT(look_at_softwires(config_, kMonday)->bindings, SizeIs(3));
  EXPECT_THAT(look_at_softwires(config_, kTuesday)->bindings, SizeIs(2));
  ASSERT_TRUE(store_->begin().ok());
  ASSERT_TRUE(end_expired_leases(*store_, kTuesday).ok());
  ASSERT_TRUE(store_->commit().ok());
  EXPECT_EQ(take_file(line, kTuesday), "none");
  EXPECT_THAT(leases(), ElementsAre(lease(kWhole, kWednesday)));
  EXPECT_THAT(bindings(), ElementsAre(kThird, kWhole));
  const auto history = page_of_ended(*store_, {}, 10, "");
  ASSERT_THAT(history->bindings, SizeIs(1));
  EXPECT_EQ(history->bindings.front().reason, EndReason::kExpired);
}

TEST_F(StoredLease, GoesWhenTheOperatorTakesItsBindingAway) {
  EXPECT_EQ(grant(lease(kFirst, kTuesday), kMonday), "none");
  EXPECT_EQ(change({.remove = {BindingKey{kFirst.ipv4, kFirst.ports.psid, {}, {}, {}}}, .add = {}}, kMonday),
            "none");
  EXPECT_THAT(leases(), IsEmpty());
}

}  // namespace
}  // namespace softwire::controlplane
