// SPDX-License-Identifier: BSD-3-Clause
#include "softwire/wall_time.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "softwire/steady_wall_clock.h"

namespace softwire {
namespace {

class WallTimeText : public ::testing::Test {
 protected:
  // Local time is one hour ahead of UTC, in summer two.
  void SetUp() override {
    setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    tzset();
  }
  void TearDown() override {
    unsetenv("TZ");
    tzset();
  }
  static std::string read(std::string_view text) {
    const auto time = parse_wall_time(text);
    return time ? to_string(*time) : "none";
  }
};

TEST_F(WallTimeText, IsReadAsPeopleWriteIt) {
  EXPECT_EQ(read("2026-11-01T12:00:00.000Z"), "2026-11-01T12:00:00.000Z");
  EXPECT_EQ(read("2026-11-01 12:00"), "2026-11-01T11:00:00.000Z");
  EXPECT_EQ(read("2026-07-01 12:00"), "2026-07-01T10:00:00.000Z");
  EXPECT_EQ(read("2026-11-01"), "2026-10-31T23:00:00.000Z");
  EXPECT_EQ(read("2026-11-01T12:00:30.25+05:30"), "2026-11-01T06:30:30.250Z");
  EXPECT_EQ(read("2026-11-01T12:00:30.123456-01:00"), "2026-11-01T13:00:30.123Z");
  EXPECT_EQ(read("1970-01-01T00:00:00Z"), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(read("1969-12-31T23:59:59.999Z"), "1969-12-31T23:59:59.999Z");
}

TEST_F(WallTimeText, OrNotAtAll) {
  for (const char* text :
       {"", "now", "2026-13-01", "2026-02-30", "2026-11-01T24:00", "2026-11-01T12", "2026-11-01 12:00:00.",
        "2026-11-01 12:00 ", "2026-11-01T12:00:00+1:00", "2026-11-01T12:00:00ZZ", "26-11-01"}) {
    EXPECT_EQ(read(text), "none") << text;
  }
}

TEST_F(WallTimeText, ReadsBackWhatItWrites) {
  const WallTime now = wall_now();
  EXPECT_EQ(parse_wall_time(to_string(now)), now);
}

TEST(SteadyWallClock, GoesOnFromItsStartWhateverTheSystemsClockDoes) {
  const WallTime start = *parse_wall_time("1970-01-01T00:00:07Z");
  const SteadyWallClock::Steady::time_point at(std::chrono::hours(5));
  const SteadyWallClock clock(start, at);
  EXPECT_EQ(clock.time(at), start);
  EXPECT_EQ(clock.time(at + std::chrono::hours(1)), start + std::chrono::hours(1));
  EXPECT_EQ(clock.time(at + std::chrono::microseconds(1999)), start + std::chrono::milliseconds(1));
}

}  // namespace
}  // namespace softwire
