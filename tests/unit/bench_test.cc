// SPDX-License-Identifier: BSD-3-Clause
// Tests the measurements of softwire-bench, its options and its output. No test checks the speed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "dataplane/pipeline/engine.h"
#include "dataplane/ports/eal.h"
#include "softwire/checksum.h"
#include "softwire/wire.h"
#include "tools/bench/baseline.h"
#include "tools/bench/flood.h"
#include "tools/bench/frame_ring.h"
#include "tools/bench/measure.h"
#include "tools/bench/options.h"
#include "tools/bench/relay.h"
#include "tools/bench/report.h"
#include "tools/bench/traffic.h"

namespace softwire::bench {
namespace {

using dataplane::Engine;
using dataplane::Mbuf;
using dataplane::Output;
using testing::ElementsAre;
using testing::HasSubstr;

using Octets = std::vector<std::uint8_t>;

// Compares every octet from the first header to the end of the payload.
Octets octets_of(Mbuf& frame) {
  Octets octets(frame.pkt_len);
  EXPECT_TRUE(dataplane::copy_out(frame, 0, octets));
  return octets;
}

template <typename Header>
Header header_at(const Octets& octets, std::size_t offset) {
  Header header;
  EXPECT_LE(offset + sizeof header, octets.size());
  std::memcpy(static_cast<void*>(&header), octets.data() + offset, sizeof header);
  return header;
}

bool is_ipv6(const Octets& octets) {
  return header_at<EthernetHeader>(octets, 0).type == be16(ether_type::kIpv6);
}

void clear(Octets& octets, std::size_t offset, std::size_t count) {
  ASSERT_LE(offset + count, octets.size());
  std::fill_n(octets.begin() + static_cast<std::ptrdiff_t>(offset), count, std::uint8_t{0});
}

constexpr std::size_t kIpOffset = sizeof(EthernetHeader);
constexpr std::size_t kIpv6PayloadOffset = kIpOffset + sizeof(Ipv6Header);

// One for all tests, because the EAL can be started only once.
rte_mempool* shared_pool() {
  const auto start_and_make = [] {
    const auto started = dataplane::start_eal(dataplane::EalMemory::kAnywhere, 64);
    EXPECT_TRUE(started.ok());
    return started.ok() ? dataplane::make_pool("bench_test", 4095) : nullptr;
  };
  static rte_mempool* const only = start_and_make();
  return only;
}

class BenchTraffic : public testing::TestWithParam<Direction> {
 protected:
  void SetUp() override {
    pool = shared_pool();
    ASSERT_NE(pool, nullptr);
  }

  // Returns the engine's output for one pass over a ring, in the order of the ring.
  std::vector<Octets> forwarded(unsigned frame, Mechanism mechanism = Mechanism::kBindings,
                                Shape shape = Shape::kUniform) {
    auto traffic = Traffic::create(kBindings, kFlows, mechanism);
    auto ring = FrameRing::create(*pool, *traffic, GetParam(), shape, frame);
    const auto channel = dataplane::PuntChannel::create();
    const auto engine =
        std::make_unique<Engine>(policy(shape), traffic->table(), *channel, Engine::Resources{*pool});
    Output output(&FrameRing::take_back, &*ring);
    for (unsigned i = 0; i < FrameRing::kBursts; ++i) {
      engine->receive(ring->side(i), ring->give(i), Instant{}, output);
    }
    outcomes = engine->counters().outcomes;
    EXPECT_TRUE(ring->is_complete());
    std::vector<Octets> result;
    for (Mbuf* mbuf : ring->sent()) result.push_back(octets_of(*mbuf));
    return result;
  }

  std::vector<Octets> baseline(unsigned frame, Mechanism mechanism, Shape shape = Shape::kUniform) {
    auto traffic = Traffic::create(kBindings, kFlows, mechanism);
    auto ring = FrameRing::create(*pool, *traffic, GetParam(), shape, frame);
    Baseline baseline(policy(shape), traffic->table(), mechanism, shape);
    std::vector<Octets> result;
    for (unsigned i = 0; i < FrameRing::kBursts; ++i) {
      baseline.receive(ring->side(i), ring->burst(i));
      for (Mbuf* mbuf : ring->burst(i)) result.push_back(octets_of(*mbuf));
    }
    return result;
  }

