// SPDX-License-Identifier: BSD-3-Clause
// Tests captures of dropped packets: which packets and octets are captured, and that nothing else changes.
#include "controlplane/runtime/drop_capture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

#include "controlplane/config/load_config.h"
#include "controlplane/runtime/hub.h"
#include "softwire/address_text.h"
#include "tests/support/engine_harness.h"

namespace softwire::controlplane {
namespace {

using dataplane::DropChannel;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Octets;

constexpr std::string_view kText = R"(
[ipv4]
mac = 02:00:00:00:00:04
gateway-mac = 02:00:00:00:01:04
address = 198.51.100.1
reassembly-timeout = 1
[ipv6]
mac = 02:00:00:00:00:06
gateway-mac = 02:00:00:00:01:06
[dhcp-relay]
server = 198.51.100.67
)";

Octets to_subscriber(std::uint16_t port, std::uint8_t ttl = 64, std::uint16_t fragment = 0) {
  return testing::ethernet_frame({MacAddress({2, 0, 0, 0, 0, 4}), MacAddress({2, 0, 0, 0, 1, 4})},
                                 ether_type::kIpv4,
                                 testing::ipv4_packet({.source = Ipv4Address(203, 0, 113, 80),
                                                       .destination = Ipv4Address(192, 0, 2, 1),
                                                       .source_port = 80,
                                                       .destination_port = port,
                                                       .ttl = ttl,
                                                       .fragment = fragment}));
}
Octets from_subscriber(const char* b4) {
  return testing::ethernet_frame(
      {MacAddress({2, 0, 0, 0, 0, 6}), MacAddress({2, 0, 0, 0, 1, 6})}, ether_type::kIpv6,
      testing::ipv6_packet({.source = *parse_ipv6(b4), .destination = *parse_ipv6("2001:db8:ff::1")},
                           testing::ipv4_packet({.source = Ipv4Address(192, 0, 2, 1),
                                                 .destination = Ipv4Address(203, 0, 113, 80),
                                                 .source_port = 1024})));
}
const Octets kBound = to_subscriber(1024);
const Octets kUnbound = to_subscriber(5000);
const Octets kExpired = to_subscriber(1024, 1);
const Octets kSpoofed = from_subscriber("2001:db8:1::2");

struct Seen {
  Side side;
  Outcome outcome;
  Octets octets;
  std::uint32_t length;
};

class Drops : public ::testing::TestWithParam<unsigned> {
 protected:
  void SetUp() override {
    path_ = ::testing::TempDir() + "drops-" + std::to_string(getpid()) + ".conf";
    std::ofstream(path_) << "binding ipv4 192.0.2.1 psid-len 6 psid 1 b4 2001:db8:1::1 br 2001:db8:ff::1\n";
    const auto config = parse_config(kText, "test.conf", {"--softwires", path_});
    ASSERT_TRUE(config.ok()) << config.error().text;
    auto hub = Hub::create(*config, testing::pool(), {});
    ASSERT_TRUE(hub.ok()) << hub.error().text;
    hub_ = std::move(*hub);
    free_ = rte_mempool_avail_count(&testing::pool());
  }
  // No packet buffer is lost, with any number of captures.
  void TearDown() override {
    std::remove(path_.c_str());
    hub_->serve();
    EXPECT_TRUE(hub_->counters_add_up());
    EXPECT_EQ(rte_mempool_avail_count(&testing::pool()), free_);
  }
  DropCapture::Id start(const CaptureOptions& options, std::vector<Seen>& seen) {
    const auto id = hub_->drop_capture().start(options, [&seen](const CapturedDrop& drop) {
      seen.push_back({drop.side, drop.outcome, {drop.octets.begin(), drop.octets.end()}, drop.length});
    });
    EXPECT_TRUE(id.ok()) << (id.ok() ? "" : id.error().text);
    return *id;
  }
  void receive(Side side, const std::vector<Octets>& frames, std::size_t segment_octets = 65535) {
    dataplane::Output output(
        [](void*, Side, dataplane::Mbuf** sent, std::uint16_t count) { rte_pktmbuf_free_bulk(sent, count); },
        nullptr);
    for (std::size_t at = 0; at < frames.size(); at += GetParam()) {
      std::vector<dataplane::Mbuf*> burst;
      for (std::size_t i = at; i < std::min(frames.size(), at + GetParam()); ++i) {
        burst.push_back(testing::make_frame(frames[i], segment_octets));
      }
      hub_->receive(side, burst, now_, output);
    }
    hub_->serve();
  }

