// SPDX-License-Identifier: BSD-3-Clause
// ICMP errors with the packet that they quote, into those of the other version (RFC 7915 sections 4.2, 4.3,
// 5.2 and 5.3). Their checksum is verified, since it is made anew (RFC 5508 REQ-3). What follows the quoted
// packet (RFC 4884) goes.
#pragma once

#include <cstdint>
#include <optional>

#include "dataplane/map/translate.h"

namespace softwire::dataplane {

// Octets that must lie in one piece, or all there are: IPv4 header, ICMP header, the quoted IP header, and
// as much of its transport header as has a checksum in it.
inline constexpr unsigned kIcmpErrorFront = 60 + 8 + 60 + 20;

// The frame: an IPv4 packet with an ICMP message other than echo, 8 octets at least. Only the message
// changes, and its length.
std::optional<Outcome> icmp_error_to_ipv6(Mbuf& frame, const Ipv6Pair& addresses, const Ipv6Pair& quoted,
                                          const TranslationMtus& mtus);

// The frame: room for an IPv4 header without options, then an ICMPv6 message other than echo.
// `pseudo_header`: the sum of what its checksum covers beside it.
std::optional<Outcome> icmp_error_to_ipv4(Mbuf& frame, std::uint64_t pseudo_header, const Ipv4Pair& quoted,
                                          const TranslationMtus& mtus);

}  // namespace softwire::dataplane
