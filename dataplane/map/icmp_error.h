// SPDX-License-Identifier: BSD-3-Clause
// Translates ICMP errors and the packets that they quote to the other version of IP (RFC 7915 sections 4.2,
// 4.3, 5.2 and 5.3). Their checksum is verified, because a new one is computed (RFC 5508 REQ-3). Extensions
// after the quoted packet (RFC 4884) are removed. Both functions return nullopt, or the outcome with which
// the packet is dropped.
#pragma once

#include <cstdint>
#include <optional>

#include "dataplane/map/translate.h"

namespace softwire::dataplane {

// Octets that must lie in one piece, or the whole packet when it is shorter: IPv4 header, ICMP header, the
// quoted IP header, and the part of the quoted transport header that contains the checksum.
inline constexpr unsigned kIcmpErrorFront = 60 + 8 + 60 + 20;

// Translates the ICMP message of an IPv4 packet, which starts the frame. Changes only the message and its
// length. Requires: the message is not an echo, and has at least 8 octets.
std::optional<Outcome> icmp_error_to_ipv6(Mbuf& frame, const Ipv6Pair& addresses, const Ipv6Pair& quoted,
                                          const TranslationMtus& mtus);

// Translates an ICMPv6 message. Requires: the frame starts with room for an IPv4 header without options, and
// then the message, which is not an echo. `pseudo_header`: the sum of the pseudo header that the message's
// checksum covers.
std::optional<Outcome> icmp_error_to_ipv4(Mbuf& frame, std::uint64_t pseudo_header, const Ipv4Pair& quoted,
                                          const TranslationMtus& mtus);

}  // namespace softwire::dataplane
