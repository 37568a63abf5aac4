// SPDX-License-Identifier: BSD-3-Clause
// Parses a value of leases.pool: "192.0.2.0/24", or with shared addresses "192.0.2.0/24 psid-offset 0
// psid-len 6". psid-offset and psid-len default to 0.
#pragma once

#include <optional>
#include <string_view>

#include "controlplane/lease/lease_options.h"

namespace softwire::controlplane {

inline constexpr std::string_view kLeasePoolWords =
    "an IPv4 prefix without addresses of 0.0.0.0/8, 127.0.0.0/8, 169.254.0.0/16 and 224.0.0.0/3, then "
    "psid-offset N and psid-len N if the addresses are shared, such "
    "as 192.0.2.0/24 psid-offset 0 psid-len 6";
std::optional<LeasePool> parse_lease_pool(std::string_view text);

}  // namespace softwire::controlplane
