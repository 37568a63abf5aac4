// SPDX-License-Identifier: BSD-3-Clause
// The part of a hub's configuration that all tests share. A test may append keys of [ipv6].
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
