// SPDX-License-Identifier: BSD-3-Clause
// Finds the softwire end of a client that sends DHCPv4 outside its softwire: by option 109, by its lease, or
// by its link (RFC 7341, RFC 8539).
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

// Returns the binding of the address, else the only binding on its /64, else nullopt. Ignores bindings of
// leases, because leases end. Requires: the table was indexed by index_subscribers().
std::optional<Binding> lasting_binding(const dataplane::BindingTable& table, const LeaseTable& leases,
                                       const Ipv6Address& address);

// Returns the softwire end of the client that sent a DHCPv4 message over DHCPv6, the first of these:
// - option 109 of a DISCOVER or REQUEST;
// - the end of the client's lease on the link; for a REQUEST only if the client's address is link-local;
// - option 109 of another message;
// - the client's address, if it is not link-local;
// - the end of the only binding on the link;
// - for a DISCOVER, the client's interface identifier in the prefix of the link; the REQUEST names the end.
// Error kDhcpClientAddress: the end in option 109 is not on the client's link, or no end is known.
Result<Ipv6Address, Outcome> softwire_end(const MessageView& message, const dhcp6::RelayPath& path,
                                          const dataplane::BindingTable& table, const LeaseTable& leases);

}  // namespace softwire::controlplane::dhcp
