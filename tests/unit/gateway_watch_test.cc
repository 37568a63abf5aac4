// SPDX-License-Identifier: BSD-3-Clause
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <spdlog/sinks/ostream_sink.h>

#include <algorithm>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "controlplane/daemon/gateway_watch.h"

namespace softwire::controlplane {
namespace {

using dataplane::GatewayState;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class WatchedGateway : public ::testing::Test {
 protected:
  GatewayWatch::Known look(int second) {
    return watch_.look(Side::kIpv4, GatewayWatch::Time(seconds(second)));
  }
  void set(GatewayState state, std::optional<MacAddress> mac = {}) {
    status_ = {"198.51.100.254", state, mac};
  }

  const MacAddress old_ = MacAddress({2, 0, 0, 0, 1, 4});
  const MacAddress new_ = MacAddress({2, 0, 0, 0, 1, 5});
  GatewayStatus status_;
  std::vector<std::string> changes_;
  std::ostringstream text_;
  GatewayWatch watch_{
      [this](Side) { return status_; },
      std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_st>(text_)),
      [this](Side, const GatewayStatus& now, GatewayState before) {
        changes_.push_back(std::string(to_text(before)) + " " + std::string(to_text(now.state)));
      }};
};

TEST_F(WatchedGateway, ReportsEachChangeOnceAndItsAge) {
  set(GatewayState::kReachable, old_);
  EXPECT_EQ(look(10).age, seconds(0));
  EXPECT_EQ(look(15).age, seconds(5));
  EXPECT_THAT(changes_, IsEmpty());
  set(GatewayState::kFailed);
  EXPECT_EQ(look(20).age, seconds(0));
  EXPECT_EQ(look(22).age, seconds(2));
  EXPECT_THAT(changes_, ElementsAre("reachable failed"));
  EXPECT_THAT(text_.str(), HasSubstr("ipv4: gateway 198.51.100.254 is failed"));
}

// A station can announce the gateway's address with a false MAC address as often as it likes.
TEST_F(WatchedGateway, ThatFlipsIsReportedOnceASecondAndLoggedOnceAMinute) {
  constexpr int kMinutes = 60;
  for (int halves = 0; halves < kMinutes * 120; ++halves) {
    set(halves % 2 == 0 ? GatewayState::kReachable : GatewayState::kStale, old_);
    const auto known = watch_.look(Side::kIpv4, GatewayWatch::Time(std::chrono::milliseconds(500 * halves)));
    EXPECT_EQ(known.status.state, status_.state);
  }
  const std::string text = text_.str();
  EXPECT_LE(std::ranges::count(text, '\n'), kMinutes + 8);
  EXPECT_THAT(text, HasSubstr("(changed 120 times in 60 s)"));
  EXPECT_LE(changes_.size(), kMinutes * 60U);
  // What it is in the end is told.
  set(GatewayState::kFailed);
  for (int second = 0; second <= 60; ++second) look(kMinutes * 60 + second);
  EXPECT_EQ(std::ranges::count(text_.str(), '\n'), std::ranges::count(text, '\n') + 1);
  EXPECT_THAT(text_.str().substr(text.size()), HasSubstr("gateway 198.51.100.254 is failed (changed "));
  EXPECT_THAT(changes_.back(), HasSubstr(" failed"));
}

TEST_F(WatchedGateway, ReportsAnotherMacAddressOfTheSameState) {
  set(GatewayState::kReachable, old_);
  look(1);
  set(GatewayState::kReachable, new_);
  EXPECT_EQ(look(5).age, seconds(4));  // it has been reachable all the time
  look(6);
  EXPECT_THAT(changes_, ElementsAre("reachable reachable"));
  EXPECT_THAT(text_.str(), HasSubstr("02:00:00:00:01:05"));
}

}  // namespace
}  // namespace softwire::controlplane
