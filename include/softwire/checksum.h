// SPDX-License-Identifier: BSD-3-Clause
// The Internet checksum (RFC 1071) and its incremental update (RFC 1624). Sums are over 16-bit words as the
// processor loads them: byte order does not change a ones' complement sum.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "softwire/byte_order.h"
#include "softwire/wire.h"

namespace softwire {

// Folds a sum to 16 bits, in ones' complement.
inline std::uint16_t checksum_fold(std::uint64_t sum) {
  sum = (sum & 0xffffffff) + (sum >> 32);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(sum);
}

// Adds the octets to `sum`, and pads an odd last octet with zero. Returns a sum that checksum_fold() folds.
// When several spans are added one after the other, only the last may have an odd size.
inline std::uint64_t checksum_add(std::uint64_t sum, std::span<const std::uint8_t> octets) {
  const std::uint8_t* p = octets.data();
  std::size_t left = octets.size();
  for (; left >= 4; left -= 4, p += 4) {
    std::uint32_t word = 0;
    std::memcpy(&word, p, 4);
    sum += word;
  }
  if (left != 0) {
    std::uint32_t word = 0;
    std::memcpy(&word, p, left);
    sum += word;
  }
  return sum;
}

// Returns the checksum field for the octets. Requires: the checksum field in the octets is zero. `initial`: a
// sum to begin with, such as that of a pseudo header.
inline be16 checksum(std::span<const std::uint8_t> octets, std::uint64_t initial = 0) {
  return be16::from_raw(static_cast<std::uint16_t>(~checksum_fold(checksum_add(initial, octets))));
}

// Returns whether data that includes its checksum field, and has this sum, is intact. The sum may be folded
// or not.
inline bool sums_up(std::uint64_t sum) {
  return checksum_fold(sum) == 0xffff;
}

// Returns whether the checksum of an IPv4 header of `bytes` octets is right.
inline bool ipv4_header_checksum_ok(const std::uint8_t* header, std::size_t bytes) {
  return sums_up(checksum_add(0, {header, bytes}));
}

// Returns the sum of the pseudo header of TCP and UDP over IPv4 (RFC 768, RFC 9293 section 3.1). `length`:
// octets of header and payload.
inline std::uint64_t pseudo_header_sum(Ipv4Address source, Ipv4Address destination, std::uint8_t protocol,
                                       std::uint16_t length) {
  return std::uint64_t{source.wire().raw()} + destination.wire().raw() + be16(protocol).raw() +
         be16(length).raw();
}

// Returns the sum of the pseudo header over IPv6 (RFC 8200 section 8.1). `length`: octets of the upper-layer
// packet.
inline std::uint64_t pseudo_header_sum(const Ipv6Address& source, const Ipv6Address& destination,
                                       std::uint8_t protocol, std::uint16_t length) {
  return checksum_add(checksum_add(0, source.octets()), destination.octets()) + be16(protocol).raw() +
         be16(length).raw();
}

// Returns the UDP checksum over header and payload. Requires: the checksum field in the header is zero. Never
// returns 0, which means that there is no checksum (RFC 768).
inline be16 udp_checksum(Ipv4Address source, Ipv4Address destination, std::span<const std::uint8_t> segment) {
  const be16 sum = checksum(segment, pseudo_header_sum(source, destination, ip_protocol::kUdp,
                                                       static_cast<std::uint16_t>(segment.size())));
  return sum.raw() == 0 ? be16(0xffff) : sum;
}

// Returns the checksum field after one 16-bit word of the data has changed (RFC 1624 equation 3). In UDP, 0
// means that there is no checksum (RFC 768): do not update such a field, and do not send 0 as a result.
constexpr be16 checksum_update(be16 field, be16 before, be16 after) {
  std::uint32_t sum = static_cast<std::uint16_t>(~field.raw()) +
                      std::uint32_t{static_cast<std::uint16_t>(~before.raw())} + after.raw();
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return be16::from_raw(static_cast<std::uint16_t>(~sum));
}

}  // namespace softwire
