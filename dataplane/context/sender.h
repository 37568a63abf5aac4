// SPDX-License-Identifier: BSD-3-Clause
// Who counts as one sender, for limits that each sender has. A subscriber counts once, whatever it sends: by
// the B4 address of its binding, or by the end-user prefix of its rule. Other IPv6 nodes count by prefix,
// because a node may take any address of it (RFC 7785 section 3 counts in the same way). On the IPv4 side an
// address is a sender.
#pragma once

#include <cstdint>

#include "dataplane/context/context.h"
#include "dataplane/tables/rule_entry.h"
#include "softwire/address.h"

namespace softwire::dataplane {

struct Sender {
  Ipv6Address identity;
  bool is_subscriber = false;  // a binding has its address, or a rule contains it
};

// Returns the sender of an IPv6 packet with this source.
[[nodiscard]] inline Sender sender_of(const Context& context, const Ipv6Address& source) {
  if (context.table->is_b4(source)) return {source, true};
  if (const RuleEntry* const rule = context.table->rule_around(source))
    return {rule->end_user_of(source), true};
  return {Ipv6Prefix::of(source, context.policy.punt_subscriber_mask).address, false};
}

// Returns the identity of a sender on the IPv4 side. `source`: in host byte order.
[[nodiscard]] constexpr Ipv6Address identity_of(std::uint32_t source) {
  return Ipv6Address::from_host(0, source);
}

// Returns the identity of a station on the link.
[[nodiscard]] constexpr Ipv6Address identity_of(const MacAddress& station) {
  std::uint64_t bits = 1;  // differs from every IPv4 address
  for (const std::uint8_t octet : station.octets()) bits = bits << 8 | octet;
  return Ipv6Address::from_host(0, bits);
}

}  // namespace softwire::dataplane
