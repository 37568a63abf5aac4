// SPDX-License-Identifier: BSD-3-Clause
// What top shows: the rates between two moments.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "tools/ctl/client.h"
#include "tools/ctl/style.h"

namespace softwire::ctl {

// What softwired said at one moment.
struct Sample {
  std::chrono::steady_clock::time_point at;
  Json status;    // of status.get
  Json counters;  // of counters.get: name to value
  Json outcomes;  // of outcomes.list
  Json workers;   // of workers.list
  Json ports;     // of ports.list
};

CommandResult<Sample> take_sample(Client& client);

// A line each, at most `columns` characters wide (0: as wide as they are).
[[nodiscard]] std::vector<std::string> view_of(const Sample& before, const Sample& now, std::size_t columns,
                                               const Style& style);

// For programs: {"seconds", "rates": {counter: a second}, "bindings", "rules"}, the rates that are not 0.
[[nodiscard]] Json rates_of(const Sample& before, const Sample& now);

}  // namespace softwire::ctl
