// SPDX-License-Identifier: BSD-3-Clause
// Counters as programs write them.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "softwire/result.h"

namespace softwire::controlplane {

// {"counters": {name: value, ...}} into the file; "-" is the standard output.
Result<Done> write_counters(const std::string& path,
                            const std::vector<std::pair<std::string, std::uint64_t>>& counters);

}  // namespace softwire::controlplane
