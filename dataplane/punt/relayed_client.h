// SPDX-License-Identifier: BSD-3-Clause
// Tells the clients behind DHCPv6 relays apart, for the limit of each client.
#pragma once

#include <cstdint>

#include "dataplane/packet/mbuf.h"
#include "softwire/address.h"

namespace softwire::dataplane {

// Returns an identity of the client whose message a relay forwards: of the innermost Relay-forward message,
// its peer address and link address (RFC 8415 section 9). Clients on different links may have the same
// link-local address. `offset`: octets into the packet where the DHCPv6 message starts. A message that is
// damaged, deeper than relays may nest, or no Relay-forward message belongs to `relay`.
[[nodiscard]] Ipv6Address relayed_client(const Mbuf& packet, std::uint32_t offset, const Ipv6Address& relay);

}  // namespace softwire::dataplane
