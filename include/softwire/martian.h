// SPDX-License-Identifier: BSD-3-Clause
// IPv4 addresses that no packet may carry between networks.
#pragma once

#include <cstdint>

namespace softwire {

// Returns whether the address is link-local (RFC 3927). `address`: in host byte order.
constexpr bool is_link_local(std::uint32_t address) {
  return address >> 16 == 0xa9fe;  // 169.254.0.0/16
}

// Returns whether no forwarded packet may have this address as its source (RFC 1812 section 5.3.7, RFC 3927
// section 7). A packet with such a destination is not forwarded either. All addresses of a /16 give the same
// answer. `address`: in host byte order.
constexpr bool is_martian(std::uint32_t address) {
  return address >> 28 >= 14 || address >> 24 == 127 || address >> 24 == 0 || is_link_local(address);
}

}  // namespace softwire
