// SPDX-License-Identifier: BSD-3-Clause
// DHCPv6 messages for tests.
#pragma once

#include "controlplane/dhcp6/relay_path.h"
#include "dhcp_samples.h"

namespace softwire::controlplane::dhcp6 {

using dhcp::hex;
using dhcp::join;

namespace sample {

constexpr Ipv6Address kClient = Ipv6Address::from_host(0xfe80000000000000, 0x17);
constexpr Ipv6Address kLink = Ipv6Address::from_host(0x20010db800a10000, 1);
constexpr Ipv6Address kRelay = Ipv6Address::from_host(0x20010db800ff0000, 0x10);

inline Bytes relay_header(std::uint8_t type, std::uint8_t hop_count) {
  return join({{type, hop_count}, hex("20010db800a100000000000000000001 fe800000000000000000000000000017")});
}

}  // namespace sample

}  // namespace softwire::controlplane::dhcp6
