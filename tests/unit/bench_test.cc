// What softwire-bench measures, and how it is asked and answers. How fast anything is, no test says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "dataplane/engine/engine.h"
#include "dataplane/ports/eal.h"
#include "softwire/wire.h"
#include "tools/bench/baseline.h"
#include "tools/bench/frame_ring.h"
#include "tools/bench/measure.h"
#include "tools/bench/options.h"
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

// Every frame, from the first octet of a header to the last of the payload.
Octets octets_of(Mbuf& frame) {
  const std::uint8_t* data = dataplane::data_of(frame);
  return {data, data + frame.data_len};
}

rte_mempool* start_and_make_pool() {
  const auto started = dataplane::start_eal(dataplane::EalMemory::kAnywhere, 64);
  EXPECT_TRUE(started.ok());
  return started.ok() ? dataplane::make_pool("bench_test", 4095) : nullptr;
}

class BenchTraffic : public testing::TestWithParam<Direction> {
 protected:
  void SetUp() override {
    static rte_mempool* const only = start_and_make_pool();
    ASSERT_NE(only, nullptr);
    pool = only;
  }

  // What the engine makes of one pass over a ring, in the order of the ring.
  std::vector<Octets> forwarded(unsigned frame, bool rule = false) {
    auto traffic = Traffic::create(kBindings, kFlows, rule);
    auto ring = FrameRing::create(*pool, *traffic, GetParam(), frame);
    const auto channel = dataplane::PuntChannel::create();
    const auto engine =
        std::make_unique<Engine>(policy(), traffic->table(), *channel, Engine::Resources{*pool});
    std::vector<Octets> result;
    Output output(
        [](void* context, Side /*side*/, Mbuf** frames, std::uint16_t count) {
          auto& sent = *static_cast<std::vector<Octets>*>(context);
          for (unsigned i = 0; i < count; ++i) sent.push_back(octets_of(*frames[i]));
        },
        &result);
    for (unsigned i = 0; i < FrameRing::kBursts; ++i) {
      engine->receive(ring->side(i), ring->burst(i), Instant{}, output);
    }
    const OutcomeCounters& outcomes = engine->counters().outcomes;
    encapsulated = outcomes[Outcome::kEncapsulated];
    decapsulated = outcomes[Outcome::kDecapsulated];
    return result;
  }

  std::vector<Octets> baseline(unsigned frame, bool rule) {
    auto traffic = Traffic::create(kBindings, kFlows, rule);
    auto ring = FrameRing::create(*pool, *traffic, GetParam(), frame);
    Baseline baseline(policy(), traffic->table());
    std::vector<Octets> result;
    for (unsigned i = 0; i < FrameRing::kBursts; ++i) {
      baseline.receive(ring->side(i), ring->burst(i));
      for (Mbuf* mbuf : ring->burst(i)) result.push_back(octets_of(*mbuf));
    }
    return result;
  }

  static constexpr std::uint32_t kBindings = 128;
  static constexpr std::uint32_t kFlows = 1024;
  rte_mempool* pool = nullptr;
  std::uint64_t encapsulated = 0;
  std::uint64_t decapsulated = 0;
};

TEST_P(BenchTraffic, IsAllForwardedByTheEngine) {
  const unsigned upstream_bursts = GetParam() == Direction::kEncap   ? 0
                                   : GetParam() == Direction::kDecap ? FrameRing::kBursts
                                                                     : FrameRing::kBursts / 2;
  for (const unsigned frame : {kMinFrame, 65U, kMaxFrame}) {
    const auto sent = forwarded(frame);
    ASSERT_EQ(sent.size(), FrameRing::kFrames) << frame;
    EXPECT_EQ(decapsulated, upstream_bursts * FrameRing::kBurst) << frame;
    EXPECT_EQ(encapsulated, FrameRing::kFrames - decapsulated) << frame;
    // The frame on the IPv4 side is as long as was asked for, without its check sequence.
    for (std::size_t i = 0; i < sent.size(); ++i) {
      const bool to_ipv6 = be16::from_raw(static_cast<std::uint16_t>(sent[i][12] | sent[i][13] << 8)) ==
                           be16(ether_type::kIpv6);
      ASSERT_EQ(sent[i].size(), frame - 4 + (to_ipv6 ? 40 : 0)) << frame << ", frame " << i;
    }
  }
}

