// SPDX-License-Identifier: BSD-3-Clause
// A DHCPv4-over-DHCPv6 server that the relay sends plain DHCPv4 to (RFC 7341, RFC 9928).
#pragma once

#include "softwire/address.h"

namespace softwire::controlplane::dhcp {

struct Dhcp4o6Server {
  Ipv6Address address;
  // Its server identifier (option 54). Clients renew there. 0.0.0.0: not known, or the relay's own.
  Ipv4Address identifier;
  friend constexpr bool operator==(const Dhcp4o6Server&, const Dhcp4o6Server&) = default;
};

}  // namespace softwire::controlplane::dhcp
