// SPDX-License-Identifier: BSD-3-Clause
// Tests how a worker measures its load, with times of the test.
#include <gtest/gtest.h>

#include "dataplane/ports/load_meter.h"

namespace softwire::dataplane {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

// One round of a worker: begins at this time, and receives so many frames.
void round(LoadMeter& meter, Instant now, unsigned frames) {
  meter.begin_round(now);
  meter.count_burst(frames);
  meter.end_round(frames != 0);
}

TEST(LoadMeter, CountsTheTimeOfRoundsThatHadFramesAsBusy) {
  LoadMeter meter;
  round(meter, microseconds(100), 8);
  round(meter, microseconds(107), 0);
  round(meter, microseconds(110), 0);
  round(meter, microseconds(120), 1);
  round(meter, microseconds(122), 0);
  const Load load = meter.look(microseconds(122)).total;
  EXPECT_EQ(load.nanoseconds, 22'000U);
  EXPECT_EQ(load.busy_nanoseconds, 9'000U);
  EXPECT_EQ(load.bursts, 2U);
  EXPECT_EQ(load.frames, 9U);
  EXPECT_DOUBLE_EQ(mean_burst(load), 4.5);
  EXPECT_DOUBLE_EQ(nanoseconds_per_frame(load), 1000);
  EXPECT_DOUBLE_EQ(busy_share(load), 9.0 / 22);
}

TEST(LoadMeter, DoesNotCountTheTimeBeforeTheFirstRound) {
  LoadMeter meter;
  round(meter, std::chrono::hours(1000), 1);
  EXPECT_EQ(meter.look(std::chrono::hours(1000)).total.nanoseconds, 0U);
}

TEST(LoadMeter, CountsARoundThatOnlySendsAsBusyButNotAsABurst) {
  LoadMeter meter;
  meter.begin_round(milliseconds(1));
  meter.count_burst(0);
  meter.end_round(true);  // the control plane had something to send
  meter.begin_round(milliseconds(2));
  const Load load = meter.look(milliseconds(2)).total;
  EXPECT_EQ(load.busy_nanoseconds, 1'000'000U);
  EXPECT_EQ(load.bursts, 0U);
}

TEST(LoadMeter, TellsTheLatestWholeSecond) {
  LoadMeter meter;
  const Instant begin = std::chrono::hours(1);
  static_cast<void>(meter.look(begin));
  for (int ms = 0; ms < 1000; ++ms) round(meter, begin + milliseconds(ms), ms < 250 ? 4 : 0);
  EXPECT_EQ(meter.look(begin + milliseconds(999)).second.frames, 0U) << "the second has not ended";
  meter.begin_round(begin + milliseconds(1000));
  const Load busy = meter.look(begin + milliseconds(1000)).second;
  EXPECT_DOUBLE_EQ(busy_share(busy), 0.25);
  EXPECT_EQ(busy.frames, 1000U);
  for (int ms = 1000; ms <= 2000; ++ms) round(meter, begin + milliseconds(ms), 0);
  const WorkerLoad& idle = meter.look(begin + milliseconds(2000));
  EXPECT_DOUBLE_EQ(busy_share(idle.second), 0);
  EXPECT_EQ(idle.total.frames, 1000U);
}

TEST(LoadMeter, KeepsTheHighestFillOfTheLatestSecond) {
  LoadMeter meter;
  const Instant begin = std::chrono::hours(1);
  static_cast<void>(meter.look(begin));
  meter.note_queue(Side::kIpv4, 10, 1024);
  meter.note_queue(Side::kIpv4, 700, 1024);
  meter.note_queue(Side::kIpv4, 3, 1024);
  meter.note_queue(Side::kIpv6, 5, 512);
  const WorkerLoad first = meter.look(begin + milliseconds(1000));
  EXPECT_EQ(first.queues[0], (QueueFill{.frames = 3, .peak = 700, .size = 1024}));
  EXPECT_EQ(first.queues[1], (QueueFill{.frames = 5, .peak = 5, .size = 512}));
  meter.note_queue(Side::kIpv4, 20, 1024);
  EXPECT_EQ(meter.look(begin + milliseconds(1500)).queues[0].peak, 700U) << "the second has not ended";
  EXPECT_EQ(meter.look(begin + milliseconds(2000)).queues[0].peak, 20U);
}

TEST(Load, OfNoTimeIsNothing) {
  EXPECT_DOUBLE_EQ(busy_share({}), 0);
  EXPECT_DOUBLE_EQ(mean_burst({}), 0);
  EXPECT_DOUBLE_EQ(nanoseconds_per_frame({}), 0);
}

}  // namespace
}  // namespace softwire::dataplane
