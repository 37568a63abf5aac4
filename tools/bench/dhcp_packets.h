// SPDX-License-Identifier: BSD-3-Clause
// DHCPv4 as clients and a server send it, for measurements.
#pragma once

#include <cstdint>
#include <vector>

#include "softwire/address.h"

namespace softwire::bench {

using Bytes = std::vector<std::uint8_t>;

inline constexpr Ipv4Address kDhcpServer(198, 51, 100, 67);
inline constexpr Ipv4Address kDhcpRelay(198, 51, 100, 1);

// IPv4 packets, whole: what a client without an address broadcasts, and what the server answers to the relay
// for the subscriber that option 82 names.
[[nodiscard]] Bytes discover_packet();
[[nodiscard]] Bytes offer_packet(const Ipv6Address& subscriber);

}  // namespace softwire::bench
