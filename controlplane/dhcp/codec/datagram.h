// SPDX-License-Identifier: BSD-3-Clause
// Parses and writes whole UDP datagrams over IPv4. The packet path punts and injects them.
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
struct UdpEndpoints {
  Ipv4Address source;
  Port source_port = 0;
  Ipv4Address destination;
  Port destination_port = 0;
  friend constexpr bool operator==(const UdpEndpoints&, const UdpEndpoints&) = default;
};

struct UdpDatagram {
  UdpEndpoints endpoints;
  std::span<const std::uint8_t> payload;  // within the packet that was parsed
};

// Parses a UDP datagram over IPv4. `packet` begins with the IPv4 header. Octets after the packet or the
// datagram are ignored. Errors: kDhcpTruncated when it is not one whole UDP datagram over IPv4 (a fragment,
// or a length that is too short or too long); kDhcpChecksum when the checksum of the IPv4 header is wrong, or
// that of the datagram is wrong and not 0. Checksums::kOrPseudoHeader also accepts a checksum of the pseudo
// header alone. A packet that never left its host has such a checksum when the host leaves the rest to the
// hardware.
enum class Checksums : std::uint8_t { kWhole, kOrPseudoHeader };
Result<UdpDatagram, Outcome> parse_datagram(std::span<const std::uint8_t> packet,
                                            Checksums checksums = Checksums::kWhole);

inline constexpr std::size_t kDatagramHeaderBytes = sizeof(Ipv4Header) + sizeof(UdpHeader);
inline constexpr std::size_t kMaxDatagramPayload = 65535 - kDatagramHeaderBytes;
inline constexpr std::uint8_t kDatagramTtl = 64;

// Writes a packet with a UDP checksum into `packet`. The packet is atomic: it needs no identification (RFC
// 6864 section 4.1). Requires: `packet` has kDatagramHeaderBytes octets and those of the payload; the payload
// has at most kMaxDatagramPayload octets.
void write_datagram(const UdpEndpoints& endpoints, std::span<const std::uint8_t> payload,
                    std::span<std::uint8_t> packet);

}  // namespace softwire::controlplane::dhcp