  // Returns the bursts of a ring that arrive on the IPv6 side.
  static unsigned upstream_bursts() {
    return GetParam() == Direction::kEncap   ? 0
           : GetParam() == Direction::kDecap ? FrameRing::kBursts
                                             : FrameRing::kBursts / 2;
  }

  static constexpr std::uint32_t kBindings = 128;
  static constexpr std::uint32_t kFlows = 1024;
  rte_mempool* pool = nullptr;
  OutcomeCounters outcomes;
};

TEST_P(BenchTraffic, IsAllForwardedByTheEngine) {
  for (const unsigned frame : {kMinFrame, 65U, kMaxFrame}) {
    const auto sent = forwarded(frame);
    ASSERT_EQ(sent.size(), FrameRing::kFrames) << frame;
    EXPECT_EQ(outcomes[Outcome::kDecapsulated], upstream_bursts() * FrameRing::kBurst) << frame;
    EXPECT_EQ(outcomes[Outcome::kEncapsulated] + outcomes[Outcome::kDecapsulated], FrameRing::kFrames)
        << frame;
    // Without frame check sequence, the frame on the IPv4 side has the requested length.
    for (std::size_t i = 0; i < sent.size(); ++i) {
      ASSERT_EQ(sent[i].size(), frame - 4 + (is_ipv6(sent[i]) ? 40 : 0)) << frame << ", frame " << i;
    }
  }
}

TEST_P(BenchTraffic, IsAllTranslatedByTheEngine) {
  for (const unsigned frame : {kMinFrame, kMaxFrame}) {
    const auto sent = forwarded(frame, Mechanism::kMapT);
    ASSERT_EQ(sent.size(), FrameRing::kFrames) << frame;
    EXPECT_EQ(outcomes[Outcome::kTranslatedToIpv4], upstream_bursts() * FrameRing::kBurst) << frame;
    EXPECT_EQ(outcomes[Outcome::kTranslatedToIpv6] + outcomes[Outcome::kTranslatedToIpv4], FrameRing::kFrames)
        << frame;
    for (std::size_t i = 0; i < sent.size(); ++i) {
      ASSERT_EQ(sent[i].size(), frame - 4 + (is_ipv6(sent[i]) ? 20 : 0)) << frame << ", frame " << i;
      // A packet with a correct UDP checksum leaves with a correct one.
      const std::size_t at = is_ipv6(sent[i]) ? kIpv6PayloadOffset : kIpOffset + sizeof(Ipv4Header);
      const auto length = static_cast<std::uint16_t>(sent[i].size() - at);
      std::uint64_t pseudo_header = 0;
      if (is_ipv6(sent[i])) {
        const auto ipv6 = header_at<Ipv6Header>(sent[i], kIpOffset);
        pseudo_header = pseudo_header_sum(ipv6.source, ipv6.destination, ip_protocol::kUdp, length);
      } else {
        const auto ipv4 = header_at<Ipv4Header>(sent[i], kIpOffset);
        pseudo_header = pseudo_header_sum(ipv4.source, ipv4.destination, ip_protocol::kUdp, length);
      }
      ASSERT_TRUE(sums_up(checksum_add(pseudo_header, std::span(sent[i]).subspan(at)))) << "frame " << i;
    }
  }
}

TEST_P(BenchTraffic, BaselineForwardsAsTheEngineDoesButForTimeToLive) {
  for (const auto& [mechanism, shape] : {std::pair{Mechanism::kBindings, Shape::kUniform},
                                         {Mechanism::kMapE, Shape::kUniform},
                                         {Mechanism::kBindings, Shape::kImix}}) {
    auto by_engine = forwarded(kMinFrame, mechanism, shape);
    auto by_baseline = baseline(kMinFrame, mechanism, shape);
    ASSERT_EQ(by_engine.size(), by_baseline.size());
    for (std::size_t i = 0; i < by_engine.size(); ++i) {
      for (Octets* frame : {&by_engine[i], &by_baseline[i]}) {
        const std::size_t ipv4 = is_ipv6(*frame) ? kIpv6PayloadOffset : kIpOffset;
        clear(*frame, ipv4 + offsetof(Ipv4Header, time_to_live), 1);
        clear(*frame, ipv4 + offsetof(Ipv4Header, checksum), 2);
      }
      ASSERT_EQ(by_engine[i], by_baseline[i]) << "frame " << i;
    }
    EXPECT_EQ(outcomes[Outcome::kEncapsulated] + outcomes[Outcome::kDecapsulated], FrameRing::kFrames);
  }
}

TEST_P(BenchTraffic, BaselineTranslatesAsTheEngineDoesButForIdentificationAndChecksums) {
  auto by_engine = forwarded(kMinFrame, Mechanism::kMapT);
  auto by_baseline = baseline(kMinFrame, Mechanism::kMapT);
  ASSERT_EQ(by_engine.size(), by_baseline.size());
  for (std::size_t i = 0; i < by_engine.size(); ++i) {
    for (Octets* frame : {&by_engine[i], &by_baseline[i]}) {
      std::size_t udp = kIpv6PayloadOffset;
      if (is_ipv6(*frame)) {
        clear(*frame, kIpOffset + offsetof(Ipv6Header, hop_limit), 1);
      } else {
        udp = kIpOffset + sizeof(Ipv4Header);
        clear(*frame, kIpOffset + offsetof(Ipv4Header, identification), 2);
        clear(*frame, kIpOffset + offsetof(Ipv4Header, time_to_live), 1);
        clear(*frame, kIpOffset + offsetof(Ipv4Header, checksum), 2);
      }
      clear(*frame, udp + offsetof(UdpHeader, checksum), 2);
    }
    ASSERT_EQ(by_engine[i], by_baseline[i]) << "frame " << i;
  }
}

TEST_P(BenchTraffic, ImixHasThreeLengthsInTheirProportion) {
  std::map<std::size_t, double> count;
  for (const Octets& frame : forwarded(0, Mechanism::kBindings, Shape::kImix)) {
    ++count[frame.size() + 4 - (is_ipv6(frame) ? sizeof(Ipv6Header) : 0)];
  }
  ASSERT_EQ(count.size(), 3U);
  EXPECT_NEAR(count[64] / FrameRing::kFrames, 7.0 / 12, 0.01);
  EXPECT_NEAR(count[594] / FrameRing::kFrames, 4.0 / 12, 0.01);
  EXPECT_NEAR(count[1454] / FrameRing::kFrames, 1.0 / 12, 0.01);
}

TEST_P(BenchTraffic, FragmentsAreJoinedAndCut) {
  const auto sent = forwarded(0, Mechanism::kBindings, Shape::kFragments);
  const unsigned upstream = upstream_bursts() * FrameRing::kBurst / 2;
  const unsigned downstream = FrameRing::kFrames / 2 - upstream;
  EXPECT_EQ(outcomes[Outcome::kDecapsulated], upstream);
  EXPECT_EQ(outcomes[Outcome::kEncapsulated], downstream);
  EXPECT_EQ(outcomes[Outcome::kFragmentJoined], upstream + downstream);
  EXPECT_EQ(outcomes[Outcome::kFragment], downstream);
  EXPECT_EQ(sent.size(), upstream + 2 * downstream);
}

// Joins two frames without their first octets.
Octets joined(const Octets& first, std::size_t first_at, const Octets& later, std::size_t later_at) {
  Octets result(first.begin() + static_cast<std::ptrdiff_t>(first_at), first.end());
  result.insert(result.end(), later.begin() + static_cast<std::ptrdiff_t>(later_at), later.end());
  return result;
}

TEST_P(BenchTraffic, BaselineTakesFragmentsWhereTheEngineTakesTheirDatagram) {
  constexpr std::size_t kIpv6FragmentOffset = kIpv6PayloadOffset + sizeof(Ipv6FragmentHeader);
  auto by_engine = forwarded(0, Mechanism::kBindings, Shape::kFragments);
  auto by_baseline = baseline(0, Mechanism::kBindings, Shape::kFragments);
  std::size_t at = 0;  // offset in the engine's frame
  for (std::size_t i = 0; i < by_baseline.size(); i += 2) {
    const bool in_order = i % 4 == 0;
    Octets& first = by_baseline[in_order ? i : i + 1];
    Octets& later = by_baseline[in_order ? i + 1 : i];
    ASSERT_LT(at, by_engine.size());
    if (is_ipv6(by_engine[at])) {
      // Both fragments are in the engine's softwire, and form its datagram.
      ASSERT_LT(at + 1, by_engine.size());
      const auto softwire = header_at<Ipv6Header>(by_engine[at], kIpOffset);
      for (const Octets* piece : {&first, &later}) {
        const auto ipv6 = header_at<Ipv6Header>(*piece, kIpOffset);
        ASSERT_EQ(ipv6.source, softwire.source) << i;
        ASSERT_EQ(ipv6.destination, softwire.destination) << i;
      }
      ASSERT_EQ(joined(first, kIpv6PayloadOffset + sizeof(Ipv4Header), later,
                       kIpv6PayloadOffset + sizeof(Ipv4Header)),
                joined(by_engine[at], kIpv6FragmentOffset + sizeof(Ipv4Header), by_engine[at + 1],
                       kIpv6FragmentOffset))
          << i;
      at += 2;
      continue;
    }
    Octets whole = joined(first, 0, later, 0);
    for (Octets* frame : {&whole, &by_engine[at]}) {
      clear(*frame, kIpOffset + offsetof(Ipv4Header, time_to_live), 1);
      clear(*frame, kIpOffset + offsetof(Ipv4Header, checksum), 2);
    }
    ASSERT_EQ(whole, by_engine[at++]) << i;
  }
  EXPECT_EQ(at, by_engine.size());
}

INSTANTIATE_TEST_SUITE_P(Directions, BenchTraffic, testing::ValuesIn(kDirections),
                         [](const auto& direction) { return std::string(name_of(direction.param)); });

using BenchMeasure = BenchTraffic;

TEST_P(BenchMeasure, TakesEveryScenario) {
  for (const Scenario& scenario : kScenarios) {
    auto traffic = Traffic::create(kBindings, kFlows, scenario.mechanism);
    Measurement measurement{.scenario = scenario.name,
                            .direction = GetParam(),
                            .bindings = kBindings,
                            .flows = kFlows,
                            .shape = scenario.shape,
                            .frame = mean_frame(scenario.shape, kMinFrame)};
    const auto done = measure(*traffic, *pool, 0.001, measurement);
    ASSERT_TRUE(done.ok()) << done.error().text;
    EXPECT_GT(measurement.mpps(), 0) << scenario.name;
    EXPECT_GT(measurement.baseline_mpps(), 0) << scenario.name;
    EXPECT_EQ(rte_mempool_in_use_count(pool), 0) << scenario.name;  // all buffers were returned
  }
}

INSTANTIATE_TEST_SUITE_P(Directions, BenchMeasure, testing::Values(Direction::kBoth),
                         [](const auto& direction) { return std::string(name_of(direction.param)); });

using BenchFlows = BenchTraffic;

TEST_P(BenchFlows, ReachEveryBindingInNoOrderOfTheTable) {
  const auto sent = forwarded(kMinFrame);
  std::vector<Ipv6Address> visited;
  std::set<Ipv6Address> distinct;
  for (unsigned i = 0; i < kFlows; ++i) {
    const auto ipv6 = header_at<Ipv6Header>(sent[i], kIpOffset);
    visited.push_back(ipv6.destination);
    distinct.insert(ipv6.destination);
  }
  EXPECT_EQ(distinct.size(), kBindings);
  for (std::uint32_t i = 0; i < kBindings; ++i) {
    EXPECT_EQ(std::count(visited.begin(), visited.end(), binding(i).b4), kFlows / kBindings) << i;
  }
  EXPECT_FALSE(std::is_sorted(visited.begin(), visited.end()));
}

INSTANTIATE_TEST_SUITE_P(Directions, BenchFlows, testing::Values(Direction::kEncap),
                         [](const auto& direction) { return std::string(name_of(direction.param)); });

TEST(BenchBindings, AreWhatAConfigurationMayHold) {
  std::set<std::pair<Ipv4Address, Psid>> keys;
  std::set<Ipv6Address> ends;
  for (const std::uint32_t index : {0U, 1U, 63U, 64U, (1U << 20) - 1, kMaxBindings - 1}) {
    const Binding one = binding(index);
    EXPECT_TRUE(
        PortSet::make(one.ports.parameters.psid_offset, one.ports.parameters.psid_len, one.ports.psid));
    EXPECT_FALSE(one.ports.contains_dhcp_client_port()) << index;
    EXPECT_EQ(one.ipv4.host() >> 17, (198U << 24 | 18U << 16) >> 17) << index;
    keys.insert({one.ipv4, one.ports.psid});
    ends.insert(one.b4);
  }
  EXPECT_EQ(keys.size(), 6U);
  EXPECT_EQ(ends.size(), 6U);
}

TEST(BenchBindings, TakeAsManyHugePagesAsForetold) {
  for (const std::uint32_t bindings : {1U, 65536U, 65537U}) {
    const auto traffic = Traffic::create(bindings, 1);
    ASSERT_TRUE(traffic.ok());
    EXPECT_EQ(traffic->table().size(), bindings);
    EXPECT_EQ(traffic->table().bytes(), table_huge_pages(bindings) * dataplane::kHugePageBytes) << bindings;
  }
}

TEST(BenchOptions, DefaultSetIsEveryScenarioInEveryDirection) {
  const auto options = parse_options({});
  ASSERT_TRUE(options.ok());
  ASSERT_EQ(options->scenarios.size(), kScenarios.size());
  EXPECT_EQ(options->scenarios[1].bindings, 1048576U);
  EXPECT_EQ(options->directions.size(), 3U);
  EXPECT_EQ(options->frame, 64U);
  EXPECT_FALSE(options->json);
  // The default run takes at most 40 seconds, of which 10 are for tables.
  EXPECT_LE(options->seconds * static_cast<double>(kScenarios.size() * kDirections.size()), 30);
}

TEST(BenchOptions, AreTaken) {
  const auto options =
      parse_options({"--scenario", "many", "--scenario", "few", "--bindings", "5", "--flows=7", "--frame",
                     "128", "--direction", "decap", "--seconds", "0.5", "--json"});
  ASSERT_TRUE(options.ok()) << options.error().text;
  ASSERT_EQ(options->scenarios.size(), 2U);
  EXPECT_EQ(options->scenarios[0].name, "many");
  EXPECT_EQ(options->scenarios[1].bindings, 5U);
  EXPECT_EQ(options->scenarios[1].flows, 7U);
  EXPECT_EQ(options->frame, 128U);
  EXPECT_THAT(options->directions, ElementsAre(Direction::kDecap));
  EXPECT_EQ(options->seconds, 0.5);
  EXPECT_TRUE(options->json);
}

TEST(BenchOptions, FrameLeavesOutWhatHasLengthsOfItsOwn) {
  const auto options = parse_options({"--frame", "1518"});
  ASSERT_TRUE(options.ok()) << options.error().text;
  ASSERT_EQ(options->scenarios.size(), 4U);
  for (const Scenario& scenario : options->scenarios) EXPECT_EQ(scenario.shape, Shape::kUniform);
}

TEST(BenchOptions, WrongUsageIsNamed) {
  const auto error = [](const std::vector<std::string>& words) {
    const auto options = parse_options(words);
    return options.ok() ? std::string() : options.error().text;
  };
  EXPECT_THAT(error({"--scenario", "lots"}),
              HasSubstr("no scenario \"lots\"; there are few, many, map-e, map-t, "
                        "imix, fragments"));
  EXPECT_THAT(error({"--direction", "up"}), HasSubstr("encap, decap, both"));
  EXPECT_THAT(error({"--frame", "63"}), HasSubstr("--frame: 63 is not within 64 to 1518"));
  EXPECT_THAT(error({"--frame", "1519"}), HasSubstr("--frame"));
  EXPECT_THAT(error({"--scenario", "few", "--scenario", "imix", "--frame", "64"}),
              HasSubstr("--frame: the frames of scenario imix have lengths of their own"));
  EXPECT_THAT(error({"--frame", "64", "--scenario", "fragments"}), HasSubstr("scenario fragments"));
  EXPECT_THAT(error({"--bindings", "0"}), HasSubstr("--bindings: 0 is not within 1 to 8388608"));
  EXPECT_THAT(error({"--bindings", "-1"}), HasSubstr("--bindings: -1"));
  EXPECT_THAT(error({"--bindings", "8388609"}), HasSubstr("--bindings"));
  EXPECT_THAT(error({"--flows", "0"}), HasSubstr("--flows"));
  EXPECT_THAT(error({"--flows", "x"}), HasSubstr("flows"));
  EXPECT_THAT(error({"--seconds", "0"}), HasSubstr("--seconds"));
  EXPECT_THAT(error({"--seconds", "nan"}), HasSubstr("seconds"));
  EXPECT_THAT(error({"--second", "1"}), HasSubstr("--second"));
  EXPECT_THAT(error({"few"}), HasSubstr("positional"));
  EXPECT_THAT(error({"--frame"}), HasSubstr("'--frame' is missing"));
}

TEST(BenchOptions, HelpShowsEveryScenario) {
  for (const Scenario& scenario : kScenarios) {
    EXPECT_THAT(help_text(), HasSubstr(std::string(scenario.name)));
    EXPECT_THAT(help_text(), HasSubstr(std::string(scenario.help)));
  }
}

constexpr Measurement kMeasurement{.scenario = "many",
                                   .direction = Direction::kDecap,
                                   .bindings = 1000,
                                   .flows = 2000,
                                   .frame = 64,
                                   .cycles_per_packet = 100,
                                   .baseline_cycles = 50,
                                   .cycles_per_second = 2e9};

TEST(BenchReport, JsonHasTheDocumentedShape) {
  const auto list = nlohmann::ordered_json::parse(to_json({kMeasurement}));
  EXPECT_EQ(list.dump(),
            R"([{"scenario":"many","instruction_set":")" +
                std::string(dataplane::to_text(dataplane::InstructionSet::kBaseline)) +
                R"(","direction":"decap","bindings":1000,"flows":2000,"frame":64,)"
                R"("mpps":20.0,"ns_per_packet":50.0,"cycles_per_packet":100.0,"baseline_mpps":40.0,)"
                R"("ratio_to_baseline":0.5,"gbps":10.24}])");
  EXPECT_EQ(nlohmann::json::parse(to_json(std::vector<Measurement>{})), nlohmann::json::array());
}

