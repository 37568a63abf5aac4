// SPDX-License-Identifier: BSD-3-Clause
// Writes the softwire options of DHCPv6 (RFC 7598, RFC 8539).
#pragma once

#include <optional>
#include <span>

#include "controlplane/dhcp6/message.h"
#include "softwire/binding.h"
#include "softwire/rule.h"

namespace softwire::controlplane::dhcp6 {

// Returns the prefix from which the subscriber forms its softwire address (RFC 7596 section 5.1): its /64
// when that yields the address of the binding, else the address itself.
Ipv6Prefix bind_prefix(const Binding& binding);

// Each function returns the value of an option, without code and length.
Bytes s46_port_params(const PortParameters& parameters, Psid psid);  // 93; the PSID is left-justified
Bytes s46_prefix(const Ipv6Prefix& prefix);                          // 91 and 137: length, whole octets
Bytes s46_rule(const Rule& rule, bool forwarding);                   // 89, contains 93; `forwarding`: flag F
Bytes s46_v4v6_bind(const Binding& binding);     // 92; contains 93 when the address is shared
Bytes s46_container_lw(const Binding& binding);  // 96; contains 90 and 92
// 94 or 95. The first of `rules` is the subscriber's own (BMR), and gives the BR address or DMR. The others
// are FMRs: their flag F is set. Requires: at least one rule, all of the same kind.
Bytes s46_container_map(std::span<const Rule> rules);

}  // namespace softwire::controlplane::dhcp6
