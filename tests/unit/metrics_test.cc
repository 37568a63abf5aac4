// SPDX-License-Identifier: BSD-3-Clause
// Tests the text of a scrape by the rules of its format.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <charconv>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "controlplane/metrics/exposition.h"
#include "controlplane/metrics/families.h"
#include "controlplane/metrics/process.h"
#include "controlplane/metrics/render.h"
#include "tests/support/metrics_example.h"

namespace softwire::controlplane::metrics {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

using LabelMap = std::map<std::string, std::string>;

struct Sample {
  std::string name;
  LabelMap labels;
  double value = 0;
};

struct ParsedFamily {
  std::string name, type, unit, help;
  std::vector<Sample> samples;
};

// Parses {name="value",...} after a name, without escapes. `rest` gets the text after it.
LabelMap labels_of(std::string_view text, std::string_view& rest) {
  LabelMap labels;
  rest = text;
  if (!text.starts_with('{')) return labels;
  std::size_t at = 1;
  for (;;) {
    const std::size_t equals = text.find("=\"", at);
    if (equals == std::string_view::npos) break;
    const std::string name(text.substr(at, equals - at));
    std::string value;
    for (at = equals + 2; at < text.size() && text[at] != '"'; ++at) {
      if (text[at] == '\\') {
        ++at;
        EXPECT_NE(std::string_view("\\n\"").find(text.at(at)), std::string_view::npos) << text;
        value += text[at] == 'n' ? '\n' : text[at];
      } else {
        value += text[at];
      }
    }
    EXPECT_TRUE(labels.emplace(name, value).second) << text;
    if (text.substr(++at, 1) != ",") break;
    ++at;
  }
  EXPECT_EQ(text.substr(at, 1), "}") << text;
  rest = text.substr(at + 1);
  return labels;
}

// Checks the rules of OpenMetrics 1.0.0 that our text could break. The older format has no units and no end,
// and the metadata of a family has the name of its samples.
std::vector<ParsedFamily> parse(const std::string& text, Format format) {
  const bool open = format == Format::kOpenMetrics;
  std::vector<ParsedFamily> families;
  std::set<std::string> names;
  std::set<std::pair<std::string, LabelMap>> series;
  EXPECT_TRUE(text.ends_with('\n'));
  std::istringstream lines(text);
  bool ended = false;
  for (std::string line; std::getline(lines, line);) {
    EXPECT_FALSE(ended) << line;
    if (line == "# EOF") {
      ended = true;
    } else if (line.starts_with("# ")) {
      std::istringstream words(line);
      std::string hash, keyword, name, value;
      words >> hash >> keyword >> name;
      std::getline(words >> std::ws, value);
      if (keyword == "HELP") {
        EXPECT_TRUE(names.insert(name).second) << name << " is there twice";
        families.push_back({.name = name, .type = {}, .unit = {}, .help = value, .samples = {}});
        continue;
      }
      EXPECT_EQ(families.back().name, name);
      EXPECT_TRUE(families.back().samples.empty()) << line;
      if (keyword == "TYPE") families.back().type = value;
      if (keyword == "UNIT") families.back().unit = value;
      EXPECT_TRUE(keyword == "TYPE" || keyword == "UNIT") << line;
    } else {
      ParsedFamily& family = families.back();
      const std::size_t name_end = line.find_first_of("{ ");
      Sample sample{.name = line.substr(0, name_end), .labels = {}, .value = 0};
      std::string_view rest;
      sample.labels = labels_of(std::string_view(line).substr(name_end), rest);
      EXPECT_TRUE(rest.starts_with(' ')) << line;
      rest.remove_prefix(1);
      const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), sample.value);
      EXPECT_TRUE(error == std::errc() && end == rest.data() + rest.size()) << line;
      const std::string suffix = !open                      ? ""
                                 : family.type == "counter" ? "_total"
                                 : family.type == "info"    ? "_info"
                                                            : "";
      EXPECT_EQ(sample.name, family.name + suffix);
      EXPECT_GE(sample.value, 0) << line;
      EXPECT_TRUE(series.emplace(sample.name, sample.labels).second) << "twice: " << line;
      family.samples.push_back(std::move(sample));
    }
  }
  EXPECT_EQ(ended, open);
  return families;
}

