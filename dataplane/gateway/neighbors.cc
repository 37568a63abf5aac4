// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/gateway/neighbors.h"

#include "dataplane/context/sender.h"
#include "dataplane/gateway/send_message.h"
#include "dataplane/neighbor/neighbor_message.h"
#include "softwire/derived_address.h"
#include "softwire/wire.h"

namespace softwire::dataplane {

namespace {

using Answer = Context::Answer;

// Returns whether the hub answers for a bound address (proxy ARP, RFC 1027). It does not answer a probe, so
// that a station on this link may take the address, and it does not answer a station that asks for its own
// address.
bool is_proxied(const Context& context, const ArpMessage& arp) {
  return context.policy.proxy_arp && !arp.sender.is_unspecified() && !(arp.sender == arp.target) &&
         !(arp.target == context.policy.ipv4_gateway) &&
         context.table->find(arp.target.host()).kind != BindingTable::Kind::kNone;
}

// Returns whether the hub may answer one more request of a station on the link. The gateway in use always
// gets its answer: without it the hub would be unreachable, and any station may name the gateway's MAC
// address as its own.
bool may_answer_station(Context& context, const NextHops& next_hops, Side side, const MacAddress& station,
                        Answer answer) {
  const bool is_gateway = next_hops.is_resolved(side) && station == next_hops.mac(side);
  return is_gateway || context.may_answer(side, identity_of(station), answer);
}

GatewayPublisher::Speaker speaker_of(const MacAddress& named, const MacAddress& source) {
  return {named, !(named == source)};
}

// Returns what an ARP packet of the gateway says about it. A request for its own address is an announcement
// (RFC 5227 section 2.3).
NextHops::Message kind_of(const Context& context, const ArpMessage& arp) {
  if (arp.is_request && !(arp.target == arp.sender)) return NextHops::Message::kQuestion;
  const bool is_answer = !arp.is_request && arp.target == context.policy.ipv4_address;
  return is_answer ? NextHops::Message::kAnswer : NextHops::Message::kClaim;
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
  // Several hubs may have the same BR address. Each solicits from it.
  if (context.table->is_br(ipv6.source)) return Outcome::kNdNotOurs;
  if (context.is_own_address(ipv6.source)) {
    next_hops.take_conflict(context, Side::kIpv6, ipv6.source, sender);
    return Outcome::kNeighborConflict;
  }
  if (!context.is_own_address(nd.target) ||
      !(context.is_own_address(ipv6.destination) || ipv6.destination == kAllNodes ||
        ipv6.destination == solicited_node_group(nd.target))) {
    return Outcome::kNdNotOurs;
  }
  if (nd.mac && next_hops.is_probed(Side::kIpv6) && ipv6.source == policy.ipv6_gateway) {
    const MacAddress& station = header_at<EthernetHeader>(frame, 0).source;
    next_hops.learn(context, Side::kIpv6, NextHops::Message::kQuestion, speaker_of(*nd.mac, station),
                    received_at);
  }
  if (!may_answer_station(context, next_hops, Side::kIpv6, sender, Answer::kOwnAddress)) {
    return Outcome::kAnswerRate;
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
  const NeighborFrame answer{Side::kIpv6,
                             is_probe ? multicast_mac(kAllNodes) : sender,
                             ether_type::kIpv6,
                             octets_of(packet),
                             Outcome::kNdAdvertisement,
                             received_at};
  return send_answer(context, answer) ? Outcome::kNdHandled : Outcome::kNoBuffer;
}

// Returns what an advertisement says about the gateway (RFC 4861 section 7.2.5).
NextHops::Message kind_of(const Context& context, const NextHops& next_hops, const NdMessage& nd,
                          const MacAddress& mac, const Ipv6Address& destination) {
  using Message = NextHops::Message;
  const bool is_other = next_hops.is_resolved(Side::kIpv6) && !(mac == next_hops.mac(Side::kIpv6));
  const bool is_answer = (nd.flags & NeighborMessage::kSolicited) != 0 && context.is_own_address(destination);
  if (is_other && (nd.flags & NeighborMessage::kOverride) == 0) {
    return is_answer ? Message::kWeakAnswer : Message::kDoubt;
  }
  return is_answer ? Message::kAnswer : Message::kClaim;
}

// Handles a neighbor advertisement (RFC 4861 section 7.2.5).
Outcome receive_advertisement(Context& context, NextHops& next_hops, const NdMessage& nd,
                              const PacketState& state) {
  constexpr Side kSide = Side::kIpv6;
  const Ipv6Header& ipv6 = ipv6_header(*state.frame, state.packet.ip_offset);
  const MacAddress station = header_at<EthernetHeader>(*state.frame, 0).source;
  if (context.is_own_address(nd.target)) {
    // Several hubs may have the same BR address. They do not claim to be the only one (section 7.2.7).
    if (context.table->is_br(nd.target) && (nd.flags & NeighborMessage::kOverride) == 0) {
      return Outcome::kNdNotOurs;
    }
    next_hops.take_conflict(context, kSide, nd.target, nd.mac.value_or(station));
    return Outcome::kNeighborConflict;
  }
  if (!next_hops.is_probed(kSide) || !(nd.target == context.policy.ipv6_gateway) ||
      !(ipv6.destination == kAllNodes || context.is_own_address(ipv6.destination))) {
    return Outcome::kNdNotOurs;
  }
  // An answer by unicast may come without the option (section 4.4).
  if (!nd.mac && !next_hops.is_resolved(kSide)) return Outcome::kNdNotOurs;
  const MacAddress mac = nd.mac.value_or(next_hops.knows(kSide, station) ? station : next_hops.mac(kSide));
  next_hops.learn(context, kSide, kind_of(context, next_hops, nd, mac, ipv6.destination),
                  speaker_of(mac, station), context_of(*state.frame).received_at);
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
  if (context.is_own_address(arp->sender.host())) {
    next_hops.take_conflict(context, Side::kIpv4, identity_of(arp->sender.host()), arp->sender_mac);
    return Outcome::kNeighborConflict;
  }

  Outcome outcome = Outcome::kArpNotOurs;
  if (next_hops.is_probed(Side::kIpv4) && arp->sender == policy.ipv4_gateway) {
    next_hops.learn(context, Side::kIpv4, kind_of(context, *arp),
                    speaker_of(arp->sender_mac, header_at<EthernetHeader>(frame, 0).source), received_at);
    outcome = Outcome::kArpHandled;
  }
  // A probe for an own address is answered: the address is in use (RFC 5227 section 2.1.1).
  const bool is_own = context.is_own_address(arp->target.host());
  if (arp->is_request && (is_own || is_proxied(context, *arp))) {
    const Answer kind = is_own ? Answer::kOwnAddress : Answer::kProxied;
    if (!may_answer_station(context, next_hops, Side::kIpv4, arp->sender_mac, kind)) {
      return Outcome::kAnswerRate;
    }
    const ArpPacket reply =
        make_arp(ArpPacket::kReply, policy.ipv4.mac, arp->target, arp->sender_mac, arp->sender);
    const NeighborFrame answer{Side::kIpv4,      arp->sender_mac,    ether_type::kArp,
                               octets_of(reply), Outcome::kArpReply, received_at};
    outcome = send_answer(context, answer) ? Outcome::kArpHandled : Outcome::kNoBuffer;
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
