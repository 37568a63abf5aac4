// SPDX-License-Identifier: BSD-3-Clause
// IPv6 addresses that contain an IPv4 address (RFC 6052 section 2.2).
//
//   prefix (32, 40, 48, 56, 64 or 96 bits) | IPv4 address, around the octet of bits 64 to 71 | zero
#pragma once

#include <array>
#include <cstdint>

#include "softwire/address.h"

namespace softwire {

// Returns whether IPv4 addresses can be embedded behind the prefix: it has one of the six lengths, and no bit
// is set beyond its length or in bits 64 to 71.
constexpr bool is_embedding_prefix(const Ipv6Prefix& prefix) {
  switch (prefix.length) {
    case 32:
    case 40:
    case 48:
    case 56:
    case 64:
    case 96:
      return prefix.is_canonical() && prefix.address.octets()[8] == 0;
    default:
      return false;
  }
}

namespace detail {

// Returns the index of the octet of the IPv6 address that holds octet `index` of the IPv4 address.
constexpr unsigned embedded_at(unsigned prefix_octets, unsigned index) {
  constexpr unsigned kReserved = 8;
  const unsigned at = prefix_octets + index;
  return prefix_octets <= kReserved && at >= kReserved ? at + 1 : at;
}

}  // namespace detail

// Returns the address with `address` embedded behind the prefix. Requires: is_embedding_prefix(prefix).
constexpr Ipv6Address embed_ipv4(const Ipv6Prefix& prefix, Ipv4Address address) {
  Ipv6Address::Octets octets = prefix.address.octets();
  for (unsigned i = 0; i < 4; ++i) {
    octets[detail::embedded_at(prefix.length / 8U, i)] =
        static_cast<std::uint8_t>(address.host() >> (24 - 8 * i));
  }
  return Ipv6Address(octets);
}

// Returns the IPv4 address that is embedded in an address of the prefix. The other bits are ignored (section
// 2.3). Requires: is_embedding_prefix(prefix).
constexpr Ipv4Address embedded_ipv4(const Ipv6Prefix& prefix, const Ipv6Address& address) {
  std::uint32_t host = 0;
  for (unsigned i = 0; i < 4; ++i) {
    host = host << 8 | address.octets()[detail::embedded_at(prefix.length / 8U, i)];
  }
  return Ipv4Address::from_host(host);
}

}  // namespace softwire
