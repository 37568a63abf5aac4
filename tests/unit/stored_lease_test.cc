// SPDX-License-Identifier: BSD-3-Clause
// Tests leases in the durable state.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "store_fixture.h"
#include "whole_pages.h"

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

// Anyone with read access asks for config.test; the history has no limit.
TEST_F(StoredLease, ACopyToTestWithHasWhatIsCurrentAndNoHistory) {
  constexpr int kEnded = 2'000;
  EXPECT_EQ(add({kFirst, kRule}, kMonday), "none");
  EXPECT_EQ(grant(lease(kWhole, kWednesday), kMonday), "none");
  ASSERT_TRUE(store_->begin().ok());
  for (int i = 0; i < kEnded; ++i) {
    const StoredBinding ended{kSecond, Origin::kLease, kMonday};
    ASSERT_TRUE(store_->add(ended).ok());
    ASSERT_TRUE(store_->end(ended, kTuesday, EndReason::kExpired).ok());
  }
  ASSERT_TRUE(store_->commit().ok());
  const auto copy = SoftwireStore::copy_in_memory(config_.state);
  ASSERT_TRUE(copy.ok()) << copy.error().text;
  const auto count = [&](SoftwireStore& store, const char* table) {
    return *store.database().integer("SELECT count(*) FROM " + std::string(table));
  };
  EXPECT_EQ(count(*store_, "ended_binding"), kEnded);
  EXPECT_EQ(count(**copy, "ended_binding"), 0);
  for (const char* table : {"binding", "lease", "rule", "fact", "clock_step", "record", "total"}) {
    EXPECT_EQ(count(**copy, table), count(*store_, table)) << table;
  }
  // No table and no index has more than its first page.
  constexpr std::int64_t kPages = 32;
  EXPECT_GT(*store_->database().integer("PRAGMA page_count"), 2 * kPages);
  EXPECT_LE(*(*copy)->database().integer("PRAGMA page_count"), kPages);

  const auto answer = [this](SoftwireStore& store) {
    EXPECT_TRUE(store.begin().ok());
    const auto merged = merge_file(store, config_, store.now());
    store.rollback();
    if (!merged) return merged.error().text;
    std::string text;
    for (const BindingStatement& one : merged->softwires.bindings) text += to_statement(one.binding) + "\n";
    for (const RuleStatement& one : merged->softwires.rules) text += to_statement(one.rule) + "\n";
    return text + std::to_string(merged->changed.added.size()) + " added, " +
           std::to_string(merged->changed.ended.size()) + " leases ended";
  };
  for (const Binding& of_file : {kWhole, kSecond}) {
    write("softwires.conf", to_statement(of_file) + "\n");
    EXPECT_THAT(answer(**copy), HasSubstr(to_statement(kRule)));
    EXPECT_EQ(answer(**copy), answer(*store_));
  }
  write("softwires.conf", "binding ipv4 192.0.2.9 b4 2001:db8:1::8 br 2001:db8:ff::1\n");
  EXPECT_THAT(answer(**copy), HasSubstr("which is leased"));
  EXPECT_EQ(answer(**copy), answer(*store_));
}

TEST_F(StoredLease, ACopyToTestWithSaysWhichRowsAreDamaged) {
  EXPECT_EQ(add({kFirst}, kMonday), "none");
  // A value out of its limits.
  ASSERT_TRUE(store_->database()
                  .run("PRAGMA ignore_check_constraints = 1; UPDATE binding SET origin = 9; "
                       "PRAGMA ignore_check_constraints = 0")
                  .ok());
  const auto copy = SoftwireStore::copy_in_memory(config_.state);
  ASSERT_TRUE(copy.ok()) << copy.error().text;
  const auto read = (*copy)->for_each_binding([](const StoredBinding&) { ADD_FAILURE(); });
  ASSERT_FALSE(read.ok());
  EXPECT_THAT(read.error().text, HasSubstr("a damaged row in the table binding; softwirectl store check"));
}

}  // namespace
}  // namespace softwire::controlplane
