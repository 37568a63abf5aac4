// SPDX-License-Identifier: BSD-3-Clause
// Translates types and codes between ICMPv4 and ICMPv6 (RFC 7915 sections 4.2 and 5.2).
#pragma once

#include <cstdint>
#include <optional>

#include "softwire/wire.h"

namespace softwire::dataplane {

// The MTUs of both sides, in octets of an IP packet.
struct TranslationMtus {
  std::uint16_t ipv4 = 1500;
  std::uint16_t ipv6 = 1500;
};

// Returns the header of the equivalent ICMPv6 message, with its checksum field zero and, in an error, without
// the length of RFC 4884. Returns nullopt when there is no equivalent message. `quoted_length`: total length
// of the packet that an error quotes, for routers that state no MTU (RFC 1191 section 5).
std::optional<Icmpv6Header> icmpv6_of(const IcmpError& icmpv4, const TranslationMtus& mtus,
                                      std::uint16_t quoted_length);
// Returns the header of the equivalent ICMPv4 message, or nullopt when there is none.
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
