// SPDX-License-Identifier: BSD-3-Clause
// Tests the order of jobs, work apart from the loop, limited log lines, and the places of connections.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <string>
#include <thread>
#include <vector>

#include "controlplane/control/places.h"
#include "controlplane/turns/background.h"
#include "controlplane/turns/fair_queue.h"
#include "controlplane/turns/limited_log.h"

namespace softwire::controlplane {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Turns : public ::testing::Test {
 protected:
  void add(FairQueue::Peer peer, const std::string& name) {
    queue_.add(peer, [this, name](const FairQueue::Ended& ended) {
      ran_.push_back(name);
      ended();
    });
  }
  boost::asio::io_context loop_{1};
  FairQueue queue_{loop_};
  std::vector<std::string> ran_;
};

TEST_F(Turns, ComeToThePeersOneAfterTheOther) {
  for (const char* name : {"a1", "a2", "a3"}) add(1, name);
  add(2, "b1");
  add(3, "c1");
  add(2, "b2");
  EXPECT_TRUE(ran_.empty());
  loop_.run();
  EXPECT_THAT(ran_, ElementsAre("a1", "b1", "c1", "a2", "b2", "a3"));
}

TEST_F(Turns, WaitForTheEndOfAJob) {
  FairQueue::Ended end;
  queue_.add(1, [&](const FairQueue::Ended& ended) { end = ended; });
  add(2, "b1");
  loop_.run();
  EXPECT_TRUE(ran_.empty());
  end();
  loop_.restart();
  loop_.run();
  EXPECT_THAT(ran_, ElementsAre("b1"));
}

// Else a long queue of requests would keep DHCP waiting.
TEST_F(Turns, LetTheLoopHandleOtherThingsBetweenTwoJobs) {
  add(1, "a1");
  add(1, "a2");
  boost::asio::post(loop_, [this] { ran_.emplace_back("loop"); });
  loop_.run();
  EXPECT_THAT(ran_, ElementsAre("a1", "loop", "a2"));
}

TEST_F(Turns, EndWithTheQueue) {
  FairQueue::Ended end;
  {
    FairQueue queue(loop_);
    queue.add(1, [&](const FairQueue::Ended& ended) { end = ended; });
    loop_.run();
    queue.add(1, [&](const FairQueue::Ended&) { ran_.emplace_back("late"); });
  }
  end();
  loop_.restart();
  loop_.run();
  EXPECT_TRUE(ran_.empty());
}

TEST(BackgroundThread, WorksApartAndAnswersOnTheLoop) {
  boost::asio::io_context loop(1);
  const auto guard = boost::asio::make_work_guard(loop);
  std::thread::id started;
  std::thread::id worked;
  std::thread::id answered;
  Background background(loop, [&] { started = std::this_thread::get_id(); });
  background.run([&] { worked = std::this_thread::get_id(); },
                 [&] {
                   answered = std::this_thread::get_id();
                   loop.stop();
                 });
  loop.run();
  EXPECT_EQ(started, worked);
  EXPECT_NE(worked, std::this_thread::get_id());
  EXPECT_EQ(answered, std::this_thread::get_id());
}

TEST(LimitedLogLines, AreOnePerCauseInTenSeconds) {
  std::vector<std::string> lines;
  std::chrono::steady_clock::time_point now;
  LimitedLog log([&](const std::string& line) { lines.push_back(line); }, [&] { return now; });
  log.say("a", "a1");
  log.say("a", "a2");
  log.say("b", "b1");
  now += seconds(9);
  log.say("a", "a3");
  now += seconds(1);
  log.say("a", "a4");
  log.say("b", "b2");
  EXPECT_THAT(lines, ElementsAre("a1", "b1", "a4 (and 2 times more since the last line)", "b2"));
}

TEST(LimitedLogLines, ThatDifferOnlyInDigitsHaveOneCause) {
  std::vector<std::string> lines;
  std::chrono::steady_clock::time_point now;
  LimitedLog log([&](const std::string& line) { lines.push_back(line); }, [&] { return now; });
  log.say("disk full at 17");
  log.say("disk full at 18");
  log.say("disk broken at 18");
  now += seconds(10);
  log.say("disk full at 20");
  EXPECT_THAT(lines, ElementsAre("disk full at 17", "disk broken at 18",
                                 "disk full at 20 (and 1 times more since the last line)"));
}

TEST(LimitedLogLines, HaveALimitOfCauses) {
  std::size_t lines = 0;
  std::chrono::steady_clock::time_point now;
  LimitedLog log([&](const std::string&) { ++lines; }, [&] { return now; });
  for (int i = 0; i < 1000; ++i) log.say(std::string(static_cast<std::size_t>(i) + 1, 'a'));
  EXPECT_EQ(lines, LimitedLog::kMaxCauses + 1);
}

constexpr uid_t kRoot = 0;
constexpr uid_t kReader = 1000;

std::vector<PlaceHolder> holders(std::size_t count, uid_t user, PeerRank rank, milliseconds idle) {
  return std::vector<PlaceHolder>(count, PlaceHolder{user, rank, idle});
}

void append(std::vector<PlaceHolder>& to, const std::vector<PlaceHolder>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

TEST(Places, OfAUserAreLimited) {
  const ControlPlaces places;
  const auto full = holders(16, kReader, PeerRank::kReader, milliseconds(-1));
  const auto refused = decide_place(full, kReader, PeerRank::kReader, places);
  EXPECT_FALSE(refused.has_place);
  EXPECT_THAT(refused.why, HasSubstr("all 16 connections that one user may have are in use"));
  EXPECT_TRUE(decide_place(full, kReader + 1, PeerRank::kReader, places).has_place);
}

TEST(Places, AreKeptForRootAndOperators) {
  const ControlPlaces places;
  std::vector<PlaceHolder> all;
  uid_t user = kReader;
  const auto has_free = [&](uid_t one, PeerRank rank) {
    const auto decision = decide_place(all, one, rank, places);
    return decision.has_place && decision.ends == all.size();
  };
  while (has_free(user, PeerRank::kReader) || has_free(++user, PeerRank::kReader)) {
    append(all, holders(1, user, PeerRank::kReader, milliseconds(-1)));
  }
  EXPECT_EQ(all.size(), 40U);
  // A new reader only gets one of another reader.
  const auto shared = decide_place(all, user, PeerRank::kReader, places);
  ASSERT_LT(shared.ends, all.size());
  EXPECT_EQ(all[shared.ends].rank, PeerRank::kReader);
  for (PlaceHolder& holder : all) holder.user = ++user;
  EXPECT_THAT(decide_place(all, ++user, PeerRank::kReader, places).why, HasSubstr("for control-read-group"));
  while (has_free(500, PeerRank::kOperator)) {
    append(all, holders(1, 500, PeerRank::kOperator, milliseconds(-1)));
  }
  EXPECT_EQ(all.size(), 56U);
  EXPECT_THAT(decide_place(all, 500, PeerRank::kOperator, places).why, HasSubstr("for others than root"));
  while (has_free(kRoot, PeerRank::kRoot)) {
    append(all, holders(1, kRoot, PeerRank::kRoot, milliseconds(-1)));
  }
  EXPECT_EQ(all.size(), 64U);
}

TEST(Places, OfIdleConnectionsAreGivenAway) {
  const ControlPlaces places;
  auto own = holders(16, kReader, PeerRank::kReader, milliseconds(4999));
  EXPECT_FALSE(decide_place(own, kReader, PeerRank::kReader, places).has_place);
  own[3].idle = seconds(5);
  own[7].idle = seconds(9);
  const auto decision = decide_place(own, kReader, PeerRank::kReader, places);
  EXPECT_TRUE(decision.has_place);
  EXPECT_EQ(decision.ends, 7U);
  // Another user's connection does not end for a user who has too many.
  own[3].idle = own[7].idle = milliseconds(-1);
  append(own, holders(1, kReader + 1, PeerRank::kReader, seconds(60)));
  EXPECT_FALSE(decide_place(own, kReader, PeerRank::kReader, places).has_place);
}

TEST(Places, AreTakenFromTheUserWithMost) {
  const ControlPlaces places;
  auto all = holders(1, 1001, PeerRank::kReader, seconds(90));
  append(all, holders(16, 1002, PeerRank::kReader, seconds(10)));
  append(all, holders(15, 1003, PeerRank::kReader, seconds(60)));
  append(all, holders(8, 1004, PeerRank::kReader, seconds(60)));
  const auto decision = decide_place(all, 1005, PeerRank::kReader, places);
  EXPECT_TRUE(decision.has_place);
  EXPECT_EQ(all[decision.ends].user, 1002U);
  // Nobody takes the place of a higher rank.
  auto others = holders(24, kRoot, PeerRank::kRoot, seconds(60));
  append(others, holders(32, 500, PeerRank::kOperator, seconds(60)));
  append(others, holders(8, 501, PeerRank::kOperator, milliseconds(-1)));
  EXPECT_FALSE(decide_place(others, 1005, PeerRank::kReader, places).has_place);
  EXPECT_EQ(others[decide_place(others, 502, PeerRank::kOperator, places).ends].user, 500U);
}

// Three users of control-read-group held all places for readers, with requests without end, or idle for less
// than the limit.
TEST(Places, ABusyUserAboveTheFairShareLosesOneToAUserWithFewer) {
  const ControlPlaces places;
  for (const milliseconds idle : {milliseconds(-1), milliseconds(4999)}) {
    auto all = holders(16, 1001, PeerRank::kReader, idle);
    append(all, holders(12, 1002, PeerRank::kReader, idle));
    append(all, holders(12, 1003, PeerRank::kReader, idle));
    const auto decision = decide_place(all, 1004, PeerRank::kReader, places);
    EXPECT_TRUE(decision.has_place);
    EXPECT_EQ(decision.ends, 0U);
    EXPECT_EQ(decision.why,
              "the user has 16 connections, more than the fair share of 10, and another user needs a place");
    // The one that does the least goes first.
    all[5].idle = milliseconds(5000);
    EXPECT_EQ(decide_place(all, 1004, PeerRank::kReader, places).ends, 5U);
  }
}

TEST(Places, BecomeEvenAndStaySo) {
  const ControlPlaces places;
  std::vector<PlaceHolder> all;
  const auto connect = [&](uid_t user) {
    const auto decision = decide_place(all, user, PeerRank::kReader, places);
    if (!decision.has_place) return false;
    if (decision.ends < all.size()) all.erase(all.begin() + static_cast<std::ptrdiff_t>(decision.ends));
    append(all, holders(1, user, PeerRank::kReader, milliseconds(-1)));
    return true;
  };
  for (uid_t user = 1001; user <= 1008; ++user) {
    for (int i = 0; i < 100 && connect(user); ++i) {
    }
  }
  for (uid_t user = 1001; user <= 1008; ++user) {
    EXPECT_NEAR(static_cast<double>(std::ranges::count(all, user, &PlaceHolder::user)), 5, 1) << user;
    int more = 0;
    while (more < 100 && connect(user)) ++more;
    EXPECT_LT(more, 2);
  }
  EXPECT_EQ(all.size(), 40U);
}

// A user with many connections took the place of a monitor that asks every ten seconds.
TEST(Places, OfAUserWithFewStayWhenAUserWithMoreWantsOne) {
  const ControlPlaces places;
  auto all = holders(1, 1001, PeerRank::kReader, seconds(9));
  append(all, holders(13, 1002, PeerRank::kReader, milliseconds(-1)));
  append(all, holders(13, 1003, PeerRank::kReader, milliseconds(-1)));
  append(all, holders(13, 1004, PeerRank::kReader, milliseconds(-1)));
  EXPECT_FALSE(decide_place(all, 1002, PeerRank::kReader, places).has_place);
  all[0].user = 1005;
  EXPECT_TRUE(decide_place(all, 1001, PeerRank::kReader, places).has_place);
}

TEST(Places, OfBusyOperatorsAndRootAreNotTakenByReaders) {
  const ControlPlaces places;
  auto all = holders(32, 500, PeerRank::kOperator, milliseconds(-1));
  append(all, holders(16, 501, PeerRank::kOperator, milliseconds(-1)));
  append(all, holders(8, 1001, PeerRank::kReader, milliseconds(-1)));
  const auto reader = decide_place(all, 1002, PeerRank::kReader, places);
  EXPECT_TRUE(reader.has_place);
  EXPECT_EQ(all[reader.ends].user, 1001U);
  const auto third = decide_place(all, 502, PeerRank::kOperator, places);
  EXPECT_TRUE(third.has_place);
  EXPECT_EQ(all[third.ends].user, 500U);
  EXPECT_EQ(decide_place(all, 0, PeerRank::kRoot, places).ends, all.size());
}

}  // namespace
}  // namespace softwire::controlplane
