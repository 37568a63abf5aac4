// SPDX-License-Identifier: BSD-3-Clause
// Prints measurements: a table for people, JSON for programs.
#pragma once

#include <string>
#include <vector>

#include "tools/bench/measure.h"

namespace softwire::bench {

[[nodiscard]] std::string to_table(const std::vector<Measurement>& measurements);
[[nodiscard]] std::string to_json(const std::vector<Measurement>& measurements);

}  // namespace softwire::bench
