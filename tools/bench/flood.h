// SPDX-License-Identifier: BSD-3-Clause
// Measures how much a flood of DHCPDISCOVERs slows the data of other subscribers. An engine receives bursts
// of data only, and bursts with a share of DISCOVERs. The relay runs behind it, as in softwired.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/packet/mbuf.h"
#include "softwire/result.h"

namespace softwire::bench {

struct Flood {
  std::string_view from;         // source of the flood
  double share = 0;              // share of DISCOVERs in the packets
  double alone_cycles = 0;       // per packet without the flood; median of the rounds
  double flooded_cycles = 0;     // per packet of either kind with the flood
  std::uint64_t punted = 0;      // DISCOVERs that reached the relay
  std::uint64_t refused = 0;     // DISCOVERs beyond a rate limit
  double cycles_per_second = 0;  // of the time stamp counter

  // Returns the data rate under the flood, relative to what remains for data when the flood gets its share of
  // the packets.
  [[nodiscard]] double kept() const { return alone_cycles / flooded_cycles; }
};

using FloodReport = std::vector<Flood>;

// `seconds`: for each flood. Returns an error when a data packet is lost, or no buffer is left.
Result<FloodReport> measure_flood(rte_mempool& pool, double seconds);

[[nodiscard]] std::string to_table(const FloodReport& report);
[[nodiscard]] std::string to_json(const FloodReport& report);

}  // namespace softwire::bench
