// SPDX-License-Identifier: BSD-3-Clause
// Tests the time of the record beside a system clock that makes steps.
#include "controlplane/store/timeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "controlplane/softwires/store_service.h"
#include "store_fixture.h"
#include "whole_pages.h"

namespace softwire::controlplane {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// A machine whose clocks the test sets.
struct Machine {
  WallTime system = kMonday;
  std::chrono::milliseconds running = hours(5);
  std::string boot = "first";

  void pass(std::chrono::milliseconds time) {
    system += time;
    running += time;
  }
};

class Record : public Store {
 protected:
  void SetUp() override {
    Store::SetUp();
    store_.reset();
    std::filesystem::remove_all(config_.state);
    start();
  }
  void start() {
    store_.reset();
    auto opened = SoftwireStore::open(config_.state, RecordClock([this] {
                                        return ClockReading{machine_.system, machine_.running, machine_.boot};
                                      }));
    ASSERT_TRUE(opened.ok()) << opened.error().text;
    store_ = std::move(*opened);
  }
  void restart_machine(std::chrono::milliseconds off) {
    machine_.system += off;
    machine_.running = minutes(1);
    machine_.boot += "+";
    start();
  }
  std::string add_now(const Binding& binding) {
    static_cast<void>(store_->observe_clock());
    return add({binding}, store_->now());
  }
  std::string remove_now(const std::string& words) {
    static_cast<void>(store_->observe_clock());
    return remove(words, store_->now());
  }
  HolderAnswer ask(std::optional<WallTime> at) {
    static_cast<void>(store_->observe_clock());
    const auto answer = answer_of(*store_, {.ipv4 = kWhole.ipv4, .port = {}, .b4 = {}, .at = at});
    EXPECT_TRUE(answer.ok());
    return *answer;
  }
  std::vector<EndedBinding> history() { return page_of_ended(*store_, {}, 100, "")->bindings; }

