// SPDX-License-Identifier: BSD-3-Clause
// What a hub does under way: several workers at once, bindings that change and a table that is replaced while
// they forward. Every worker has a processor, an engine and frames of its own; they share the table, which is
// that of scenario `many`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "softwire/result.h"

namespace softwire::bench {

struct LiveOptions {
  unsigned workers = 2;  // measured with 1, 2, ... of them
  std::uint32_t bindings = 1U << 20;
  std::uint32_t flows = 1U << 20;
  unsigned frame = 64;
  double seconds = 1.5;  // for each measurement
};

// One run of some workers. Rates are sums over the workers, each by its median pass.
struct LiveRun {
  unsigned workers = 0;
  double mpps = 0;
  std::uint64_t packets = 0;  // that the workers were given
  std::uint64_t lost = 0;     // of them, those that did not come out
};

struct LiveReport {
  std::uint32_t bindings = 0;
  unsigned frame = 0;
  std::vector<LiveRun> scaling;
  LiveRun updated;                // one worker, while the control thread changes bindings as fast as it can
  double updates_per_second = 0;  // add, remove and replace mixed
  LiveRun replaced;  // one worker, while a table is read from a file, filled and put in the other's place
  double file_seconds = 0;   // for that: reading the file and filling the table
  double table_seconds = 0;  // filling a table alone
  double octets_per_binding = 0;
};

// The EAL is up. `cpus`: the processors that the process might run on before that; the workers take the last
// ones, the control thread the first.
Result<LiveReport> measure_live(const LiveOptions& options, const std::vector<unsigned>& cpus);

[[nodiscard]] std::string to_table(const LiveReport& report);
[[nodiscard]] std::string to_json(const LiveReport& report);

}  // namespace softwire::bench
