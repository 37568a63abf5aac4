// SPDX-License-Identifier: BSD-3-Clause
// Decides which addresses may belong to a host, which messages clients send, and where an answer goes.
#pragma once

#include "controlplane/dhcp/codec/message.h"
#include "softwire/address.h"

namespace softwire::controlplane::dhcp {

constexpr bool is_host(Ipv4Address address) {
  return !address.is_unspecified() && !address.is_broadcast() && !address.is_multicast() &&
         !address.is_loopback();
}

constexpr bool is_host(const Ipv6Address& address) {
  // Unspecified, loopback and IPv4-mapped addresses all have an upper half of zero.
  return address.high() != 0 && !address.is_multicast() && !address.is_link_local();
}

// Returns whether clients send messages of this type. Lease queries (RFC 4388) come from access
// concentrators, not from subscribers.
constexpr bool comes_from_clients(MessageType type) {
  switch (type) {
    case MessageType::kDiscover:
    case MessageType::kRequest:
    case MessageType::kDecline:
    case MessageType::kRelease:
    case MessageType::kInform:
      return true;
    default:
      return false;
  }
}

// Returns the IPv4 destination of a relayed answer (RFC 1542 section 4.1.2). ciaddr comes before yiaddr, as
// in RFC 2131 section 4.1: the client already uses ciaddr, and may not have taken yiaddr yet. A NAK is
// broadcast even when the server has not set the flag (RFC 2131 section 4.3.2).
constexpr Ipv4Address reply_destination(const Header& header, MessageType type) {
  const Ipv4Address everybody(255, 255, 255, 255);
  if (header.broadcast() || type == MessageType::kNak) return everybody;
  if (is_host(header.ciaddr)) return header.ciaddr;
  return is_host(header.yiaddr) ? header.yiaddr : everybody;
}

// Returns the IPv4 destination of an answer of the embedded server, which has no relay between it and the
// client (RFC 2131 section 4.1). A client with an address gets the answer at that address, even when it sets
// the broadcast flag.
constexpr Ipv4Address server_destination(const Header& header, MessageType type) {
  if (type != MessageType::kNak && is_host(header.ciaddr)) return header.ciaddr;
  return reply_destination(header, type);
}

}  // namespace softwire::controlplane::dhcp
