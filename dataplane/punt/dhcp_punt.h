// SPDX-License-Identifier: BSD-3-Clause
// DHCP on the packet path: recognises DHCP messages, limits their rates, and hands them to the control plane.
// Each kind of sources has a part of each limit that lower kinds cannot take. One worker owns it.
#pragma once

#include <cstdint>
#include <optional>

#include "dataplane/context/context.h"
#include "dataplane/packet/packet_state.h"
#include "dataplane/policy/fair_rate.h"
#include "dataplane/policy/source_rates.h"
#include "dataplane/policy/token_bucket.h"
#include "dataplane/punt/punt_channel.h"
#include "dataplane/punt/subscriber_rates.h"

namespace softwire::dataplane {

// --- predicates ---

// Returns whether a packet from a softwire belongs to the relay, or must be dropped because it looks like
// DHCP (draft-ietf-dhc-v4configuration-06 section 5.1 item 1). Requires: the packet goes to UDP port 67, or
// its IPv4 source is 0.0.0.0.
[[nodiscard]] bool is_dhcp_from_softwire(const Context& context, const PacketState& state);
// Returns whether a packet of the IPv4 side belongs to the relay, or must be dropped because it looks like
// DHCP. The answer to an INFORM goes to the client's own address and port (RFC 2131 section 4.3.5); it
// belongs to the relay too. Requires: the packet goes to UDP port 67 or 68.
[[nodiscard]] bool is_dhcp_from_server(const Context& context, const PacketState& state);
// Returns whether the destination of an IPv6 packet, which is not a softwire packet, accepts DHCP in UDP over
// IPv6.
[[nodiscard]] bool may_be_dhcp_over_ipv6(const Context& context, const PacketState& state);

// --- actions ---

class DhcpPunt {
 public:
  // The channel must outlive this. `seed`: for hashes; hard to guess.
  DhcpPunt(const Policy& policy, PuntChannel& channel, std::uint64_t seed);
  // Sets the rates of this policy, and resets all limits.
  void activate(const Policy& policy);

  // Return a punted outcome when the control plane owns the frame, else the outcome with which it is dropped.
  // Requires: the predicate of the same name holds.
  [[nodiscard]] Outcome punt_from_softwire(Context& context, PacketState& state);
  [[nodiscard]] Outcome punt_from_server(Context& context, PacketState& state);
  // Requires: may_be_dhcp_over_ipv6(), the packet is whole, and its UDP ports have been read. `udp_offset`:
  // octets into the frame where the UDP header starts.
  [[nodiscard]] Outcome punt_over_ipv6(Context& context, PacketState& state, std::uint16_t udp_offset);
  // Punts a packet of a MAP-T CE, from any address of its end-user prefix; the relay knows what each may do
  // (docs/decisions/0016). The whole prefix counts as one subscriber.
  [[nodiscard]] Outcome punt_from_ce(Context& context, PacketState& state);

  // Returns the next packet that the control plane injects, or null. The caller owns it.
  [[nodiscard]] Mbuf* take_injected() { return channel_.take_injected(); }

 private:
  [[nodiscard]] Outcome punt_request(const Context& context, PacketState& state, Outcome reason,
                                     const Ipv6Address& from);
  // Requires: the rates allow the packet.
  [[nodiscard]] Outcome punt(PacketState& state, Side side, Outcome reason);

  PuntChannel& channel_;
  // Returns whether the limits allow a message of this DHCPv6 relay, or the outcome with which it is dropped.
  [[nodiscard]] std::optional<Outcome> limit_relayed(const Context& context, const PacketState& state,
                                                     std::uint16_t udp_offset);

  FairShare request_rate_;            // for messages of clients
  FairRate relays_rate_;              // for DHCPv6 relays together
  TokenBucket reply_bucket_;          // for DHCPv4 servers
  TokenBucket dhcp4o6_reply_bucket_;  // for DHCPv4-over-DHCPv6 servers
  SubscriberRates subscriber_rates_;
  SourceRates relay_rates_;    // for each DHCPv6 relay
  SourceRates link_rates_;     // for the access links behind relays
  SourceRates relayed_rates_;  // for the clients behind relays
  std::uint64_t relayed_key_;  // for the identities of clients and links
};

}  // namespace softwire::dataplane
