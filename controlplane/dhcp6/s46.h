// SPDX-License-Identifier: BSD-3-Clause
// The softwire options of DHCPv6 (RFC 7598, RFC 8539).
#pragma once

#include <optional>
#include <span>

#include "controlplane/dhcp6/message.h"
#include "softwire/binding.h"
#include "softwire/rule.h"

namespace softwire::controlplane::dhcp6 {

// What the subscriber makes its address of (RFC 7596 section 5.1): the /64 when that leads to the address,
// the address itself when it does not.
Ipv6Prefix bind_prefix(const Binding& binding);

// Values of options: without code and length.
Bytes s46_port_params(const PortParameters& parameters, Psid psid);  // 93; the PSID left-justified
Bytes s46_prefix(const Ipv6Prefix& prefix);                          // 91 and 137: length, whole octets
Bytes s46_rule(const Rule& rule, bool forwarding);                   // 89, with 93; `forwarding`: flag F
Bytes s46_v4v6_bind(const Binding& binding);                         // 92; 93 when the address is shared
Bytes s46_container_lw(const Binding& binding);                      // 96: 90, 92
// 94 or 95. `rules`: the subscriber's own (BMR) first, with the BR or DMR that counts; others are FMRs, flag
// F set on them. All of one kind, at least one.
Bytes s46_container_map(std::span<const Rule> rules);

}  // namespace softwire::controlplane::dhcp6
