// SPDX-License-Identifier: BSD-3-Clause
// IPv4 packets that carry a UDP datagram, whole: what the dataplane hands to the relay and takes from it.
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

// `packet`: from the IPv4 header on; octets after the packet are ignored, and those after the datagram.
// Errors: kDhcpTruncated when it is not one whole UDP datagram over IPv4 (a fragment, or a length that is too
// short or too long), kDhcpChecksum when the header's checksum or the datagram's, if it has one, is wrong.
// Checksums::kOrPseudoHeader also takes a checksum of the pseudo header alone, as packets that never left
// their host have it where it is left to the hardware.
enum class Checksums : std::uint8_t { kWhole, kOrPseudoHeader };
Result<UdpDatagram, Outcome> parse_datagram(std::span<const std::uint8_t> packet,
                                            Checksums checksums = Checksums::kWhole);

inline constexpr std::size_t kDatagramHeaderBytes = sizeof(Ipv4Header) + sizeof(UdpHeader);
inline constexpr std::size_t kMaxDatagramPayload = 65535 - kDatagramHeaderBytes;
inline constexpr std::uint8_t kDatagramTtl = 64;

// Writes the packet at `packet`, whose size must be that of headers and payload together, the payload at most
// kMaxDatagramPayload. Atomic, so with no identification (RFC 6864 section 4.1); always with a UDP checksum.
void write_datagram(const UdpEndpoints& endpoints, std::span<const std::uint8_t> payload,
                    std::span<std::uint8_t> packet);

}  // namespace softwire::controlplane::dhcp
