// SPDX-License-Identifier: BSD-3-Clause
// Addresses that may be leased, as leases.pool has them: "192.0.2.0/24", or with their ports divided
// "192.0.2.0/24 psid-offset 0 psid-len 6". psid-offset and psid-len default to 0.
#pragma once

#include <optional>
#include <string_view>

#include "controlplane/lease/lease_options.h"

namespace softwire::controlplane {

inline constexpr std::string_view kLeasePoolWords =
    "an IPv4 prefix of hosts, psid-offset N and psid-len N behind it where addresses are shared, such as "
    "192.0.2.0/24 psid-offset 0 psid-len 6";
std::optional<LeasePool> parse_lease_pool(std::string_view text);

}  // namespace softwire::controlplane
