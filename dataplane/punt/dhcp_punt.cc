// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/punt/dhcp_punt.h"

#include <algorithm>

#include "dataplane/punt/relayed_client.h"
#include "softwire/derived_address.h"
#include "softwire/wire.h"

namespace softwire::dataplane {

namespace {

constexpr Port kDhcpv6ServerPort = 547;  // RFC 8415 section 7.2

// Each server may answer each request, and all answers may reach one worker.
TokenBucket make_reply_bucket(const Policy& policy, unsigned servers) {
  const unsigned times = std::max(1U, servers) * policy.engines;
  return {policy.punt_rate * times, policy.punt_burst * times};
}

// Of a limit, rounded up.
std::uint32_t half(std::uint32_t limit) {
  return limit - limit / 2;
}

// An access link may send as much as so many clients.
constexpr std::uint32_t kClientsOfLink = 16;
std::uint32_t times_link(std::uint32_t limit) {
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(std::uint64_t{limit} * kClientsOfLink, 0xffffffff));
}

bool is_from_dhcp_server(const Context& context, const ParsedPacket& packet) {
  return packet.source_port == kDhcpServerPort && context.policy.dhcp_relay.is_server(packet.source);
}

}  // namespace

bool is_dhcp_from_softwire(const Context& context, const PacketState& state) {
  // The relay checks which subscriber owns the source address.
  return state.packet.source == 0 || context.policy.dhcp_relay.is_for_relay(state.packet.destination);
}

[[gnu::cold, gnu::noinline]] bool is_dhcp_from_server(const Context& context, const PacketState& state) {
  const ParsedPacket& packet = state.packet;
  if (packet.destination_port == kDhcpServerPort) {
    return packet.destination == context.policy.dhcp_relay.address.host();
  }
  return is_from_dhcp_server(context, packet) && state.destination_leaf.kind != BindingTable::Kind::kNone;
}

bool may_be_dhcp_over_ipv6(const Context& context, const PacketState& state) {
  const DhcpOverIpv6Policy& accepted = context.policy.dhcp_over_ipv6;
  if (!accepted.takes_any()) return false;
  const Ipv6Address& destination = ipv6_header(*state.frame, state.packet.ip_offset).destination;
  if (destination == kAllDhcpAgents) return accepted.dhcpv6;
  return destination == context.policy.ipv6_address && !destination.is_unspecified() &&
         !context.table->is_in_dmr(destination);
}

DhcpPunt::DhcpPunt(const Policy& policy, PuntChannel& channel, std::uint64_t seed)
    : channel_(channel),
      request_rate_(0, 0, seed),
      relays_rate_(0, 0, seed),
      reply_bucket_(0, 0),
      dhcp4o6_reply_bucket_(0, 0),
      subscriber_rates_(0, 0, seed),
      relay_rates_(0, 0, seed),
      link_rates_(0, 0, seed),
      relayed_rates_(0, 0, seed),
      relayed_key_(~seed) {
  activate(policy);
}

void DhcpPunt::activate(const Policy& policy) {
  request_rate_.configure(policy.punt_rate, policy.punt_burst);
  relays_rate_.configure(policy.punt_rate, policy.punt_burst);
  // So that the others have the other half, also before the common rate knows who is greedy.
  relay_rates_.configure(half(policy.punt_rate), half(policy.punt_burst));
  // At once no more than in a second, so that the burst of one link is not that of its relay.
  const std::uint32_t of_link = times_link(policy.punt_subscriber_rate);
  link_rates_.configure(of_link, std::max(of_link, policy.punt_subscriber_burst));
  reply_bucket_ = make_reply_bucket(policy, policy.dhcp_relay.server_count);
  dhcp4o6_reply_bucket_ = make_reply_bucket(policy, policy.dhcp_over_ipv6.server_count);
  subscriber_rates_.configure(policy.punt_subscriber_rate, policy.punt_subscriber_burst);
  relayed_rates_.configure(policy.punt_subscriber_rate, policy.punt_subscriber_burst);
}

[[gnu::cold, gnu::noinline]] Outcome DhcpPunt::punt_from_softwire(Context& context, PacketState& state) {
  const ParsedPacket& packet = state.packet;
  if (!context.is_to_br(*state.frame, packet.ip_offset)) return Outcome::kNotOurBr;
  if (!packet.is_udp_to(kDhcpServerPort) || !context.policy.dhcp_relay.enabled) return Outcome::kIpv4Martian;
  if (packet.source == 0 && (packet.destination != kBroadcast || packet.source_port != kDhcpClientPort)) {
    return Outcome::kDhcpMartian;
  }
  return punt_request(context, state, Outcome::kPuntDhcpRequest,
                      ipv6_header(*state.frame, packet.ip_offset).source);
}

// Only an answer of a configured server takes a token.
[[gnu::cold, gnu::noinline]] Outcome DhcpPunt::punt_from_server(Context& context, PacketState& state) {
  if (!is_from_dhcp_server(context, state.packet)) return Outcome::kNotFromDhcpServer;
  if (!reply_bucket_.take(context.now)) return Outcome::kPuntRate;
  return punt(state, Side::kIpv4, Outcome::kPuntDhcpReply);
}

