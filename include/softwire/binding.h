// SPDX-License-Identifier: BSD-3-Clause
// A binding of the lw4o6 binding table (RFC 7596 section 6.1; binding-entry in RFC 8676).
#pragma once

#include "softwire/address.h"
#include "softwire/port_set.h"

namespace softwire {

struct Binding {
  Ipv4Address ipv4;
  PortSet ports;   // psid_len 0: all ports of the address
  Ipv6Address b4;  // the subscriber's end of the softwire
  Ipv6Address br;  // the hub's end of the softwire

  friend constexpr bool operator==(const Binding&, const Binding&) = default;
};

// The side of the hub on which a frame arrives or leaves.
enum class Side : std::uint8_t { kIpv4, kIpv6 };

}  // namespace softwire
