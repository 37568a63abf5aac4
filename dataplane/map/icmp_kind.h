// SPDX-License-Identifier: BSD-3-Clause
// Types and codes of ICMPv4 and ICMPv6, into one another (RFC 7915 sections 4.2 and 5.2).
#pragma once

#include <cstdint>
#include <optional>

#include "softwire/wire.h"

namespace softwire::dataplane {

// Of the links that a translated packet comes from and goes to, in octets of an IP packet.
struct TranslationMtus {
  std::uint16_t ipv4 = 1500;
  std::uint16_t ipv6 = 1500;
};

// The header of the ICMPv6 message that says what the ICMPv4 message says, its checksum field zero; of an
// error, without the length of RFC 4884. None: no such message. `quoted_length`: the total length of the
// packet that an error is about, for routers that state no MTU (RFC 1191 section 5).
std::optional<Icmpv6Header> icmpv6_of(const IcmpError& icmpv4, const TranslationMtus& mtus,
                                      std::uint16_t quoted_length);
// The other way round.
std::optional<IcmpError> icmpv4_of(const Icmpv6Header& icmpv6, const TranslationMtus& mtus);

constexpr bool is_icmpv4_echo(std::uint8_t type) {
  return type == IcmpEcho::kRequest || type == IcmpEcho::kReply;
}
constexpr bool is_icmpv6_echo(std::uint8_t type) {
  return type == Icmpv6Header::kEchoRequest || type == Icmpv6Header::kEchoReply;
}
// Types below 128 are errors (RFC 4443 section 2.1).
constexpr bool is_icmpv6_error(std::uint8_t type) {
  return type < Icmpv6Header::kEchoRequest;
}

}  // namespace softwire::dataplane