// Returns the value of the series with these labels.
double value_of(const std::string& text, const std::string& series) {
  const std::size_t at = text.find("\n" + series + " ");
  EXPECT_NE(at, std::string::npos) << series;
  return at == std::string::npos ? -1 : std::stod(text.substr(at + series.size() + 2));
}

class Rendered : public ::testing::TestWithParam<Format> {
 protected:
  const std::string text_ = render(testing::example_observation(3), GetParam());
};
INSTANTIATE_TEST_SUITE_P(Formats, Rendered, ::testing::Values(Format::kOpenMetrics, Format::kPrometheus));

TEST_P(Rendered, HasEveryFamilyOnceAndInOrder) {
  const auto families = parse(text_, GetParam());
  const bool open = GetParam() == Format::kOpenMetrics;
  ASSERT_EQ(families.size(), kFamilies.size());
  for (std::size_t i = 0; i < kFamilies.size(); ++i) {
    const Family& expected = kFamilies[i];
    const ParsedFamily& family = families[i];
    const std::string suffix = expected.type == Type::kCounter ? "_total"
                               : expected.type == Type::kInfo  ? "_info"
                                                               : "";
    EXPECT_EQ(family.name, std::string(expected.name) + (open ? "" : suffix));
    EXPECT_EQ(family.type, expected.type == Type::kCounter        ? "counter"
                           : open && expected.type == Type::kInfo ? "info"
                                                                  : "gauge");
    EXPECT_EQ(family.unit, open ? expected.unit : "");
    EXPECT_FALSE(family.samples.empty()) << family.name;
    for (const Sample& sample : family.samples) {
      std::set<std::string> said;
      std::istringstream words{std::string(expected.labels)};
      for (std::string word; std::getline(words >> std::ws, word, ',');) said.insert(word);
      std::set<std::string> there;
      for (const auto& label : sample.labels) there.insert(label.first);
      EXPECT_EQ(there, said) << family.name;
    }
  }
}

TEST(MetricFamilies, NamesEndInTheirUnit) {
  for (const Family& family : kFamilies) {
    const std::string name(family.name);
    EXPECT_THAT(name, ::testing::MatchesRegex("(softwire|process)_[a-z0-9_]*[a-z0-9]"));
    EXPECT_FALSE(name.ends_with("_total") || name.ends_with("_info")) << name;
    EXPECT_TRUE(family.unit.empty() || name.ends_with("_" + std::string(family.unit))) << name;
    EXPECT_TRUE(family.unit.empty() || family.type != Type::kInfo) << name;
    EXPECT_FALSE(family.help.empty()) << name;
  }
}

TEST_P(Rendered, TellsEveryOutcomeOfEveryWorker) {
  const auto it = testing::example_observation(3);
  for (std::size_t i = 0; i < kOutcomeCount; ++i) {
    const auto outcome = static_cast<Outcome>(i);
    const std::string name(kOutcomes[i].name);
    EXPECT_THAT(text_, HasSubstr("softwire_outcome_info{outcome=\"" + name + "\""));
    constexpr const char* kDispositions[] = {"sent", "punted", "dropped", "handled"};
    const std::string labels = "{outcome=\"" + name + "\",disposition=\"" +
                               kDispositions[static_cast<std::size_t>(kOutcomes[i].disposition)] + "\"";
    if (kOutcomes[i].counted_by == CountedBy::kDhcp) {
      EXPECT_EQ(value_of(text_, "softwire_dhcp_outcomes_total" + labels + "}"), it.hub.relay[outcome]);
      continue;
    }
    for (std::size_t n = 0; n < 3; ++n) {
      EXPECT_EQ(
          value_of(text_, "softwire_outcomes_total" + labels + ",worker=\"" + std::to_string(n) + "\"}"),
          it.hub.workers[n].counters.engine.outcomes[outcome]);
    }
  }
}