  std::string path_;
  std::unique_ptr<Hub> hub_;
  unsigned free_ = 0;
  Instant now_{std::chrono::seconds(1)};
};
INSTANTIATE_TEST_SUITE_P(Bursts, Drops, ::testing::Values(1, 4, 64));

MATCHER_P3(Is, side, outcome, octets, "") {
  return arg.side == side && arg.outcome == outcome && arg.octets == octets && arg.length == octets.size();
}

TEST_P(Drops, AreSeenAsTheyCameInThoughAnIcmpErrorWasMadeOfThem) {
  std::vector<Seen> seen;
  start({}, seen);
  receive(Side::kIpv4, {kBound, kUnbound, kExpired, kBound});
  receive(Side::kIpv6, {kSpoofed, from_subscriber("2001:db8:1::1")});
  EXPECT_THAT(seen, ElementsAre(Is(Side::kIpv4, Outcome::kNoBindingDestination, kUnbound),
                                Is(Side::kIpv4, Outcome::kIpv4Ttl, kExpired),
                                Is(Side::kIpv6, Outcome::kWrongB4, kSpoofed)));
}

TEST_P(Drops, AreSelectedByOutcomeSideAndFilterForEachListener) {
  std::vector<Seen> ttl, ipv6, port, none;
  start({.outcomes = {Outcome::kIpv4Ttl}, .filter = "", .side = {}}, ttl);
  start({.outcomes = {}, .filter = "", .side = Side::kIpv6}, ipv6);
  start({.outcomes = {}, .filter = "udp dst port 5000", .side = {}}, port);
  start({.outcomes = {Outcome::kIpv4Ttl}, .filter = "tcp", .side = Side::kIpv4}, none);
  receive(Side::kIpv4, {kUnbound, kExpired, kBound});
  receive(Side::kIpv6, {kSpoofed});
  EXPECT_THAT(ttl, ElementsAre(Is(Side::kIpv4, Outcome::kIpv4Ttl, kExpired)));
  EXPECT_THAT(ipv6, ElementsAre(Is(Side::kIpv6, Outcome::kWrongB4, kSpoofed)));
  EXPECT_THAT(port, ElementsAre(Is(Side::kIpv4, Outcome::kNoBindingDestination, kUnbound)));
  EXPECT_TRUE(none.empty());
}

TEST_P(Drops, AreSeenUntilTheCaptureStops) {
  std::vector<Seen> first, second;
  const auto one = start({}, first);
  const auto two = start({}, second);
  receive(Side::kIpv4, {kUnbound});
  EXPECT_EQ(hub_->drop_capture().stop(one).captured, 1U);
  receive(Side::kIpv4, {kUnbound});
  EXPECT_EQ(hub_->drop_capture().stop(two).captured, 2U);
  receive(Side::kIpv4, {kUnbound});
  EXPECT_EQ(first.size(), 1U);
  EXPECT_EQ(second.size(), 2U);
}

TEST_P(Drops, BeyondWhatThereIsRoomForAreMissedAndFreed) {
  std::vector<Seen> seen;
  const auto id = start({}, seen);
  receive(Side::kIpv4, std::vector<Octets>(3, kUnbound), 40);  // two buffers each until they are copied
  seen.clear();
  dataplane::DropChannel& channel = hub_->drop_capture().channel(0);
  constexpr unsigned kMore = 10;
  for (unsigned i = 0; i < DropChannel::kMaxBuffers / 2 + kMore; ++i) {
    dataplane::Mbuf* frame = testing::make_frame(kUnbound, 30);  // in two buffers
    channel.drop({Outcome::kIpv4Ttl, Side::kIpv4, 60}, *frame);
  }
  hub_->serve();
  EXPECT_EQ(seen.size(), DropChannel::kMaxBuffers / 2);
  EXPECT_EQ(hub_->drop_capture().totals(id).missed, kMore);
  receive(Side::kIpv4, {kUnbound});
  EXPECT_EQ(seen.size(), DropChannel::kMaxBuffers / 2 + 1);
}

// A reader cannot slow down the workers with long filters that match nothing.
TEST_P(Drops, FiltersHaveALimitOfTimeAndWhatTheyDoNotSeeIsMissed) {
  std::vector<Seen> seen;
  const auto id = start({.outcomes = {}, .filter = "udp dst port 1", .side = {}}, seen);
  receive(Side::kIpv4, std::vector<Octets>(100, kUnbound));
  EXPECT_EQ(hub_->drop_capture().totals(id).missed, 0U);
  receive(Side::kIpv4, std::vector<Octets>(DropChannel::kMaxFilterInstructions, kUnbound));
  const std::uint64_t missed = hub_->drop_capture().totals(id).missed;
  EXPECT_GT(missed, DropChannel::kMaxFilterInstructions / 2);
  now_ += DropChannel::kFilterPeriod;
  receive(Side::kIpv4, std::vector<Octets>(100, kUnbound));
  EXPECT_EQ(hub_->drop_capture().totals(id).missed, missed);
  EXPECT_TRUE(seen.empty());
}

TEST_P(Drops, OfFragmentsThatWaitedInVainHaveTheirHeaders) {
  std::vector<Seen> seen;
  start({.outcomes = {Outcome::kReassemblyTimeout}, .filter = "ip host 192.0.2.1", .side = {}}, seen);
  const Octets later = to_subscriber(1024, 64, 8);  // the last one, of which the first never comes
  receive(Side::kIpv4, {later});
  now_ += std::chrono::seconds(2);
  receive(Side::kIpv4, {kBound});
  EXPECT_THAT(seen, ElementsAre(Is(Side::kIpv4, Outcome::kReassemblyTimeout, later)));
}

TEST_P(Drops, AreCutToTheSnapshotLengthAndKeepTheirOwn) {
  std::vector<Seen> seen;
  start({.outcomes = {}, .filter = "", .side = {}, .snaplen = 34}, seen);
  receive(Side::kIpv4, {kUnbound});
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].octets, Octets(kUnbound.begin(), kUnbound.begin() + 34));
  EXPECT_EQ(seen[0].length, kUnbound.size());
}

