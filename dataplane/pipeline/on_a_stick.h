// SPDX-License-Identifier: BSD-3-Clause
// Both sides on one port: which side a frame came in on.
#pragma once

#include <cstdint>

#include "dataplane/packet/mbuf.h"
#include "dataplane/policy/policy.h"
#include "softwire/binding.h"

namespace softwire::dataplane {

// Where the sides have different VLANs, the one of the frame's VLAN; else that of its Ethernet type, ARP and
// all that is not IPv6 being of the IPv4 side. A frame that neither side takes is dropped, with its reason,
// by the one it is given to.
Side side_of(Mbuf& frame, const Policy& policy);

}  // namespace softwire::dataplane