TEST_P(BenchTraffic, BaselineForwardsAsTheEngineDoesButForTimeToLive) {
  for (const bool rule : {false, true}) {
    const auto by_engine = forwarded(kMinFrame, rule);
    auto by_baseline = baseline(kMinFrame, rule);
    ASSERT_EQ(by_engine.size(), by_baseline.size());
    for (std::size_t i = 0; i < by_engine.size(); ++i) {
      ASSERT_EQ(by_engine[i].size(), by_baseline[i].size());
      const std::size_t ipv4_offset = by_engine[i].size() - (kMinFrame - 4 - sizeof(EthernetHeader));
      for (const std::size_t field : {offsetof(Ipv4Header, time_to_live), offsetof(Ipv4Header, checksum),
                                      offsetof(Ipv4Header, checksum) + 1}) {
        by_baseline[i][ipv4_offset + field] = by_engine[i][ipv4_offset + field];
      }
      ASSERT_EQ(by_engine[i], by_baseline[i]) << "frame " << i;
    }
    EXPECT_EQ(encapsulated + decapsulated, FrameRing::kFrames);
  }
}

TEST_P(BenchTraffic, IsMeasured) {
  auto traffic = Traffic::create(kBindings, kFlows);
  Measurement measurement{
      .scenario = "few", .direction = GetParam(), .bindings = kBindings, .flows = kFlows, .frame = kMinFrame};
  const auto done = measure(*traffic, *pool, 0.001, measurement);
  ASSERT_TRUE(done.ok()) << done.error().text;
  EXPECT_GT(measurement.mpps(), 0);
  EXPECT_GT(measurement.baseline_mpps(), 0);
  EXPECT_EQ(rte_mempool_in_use_count(pool), 0);  // every buffer went back
}

INSTANTIATE_TEST_SUITE_P(Directions, BenchTraffic, testing::ValuesIn(kDirections),
                         [](const auto& direction) { return std::string(name_of(direction.param)); });

using BenchFlows = BenchTraffic;

TEST_P(BenchFlows, ReachEveryBindingInNoOrderOfTheTable) {
  const auto sent = forwarded(kMinFrame);
  std::vector<Ipv6Address> visited;
  std::set<Ipv6Address> distinct;
  for (unsigned i = 0; i < kFlows; ++i) {
    Ipv6Header ipv6;
    std::memcpy(static_cast<void*>(&ipv6), sent[i].data() + sizeof(EthernetHeader), sizeof ipv6);
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
  // Within 40 seconds: what is left of them is for tables.
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

TEST(BenchOptions, WrongUsageIsNamed) {
  const auto error = [](const std::vector<std::string>& words) {
    const auto options = parse_options(words);
    return options.ok() ? std::string() : options.error().text;
  };
  EXPECT_THAT(error({"--scenario", "lots"}), HasSubstr("no scenario \"lots\"; there are few, many, map-e"));
  EXPECT_THAT(error({"--direction", "up"}), HasSubstr("encap, decap, both"));
  EXPECT_THAT(error({"--frame", "63"}), HasSubstr("--frame: 63 is not within 64 to 1518"));
  EXPECT_THAT(error({"--frame", "1519"}), HasSubstr("--frame"));
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
  EXPECT_EQ(list.dump(), R"([{"scenario":"many","direction":"decap","bindings":1000,"flows":2000,"frame":64,)"
                         R"("mpps":20.0,"ns_per_packet":50.0,"cycles_per_packet":100.0,"baseline_mpps":40.0,)"
                         R"("ratio_to_baseline":0.5}])");
  EXPECT_EQ(nlohmann::json::parse(to_json({})), nlohmann::json::array());
}

TEST(BenchReport, TableHasALineForEachMeasurement) {
  const std::string table = to_table({kMeasurement, kMeasurement});
  EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 3);
  EXPECT_THAT(table, HasSubstr("many"));
  EXPECT_THAT(table, HasSubstr("20.00"));
  EXPECT_THAT(table, HasSubstr("0.50"));
}

}  // namespace
}  // namespace softwire::bench
