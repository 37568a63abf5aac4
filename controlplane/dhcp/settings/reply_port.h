// SPDX-License-Identifier: BSD-3-Clause
// Where answers to DHCPv4 in UDP over IPv6 go: implementations of the expired draft-ietf-dhc-dhcpv4-over-ipv6
// differ.
#pragma once

#include <cstdint>

namespace softwire::controlplane::dhcp {

enum class ReplyPort : std::uint8_t {
  kSource,  // where the message came from
  kServer,  // 67
  kClient,  // 68
};

}  // namespace softwire::controlplane::dhcp