TEST_P(Drops, OfTheRelayAreSeenToo) {
  std::vector<Seen> seen;
  start({}, seen);
  const Octets empty = testing::ethernet_frame(
      {MacAddress({2, 0, 0, 0, 0, 6}), MacAddress({2, 0, 0, 0, 1, 6})}, ether_type::kIpv6,
      testing::ipv6_packet(
          {.source = *parse_ipv6("2001:db8:1::1"), .destination = *parse_ipv6("2001:db8:ff::1")},
          testing::ipv4_packet({.source = {},
                                .destination = Ipv4Address(255, 255, 255, 255),
                                .source_port = 68,
                                .destination_port = 67})));
  receive(Side::kIpv6, {empty});
  EXPECT_THAT(seen, ElementsAre(Is(Side::kIpv6, Outcome::kDhcpTruncated, empty)));
}

TEST_P(Drops, RefusesWhatIsNoDropAndWhatIsNoFilter) {
  auto& capture = hub_->drop_capture();
  const auto sent = capture.start({.outcomes = {Outcome::kEncapsulated}, .filter = "", .side = {}}, {});
  ASSERT_FALSE(sent.ok());
  EXPECT_THAT(sent.error().text, HasSubstr("sent-encapsulated does not drop packets"));
  const auto filter = capture.start({.outcomes = {}, .filter = "tcp and and", .side = {}}, {});
  ASSERT_FALSE(filter.ok());
  EXPECT_THAT(filter.error().text, HasSubstr("filter 'tcp and and': "));
}

}  // namespace
}  // namespace softwire::controlplane
