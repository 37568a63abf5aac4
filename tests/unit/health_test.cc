// SPDX-License-Identifier: BSD-3-Clause
// Tests the list of health checks and the progress of threads, without a hub.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "controlplane/health/answers.h"
#include "controlplane/health/balance.h"
#include "controlplane/health/health.h"
#include "controlplane/health/progress.h"

namespace softwire::controlplane {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class HealthOfChecks : public ::testing::Test {
 protected:
  HealthReport look(seconds at) { return health_.look(Health::Time(at)); }

  std::vector<HealthCheck> checks_ = {{"link", HealthState::kOk, ""}, {"store", HealthState::kOk, ""}};
  std::vector<std::string> changes_;
  std::vector<std::string> lines_;
  Health health_{[this] { return checks_; },
                 {.changed =
                      [this](const KnownCheck& now, HealthState before) {
                        changes_.push_back(now.name + " " + std::string(to_text(before)) + " " +
                                           std::string(to_text(now.state)));
                      },
                  .log =
                      [this](const KnownCheck& now, HealthState, const std::string& summary) {
                        lines_.push_back(now.name + " " + std::string(to_text(now.state)) + summary);
                      }}};
};

// A client of a full pool can take and free the last place as often as it likes, and everybody who may ask
// for /health has all checks made anew.
TEST_F(HealthOfChecks, ThatFlipsIsToldOnceASecondAndLoggedOnceAMinute) {
  constexpr int kMinutes = 60;
  for (int tenths = 0; tenths < kMinutes * 600; ++tenths) {
    checks_[0].state = tenths % 2 == 0 ? HealthState::kDegraded : HealthState::kOk;
    EXPECT_EQ(health_.look(Health::Time(milliseconds(100 * tenths))).state(), checks_[0].state);
  }
  EXPECT_LE(changes_.size(), kMinutes * 60U);
  EXPECT_LE(lines_.size(), kMinutes + 7U);
  EXPECT_EQ(lines_.front(), "link degraded");
  EXPECT_EQ(lines_.back().substr(lines_.back().find('(')), "(changed 600 times in 60 s)");
  // What it is in the end is told when the time has come.
  const auto told = [&] { return lines_.size(); };
  checks_[0].state = HealthState::kFailed;
  const std::size_t before = told();
  for (int second = 1; second <= 61; ++second) look(seconds(kMinutes * 60 + second));
  EXPECT_EQ(told(), before + 1);
  EXPECT_THAT(lines_.back(), ::testing::StartsWith("link failed (changed "));
  EXPECT_THAT(changes_.back(), ::testing::EndsWith("failed"));
  // After a quiet minute it is told at once.
  look(seconds(kMinutes * 60 + 300));
  checks_[0].state = HealthState::kOk;
  look(seconds(kMinutes * 60 + 301));
  EXPECT_EQ(lines_.back(), "link ok");
  EXPECT_EQ(changes_.back(), "link failed ok");
}

TEST_F(HealthOfChecks, IsTheWorstOfThem) {
  EXPECT_EQ(look(seconds(1)).state(), HealthState::kOk);
  checks_[1].state = HealthState::kDegraded;
  EXPECT_EQ(look(seconds(2)).state(), HealthState::kDegraded);
  EXPECT_TRUE(look(seconds(2)).is_ready());
  checks_[0].state = HealthState::kFailed;
  EXPECT_EQ(look(seconds(3)).state(), HealthState::kFailed);
  EXPECT_FALSE(look(seconds(3)).is_ready());
}

TEST_F(HealthOfChecks, ReportsEachChangeOnce) {
  look(seconds(1));
  EXPECT_THAT(changes_, IsEmpty());
  checks_[0].state = HealthState::kFailed;
  look(seconds(2));
  look(seconds(3));
  checks_[0].state = HealthState::kOk;
  look(seconds(4));
  EXPECT_THAT(changes_, ElementsAre("link ok failed", "link failed ok"));
}

TEST_F(HealthOfChecks, ReportsWhatIsWrongAtTheStart) {
  checks_[1].state = HealthState::kDegraded;
  look(seconds(1));
  EXPECT_THAT(changes_, ElementsAre("store ok degraded"));
}

TEST_F(HealthOfChecks, HasTheAgeOfTheStateNotOfTheReason) {
  look(seconds(10));
  checks_[0] = {"link", HealthState::kFailed, "has no carrier"};
  look(seconds(12));
  checks_[0].reason = "does not exist";
  const HealthReport report = look(seconds(15));
  EXPECT_EQ(report.checks[0].age, seconds(3));
  EXPECT_EQ(report.checks[0].reason, "does not exist");
  EXPECT_EQ(report.checks[1].age, seconds(5));
}

TEST_F(HealthOfChecks, ForgetsACheckThatIsNoLongerMade) {
  checks_[1].state = HealthState::kFailed;
  look(seconds(1));
  checks_.pop_back();
  EXPECT_TRUE(look(seconds(2)).is_ready());
  checks_.push_back({"store", HealthState::kOk, ""});
  EXPECT_EQ(look(seconds(5)).checks[1].age, seconds(0));
  EXPECT_THAT(changes_, ElementsAre("store ok failed"));
}

TEST_F(HealthOfChecks, OnlyAFaultThatNeedsARestartEndsLife) {
  checks_[0].state = HealthState::kFailed;
  EXPECT_TRUE(look(seconds(1)).is_live());
  checks_[0].needs_restart = true;
  EXPECT_FALSE(look(seconds(2)).is_live());
  checks_[0].state = HealthState::kDegraded;
  EXPECT_TRUE(look(seconds(3)).is_live());
}

TEST(ProgressOfAThread, IsMeasuredFromTheLastLookThatSawAnotherCount) {
  Progress progress;
  const Progress::Time start{};
  EXPECT_EQ(progress.look(0, start + seconds(5)), milliseconds(0));  // the first look knows nothing
  EXPECT_EQ(progress.look(0, start + seconds(7)), seconds(2));
  EXPECT_EQ(progress.look(1, start + seconds(8)), milliseconds(0));
  EXPECT_EQ(progress.look(1, start + milliseconds(8250)), milliseconds(250));
  EXPECT_EQ(progress.look(0, start + seconds(9)), milliseconds(0));  // a count that wrapped around
}

class SilenceOfOthers : public ::testing::Test {
 protected:
  // Returns the messages without an answer, or 0 if there is no silence.
  std::uint64_t look(std::uint64_t asked, std::uint64_t answered, int seconds_later) {
    const auto silence =
        answers_.look(asked, answered, Answers::Time(std::chrono::hours(1) + seconds(seconds_later)));
    return silence ? silence->messages : 0;
  }
  Answers answers_;
};

TEST_F(SilenceOfOthers, NeedsSeveralMessagesAndSomeTime) {
  EXPECT_EQ(look(100, 50, 0), 0U);  // what was before is not known
  EXPECT_EQ(look(103, 50, 1), 0U);
  EXPECT_EQ(look(103, 50, 60), 0U);  // three messages may have no answer
  EXPECT_EQ(look(104, 50, 61), 4U);
}

TEST_F(SilenceOfOthers, NeedsSomeTimeAfterTheFirstMessage) {
  look(0, 0, 0);
  EXPECT_EQ(look(1000, 0, 100), 0U);
  EXPECT_EQ(look(1000, 0, 109), 0U);
  EXPECT_EQ(look(1000, 0, 110), 1000U);
}

TEST_F(SilenceOfOthers, EndsWithAnAnswer) {
  look(0, 0, 0);
  look(10, 0, 1);
  EXPECT_EQ(look(10, 0, 20), 10U);
  EXPECT_EQ(look(10, 1, 21), 0U);
  EXPECT_EQ(look(11, 1, 22), 0U);
  EXPECT_EQ(look(15, 1, 32), 5U);
}

TEST_F(SilenceOfOthers, IsNoneWhenNobodyAsks) {
  look(5, 5, 0);
  EXPECT_EQ(look(5, 5, 3600), 0U);
}

// Two workers. Makes looks four times a second for this long, with a load that grows at these rates.
struct Work {
  double busy_share = 0;
  std::uint64_t frames_per_look = 0;
};
class BalanceOfWorkers : public ::testing::Test {
 protected:
  std::optional<Balance::Imbalance> after(seconds time, Work first, Work second) {
    constexpr milliseconds kStep(250);
    std::optional<Balance::Imbalance> latest;
    for (milliseconds spent{0}; spent < time; spent += kStep) {
      now_ += kStep;
      for (auto [number, work] : {std::pair(0, first), std::pair(1, second)}) {
        totals_[number].nanoseconds += 250'000'000;
        totals_[number].busy_nanoseconds += static_cast<std::uint64_t>(250'000'000 * work.busy_share);
        totals_[number].frames += work.frames_per_look;
      }
      latest = balance_.look(totals_, now_);
    }
    return latest;
  }

