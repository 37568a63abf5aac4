// SPDX-License-Identifier: BSD-3-Clause
// A DHCPv4-over-DHCPv6 server that plain DHCPv4 is sent on to (RFC 7341, RFC 9928).
#pragma once

#include "softwire/address.h"

namespace softwire::controlplane::dhcp {

struct Dhcp4o6Server {
  Ipv6Address address;
  // What it says in option 54, which its clients renew at; 0.0.0.0: not known, or ours.
  Ipv4Address identifier;
  friend constexpr bool operator==(const Dhcp4o6Server&, const Dhcp4o6Server&) = default;
};

}  // namespace softwire::controlplane::dhcp