TEST(BenchReport, FrameIsTheMean) {
  EXPECT_EQ(mean_frame(Shape::kUniform, 128), 128U);
  EXPECT_EQ(mean_frame(Shape::kImix, 64), 357U);       // (7 * 64 + 4 * 594 + 1454) / 12 = 356.5
  EXPECT_EQ(mean_frame(Shape::kFragments, 64), 759U);  // half of 1518
}

TEST(BenchReport, TableHasALineForEachMeasurement) {
  const std::string table = to_table({kMeasurement, kMeasurement});
  EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 4);
  EXPECT_THAT(table, HasSubstr("many"));
  EXPECT_THAT(table, HasSubstr("20.00"));
  EXPECT_THAT(table, HasSubstr("10.2"));
  EXPECT_THAT(table, HasSubstr("0.50"));
}

TEST(RelayBench, MeasuresBothWays) {
  ASSERT_NE(shared_pool(), nullptr);
  const auto report = measure_relay(*shared_pool(), 0.01);
  ASSERT_TRUE(report) << report.error().text;
  EXPECT_GT(report->requests_per_second, 0);
  EXPECT_GT(report->answers_per_second, 0);
}

TEST(FloodBench, DataIsForwardedAndDiscoversAreLimited) {
  ASSERT_NE(shared_pool(), nullptr);
  const auto report = measure_flood(*shared_pool(), 0.01);
  ASSERT_TRUE(report) << report.error().text;
  for (const Flood& flood : *report) {
    EXPECT_GT(flood.punted, 0U);
    EXPECT_GT(flood.refused, flood.punted);
  }
  EXPECT_THAT(to_table(*report), HasSubstr("1048576 subscribers"));
  EXPECT_EQ(nlohmann::json::parse(to_json(*report)).size(), report->size());
}

TEST(RelayBench, HasMessagesOfItsOwn) {
  EXPECT_FALSE(parse_options({"--relay", "--scenario", "few"}));
  EXPECT_FALSE(parse_options({"--flood", "--relay"}));
  EXPECT_TRUE(parse_options({"--flood"})->flood);
  EXPECT_TRUE(parse_options({"--relay"})->relay);
}

}  // namespace
}  // namespace softwire::bench