TEST_P(Rendered, TellsTrafficOfEachSideAndWorker_Rfc8676) {
  const auto it = testing::example_observation(3);
  const auto& ipv4 = it.hub.workers[2].counters.engine.side(Side::kIpv4);
  const auto& ipv6 = it.hub.workers[0].counters.engine.side(Side::kIpv6);
  EXPECT_EQ(value_of(text_, "softwire_received_packets_total{side=\"ipv4\",worker=\"2\"}"),
            ipv4.received.packets);
  EXPECT_EQ(value_of(text_, "softwire_received_bytes_total{side=\"ipv6\",worker=\"0\"}"),
            ipv6.received.bytes);
  EXPECT_EQ(value_of(text_, "softwire_sent_packets_total{side=\"ipv4\",worker=\"2\"}"), ipv4.sent.packets);
  EXPECT_EQ(value_of(text_, "softwire_sent_bytes_total{side=\"ipv6\",worker=\"0\"}"), ipv6.sent.bytes);
  EXPECT_EQ(value_of(text_, "softwire_dropped_packets_total{side=\"ipv4\",worker=\"2\"}"),
            ipv4.dropped.packets);
  EXPECT_EQ(value_of(text_, "softwire_dropped_bytes_total{side=\"ipv6\",worker=\"0\"}"), ipv6.dropped.bytes);
  EXPECT_EQ(value_of(text_, "softwire_reassembled_packets_total{side=\"ipv6\",worker=\"0\"}"),
            ipv6.reassembled.packets);
  EXPECT_EQ(value_of(text_, "softwire_reassembled_bytes_total{side=\"ipv4\",worker=\"2\"}"),
            ipv4.reassembled.bytes);
  const auto& outcomes = it.hub.workers[1].counters.engine.outcomes;
  EXPECT_EQ(value_of(text_, "softwire_icmp_errors_total{version=\"4\",worker=\"1\"}"),
            outcomes[Outcome::kIcmpv4Error] + outcomes[Outcome::kIcmpv4ErrorSoftwire]);
  EXPECT_EQ(value_of(text_, "softwire_icmp_errors_total{version=\"6\",worker=\"1\"}"),
            outcomes[Outcome::kIcmpv6Error]);
  EXPECT_EQ(value_of(text_, "softwire_hairpinned_packets_total{worker=\"1\"}"),
            outcomes[Outcome::kHairpinned]);
  EXPECT_EQ(value_of(text_, "softwire_dropped_icmp_packets_total{worker=\"1\"}"),
            outcomes[Outcome::kIcmpNotAccepted]);
}

TEST_P(Rendered, TellsTheLoadOfEachWorker) {
  const auto is = [this](const std::string& series, double value) {
    EXPECT_EQ(value_of(text_, series), value) << series;
  };
  is("softwire_worker_busy_seconds_total{worker=\"0\"}", 1.5);
  is("softwire_worker_busy_seconds_total{worker=\"2\"}", 4.5);
  is("softwire_worker_bursts_total{worker=\"1\"}", 101);
  is("softwire_worker_burst_packets_total{worker=\"1\"}", 201);
  is("softwire_tsc_frequency_hertz", 2.5e9);
  is("softwire_receive_queue_packets{side=\"ipv4\",worker=\"2\"}", 42);
  is("softwire_receive_queue_peak_packets{side=\"ipv4\",worker=\"2\"}", 52);
  is("softwire_receive_queue_size_packets{side=\"ipv4\",worker=\"2\"}", 1024);
  EXPECT_THAT(text_, Not(HasSubstr("softwire_receive_queue_packets{side=\"ipv6\"")))
      << "the driver cannot tell";
}