  Balance balance_;
  std::vector<dataplane::Load> totals_{2};
  Balance::Time now_{seconds(1000)};
};

TEST_F(BalanceOfWorkers, IsMissingWhenOneReceivesNothingBesideABusyOne) {
  EXPECT_FALSE(after(seconds(9), {0.8, 100}, {0, 0})) << "the window has not ended";
  const auto imbalance = after(seconds(2), {0.8, 100}, {0, 0});
  ASSERT_TRUE(imbalance);
  EXPECT_EQ(imbalance->idle, 1U);
  EXPECT_EQ(imbalance->busy, 0U);
  EXPECT_NEAR(imbalance->busy_share, 0.8, 0.01);
}

TEST_F(BalanceOfWorkers, IsThereAgainOneWindowAfterTheIdleOneReceives) {
  ASSERT_TRUE(after(seconds(11), {0, 0}, {0.9, 100}));
  EXPECT_FALSE(after(seconds(21), {0.01, 1}, {0.9, 100}));
}

TEST_F(BalanceOfWorkers, DoesNotMatterToAQuietHub) {
  EXPECT_FALSE(after(seconds(30), {0.4, 100}, {0, 0}));
  EXPECT_FALSE(after(seconds(30), {0, 0}, {0, 0}));
}

}  // namespace
}  // namespace softwire::controlplane
