// SPDX-License-Identifier: BSD-3-Clause
// DHCPv4 packets of clients and of a server, for measurements.
#pragma once

#include <cstdint>
#include <vector>

#include "softwire/address.h"

namespace softwire::bench {

using Bytes = std::vector<std::uint8_t>;

inline constexpr Ipv4Address kDhcpServer(198, 51, 100, 67);
inline constexpr Ipv4Address kDhcpRelay(198, 51, 100, 1);

// Return whole IPv4 packets: the broadcast of a client without an address, and the server's answer to the
// relay for the subscriber in option 82.
[[nodiscard]] Bytes discover_packet();
[[nodiscard]] Bytes offer_packet(const Ipv6Address& subscriber);

}  // namespace softwire::bench
