// SPDX-License-Identifier: BSD-3-Clause
// Whole UDP datagrams over IPv4, as the packet path punts and injects them.
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

// Parses a UDP datagram over IPv4. `packet` begins with the IPv4 header. Octets after the packet or the
// datagram are ignored. Errors: kDhcpTruncated when it is not one whole UDP datagram over IPv4 (a fragment,
// or a length that is too short or too long), kDhcpChecksum when the header's checksum or the datagram's, if
// it has one, is wrong. Checksums::kOrPseudoHeader also accepts a checksum of the pseudo header alone.
// Packets that never left their host have such a checksum when the hardware is to complete it.
enum class Checksums : std::uint8_t { kWhole, kOrPseudoHeader };
Result<UdpDatagram, Outcome> parse_datagram(std::span<const std::uint8_t> packet,
                                            Checksums checksums = Checksums::kWhole);

inline constexpr std::size_t kDatagramHeaderBytes = sizeof(Ipv4Header) + sizeof(UdpHeader);
inline constexpr std::size_t kMaxDatagramPayload = 65535 - kDatagramHeaderBytes;
inline constexpr std::uint8_t kDatagramTtl = 64;

// Writes an atomic packet, which needs no identification (RFC 6864 section 4.1), with a UDP checksum.
// Requires: the size of `packet` is kDatagramHeaderBytes and the payload, and the payload has at most
// kMaxDatagramPayload octets.
void write_datagram(const UdpEndpoints& endpoints, std::span<const std::uint8_t> payload,
                    std::span<std::uint8_t> packet);

}  // namespace softwire::controlplane::dhcp
