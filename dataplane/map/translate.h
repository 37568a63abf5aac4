// SPDX-License-Identifier: BSD-3-Clause
// Translates IPv4 packets to IPv6 packets and back (RFC 7915), which MAP-T does instead of encapsulation. It
// is stateless. The caller maps the addresses, decides who may send which packet, and decrements the time to
// live.
//
// A packet is translated in two steps, between which it can be fragmented: first the payload (to_...), then
// the header (put_...). Here a frame starts with its IP packet and ends with it. Both steps return nullopt,
// or the outcome with which the packet must be dropped; then the frame must not be used for anything else.
#pragma once

#include <cstdint>
#include <optional>

#include "dataplane/map/icmp_kind.h"
#include "dataplane/packet/mbuf.h"
#include "dataplane/packet/parse_upper.h"
#include "softwire/address.h"

namespace softwire::dataplane {

struct Ipv4Pair {
  Ipv4Address source;
  Ipv4Address destination;
};
struct Ipv6Pair {
  Ipv6Address source;
  Ipv6Address destination;
};

// Octets by which an IPv4 packet without options grows.
inline constexpr unsigned kTranslationGrowth = sizeof(Ipv6Header) - sizeof(Ipv4Header);

// Return false for a protocol number that has another meaning in the other version of IP: ICMP of the other
// version, or an IPv6 extension header.
bool is_translatable_from_ipv4(std::uint8_t protocol);
bool is_translatable_from_ipv6(std::uint8_t next_header);

// Translates the payload of an IPv4 packet, or of a fragment, to that of an IPv6 packet between `addresses`:
// TCP and UDP checksums, and ICMP messages with the packet that they quote, which becomes one between
// `quoted` (sections 4.2 to 4.5). The header stays IPv4; afterwards the length of the frame counts, not the
// total length field. Requires: the header has been checked, and lies in one piece with its options. The time
// to live is ignored.
std::optional<Outcome> to_ipv6_payload(Mbuf& frame, const Ipv6Pair& addresses, const Ipv6Pair& quoted,
                                       const TranslationMtus& mtus);
// The second step: replaces the IPv4 header by an IPv6 header, and for a fragment a fragment header (section
// 4.1).
std::optional<Outcome> put_ipv6_header(Mbuf& frame, const Ipv6Pair& addresses);

// Translates the payload of an IPv6 packet, or of a fragment, to that of an IPv4 packet (sections 5.2 to
// 5.5), and replaces everything in front of it by an IPv4 header between `addresses` (section 5.1). `upper`:
// the upper layer that the parser found in the frame; the frame may have octets in front of the IPv6 header.
// `identification`: used when the packet is short enough to be fragmented and has no identification.
std::optional<Outcome> to_ipv4(Mbuf& frame, std::uint16_t ip_offset, const UpperLayer& upper,
                               const Ipv4Pair& addresses, const Ipv4Pair& quoted, const TranslationMtus& mtus,
                               std::uint16_t identification);

}  // namespace softwire::dataplane