TEST_P(Rendered, TellsPortsServersAndTheRest) {
  const auto is = [this](const std::string& series, double value) {
    EXPECT_EQ(value_of(text_, series), value) << series;
  };
  is("softwire_port_received_packets_total{side=\"ipv4\"}", 11);
  is("softwire_port_sent_bytes_total{side=\"ipv6\"}", 24);
  is("softwire_port_receive_missed_total{side=\"ipv4\"}", 15);
  is("softwire_port_receive_errors_total{side=\"ipv4\"}", 16);
  is("softwire_port_receive_no_buffer_total{side=\"ipv4\"}", 17);
  is("softwire_port_transmit_errors_total{side=\"ipv4\"}", 18);
  is("softwire_port_transmit_ring_full_total{side=\"ipv4\"}", 19);
  is("softwire_port_transmit_not_in_one_buffer_total{side=\"ipv6\"}", 30);
  is("softwire_port_transmit_no_device_total{side=\"ipv4\"}", 21);
  is("softwire_port_transmit_link_down_total{side=\"ipv4\"}", 22);
  is("softwire_ready", 0);
  is("softwire_health_check{check=\"link ipv4\"}", 0);
  is("softwire_health_check{check=\"store\"}", 1);
  is("softwire_health_check{check=\"gateway ipv6\"}", 2);
  is("softwire_health_check_age_seconds{check=\"link ipv4\"}", 120);
  is("softwire_health_check_age_seconds{check=\"gateway ipv6\"}", 1.5);
  is("softwire_port_up{side=\"ipv4\"}", 1);
  is("softwire_port_up{side=\"ipv6\"}", 0);
  is("softwire_port_speed_bytes_per_second{side=\"ipv4\"}", 1.25e9);
  EXPECT_THAT(text_, Not(HasSubstr("softwire_port_speed_bytes_per_second{side=\"ipv6\"}")));
  EXPECT_THAT(
      text_,
      HasSubstr("softwire_port_info{side=\"ipv6\",device=\"0000:01:00.1\",mac=\"02:00:00:00:00:06\"} 1\n"));
  is("softwire_gateway_known{side=\"ipv4\"}", 1);
  is("softwire_gateway_known{side=\"ipv6\"}", 0);
  is("softwire_gateway_state{side=\"ipv4\",state=\"reachable\"}", 1);
  is("softwire_gateway_state{side=\"ipv4\",state=\"failed\"}", 0);
  is("softwire_gateway_state{side=\"ipv6\",state=\"failed\"}", 1);
  is("softwire_gateway_state_age_seconds{side=\"ipv4\"}", 77);
  is("softwire_gateway_state_age_seconds{side=\"ipv6\"}", 2.5);
  is("softwire_dhcp_messages_total{direction=\"received\",type=\"discover\",transport=\"softwire\"}", 7);
  is("softwire_dhcp_messages_total{direction=\"sent\",type=\"discover\",transport=\"softwire\"}", 6);
  is("softwire_dhcp_messages_total{direction=\"received\",type=\"offer\",transport=\"softwire\"}", 5);
  is("softwire_dhcp_server_messages_total{server=\"198.51.100.67\",type=\"offer\"}", 5);
  is("softwire_dhcp_server_messages_total{server=\"198.51.100.68\",type=\"offer\"}", 0);
  is("softwire_bindings", 1'048'576);
  is("softwire_packet_buffers{state=\"used\"}", 4096);
  is("softwire_packet_buffers{state=\"free\"}", 12288);
  is("softwire_punt_queue_packets{worker=\"2\"}", 2);
  is("softwire_config_last_reload_successful", 0);
  is("softwire_config_last_reload_success_timestamp_seconds", 1764000000.5);
  is("softwire_config_reloads_total{result=\"failure\"}", 1);
  is("process_cpu_seconds_total", 12.25);
  EXPECT_THAT(text_, HasSubstr("softwire_build_info{version=\"1.2.3\"} 1\n"));
}

