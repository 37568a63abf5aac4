// SPDX-License-Identifier: BSD-3-Clause
// What about the build and the machine makes figures worth less. Every text is a warning for people.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace softwire::bench {

// The build is not the one to measure.
[[nodiscard]] std::optional<std::string> build_warning();

// Reserved 2 MB pages that nobody uses now; 0 also where the system does not say.
[[nodiscard]] unsigned free_huge_pages();

// Watches, from its making on, who else wants the processor.
class BusyWatch {
 public:
  BusyWatch();
  // What was seen since.
  [[nodiscard]] std::vector<std::string> warnings() const;

 private:
  struct Times {
    std::uint64_t preemptions = 0;   // of this process: involuntary context switches
    std::uint64_t stolen_ticks = 0;  // of the machine, by the hypervisor
    double seconds = 0;
  };
  static Times now();

  double load_at_start_ = 0;
  Times start_;
};

}  // namespace softwire::bench
