// SPDX-License-Identifier: BSD-3-Clause
// Measures a running hub: several workers at the same time, bindings that change, and a table that is
// replaced while they forward. Every worker has its own processor, engine and frames. They share the table,
// which is that of scenario `many`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "softwire/result.h"

namespace softwire::bench {

struct LiveOptions {
  unsigned workers = 2;  // most workers; measures with 1, 2, ... of them
  std::uint32_t bindings = 1U << 20;
  std::uint32_t flows = 1U << 20;
  unsigned frame = 64;
  double seconds = 1.5;  // for each measurement
};

// One run with some workers. Rates are sums over the workers. The rate of a worker is that of its median
// pass.
struct LiveRun {
  unsigned workers = 0;
  double mpps = 0;
  std::uint64_t packets = 0;  // given to the workers
  std::uint64_t lost = 0;     // packets of these that did not leave
};

struct LiveReport {
  std::uint32_t bindings = 0;
  unsigned frame = 0;
  std::vector<LiveRun> scaling;
  LiveRun updated;                // one worker, while the control thread changes bindings as fast as it can
  double updates_per_second = 0;  // add, remove and replace in turn
  LiveRun replaced;  // one worker, while a table is read from a file, filled, and replaces the first one
  double file_seconds = 0;   // time for that: reading the file and filling the table
  double table_seconds = 0;  // time to fill a table
  double octets_per_binding = 0;
};

// Requires: the EAL is initialized. `cpus`: the processors that the process could use before that. The
// workers use the last ones, the control thread the first.
Result<LiveReport> measure_live(const LiveOptions& options, const std::vector<unsigned>& cpus);

[[nodiscard]] std::string to_table(const LiveReport& report);
[[nodiscard]] std::string to_json(const LiveReport& report);

}  // namespace softwire::bench
