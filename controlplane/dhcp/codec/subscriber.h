// SPDX-License-Identifier: BSD-3-Clause
// The subscriber of a DHCPv4 message.
#pragma once

#include "softwire/address.h"

namespace softwire::controlplane::dhcp {

// The two ends of the softwire that a message comes from or goes to.
struct Subscriber {
  Ipv6Address address;  // the subscriber's end
  Ipv6Address br;       // the hub's end
  friend constexpr bool operator==(const Subscriber&, const Subscriber&) = default;
};

}  // namespace softwire::controlplane::dhcp
