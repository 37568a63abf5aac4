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

// Returns whether one of the addresses from `first` to `last` is link-local. In host byte order.
constexpr bool contains_link_local(std::uint32_t first, std::uint32_t last) {
  return first <= 0xa9feffff && last >= 0xa9fe0000;
}

// Returns whether is_martian() is true for one of the addresses from `first` to `last`. In host byte order.
constexpr bool contains_martian(std::uint32_t first, std::uint32_t last) {
  return is_martian(first) || is_martian(last) || (first < 0x7f000000 && last > 0x7f000000) ||
         contains_link_local(first, last);
}

}  // namespace softwire
