// SPDX-License-Identifier: BSD-3-Clause
// What a flood of DHCPDISCOVERs costs the data of other subscribers: an engine meets bursts of data alone,
// and bursts of which a part are DISCOVERs, with the relay behind it as in softwired.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/packet/mbuf.h"
#include "softwire/result.h"

namespace softwire::bench {

struct Flood {
  std::string_view from;         // who floods
  double share = 0;              // of the packets: DISCOVERs
  double alone_cycles = 0;       // a packet, without the flood; the median over the rounds
  double flooded_cycles = 0;     // a packet of either kind, with it
  std::uint64_t punted = 0;      // DISCOVERs that the relay got
  std::uint64_t refused = 0;     // those over a rate
  double cycles_per_second = 0;  // of the time stamp counter

  // The data rate under the flood, of what is left to data when the flood has its own share of the packets.
  [[nodiscard]] double kept() const { return alone_cycles / flooded_cycles; }
};

using FloodReport = std::vector<Flood>;

// `seconds`: for each flood. An error when a packet of data is lost, or buffers run out.
Result<FloodReport> measure_flood(rte_mempool& pool, double seconds);

[[nodiscard]] std::string to_table(const FloodReport& report);
[[nodiscard]] std::string to_json(const FloodReport& report);

}  // namespace softwire::bench
