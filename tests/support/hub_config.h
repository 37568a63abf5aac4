// SPDX-License-Identifier: BSD-3-Clause
// What every configuration of a hub in a test says of its sides, ready to be gone on with: [ipv6] is open.
#pragma once

#include <string>

namespace softwire::testing {

inline const std::string kHubSides = R"(
[ipv4]
mac = 02:00:00:00:00:04
gateway-mac = 02:00:00:00:01:04
address = 198.51.100.1
[ipv6]
mac = 02:00:00:00:00:06
gateway-mac = 02:00:00:00:01:06
)";

}  // namespace softwire::testing
