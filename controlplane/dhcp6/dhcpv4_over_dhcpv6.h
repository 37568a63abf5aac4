// SPDX-License-Identifier: BSD-3-Clause
// Packs and unpacks DHCPv4 inside DHCPv6: between clients and this hub (RFC 7341), and between this hub and a
// 4o6 server (RFC 9928).
#pragma once

#include <optional>

#include "controlplane/dhcp6/relay_path.h"

namespace softwire::controlplane::dhcp6 {

// The facts about a DHCPV4-QUERY that its DHCPV4-RESPONSE depends on.
struct QueryOrigin {
  RelayPath path;
  bool wants_br = false;           // option 6 requests option 90 (RFC 8539)
  bool wants_bind_prefix = false;  // option 6 requests option 137
};

struct Dhcpv4Query {
  Octets dhcpv4;         // the DHCPv4 message, not parsed; a view of the request's octets
  bool unicast = false;  // the client would have sent it to a unicast address (RFC 7341 section 6.2)
  QueryOrigin origin;
};

// Reads a DHCPV4-QUERY. Errors: kDhcp6MessageType; kDhcp6Dhcpv4Message when it does not have exactly one
// option 87 (RFC 7341 section 8).
Result<Dhcpv4Query, Outcome> open_query(Unwrapped request);

// Returns the UDP payload of the DHCPV4-RESPONSE, for query.path.destination(). Flags are zero. It contains
// `br` and `bind_prefix` only when the query requests them. Error kDhcp6TooBig.
Result<Bytes, Outcome> answer_query(const QueryOrigin& query, Octets dhcpv4,
                                    const std::optional<Ipv6Address>& br,
                                    const std::optional<Ipv6Prefix>& bind_prefix);

// Returns the UDP payload that carries a plain DHCPv4 message to a 4o6 server: a RELAY-FORW with the BR
// address as link-address, and the subscriber's address as peer-address and interface-id. `unicast`: the IPv4
// destination of the message was a unicast address. Error kDhcp6TooBig.
Result<Bytes, Outcome> forward_4o6(Octets dhcpv4, bool unicast, const Ipv6Address& br,
                                   const Ipv6Address& subscriber);

// Returns whether the octets begin like a RELAY-REPL.
inline bool is_relay_reply(Octets octets) {
  return !octets.empty() && octets[0] == static_cast<std::uint8_t>(MessageType::kRelayReply);
}

struct Dhcpv4Response {
  Ipv6Address br;          // link-address
  Ipv6Address subscriber;  // peer-address, which the interface-id repeats
  Octets dhcpv4;           // the DHCPv4 message, not parsed; a view of the octets
};

// Reads the RELAY-REPL of a 4o6 server. Errors: kDhcp6Malformed; kDhcp6MessageType; kDhcp6RelayReply when the
// interface-id is not the peer-address; kDhcp6Dhcpv4Message when there is not exactly one option 87 (RFC 7341
// section 9).
Result<Dhcpv4Response, Outcome> open_response(Octets octets);

}  // namespace softwire::controlplane::dhcp6
