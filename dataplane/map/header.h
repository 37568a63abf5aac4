// SPDX-License-Identifier: BSD-3-Clause
// IP headers and checksum fields, as translation writes them: of the packet itself, and of one that an ICMP
// error quotes (RFC 7915 sections 4.1 and 5.1).
#pragma once

#include <cstdint>
#include <optional>

#include "dataplane/map/translate.h"
#include "softwire/byte_order.h"
#include "softwire/wire.h"

namespace softwire::dataplane {

inline constexpr unsigned kMaxIpv6HeaderBytes = sizeof(Ipv6Header) + sizeof(Ipv6FragmentHeader);

// Writes the IPv6 header, of a fragment with a fragment header, for a packet with this IPv4 header and
// `payload` octets after it. Returns the octets written, kMaxIpv6HeaderBytes at most.
unsigned write_ipv6_header(const Ipv4Header& ipv4, unsigned payload, const Ipv6Pair& addresses,
                           std::uint8_t* out);

// What an IPv6 packet says that an IPv4 header can say.
struct Ipv6Description {
  std::uint8_t traffic_class = 0;
  std::uint8_t hop_limit = 0;
  std::uint8_t next_header = 0;  // behind all extension headers
  unsigned payload = 0;          // octets behind them
  bool has_fragment_header = false;
  std::uint16_t fragment_offset = 0;  // octets
  bool more_fragments = false;
  std::uint32_t identification = 0;
};
// `identification`: of a packet that has no fragment header and may be fragmented.
Ipv4Header ipv4_header_of(const Ipv6Description& ipv6, const Ipv4Pair& addresses,
                          std::uint16_t identification);

// The checksum field after octets that sum up to `removed` have become some that sum up to `added` (RFC 1624
// equation 3). Sums need not be folded.
be16 checksum_replace(be16 field, std::uint64_t removed, std::uint64_t added);

// Where in the transport header the checksum is that covers the addresses; none: the protocol has no such, or
// one of its own that we leave alone.
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
