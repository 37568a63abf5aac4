// SPDX-License-Identifier: BSD-3-Clause
// Parses the statements of [dhcp-server]: address pools and static leases.
#pragma once

#include <string_view>

#include "controlplane/dhcp/settings/server_options.h"
#include "softwire/result.h"

namespace softwire::controlplane {

inline constexpr std::string_view kPoolWords =
    "an IPv4 prefix such as 192.0.2.0/24 or a range such as 192.0.2.10-192.0.2.99, then psid-offset and "
    "psid-len if the addresses are shared";
Result<dhcp::PortPool> parse_pool(std::string_view text);

inline constexpr std::string_view kStaticLeaseWords =
    "an IPv6 prefix and an IPv4 address, such as 2001:db8:a::/48 192.0.2.7, then psid-offset, psid-len and "
    "psid if the address is shared";
Result<dhcp::StaticLease> parse_static_lease(std::string_view text);

}  // namespace softwire::controlplane