  Machine machine_;
  const Binding other_ = binding("ipv4 192.0.2.9 b4 2001:db8:1::b br 2001:db8:ff::1");
};

TEST_F(Record, NamesTheHolderOfThatTimeWhenTheClockIsSetBackAndForth) {
  EXPECT_EQ(add_now(kWhole), "none");
  machine_.pass(seconds(2));
  const WallTime middle = machine_.system;
  machine_.pass(seconds(2));
  machine_.system -= hours(1);
  machine_.pass(seconds(1));
  EXPECT_EQ(remove_now("ipv4 192.0.2.9"), "none");
  EXPECT_EQ(add_now(other_), "none");
  for (const bool is_right_again : {false, true}) {
    if (is_right_again) machine_.system += hours(1);
    const HolderAnswer answer = ask(middle);
    ASSERT_THAT(answer.holders, SizeIs(1));
    EXPECT_EQ(answer.holders[0].binding, kWhole);
    EXPECT_TRUE(answer.is_certain);
    ASSERT_THAT(history(), SizeIs(1));
    EXPECT_GE(history()[0].until, history()[0].since + seconds(4));
  }
  EXPECT_EQ(history()[0].until, kMonday + seconds(5));
}

TEST_F(Record, NamesEveryHolderOfATimeThatTheClockShowedTwice) {
  EXPECT_EQ(add_now(kWhole), "none");
  machine_.pass(minutes(90));
  machine_.system -= hours(1);
  EXPECT_EQ(remove_now("ipv4 192.0.2.9"), "none");
  EXPECT_EQ(add_now(other_), "none");
  machine_.pass(minutes(10));
  const HolderAnswer answer = ask(kMonday + minutes(35));
  EXPECT_THAT(answer.holders, SizeIs(2));
  EXPECT_FALSE(answer.is_certain);
}

TEST_F(Record, KnowsATimeThatAClockFarAheadSkipped) {
  EXPECT_EQ(add_now(kWhole), "none");
  machine_.pass(minutes(5));
  machine_.system += hours(20'000);
  machine_.pass(seconds(30));
  EXPECT_EQ(remove_now("ipv4 192.0.2.9"), "none");
  EXPECT_EQ(add_now(other_), "none");
  machine_.pass(seconds(30));
  machine_.system -= hours(20'000);
  EXPECT_EQ(ask(kMonday + minutes(5) + seconds(10)).holders.at(0).binding, kWhole);
  EXPECT_EQ(ask(kMonday + minutes(5) + seconds(40)).holders.at(0).binding, other_);
  EXPECT_EQ(history()[0].until, kMonday + minutes(5) + seconds(30));
}

TEST_F(Record, RefusesTheFutureAndSaysWhenItBegins) {
  EXPECT_EQ(add_now(kWhole), "none");
  machine_.pass(hours(1));
  EXPECT_EQ(ask(machine_.system + seconds(1)).kind, HolderAnswer::Kind::kFuture);
  EXPECT_EQ(ask(machine_.system).kind, HolderAnswer::Kind::kRecorded);
  const HolderAnswer before = ask(kMonday - seconds(1));
  EXPECT_EQ(before.kind, HolderAnswer::Kind::kNotRecorded);
  EXPECT_EQ(before.begins, kMonday);
  EXPECT_THAT(ask({}).holders, SizeIs(1));
}

TEST_F(Record, BeginsLaterWhenHistoryIsForgotten) {
  EXPECT_EQ(add_now(kWhole), "none");
  machine_.pass(hours(1));
  EXPECT_EQ(remove_now("ipv4 192.0.2.9"), "none");
  machine_.pass(hours(48));
  EXPECT_EQ(*store_->forget_ended(store_->now() - hours(24)), 1);
  EXPECT_EQ(ask(kMonday + minutes(1)).kind, HolderAnswer::Kind::kNotRecorded);
  EXPECT_EQ(ask(machine_.system - hours(24)).kind, HolderAnswer::Kind::kRecorded);
  start();
  EXPECT_EQ(ask(kMonday + minutes(1)).kind, HolderAnswer::Kind::kNotRecorded);
}

TEST_F(Record, AgesOnlyByTheTimeThatTheMachineRuns) {
  EXPECT_EQ(add_now(kWhole), "none");
  machine_.pass(hours(1));
  EXPECT_EQ(remove_now("ipv4 192.0.2.9"), "none");
  restart_machine(hours(2 * 365 * 24));  // the clock is two years ahead
  EXPECT_EQ(store_->step_at_open()->cause, ClockStep::Cause::kStart);
  EXPECT_EQ(*store_->forget_ended(store_->now() - hours(365 * 24)), 0);
  restart_machine(-hours(2 * 365 * 24));
  EXPECT_EQ(*store_->forget_ended(store_->now() - hours(365 * 24)), 0);
  EXPECT_THAT(history(), SizeIs(1));
  EXPECT_EQ(history()[0].until, kMonday + hours(1));
  EXPECT_EQ(ask(kMonday + minutes(30)).holders.at(0).binding, kWhole);
}

TEST_F(Record, GoesOnAcrossAProcessThatWasKilled) {
  EXPECT_EQ(add_now(kWhole), "none");
  const WallTime before = store_->now();
  machine_.pass(hours(3));
  start();
  EXPECT_EQ(store_->now(), before + hours(3));
  EXPECT_FALSE(store_->step_at_open());
  machine_.system += hours(1);
  start();
  ASSERT_TRUE(store_->step_at_open());
  EXPECT_EQ(store_->step_at_open()->cause, ClockStep::Cause::kStep);
  EXPECT_EQ(store_->now(), before + hours(3));
  ASSERT_THAT(*store_->clock_steps(10), SizeIs(1));
  EXPECT_EQ((*store_->clock_steps(10))[0].after - (*store_->clock_steps(10))[0].before, hours(1));
}

TEST_F(Record, OrdersTheHistoryByItsOwnSequence) {
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(add_now(i % 2 == 0 ? kWhole : other_), "none");
    machine_.pass(minutes(1));
    EXPECT_EQ(remove_now("ipv4 192.0.2.9"), "none");
    machine_.system -= minutes(10);
  }
  const auto all = history();
  ASSERT_THAT(all, SizeIs(5));
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i].softwire, i % 2 == 0 ? kWhole : other_);
    EXPECT_LE(all[i].since, all[i].until);
    if (i > 0) {
      EXPECT_LE(all[i].until, all[i - 1].since);
    }
  }
  std::string after;
  std::size_t count = 0;
  do {
    const auto page = page_of_ended(*store_, {}, 2, after);
    ASSERT_TRUE(page.ok());
    count += page->bindings.size();
    after = page->next;
  } while (!after.empty());
  EXPECT_EQ(count, 5U);
}

TEST_F(Record, KeepsALeaseThatTheClockOnlySeemsToHaveEnded) {
  SoftwireChange grant;
  grant.grant = {Lease{kFirst, {0, 1, 2, 3}, store_->now() + hours(1), Ipv4Address(10, 99, 0, 1)}};
  EXPECT_EQ(change(grant, store_->now()), "none");
  restart_machine(hours(10'000));
  ASSERT_TRUE(store_->begin().ok());
  ASSERT_TRUE(end_expired_leases(*store_, store_->now()).ok());
  ASSERT_TRUE(store_->commit().ok());
  EXPECT_THAT(bindings(), SizeIs(1));
  machine_.pass(hours(2));
  ASSERT_TRUE(store_->begin().ok());
  ASSERT_TRUE(end_expired_leases(*store_, store_->now()).ok());
  ASSERT_TRUE(store_->commit().ok());
  EXPECT_THAT(bindings(), IsEmpty());
}

TEST(NightlyCheck, IsDueOnceANightAndInAnyCaseAfter26Hours) {
  EXPECT_FALSE(is_check_due(3, hours(0)));
  EXPECT_FALSE(is_check_due(3, hours(19)));
  EXPECT_TRUE(is_check_due(3, hours(20)));
  EXPECT_FALSE(is_check_due(12, hours(25)));
  EXPECT_TRUE(is_check_due(12, hours(26)));
}

}  // namespace
}  // namespace softwire::controlplane
