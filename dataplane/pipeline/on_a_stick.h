// SPDX-License-Identifier: BSD-3-Clause
// Both sides on one port: finds the side of a frame.
#pragma once

#include <cstdint>

#include "dataplane/packet/mbuf.h"
#include "dataplane/policy/policy.h"
#include "softwire/binding.h"

namespace softwire::dataplane {

// Returns the side on which the frame was received. When the sides have different VLANs, it is the side of
// the frame's VLAN. Otherwise the Ethernet type decides: IPv6 belongs to the IPv6 side, everything else to
// the IPv4 side. A frame that belongs to neither side goes to one of them, which drops it and counts the
// reason.
Side side_of(Mbuf& frame, const Policy& policy);

}  // namespace softwire::dataplane
