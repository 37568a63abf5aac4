// SPDX-License-Identifier: BSD-3-Clause
// Reads the values that the kernel reports about this process. Prometheus's client libraries report the same.
#pragma once

#include <cstdint>

namespace softwire::controlplane::metrics {

struct ProcessObservation {
  double cpu_seconds = 0;  // user and system time of all threads
  double start_time = 0;   // seconds since 1970
  std::uint64_t resident_bytes = 0;
  std::uint64_t virtual_bytes = 0;
  std::uint64_t open_files = 0;
  std::uint64_t max_files = 0;  // the soft limit
};

// Returns the current values. A value that /proc does not give is zero.
ProcessObservation observe_process();

}  // namespace softwire::controlplane::metrics