// Counters are exact to the last bit.
TEST(Exposition, WritesWholeNumbersWhole) {
  std::string text;
  Exposition exposition(Format::kOpenMetrics, text);
  exposition.sample({}, std::uint64_t{0xffffffffffffffff});
  exposition.sample({}, 0.1);
  EXPECT_EQ(text, " 18446744073709551615\n 0.1\n");
}

constexpr Family kAwkward{
    .name = "a", .type = Type::kGauge, .unit = "", .labels = "b", .help = "x\\y\n\"z\""};

TEST(Exposition, EscapesWhatWouldEndAValue) {
  std::string text;
  Exposition exposition(Format::kOpenMetrics, text);
  exposition.begin(kAwkward);
  exposition.sample({{"b", "1\\2\n\"3\""}, {"c", ""}}, std::uint64_t{4});
  exposition.end();
  EXPECT_EQ(text,
            "# HELP a x\\\\y\\n\\\"z\\\"\n# TYPE a gauge\na{b=\"1\\\\2\\n\\\"3\\\"\",c=\"\"} 4\n# EOF\n");
  const auto families = parse(text, Format::kOpenMetrics);
  EXPECT_EQ(families.at(0).samples.at(0).labels.at("b"), "1\\2\n\"3\"");
}

// In the older format, quotes in a help text are not escaped.
TEST(Exposition, EscapesNoQuotesInTheOlderHelp) {
  std::string text;
  Exposition exposition(Format::kPrometheus, text);
  exposition.begin(kAwkward);
  exposition.end();
  EXPECT_EQ(text, "# HELP a x\\\\y\\n\"z\"\n# TYPE a gauge\n");
}

TEST(ChooseFormat, OpenMetricsUnlessAskedOtherwise_Rfc9110_12_5_1) {
  constexpr auto kOpen = Format::kOpenMetrics;
  constexpr auto kPlain = Format::kPrometheus;
  const std::vector<std::pair<std::string, Format>> cases = {
      {"", kOpen},
      {"  ", kOpen},
      {"*/*", kOpen},
      {"application/*", kOpen},
      {"Application/OpenMetrics-Text; Version=1.0.0", kOpen},
      // Prometheus 2.42.
      {"application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
       "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
       kOpen},
      {"text/plain", kPlain},
      {"text/*", kPlain},
      {"text/html", kPlain},
      {"text/plain;version=0.0.4;q=0.5,*/*;q=0.1", kPlain},
      {"text/plain;q=0.3, application/openmetrics-text;q=0.2", kPlain},
      {"text/plain;q=0.2, application/openmetrics-text ; q=0.3", kOpen},
      {"application/openmetrics-text;q=0, */*", kPlain},
      {"*/*, application/openmetrics-text;q=0", kPlain},
      {"application/openmetrics-text;version=2.0.0, text/plain;q=0.1", kPlain},
      {"application/openmetrics-text;q=nonsense, text/plain;q=0.1", kPlain},
      {",,;;=,q=1", kPlain},
  };
  for (const auto& [accept, format] : cases) EXPECT_EQ(choose_format(accept), format) << accept;
}

TEST(Process, KnowsThisOne) {
  const ProcessObservation process = observe_process();
  const auto now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  EXPECT_GT(process.start_time, now - 86400);
  EXPECT_LE(process.start_time, now);
  EXPECT_GT(process.resident_bytes, 1U << 20);
  EXPECT_GT(process.virtual_bytes, process.resident_bytes);
  EXPECT_GE(process.open_files, 1U);
  EXPECT_GT(process.max_files, process.open_files);
  EXPECT_EQ(observe_process().start_time, process.start_time);
}

}  // namespace
}  // namespace softwire::controlplane::metrics
