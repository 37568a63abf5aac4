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
  std::vector<Scenario> scenarios;  // with --bindings and --flows applied
  std::vector<Direction> directions;
  unsigned frame = 64;  // for Shape::kUniform: octets on the IPv4 side, with frame check sequence
  double seconds = kDefaultSeconds;  // for each scenario and direction
  std::optional<LiveOptions> live;   // measured instead of the scenarios
  bool relay = false;                // measure the control thread instead of the scenarios
  bool flood = false;                // measure a flood of DISCOVERs instead of the scenarios
  std::optional<dataplane::InstructionSet> instruction_set;  // nullopt: the best that the processor supports
  bool json = false;
  bool help = false;
  bool version = false;
};

// Parses the words after the program's name. An error is wrong usage.
Result<Options> parse_options(const std::vector<std::string>& words);

// Returns the text of --help.
[[nodiscard]] std::string help_text();

}  // namespace softwire::bench
