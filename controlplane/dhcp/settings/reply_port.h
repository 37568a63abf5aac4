// SPDX-License-Identifier: BSD-3-Clause
// The destination port of answers to DHCPv4 in UDP over IPv6. Implementations of the expired
// draft-ietf-dhc-dhcpv4-over-ipv6 differ.
#pragma once

#include <cstdint>

namespace softwire::controlplane::dhcp {

enum class ReplyPort : std::uint8_t {
  kSource,  // the source port of the message
  kServer,  // 67
  kClient,  // 68
};

}  // namespace softwire::controlplane::dhcp
