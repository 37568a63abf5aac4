// SPDX-License-Identifier: BSD-3-Clause
// Measures how many DHCPv4 messages the control thread relays: from the ring of punted packets to the ring of
// packets that a worker would send. No worker and no server run.
#pragma once

#include <string>

#include "dataplane/packet/mbuf.h"
#include "softwire/result.h"

namespace softwire::bench {

struct RelayReport {
  double requests_per_second = 0;  // DISCOVERs of different subscribers to one server
  double answers_per_second = 0;   // the server's OFFERs into the softwires
};

// `seconds`: for each of the two figures.
Result<RelayReport> measure_relay(rte_mempool& pool, double seconds);

[[nodiscard]] std::string to_table(const RelayReport& report);
[[nodiscard]] std::string to_json(const RelayReport& report);

}  // namespace softwire::bench
