// SPDX-License-Identifier: BSD-3-Clause
// The subscriber of a DHCPv4 message.
#pragma once

#include "softwire/address.h"

namespace softwire::controlplane::dhcp {

// Who sent a message, or is to get it: the two ends of a softwire.
struct Subscriber {
  Ipv6Address address;  // the subscriber's end
  Ipv6Address br;       // ours
  friend constexpr bool operator==(const Subscriber&, const Subscriber&) = default;
};

}  // namespace softwire::controlplane::dhcp
