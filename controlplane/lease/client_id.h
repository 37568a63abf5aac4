// SPDX-License-Identifier: BSD-3-Clause
// Reads the client identifier of a DHCPv4 message.
#pragma once

#include "controlplane/dhcp/codec/message.h"
#include "controlplane/lease/lease.h"

namespace softwire::controlplane {

// Returns 0 and the value of option 61. If there is no option 61, or its value is empty: returns 1, htype and
// chaddr.
[[nodiscard]] ClientId client_id_of(const dhcp::MessageView& message);

}  // namespace softwire::controlplane
