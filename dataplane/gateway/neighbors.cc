// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/gateway/neighbors.h"

#include "dataplane/gateway/send_message.h"
#include "dataplane/neighbor/neighbor_message.h"
#include "softwire/derived_address.h"
#include "softwire/wire.h"

namespace softwire::dataplane {

namespace {

// Returns whether the hub answers for a bound address (proxy ARP, RFC 1027). It does not answer a probe, so
// that a station on this link may take the address, and it does not answer a station that asks for its own
// address.
bool is_proxied(const Context& context, const ArpMessage& arp) {
  return context.policy.proxy_arp && !arp.sender.is_unspecified() && !(arp.sender == arp.target) &&
         !(arp.target == context.policy.ipv4_gateway) &&
         context.table->find(arp.target.host()).kind != BindingTable::Kind::kNone;
}

// Handles a neighbor solicitation (RFC 4861 sections 7.2.3 and 7.2.4).
Outcome receive_solicitation(Context& context, NextHops& next_hops, const NdMessage& nd,
                             const PacketState& state) {
  const Policy& policy = context.policy;
  Mbuf& frame = *state.frame;
  const Instant received_at = context_of(frame).received_at;
  const Ipv6Header& ipv6 = ipv6_header(frame, state.packet.ip_offset);
  const MacAddress sender = nd.mac.value_or(header_at<EthernetHeader>(frame, 0).source);
  if (!sender.is_set() || sender.is_multicast()) return Outcome::kNdInvalid;
  if (sender == policy.ipv6.mac) return Outcome::kNdNotOurs;
  if (context.is_own_address(ipv6.source)) return Outcome::kNeighborConflict;
  if (!context.is_own_address(nd.target) ||
      !(context.is_own_address(ipv6.destination) || ipv6.destination == kAllNodes ||
        ipv6.destination == solicited_node_group(nd.target))) {
    return Outcome::kNdNotOurs;
  }
  if (nd.mac && next_hops.is_probed(Side::kIpv6) && ipv6.source == policy.ipv6_gateway) {
    next_hops.learn(context, Side::kIpv6, GatewayPublisher::Kind::kHeard, *nd.mac, received_at);
  }
  // Several hubs may have the same BR address: their advertisements do not override each other
  // (section 7.2.7).
  std::uint32_t flags = NeighborMessage::kRouter;
  if (!context.table->is_br(nd.target)) flags |= NeighborMessage::kOverride;
  // A sender without an address gets its answer by multicast.
  const bool is_probe = ipv6.source.is_unspecified();
  if (!is_probe) flags |= NeighborMessage::kSolicited;
  const NdPacket packet =
      make_advertisement(is_probe ? kAllNodes : ipv6.source, nd.target, flags, policy.ipv6.mac);
  send_message(context, {Side::kIpv6, is_probe ? multicast_mac(kAllNodes) : sender, ether_type::kIpv6,
                         octets_of(packet), Outcome::kNdAdvertisement, received_at});
  return Outcome::kNdHandled;
}

// Handles a neighbor advertisement (RFC 4861 section 7.2.5).
Outcome receive_advertisement(Context& context, NextHops& next_hops, const NdMessage& nd,
                              const PacketState& state) {
  using Kind = GatewayPublisher::Kind;
  const Ipv6Header& ipv6 = ipv6_header(*state.frame, state.packet.ip_offset);
  if (context.is_own_address(nd.target)) return Outcome::kNeighborConflict;
  if (!next_hops.is_probed(Side::kIpv6) || !(nd.target == context.policy.ipv6_gateway) ||
      !(ipv6.destination == kAllNodes || context.is_own_address(ipv6.destination))) {
    return Outcome::kNdNotOurs;
  }
  const bool resolved = next_hops.is_resolved(Side::kIpv6);
  if (!resolved && !nd.mac) return Outcome::kNdNotOurs;  // it does not give the MAC address
  const MacAddress mac = nd.mac.value_or(next_hops.mac(Side::kIpv6));
  const bool is_other_mac = resolved && !(mac == next_hops.mac(Side::kIpv6));
  const bool may_override = (nd.flags & NeighborMessage::kOverride) != 0;
  const bool is_solicited = (nd.flags & NeighborMessage::kSolicited) != 0;
  const Kind kind = is_other_mac && !may_override ? Kind::kDoubted
                    : is_solicited                ? Kind::kConfirmed
                                                  : Kind::kHeard;
  next_hops.learn(context, Side::kIpv6, kind, mac, context_of(*state.frame).received_at);
  return Outcome::kNdHandled;
}

}  // namespace

[[gnu::cold, gnu::noinline]] Outcome receive_arp(Context& context, NextHops& next_hops,
                                                 const PacketState& state) {
  const Policy& policy = context.policy;
  Mbuf& frame = *state.frame;
  const Instant received_at = context_of(frame).received_at;
  const auto arp = read_arp(std::span(data_of(frame), frame.data_len).subspan(state.packet.ip_offset));
  if (!arp) return Outcome::kArpInvalid;
  if (arp->sender_mac == policy.ipv4.mac) return Outcome::kArpNotOurs;
  if (context.is_own_address(arp->sender.host())) return Outcome::kNeighborConflict;

  Outcome outcome = Outcome::kArpNotOurs;
  if (next_hops.is_probed(Side::kIpv4) && arp->sender == policy.ipv4_gateway) {
    const bool is_answer = !arp->is_request && arp->target == policy.ipv4_address;
    next_hops.learn(context, Side::kIpv4,
                    is_answer ? GatewayPublisher::Kind::kConfirmed : GatewayPublisher::Kind::kHeard,
                    arp->sender_mac, received_at);
    outcome = Outcome::kArpHandled;
  }
  // A probe for an own address is answered: the address is in use (RFC 5227 section 2.1.1).
  if (arp->is_request && (context.is_own_address(arp->target.host()) || is_proxied(context, *arp))) {
    const ArpPacket reply =
        make_arp(ArpPacket::kReply, policy.ipv4.mac, arp->target, arp->sender_mac, arp->sender);
    send_message(context, {Side::kIpv4, arp->sender_mac, ether_type::kArp, octets_of(reply),
                           Outcome::kArpReply, received_at});
    outcome = Outcome::kArpHandled;
  }
  return outcome;
}

bool is_neighbor_discovery(const PacketState& state) {
  const std::uint8_t type = data_of(*state.frame)[state.packet.upper_offset];
  return type == NeighborMessage::kSolicitation || type == NeighborMessage::kAdvertisement;
}

[[gnu::cold, gnu::noinline]] Outcome receive_neighbor_discovery(Context& context, NextHops& next_hops,
                                                                const PacketState& state) {
  const ParsedPacket& packet = state.packet;
  // Extension headers are not allowed here, in particular no fragment header (RFC 6980 section 5).
  if (packet.upper_offset != packet.ip_offset + sizeof(Ipv6Header) ||
      packet.upper_bytes + sizeof(Ipv6Header) > context.policy.ipv6.mtu) {
    return Outcome::kNdInvalid;
  }
  Mbuf& frame = *state.frame;
  if (!pull_up(frame, static_cast<std::uint16_t>(packet.upper_offset + packet.upper_bytes))) {
    return Outcome::kNoBufferRoom;
  }
  const Ipv6Header& ipv6 = ipv6_header(frame, packet.ip_offset);
  const auto nd = read_nd(ipv6, {data_of(frame) + packet.upper_offset, packet.upper_bytes});
  if (!nd) return Outcome::kNdInvalid;
  if (nd->mac == context.policy.ipv6.mac) return Outcome::kNdNotOurs;
  return nd->is_solicitation ? receive_solicitation(context, next_hops, *nd, state)
                             : receive_advertisement(context, next_hops, *nd, state);
}

}  // namespace softwire::dataplane
