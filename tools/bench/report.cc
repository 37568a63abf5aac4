// SPDX-License-Identifier: BSD-3-Clause
#include "tools/bench/report.h"

#include <spdlog/fmt/fmt.h>

#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>

namespace softwire::bench {

namespace {

// More digits would only be noise.
double rounded(double value) {
  return std::round(value * 1000) / 1000;
}

}  // namespace

std::string to_table(const std::vector<Measurement>& measurements) {
  std::string text;
  if (!measurements.empty()) {
    text = fmt::format("instruction set: {}\n", dataplane::to_text(measurements.front().instruction_set));
  }
  text += fmt::format("{:<10} {:<9} {:>9} {:>9} {:>6} {:>8} {:>8} {:>8} {:>8} {:>9} {:>6}\n", "scenario",
                      "direction", "bindings", "flows", "frame", "Mpps", "Gbit/s", "ns/pkt", "cyc/pkt",
                      "base Mpps", "ratio");
  for (const Measurement& m : measurements) {
    fmt::format_to(std::back_inserter(text),
                   "{:<10} {:<9} {:>9} {:>9} {:>6} {:>8.2f} {:>8.1f} {:>8.2f} {:>8.1f} {:>9.2f} {:>6.2f}\n",
                   m.scenario, name_of(m.direction), m.bindings, m.flows, m.frame, m.mpps(), m.gbps(),
                   m.ns_per_packet(), m.cycles_per_packet, m.baseline_mpps(), m.ratio());
  }
  return text;
}

std::string to_json(const std::vector<Measurement>& measurements) {
  auto list = nlohmann::ordered_json::array();
  for (const Measurement& m : measurements) {
    list.push_back({{"scenario", m.scenario},
                    {"instruction_set", dataplane::to_text(m.instruction_set)},
                    {"direction", name_of(m.direction)},
                    {"bindings", m.bindings},
                    {"flows", m.flows},
                    {"frame", m.frame},
                    {"mpps", rounded(m.mpps())},
                    {"ns_per_packet", rounded(m.ns_per_packet())},
                    {"cycles_per_packet", rounded(m.cycles_per_packet)},
                    {"baseline_mpps", rounded(m.baseline_mpps())},
                    {"ratio_to_baseline", rounded(m.ratio())},
                    {"gbps", rounded(m.gbps())}});
  }
  return list.dump(2) + "\n";
}

}  // namespace softwire::bench