[[gnu::cold, gnu::noinline]] Outcome DhcpPunt::punt_from_ce(Context& context, PacketState& state) {
  const Ipv6Header& ipv6 = ipv6_header(*state.frame, state.packet.ip_offset);
  if (state.packet.source_port != kDhcpClientPort) return Outcome::kDhcpTranslated;
  if (!context.is_other_node(ipv6.source)) return Outcome::kWrongCe;
  state.packet.ipv4_offset = state.packet.ipv4_length = 0;
  return punt_request(context, state, Outcome::kPuntDhcpTranslated, ipv6.source);
}

[[gnu::cold, gnu::noinline]] Outcome DhcpPunt::punt_over_ipv6(Context& context, PacketState& state,
                                                              std::uint16_t udp_offset) {
  const DhcpOverIpv6Policy& accepted = context.policy.dhcp_over_ipv6;
  ParsedPacket& packet = state.packet;
  const Ipv6Header& ipv6 = ipv6_header(*state.frame, packet.ip_offset);
  const bool to_group = ipv6.destination.is_multicast();
  const bool is_to_dhcpv6 = packet.is_udp_to(kDhcpv6ServerPort);
  const bool is_from_server = is_to_dhcpv6 && !to_group && accepted.is_server(ipv6.source);
  const bool is_dhcpv6 = is_from_server || (is_to_dhcpv6 && accepted.dhcpv6);
  const bool is_dhcpv4 = accepted.dhcpv4 && !to_group && packet.is_udp_to(kDhcpServerPort);
  // An answer must have a destination.
  if ((!is_dhcpv6 && !is_dhcpv4) || !context.is_other_node(ipv6.source)) return Outcome::kIpv6NotSoftwire;
  if (!to_group && is_link_broadcast(*state.frame)) return Outcome::kLinkBroadcast;
  const bool is_from_relay = is_dhcpv6 && accepted.is_relay(ipv6.source);
  packet.ipv4_offset = packet.ipv4_length = 0;
  const Outcome reason = is_dhcpv6 ? Outcome::kPuntDhcpv6 : Outcome::kPuntDhcpOverIpv6;
  if (!is_from_server && !is_from_relay) return punt_request(context, state, reason, ipv6.source);
  if (is_from_server) {
    if (!dhcp4o6_reply_bucket_.take(context.now)) return Outcome::kPuntRate;
    return punt(state, Side::kIpv6, reason);
  }
  if (const auto drop = limit_relayed(context, state, udp_offset)) return *drop;
  // The control plane finds out which clients have a binding. The operator has named the relay, so that its
  // messages do not wait for those of strangers.
  if (!channel_.has_room(SourceKind::kRule)) return Outcome::kPuntQueueFull;
  return punt(state, Side::kIpv6, reason);
}

// From the smallest limit to the largest, so that nobody takes from the limit of others what its own refuses.
std::optional<Outcome> DhcpPunt::limit_relayed(const Context& context, const PacketState& state,
                                               std::uint16_t udp_offset) {
  const Ipv6Address& relay = ipv6_header(*state.frame, state.packet.ip_offset).source;
  const RelayedClient client =
      relayed_client(*state.frame, udp_offset + sizeof(UdpHeader), relay, *context.table,
                     context.policy.punt_subscriber_mask, relayed_key_);
  if (!relayed_rates_.take(client.client, context.now) || !link_rates_.take(client.link, context.now)) {
    return Outcome::kPuntSubscriberRate;
  }
  if (!relay_rates_.take(relay, context.now) || !relays_rate_.take({relay, 128}, context.now)) {
    return Outcome::kPuntRate;
  }
  return std::nullopt;
}

// The source's own rate is checked first. Otherwise a flood of one source would take the tokens of all.
Outcome DhcpPunt::punt_request(const Context& context, PacketState& state, Outcome reason,
                               const Ipv6Address& from) {
  const Source source = context.table->source_of(from, context.policy.punt_subscriber_mask);
  if (!subscriber_rates_.take(source, context.now)) return Outcome::kPuntSubscriberRate;
  if (!request_rate_.take(source, context.now)) return Outcome::kPuntRate;
  if (!channel_.has_room(source.kind)) return Outcome::kPuntQueueFull;
  return punt(state, Side::kIpv6, reason);
}

Outcome DhcpPunt::punt(PacketState& state, Side side, Outcome reason) {
  const ParsedPacket& packet = state.packet;
  FrameContext& frame_context = context_of(*state.frame);
  if (side == Side::kIpv6) {
    const Ipv6Header& outer = ipv6_header(*state.frame, packet.ip_offset);
    frame_context.outer_source = outer.source;
    frame_context.outer_destination = outer.destination;
  }
  frame_context.reason = reason;
  frame_context.side = side;
  frame_context.ip_offset = packet.ip_offset;
  frame_context.ipv4_offset = packet.ipv4_offset;
  frame_context.ipv4_length = packet.ipv4_length;
  return channel_.punt(*state.frame) ? reason : Outcome::kPuntQueueFull;
}

}  // namespace softwire::dataplane
