// SPDX-License-Identifier: BSD-3-Clause
// The origin of a softwire, and the reason for its end. The database stores these values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace softwire::controlplane {

// The origin of a softwire. It decides who may remove it.
enum class Origin : std::uint8_t {
  kOperator = 0,  // the control socket
  kFile = 1,      // softwires.conf
  kLease = 2,     // a DHCPv4 lease, until its end (RFC 7596 section 6.1)
};
inline constexpr std::string_view name_of(Origin origin) {
  constexpr std::array<std::string_view, 3> kNames = {"operator", "file", "lease"};
  return kNames[static_cast<std::size_t>(origin)];
}

enum class EndReason : std::uint8_t {
  kRemoved = 0,   // by the operator
  kReplaced = 1,  // another softwire has its address and ports
  kFile = 2,      // it is no longer in softwires.conf
  kReleased = 3,  // DHCPRELEASE
  kExpired = 4,   // the lease was not renewed
  kRefused = 5,   // DHCPNAK
  kDeclined = 6,  // DHCPDECLINE
};
inline constexpr std::string_view name_of(EndReason reason) {
  constexpr std::array<std::string_view, 7> kNames = {"removed", "replaced", "file",    "released",
                                                      "expired", "refused",  "declined"};
  return kNames[static_cast<std::size_t>(reason)];
}

}  // namespace softwire::controlplane
