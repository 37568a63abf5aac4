// SPDX-License-Identifier: BSD-3-Clause
// The command line of softwire-bench.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/instruction_set/instruction_set.h"
#include "softwire/result.h"
#include "tools/bench/live.h"
#include "tools/bench/scenario.h"

namespace softwire::bench {

inline constexpr double kDefaultSeconds = 1.5;

struct Options {
  std::vector<Scenario> scenarios;  // as asked for, --bindings and --flows applied
  std::vector<Direction> directions;
  unsigned frame = 64;  // of Shape::kUniform: octets on the IPv4 side, frame check sequence included
  double seconds = kDefaultSeconds;  // for each scenario and direction
  std::optional<LiveOptions> live;   // instead of the scenarios
  bool relay = false;                // likewise: the control thread's part
  bool flood = false;                // likewise: what DISCOVERs cost the data of others
  std::optional<dataplane::InstructionSet> instruction_set;  // nullopt: the best
  bool json = false;
  bool help = false;
  bool version = false;
};

// The words after the program's name. An error is wrong usage.
Result<Options> parse_options(const std::vector<std::string>& words);

// What --help prints.
[[nodiscard]] std::string help_text();

}  // namespace softwire::bench
