// SPDX-License-Identifier: BSD-3-Clause
// Turns an echo request to the hub into the reply, in place.
#pragma once

#include <cstdint>

#include "softwire/wire.h"

namespace softwire::dataplane {

// Turns an ICMPv4 echo request into the reply (RFC 1122 section 3.2.2.6). Changes the headers in place, and
// leaves the data. The reply may be fragmented on its way, so `identification` must be a new one (RFC 6864
// section 4.3). Requires: the IPv4 header has no options.
void turn_into_reply(Ipv4Header& ipv4, IcmpEcho& echo, std::uint8_t time_to_live,
                     std::uint16_t identification);

// Turns an ICMPv6 echo request into the reply (RFC 4443 section 4.2). `message_bytes`: octets of the ICMPv6
// message. Requires: the IPv6 header lies directly in front of the message.
void turn_into_reply(Ipv6Header& ipv6, Icmpv6Header& echo, std::uint16_t message_bytes,
                     std::uint8_t hop_limit);

}  // namespace softwire::dataplane
