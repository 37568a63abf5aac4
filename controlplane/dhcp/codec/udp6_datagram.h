// SPDX-License-Identifier: BSD-3-Clause
// IPv6 packets that carry a UDP datagram, whole: DHCP that does not come in a softwire, and its answers.
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

// Where a datagram comes from and goes to.
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

// `packet`: from the IPv6 header on; octets after the packet are ignored, and those after the datagram.
// Extension headers are skipped: the dataplane lets through those that may be. Errors: kDhcpTruncated when it
// is not one whole UDP datagram over IPv6 (a fragment, or a length that is too short or too long),
// kDhcpChecksum when the datagram's checksum is wrong or 0, which says "none" (RFC 8200 section 8.1).
Result<Udp6Datagram, Outcome> parse_udp6(std::span<const std::uint8_t> packet);

inline constexpr std::size_t kUdp6HeaderBytes = sizeof(Ipv6Header) + sizeof(UdpHeader);
inline constexpr std::size_t kMaxUdp6Payload = 65535 - sizeof(UdpHeader);
inline constexpr std::uint8_t kUdp6HopLimit = 64;

// Writes the packet at `packet`, whose size must be that of headers and payload together, the payload at most
// kMaxUdp6Payload.
void write_udp6(const Udp6Endpoints& endpoints, std::span<const std::uint8_t> payload,
                std::span<std::uint8_t> packet);

}  // namespace softwire::controlplane::dhcp
