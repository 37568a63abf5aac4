// SPDX-License-Identifier: BSD-3-Clause
// Makes ICMP errors in the buffer of the packet that they quote, so that no other buffer is needed.
#pragma once

#include <cstdint>

#include "dataplane/packet/mbuf.h"
#include "softwire/address.h"

namespace softwire::dataplane {

struct Icmpv4ErrorKind {
  std::uint8_t type = 0;
  std::uint8_t code = 0;
  std::uint16_t next_hop_mtu = 0;  // octets; type 3 code 4 only (RFC 1191 section 4)
};

struct Icmpv6ErrorKind {
  std::uint8_t type = 0;
  std::uint8_t code = 0;
};

// Replaces the frame by an IPv4 packet (without Ethernet) that contains an ICMPv4 error about the IPv4 packet
// in it. That packet starts `offset` octets into the frame, and `length` octets of it are there. The error
// goes from `source` to the source of that packet. It is at most `limit` octets long, and never above 576
// (RFC 1812 section 4.3.2.3). It may be fragmented, so `identification` must be a new one (RFC 6864 section
// 4.3). Returns the length of the error, or 0 when the buffer has no room.
[[nodiscard]] std::uint16_t make_icmpv4_error(Mbuf& frame, std::uint16_t offset, std::uint16_t length,
                                              Icmpv4ErrorKind kind, Ipv4Address source, std::uint16_t limit,
                                              std::uint16_t identification);

// Does the same for an IPv6 packet. The error is at most 1280 octets long (RFC 4443 section 2.4 (c)).
[[nodiscard]] std::uint16_t make_icmpv6_error(Mbuf& frame, std::uint16_t offset, std::uint32_t length,
                                              Icmpv6ErrorKind kind, const Ipv6Address& source);

}  // namespace softwire::dataplane
