// SPDX-License-Identifier: BSD-3-Clause
// The display of top: rates between two samples.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "tools/ctl/client.h"
#include "tools/ctl/style.h"

namespace softwire::ctl {

// The state of softwired at one moment.
struct Sample {
  std::chrono::steady_clock::time_point at;
  Json status;    // of status.get
  Json counters;  // of counters.get: name to value
  Json outcomes;  // of outcomes.list
  Json workers;   // of workers.list
  Json ports;     // of ports.list
};

CommandResult<Sample> take_sample(Client& client);

// Returns lines of at most `columns` characters (0: no limit).
[[nodiscard]] std::vector<std::string> view_of(const Sample& before, const Sample& now, std::size_t columns,
                                               const Style& style);

// Returns rates for programs: {"seconds", "rates": {counter: per second}, "bindings", "rules"}. Leaves out
// rates that are 0.
[[nodiscard]] Json rates_of(const Sample& before, const Sample& now);

}  // namespace softwire::ctl
