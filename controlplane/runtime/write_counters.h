// SPDX-License-Identifier: BSD-3-Clause
// Writes counters to a file.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "softwire/result.h"

namespace softwire::controlplane {

// Writes {"counters": {name: value, ...}} to the file. "-" is the standard output.
Result<Done> write_counters(const std::string& path,
                            const std::vector<std::pair<std::string, std::uint64_t>>& counters);

}  // namespace softwire::controlplane
