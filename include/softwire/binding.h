// SPDX-License-Identifier: BSD-3-Clause
// A binding of the lw4o6 binding table (RFC 7596 section 6.1, RFC 8676 binding-entry).
#pragma once

#include "softwire/address.h"
#include "softwire/port_set.h"

namespace softwire {

struct Binding {
  Ipv4Address ipv4;
  PortSet ports;   // psid_len 0: the whole address
  Ipv6Address b4;  // the subscriber's softwire end
  Ipv6Address br;  // our softwire end

  friend constexpr bool operator==(const Binding&, const Binding&) = default;
};

// The side of the hub that a frame arrives on or leaves by.
enum class Side : std::uint8_t { kIpv4, kIpv6 };

}  // namespace softwire
