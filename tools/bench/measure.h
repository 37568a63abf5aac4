// SPDX-License-Identifier: BSD-3-Clause
// One measurement: alternating rounds of the engine and of the baseline, with the same frames and the same
// table.
#pragma once

#include <string_view>

#include "dataplane/instruction_set/instruction_set.h"
#include "dataplane/packet/mbuf.h"
#include "softwire/result.h"
#include "tools/bench/scenario.h"
#include "tools/bench/traffic.h"

namespace softwire::bench {

struct Measurement {
  std::string_view scenario;
  Direction direction{};
  dataplane::InstructionSet instruction_set{};  // of the engine
  std::uint32_t bindings = 0;
  std::uint32_t flows = 0;
  Shape shape{};
  unsigned frame = 0;  // octets on the IPv4 side, with frame check sequence; the mean, rounded
  double cycles_per_packet =
      0;  // for a received frame, in ticks of the time stamp counter; median of the rounds
  double baseline_cycles = 0;    // cycles a packet of the baseline, median over the rounds
  double spread = 0;             // spread of the engine's rounds: (third quartile - first) / median
  double cycles_per_second = 0;  // of the time stamp counter

  [[nodiscard]] double mpps() const { return cycles_per_second / cycles_per_packet / 1e6; }
  // Returns the rate for these frames, without preamble and gap.
  [[nodiscard]] double gbps() const { return mpps() * frame * 8 / 1e3; }
  [[nodiscard]] double baseline_mpps() const { return cycles_per_second / baseline_cycles / 1e6; }
  [[nodiscard]] double ns_per_packet() const { return cycles_per_packet / cycles_per_second * 1e9; }
  // Returns the engine's packet rate relative to the baseline's.
  [[nodiscard]] double ratio() const { return baseline_cycles / cycles_per_packet; }
};

// Sets the four figures. Measures for `seconds`, including the refilling of the frames, but at least three
// rounds of each kind. Returns an error when no buffer is left, or the engine does not forward every frame.
Result<Done> measure(Traffic& traffic, rte_mempool& pool, double seconds, Measurement& measurement);

}  // namespace softwire::bench
