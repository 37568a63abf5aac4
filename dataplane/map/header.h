// SPDX-License-Identifier: BSD-3-Clause
// Translates IP headers and checksum fields, of a packet and of a packet that an ICMP error quotes (RFC 7915
// sections 4.1 and 5.1).
#pragma once

#include <cstdint>
#include <optional>

#include "dataplane/map/translate.h"
#include "softwire/byte_order.h"
#include "softwire/wire.h"

namespace softwire::dataplane {

inline constexpr unsigned kMaxIpv6HeaderBytes = sizeof(Ipv6Header) + sizeof(Ipv6FragmentHeader);

// Writes the IPv6 header, and for a fragment a fragment header, for a packet with this IPv4 header and
// `payload` octets after it. Returns the octets written. Requires: `out` has room for kMaxIpv6HeaderBytes.
unsigned write_ipv6_header(const Ipv4Header& ipv4, unsigned payload, const Ipv6Pair& addresses,
                           std::uint8_t* out);

// The fields of an IPv6 packet from which an IPv4 header is made.
struct Ipv6Description {
  std::uint8_t traffic_class = 0;
  std::uint8_t hop_limit = 0;
  std::uint8_t next_header = 0;  // after all extension headers
  unsigned payload = 0;          // octets after them
  bool has_fragment_header = false;
  std::uint16_t fragment_offset = 0;  // octets
  bool more_fragments = false;
  std::uint32_t identification = 0;
};
// Returns the IPv4 header. `identification`: used when the packet has no fragment header and may be
// fragmented.
Ipv4Header ipv4_header_of(const Ipv6Description& ipv6, const Ipv4Pair& addresses,
                          std::uint16_t identification);

// Returns the checksum field after octets whose sum is `removed` have been replaced by octets whose sum is
// `added` (RFC 1624 equation 3). The sums may be folded or not.
be16 checksum_replace(be16 field, std::uint64_t removed, std::uint64_t added);

// Returns the offset in the transport header of a checksum that covers the addresses. Returns nullopt when
// the protocol has none.
constexpr std::optional<unsigned> checksum_offset(std::uint8_t protocol) {
  switch (protocol) {
    case ip_protocol::kTcp:
      return 16;
    case ip_protocol::kUdp:
    case ip_protocol::kDccp:
    case ip_protocol::kUdpLite:
      return 6;
    default:
      return std::nullopt;
  }
}

}  // namespace softwire::dataplane
