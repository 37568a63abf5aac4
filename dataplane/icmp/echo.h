// SPDX-License-Identifier: BSD-3-Clause
// The hub's own answer to an echo request, in place.
#pragma once

#include <cstdint>

#include "softwire/wire.h"

namespace softwire::dataplane {

// The request becomes the reply (RFC 1122 section 3.2.2.6): headers in place, data untouched. The IPv4 header
// has no options; the packet may be fragmented on its way back, so the identification is to be a fresh one
// (RFC 6864 section 4.3).
void turn_into_reply(Ipv4Header& ipv4, IcmpEcho& echo, std::uint8_t time_to_live,
                     std::uint16_t identification);

// RFC 4443 section 4.2. The IPv6 header is to lie right in front of the message.
void turn_into_reply(Ipv6Header& ipv6, Icmpv6Header& echo, std::uint16_t message_bytes,
                     std::uint8_t hop_limit);

}  // namespace softwire::dataplane
