// SPDX-License-Identifier: BSD-3-Clause
// DHCP on the packet path: recognises it, keeps to the rates, and hands it to the control plane. One worker
// owns it.
#pragma once

#include <cstdint>

#include "dataplane/context/context.h"
#include "dataplane/packet/packet_state.h"
#include "dataplane/policy/token_bucket.h"
#include "dataplane/punt/punt_channel.h"
#include "dataplane/punt/subscriber_rates.h"
#include "dataplane/tables/rule_entry.h"

namespace softwire::dataplane {

// --- predicates ---

// Of a packet of the IPv6 side that is to port 67 or has no source address: whether it is the relay's, or
// must be dropped because it looks so (draft-ietf-dhc-v4configuration-06 section 5.1 item 1).
[[nodiscard]] bool is_dhcp_from_softwire(const Context& context, const PacketState& state);
// Of a packet of the IPv4 side to port 67 or 68: whether it is the relay's, or must be dropped because it
// looks so. The answer to an INFORM goes to the client's own address and port (RFC 2131 section 4.3.5); it is
// the relay's too.
[[nodiscard]] bool is_dhcp_from_server(const Context& context, const PacketState& state);
// Of an IPv6 packet that is not a softwire's: whether its destination takes DHCP in UDP over IPv6.
[[nodiscard]] bool may_be_dhcp_over_ipv6(const Context& context, const PacketState& state);

// --- actions ---

class DhcpPunt {
 public:
  // The channel must outlive this. `seed`: of hashes, hard to guess.
  DhcpPunt(const Policy& policy, PuntChannel& channel, std::uint64_t seed);
  // Starts anew with the rates of this policy.
  void activate(const Policy& policy);

  // Return a punted outcome, and then the control plane owns the frame; or a dropped one.
  // Requires: the predicate of the same name holds.
  [[nodiscard]] Outcome punt_from_softwire(Context& context, PacketState& state);
  [[nodiscard]] Outcome punt_from_server(Context& context, PacketState& state);
  // Requires: may_be_dhcp_over_ipv6(), and the packet is whole and its UDP ports have been read.
  [[nodiscard]] Outcome punt_over_ipv6(Context& context, PacketState& state);
  // Of a MAP-T CE, from any address of its end-user prefix: the relay knows what each may do
  // (docs/decisions/0016). All of the prefix is one subscriber.
  [[nodiscard]] Outcome punt_from_ce(Context& context, PacketState& state, const RuleEntry& rule);

  // The next packet that the control plane injects, or null. The caller owns it.
  [[nodiscard]] Mbuf* take_injected() { return channel_.take_injected(); }

 private:
  [[nodiscard]] Outcome punt_request(const Context& context, PacketState& state, Outcome reason,
                                     const Ipv6Address& subscriber);
  [[nodiscard]] Outcome punt(const Context& context, PacketState& state, Side side, Outcome reason,
                             TokenBucket& bucket);

  PuntChannel& channel_;
  TokenBucket request_bucket_;
  TokenBucket relay_bucket_;          // of DHCPv6 relays
  TokenBucket reply_bucket_;          // of DHCPv4 servers
  TokenBucket dhcp4o6_reply_bucket_;  // of DHCPv4-over-DHCPv6 servers
  SubscriberRates subscriber_rates_;
};

}  // namespace softwire::dataplane
