// SPDX-License-Identifier: BSD-3-Clause
// Tests replays of captures: when frames enter the hub, and what leaves it.
#include "pcap/replay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "capture_files.h"
#include "controlplane/config/load_config.h"
#include "softwire/address_text.h"
#include "tests/support/engine_harness.h"

namespace softwire::capture {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;
using test::Bytes;
using test::PcapBytes;
using test::TemporaryFile;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::string_view kConfig = R"(
[ipv4]
mac = 02:00:00:00:00:04
gateway-mac = 02:00:00:00:01:04
[ipv6]
mac = 02:00:00:00:00:06
gateway-mac = 02:00:00:00:01:06
[dhcp-relay]
server = 198.51.100.67
address = 198.51.100.1
subscriber-rate = 1
)";
constexpr Ipv4Address kSubscriber(192, 0, 2, 9);
constexpr Ipv4Address kHost(203, 0, 113, 80);
constexpr Ipv6Address kB4 = Ipv6Address::from_host(0x20010db800010000, 9);
constexpr Ipv6Address kBr = Ipv6Address::from_host(0x20010db800ff0000, 1);

Bytes from_internet(unsigned payload_octets = 18) {
  const auto packet = softwire::testing::ipv4_packet(
      {.source = kHost, .destination = kSubscriber, .payload_octets = payload_octets});
  return softwire::testing::ethernet_frame({}, ether_type::kIpv4, packet);
}

Bytes from_softwire(const softwire::testing::Ipv4Fields& fields) {
  const auto packet = softwire::testing::ipv6_packet({.source = kB4, .destination = kBr},
                                                     softwire::testing::ipv4_packet(fields));
  return softwire::testing::ethernet_frame({}, ether_type::kIpv6, packet);
}

Bytes data_from_softwire() {
  return from_softwire({.source = kSubscriber, .destination = kHost});
}

// A message to the relay, as far as the packet path checks it.
Bytes dhcp_from_softwire() {
  return from_softwire({.source = {},
                        .destination = Ipv4Address(255, 255, 255, 255),
                        .source_port = 68,
                        .destination_port = 67});
}

class Replay : public ::testing::TestWithParam<unsigned> {
 protected:
  void SetUp() override {
    const std::string binding =
        "binding ipv4 " + to_string(kSubscriber) + " b4 " + to_string(kB4) + " br " + to_string(kBr) + "\n";
    softwires_.write({binding.begin(), binding.end()});
    const auto config = controlplane::parse_config(kConfig, "test.conf", {"--softwires", softwires_.path()});
    ASSERT_TRUE(config) << config.error().text;
    buffers_in_use_ = rte_mempool_in_use_count(&softwire::testing::pool());
    auto hub = controlplane::Hub::create(*config, softwire::testing::pool(), {.accept_any_mac = true});
    ASSERT_TRUE(hub) << hub.error().text;
    hub_ = std::move(*hub);
  }
  void TearDown() override {
    EXPECT_TRUE(hub_->counters_add_up());
    hub_.reset();
    EXPECT_EQ(rte_mempool_in_use_count(&softwire::testing::pool()), buffers_in_use_);
  }

  // Runs a whole replay, and closes the outputs.
  Result<Done> run(const Bytes& ipv4, const Bytes& ipv6, rte_mempool& pool = softwire::testing::pool()) {
    ipv4_in_.write(ipv4);
    ipv6_in_.write(ipv6);
    auto first = CaptureReader::open(ipv4_in_.path());
    auto second = CaptureReader::open(ipv6_in_.path());
    auto ipv4_out = CaptureWriter::create(ipv4_out_.path());
    auto ipv6_out = CaptureWriter::create(ipv6_out_.path());
    if (!first || !second || !ipv4_out || !ipv6_out) return Error{"the test's own files"};
    MergedCaptures captures(std::move(*first), std::move(*second));
    ReplayOutputs outputs{std::move(*ipv4_out), std::move(*ipv6_out)};
    auto result = replay(captures, *hub_, pool, GetParam(), outputs);
    damaged_ = captures.reader(Side::kIpv4)->damage().has_value();
    if (const auto finished = outputs.ipv4->finish(); !finished) return finished.error();
    if (const auto finished = outputs.ipv6->finish(); !finished) return finished.error();
    return result;
  }
  static std::vector<Instant> times(const TemporaryFile& file) {
    std::vector<Instant> result;
    auto reader = CaptureReader::open(file.path());
    EXPECT_TRUE(reader);
    while (const auto frame = reader->next()) result.push_back(frame->time);
    EXPECT_FALSE(reader->damage());
    return result;
  }
  std::uint64_t counter(const std::string& name) {
    const auto all = hub_->counters();
    return std::map<std::string, std::uint64_t>(all.begin(), all.end()).at(name);
  }

  TemporaryFile softwires_{"softwires"};
  TemporaryFile ipv4_in_{"ipv4-in"};
  TemporaryFile ipv6_in_{"ipv6-in"};
  TemporaryFile ipv4_out_{"ipv4-out"};
  TemporaryFile ipv6_out_{"ipv6-out"};
  bool damaged_ = false;  // the IPv4 capture
  std::unique_ptr<controlplane::Hub> hub_;

