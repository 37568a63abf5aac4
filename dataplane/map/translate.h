// SPDX-License-Identifier: BSD-3-Clause
// IPv4 packets into IPv6 packets and back (RFC 7915): what MAP-T does instead of encapsulation. Without
// state; whoever calls maps the addresses, decides who may send what, and takes a hop off.
//
// A packet is translated in two steps, between which it can be cut into fragments: first what the IP header
// carries (to_...), then the header itself (put_...). A frame here starts with its IP packet and ends with
// it. Both steps answer with nothing when all went well, else with why the packet must be dropped; the frame
// is then fit for nothing else.
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

// A protocol number that says another thing in the other version: its ICMP, or an extension header of IPv6.
bool is_translatable_from_ipv4(std::uint8_t protocol);
bool is_translatable_from_ipv6(std::uint8_t next_header);

// The payload of an IPv4 packet, or of a fragment of one, becomes that of an IPv6 packet between `addresses`:
// TCP and UDP checksums, ICMP messages with the packet that they quote, which was between `quoted` (sections
// 4.2 to 4.5). The header stays IPv4 and has been checked; its total length is that of the frame afterwards.
// Options lie in one piece with it. Its time to live is of no concern.
std::optional<Outcome> to_ipv6_payload(Mbuf& frame, const Ipv6Pair& addresses, const Ipv6Pair& quoted,
                                       const TranslationMtus& mtus);
// Afterwards: the IPv4 header becomes an IPv6 header, of a fragment with a fragment header (section 4.1).
std::optional<Outcome> put_ipv6_header(Mbuf& frame, const Ipv6Pair& addresses);

// The payload `upper` of an IPv6 packet, or of a fragment of one, becomes that of an IPv4 packet
// (sections 5.2 to 5.5), and everything in front of it goes but for an IPv4 header between `addresses`
// (section 5.1). `upper` is what the parser found in the frame, which may have more in front of the IPv6
// header. `identification`: of a packet that is short enough to be fragmented and has none of its own.
std::optional<Outcome> to_ipv4(Mbuf& frame, std::uint16_t ip_offset, const UpperLayer& upper,
                               const Ipv4Pair& addresses, const Ipv4Pair& quoted, const TranslationMtus& mtus,
                               std::uint16_t identification);

}  // namespace softwire::dataplane
