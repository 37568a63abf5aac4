// SPDX-License-Identifier: BSD-3-Clause
// Finds properties of the build and the machine that make results less reliable. Every text is a warning for
// people.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace softwire::bench {

// Returns a warning if the build is not optimised.
[[nodiscard]] std::optional<std::string> build_warning();

// Returns the number of reserved 2 MB pages that are free; 0 also if the system does not report it.
[[nodiscard]] unsigned free_huge_pages();

// Observes from its construction whether others use the processor.
class BusyWatch {
 public:
  BusyWatch();
  // Returns warnings about the time since the construction.
  [[nodiscard]] std::vector<std::string> warnings() const;

 private:
  struct Times {
    std::uint64_t preemptions = 0;   // involuntary context switches of this process
    std::uint64_t stolen_ticks = 0;  // time of the machine that the hypervisor gave to others
    double seconds = 0;
  };
  static Times now();

  double load_at_start_ = 0;
  Times start_;
};

}  // namespace softwire::bench