 private:
  unsigned buffers_in_use_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Burst, Replay, ::testing::Values(1, 4, 64), ::testing::PrintToStringParamName());

TEST_P(Replay, FramesLeaveWithTheTimeOfTheirCause) {
  PcapBytes ipv4;
  PcapBytes ipv6;
  std::vector<Instant> expected;
  for (std::uint32_t i = 0; i < 150; ++i) {
    ipv4.frame(i, 123'456'789, from_internet());
    ipv6.frame(i / 10, i, data_from_softwire());
    expected.push_back(seconds(i) + nanoseconds(123'456'789));
  }
  ASSERT_TRUE(run(ipv4.bytes(), ipv6.bytes()));
  EXPECT_EQ(times(ipv6_out_), expected);
  EXPECT_EQ(times(ipv4_out_).size(), 150U);
  EXPECT_EQ(times(ipv4_out_).back(), seconds(14) + nanoseconds(149));
}

// A frame keeps its own timestamp when the capture goes back in time.
TEST_P(Replay, TimeThatGoesBackKeepsFileOrder) {
  const auto ipv4 = PcapBytes().frame(9, 0, from_internet()).frame(5, 0, from_internet()).bytes();
  ASSERT_TRUE(run(ipv4, PcapBytes().bytes()));
  EXPECT_EQ(times(ipv6_out_), (std::vector<Instant>{seconds(9), seconds(5)}));
}

TEST_P(Replay, EmptyCapturesMakeEmptyOutputs) {
  ASSERT_TRUE(run(PcapBytes().bytes(), PcapBytes().bytes()));
  EXPECT_EQ(ipv4_out_.read(), PcapBytes().bytes());
  EXPECT_EQ(ipv6_out_.read(), PcapBytes().bytes());
  EXPECT_EQ(counter("received-ipv4-packets") + counter("received-ipv6-packets"), 0U);
}

TEST_P(Replay, DamagedCaptureIsReplayedUpToTheDamage) {
  const auto ipv4 = PcapBytes().frame(1, 0, from_internet()).frame(2, 0, from_internet()).without(1);
  ASSERT_TRUE(run(ipv4, PcapBytes().frame(3, 0, data_from_softwire()).bytes()));
  EXPECT_TRUE(damaged_);
  EXPECT_EQ(times(ipv6_out_), std::vector<Instant>{seconds(1)});
  EXPECT_EQ(times(ipv4_out_), std::vector<Instant>{seconds(3)});
}

TEST_P(Replay, FrameCutShortIsDropped) {
  Bytes captured = from_internet();
  const auto length = static_cast<std::uint32_t>(captured.size());
  captured.resize(40);
  ASSERT_TRUE(run(PcapBytes().frame(1, 0, captured, length).bytes(), PcapBytes().bytes()));
  EXPECT_EQ(counter("drop-ipv4-truncated"), 1U);
}

// The limit of a subscriber is one message a second with a burst of 5. The hub uses the time of the capture,
// which is that of the last frame of a burst.
TEST_P(Replay, ClockIsThatOfTheCaptures) {
  PcapBytes ipv6;
  for (unsigned i = 0; i < 40; ++i) ipv6.frame(1'000'000, 0, dhcp_from_softwire());
  // The frame of the other side ends the burst.
  const auto ipv4 = PcapBytes().frame(1'000'000, 1, from_internet()).bytes();
  for (unsigned i = 0; i < 4; ++i) ipv6.frame(1'000'000 + i, 2, dhcp_from_softwire());
  ASSERT_TRUE(run(ipv4, ipv6.bytes()));
  EXPECT_EQ(counter("punt-dhcp-request"), 5U + 3U);
  EXPECT_EQ(counter("drop-punt-subscriber-rate"), 35U + 1U);
}

TEST_P(Replay, LongestPacketsFillTheirBuffers) {
  PcapBytes ipv4;
  for (unsigned i = 0; i < 64; ++i) ipv4.frame(1, i, from_internet(65535 - 28));
  ASSERT_TRUE(run(ipv4.bytes(), PcapBytes().bytes()));
  EXPECT_EQ(counter("sent-encapsulated"), 64U);
  EXPECT_EQ(counter("sent-fragment"), 64U * 45);  // 1448 octets each: 46 fragments
}

TEST_P(Replay, FrameWithoutBuffersIsNamed) {
  static rte_mempool* const small = dataplane::make_pool("replay_small", 7);
  ASSERT_NE(small, nullptr);
  const auto ipv4 = PcapBytes().frame(1, 0, from_internet()).frame(2, 0, from_internet(20000)).bytes();
  const auto result = run(ipv4, PcapBytes().bytes(), *small);
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().text, StartsWith(ipv4_in_.path() + ": frame 2: "));
  EXPECT_THAT(result.error().text, HasSubstr("buffer"));
  EXPECT_EQ(times(ipv6_out_), std::vector<Instant>{seconds(1)});
  EXPECT_EQ(rte_mempool_in_use_count(small), 0U);
}

}  // namespace
}  // namespace softwire::capture
