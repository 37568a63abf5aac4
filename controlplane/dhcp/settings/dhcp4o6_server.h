// SPDX-License-Identifier: BSD-3-Clause
// A DHCPv4-over-DHCPv6 server to which the relay forwards plain DHCPv4 (RFC 7341, RFC 9928).
#pragma once

#include "softwire/address.h"

namespace softwire::controlplane::dhcp {

struct Dhcp4o6Server {
  Ipv6Address address;
  // Its server identifier (option 54), where clients renew. 0.0.0.0: not known, or the relay's own address.
  Ipv4Address identifier;
  friend constexpr bool operator==(const Dhcp4o6Server&, const Dhcp4o6Server&) = default;
};

}  // namespace softwire::controlplane::dhcp
