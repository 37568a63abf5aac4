// SPDX-License-Identifier: BSD-3-Clause
// Tells the clients behind DHCPv6 relays apart, for the limits of each client and of each access link.
#pragma once

#include <cstdint>

#include "dataplane/packet/mbuf.h"
#include "dataplane/tables/binding_table.h"
#include "softwire/address.h"

namespace softwire::dataplane {

// Identities for limits. They contain no other fields than those that relays write.
struct RelayedClient {
  // The client: the relay, and of each Relay-forward message its link-address, its Interface-Id (RFC 8415
  // section 21.18) and its Remote-Id (RFC 4649). Without a Remote-Id also its peer-address, because an
  // Interface-Id names an interface of the relay, behind which there may be many clients. A client may choose
  // its peer-address, and nothing else of these.
  Ipv6Address client;
  // The access link: the relay, and of the outermost Relay-forward message the link-address and the
  // identifiers. No client can choose it, unless the message came through several relays, of which the last
  // one sends no identifier; then the prefix of the relay before it belongs to it.
  Ipv6Address link;
};

// Returns the identities of the client whose message a relay forwards. `offset`: octets into the packet where
// the DHCPv6 message starts. `relay`: the source of the packet. `table` and `mask`: peer-addresses of one
// source are one client (BindingTable::source_of()). `key`: for the hash; hard to guess. A message that is
// damaged, or no Relay-forward message, belongs to the relay itself. The cost is bounded: it looks at no more
// levels than relays may nest, at 16 options of each, and at 64 octets of an identifier.
[[nodiscard]] RelayedClient relayed_client(const Mbuf& packet, std::uint32_t offset, const Ipv6Address& relay,
                                           const BindingTable& table, std::uint8_t mask, std::uint64_t key);

}  // namespace softwire::dataplane
