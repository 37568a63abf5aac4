// SPDX-License-Identifier: BSD-3-Clause
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <spdlog/sinks/ostream_sink.h>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "controlplane/daemon/link_watch.h"

namespace softwire::controlplane {
namespace {

using dataplane::LinkFault;
using dataplane::LinkState;
using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Tended = LinkWatch::Tended;

constexpr LinkState kUp{true, LinkFault::kNone, 1000};
constexpr LinkState kDown{false, LinkFault::kNoCarrier, 0};

class WatchedLink : public ::testing::Test {
 protected:
  void look_at_millisecond(int millisecond) { watch_.look(LinkWatch::Time(milliseconds(millisecond))); }
  // Returns the number of lines of the IPv4 side that contain the text.
  std::ptrdiff_t lines(const std::string& text) const {
    std::istringstream log(log_.str());
    std::ptrdiff_t count = 0;
    for (std::string line; std::getline(log, line);) {
      if (line.find("ipv4: ") != std::string::npos && line.find(text) != std::string::npos) ++count;
    }
    return count;
  }

  LinkState link_ = kUp;
  Result<Tended> tended_ = Tended::kNothing;
  std::vector<bool> events_;
  std::ostringstream log_;
  boost::asio::io_context loop_;
  LinkWatch watch_{
      loop_,
      {.link = [this](Side side) { return side == Side::kIpv4 ? link_ : kUp; },
       .tend =
           [this](Side side) { return side == Side::kIpv4 ? tended_ : Result<Tended>(Tended::kNothing); }},
      std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_st>(log_)),
      [this](Side, const LinkState& now) { events_.push_back(now.up); }};
};

TEST_F(WatchedLink, EachChangeIsToldAtOnceWhenThereAreFew) {
  look_at_millisecond(0);
  EXPECT_EQ(lines("link up, 1000 Mbit/s"), 1);
  EXPECT_THAT(events_, IsEmpty());
  link_ = kDown;
  look_at_millisecond(250);
  EXPECT_EQ(lines("link down: the device has no carrier"), 1);
  EXPECT_THAT(events_, ElementsAre(false));
  link_ = kUp;
  for (int at = 500; at < 200'000; at += 250) look_at_millisecond(at);
  EXPECT_EQ(lines("link up"), 2);
  EXPECT_THAT(events_, ElementsAre(false, true));
}

// A broken cable, or whoever has the other end.
TEST_F(WatchedLink, ThatFlapsIsReportedOnceASecondAndLoggedOnceAMinute) {
  constexpr int kMinutes = 60;
  int at = 0;
  for (; at < kMinutes * 60'000; at += 250) {
    link_ = at / 250 % 2 == 0 ? kUp : kDown;
    look_at_millisecond(at);
  }
  EXPECT_LE(lines("link "), kMinutes + 8);
  EXPECT_GE(lines("(changed 240 times in 60 s)"), kMinutes - 8);
  EXPECT_LE(events_.size(), kMinutes * 60U);
  // What it is in the end is told.
  link_ = kUp;
  for (const int end = at + 61'000; at < end; at += 250) look_at_millisecond(at);
  EXPECT_THAT(log_.str().substr(log_.str().rfind("ipv4: ")), HasSubstr("link up, 1000 Mbit/s (changed "));
  EXPECT_TRUE(events_.back());
  link_ = kDown;
  for (const int end = at + 61'000; at < end; at += 250) look_at_millisecond(at);
  EXPECT_FALSE(events_.back());
  EXPECT_THAT(log_.str(), ::testing::EndsWith("ipv4: link down: the device has no carrier\n"));
}

TEST_F(WatchedLink, APortThatIsDeletedAndMadeAgainAllTheTimeIsLoggedOnceAMinute) {
  constexpr int kMinutes = 60;
  for (int at = 0; at < kMinutes * 60'000; at += 250) {
    tended_ = at / 250 % 2 == 0 ? Tended::kClosed : Tended::kOpened;
    look_at_millisecond(at);
  }
  EXPECT_LE(lines("the port is open again") + lines("was deleted"), kMinutes + 8);
}

TEST_F(WatchedLink, APortThatCannotBeOpenedAgainIsLoggedOnce) {
  tended_ = Tended::kClosed;
  look_at_millisecond(0);
  tended_ = Error{"net_af_packet0: it is in use"};
  for (int at = 250; at < 600'000; at += 250) look_at_millisecond(at);
  EXPECT_EQ(lines("cannot be opened again: net_af_packet0: it is in use; softwired tries it every 10 s"), 1);
  tended_ = Tended::kOpened;
  look_at_millisecond(700'000);
  EXPECT_EQ(lines("the port is open again"), 1);
}

}  // namespace
}  // namespace softwire::controlplane
