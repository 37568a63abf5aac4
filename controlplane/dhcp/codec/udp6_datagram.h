// SPDX-License-Identifier: BSD-3-Clause
// Parses and writes whole UDP datagrams over IPv6. They carry DHCP outside a softwire.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "softwire/address.h"
#include "softwire/outcome.h"
#include "softwire/port_set.h"
#include "softwire/result.h"
#include "softwire/wire.h"

namespace softwire::controlplane::dhcp {

// Source and destination of a datagram. Ports in host order.
struct Udp6Endpoints {
  Ipv6Address source;
  Port source_port = 0;
  Ipv6Address destination;
  Port destination_port = 0;
  friend constexpr bool operator==(const Udp6Endpoints&, const Udp6Endpoints&) = default;
};

struct Udp6Datagram {
  Udp6Endpoints endpoints;
  std::span<const std::uint8_t> payload;  // within the packet that was parsed
};

// Parses a UDP datagram over IPv6. `packet` begins with the IPv6 header. Octets after the packet or the
// datagram are ignored. Extension headers are skipped; the packet path has checked them. Errors:
// kDhcpTruncated when it is not one whole UDP datagram over IPv6 (a fragment, or a length that is too short
// or too long); kDhcpChecksum when the checksum is wrong, or is 0 because the sender omitted it (RFC 8200
// section 8.1).
Result<Udp6Datagram, Outcome> parse_udp6(std::span<const std::uint8_t> packet);

inline constexpr std::size_t kUdp6HeaderBytes = sizeof(Ipv6Header) + sizeof(UdpHeader);
inline constexpr std::size_t kMaxUdp6Payload = 65535 - sizeof(UdpHeader);
inline constexpr std::uint8_t kUdp6HopLimit = 64;

// Writes a packet into `packet`. Requires: `packet` has kUdp6HeaderBytes octets and those of the payload; the
// payload has at most kMaxUdp6Payload octets.
void write_udp6(const Udp6Endpoints& endpoints, std::span<const std::uint8_t> payload,
                std::span<std::uint8_t> packet);

}  // namespace softwire::controlplane::dhcp
