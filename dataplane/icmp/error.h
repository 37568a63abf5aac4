// SPDX-License-Identifier: BSD-3-Clause
// ICMP errors, built in the buffer of the packet that they are about: no other buffer is needed.
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

// The IPv4 packet of which `length` octets are there, `offset` octets into the frame, becomes an IPv4 packet
// (no Ethernet) with the error about it, from `source` to its own source, at most `limit` octets long; never
// above 576 (RFC 1812 section 4.3.2.3). It may be fragmented, so the identification is to be a fresh one (RFC
// 6864 section 4.3). Returns its length; 0: no room in the buffer, and no error.
[[nodiscard]] std::uint16_t make_icmpv4_error(Mbuf& frame, std::uint16_t offset, std::uint16_t length,
                                              Icmpv4ErrorKind kind, Ipv4Address source, std::uint16_t limit,
                                              std::uint16_t identification);

// The same for an IPv6 packet; at most 1280 octets (RFC 4443 section 2.4 (c)).
[[nodiscard]] std::uint16_t make_icmpv6_error(Mbuf& frame, std::uint16_t offset, std::uint32_t length,
                                              Icmpv6ErrorKind kind, const Ipv6Address& source);

}  // namespace softwire::dataplane
