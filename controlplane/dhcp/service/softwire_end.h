// SPDX-License-Identifier: BSD-3-Clause
// Where the softwire of a client that does not speak through it ends: by option 109, its lease or its link
// (RFC 7341, RFC 8539).
#pragma once

#include <optional>

#include "controlplane/dhcp/codec/message.h"
#include "controlplane/dhcp6/relay_path.h"
#include "controlplane/lease/lease_table.h"
#include "dataplane/tables/binding_table.h"
#include "softwire/binding.h"
#include "softwire/outcome.h"
#include "softwire/result.h"

namespace softwire::controlplane::dhcp {

// The binding of the address, else the only one on its link. No lease: that ends. The table has
// index_subscribers().
std::optional<Binding> lasting_binding(const dataplane::BindingTable& table, const LeaseTable& leases,
                                       const Ipv6Address& address);

// Returns the end that a DHCPv4 message is about which came over DHCPv6 by this path. A DISCOVER or REQUEST
// says it in option 109, or the client asks from there. What else it says is about the lease that a client
// with this identifier has on the link. Of a client with a link-local address the only binding on the link
// counts; for a DISCOVER any address will do that names the client, for a REQUEST is to say the end. Error
// kDhcpClientAddress: the end that is said is not on the link that the client asks from, or none is known.
Result<Ipv6Address, Outcome> softwire_end(const MessageView& message, const dhcp6::RelayPath& path,
                                          const dataplane::BindingTable& table, const LeaseTable& leases);

}  // namespace softwire::controlplane::dhcp
