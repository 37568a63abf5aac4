// SPDX-License-Identifier: BSD-3-Clause
// The plain path of the engine: look up, validate, rewrite, transmit. It is inlined into the loops of the
// engine and into the slow path, which returns to it.
#pragma once

#include "dataplane/packet/ecn.h"
#include "dataplane/pipeline/engine.h"
#include "dataplane/softwire/encapsulation.h"
#include "dataplane/softwire/mss.h"
#include "dataplane/softwire/rewrite.h"
#include "dataplane/tables/softwire_lookup.h"

namespace softwire::dataplane {

// What cards tell of the checksum of the IPv4 header. Of a tunnel within IPv4 some cards tell that the inner
// header is right, and that the outer one is wrong.
inline constexpr std::uint64_t kChecksumFlags =
    RTE_MBUF_F_RX_IP_CKSUM_MASK | RTE_MBUF_F_RX_OUTER_IP_CKSUM_BAD;

inline ParseStatus Engine::parse(Side side, Mbuf& frame, ParsedPacket& packet) const {
  const Policy& policy = context_.policy;
  const ParseStatus status =
      side == Side::kIpv4
          ? parse_ipv4_side(data_of(frame), frame.data_len, frame.pkt_len, policy.ipv4, packet,
                            (frame.ol_flags & kChecksumFlags) == RTE_MBUF_F_RX_IP_CKSUM_GOOD)
          : parse_ipv6_side(data_of(frame), frame.data_len, frame.pkt_len, policy.ipv6, packet);
  return status == ParseStatus::kScattered ? parse_scattered(side, frame, packet) : status;
}

inline void Engine::look_up(Side side, PacketState& state) const {
  const BindingTable& table = *context_.table;
  const ParsedPacket& packet = state.packet;
  const bool has_port = packet.has_port();
  // Leaves stay in registers: what is stored in parts cannot be loaded whole without a stall.
  const BindingTable::Leaf to = table.find(packet.destination);
  state.destination_leaf = to;
  state.destination = find_slot(table, to, has_port, packet.destination_port);
  if (to.kind == BindingTable::Kind::kRule) [[unlikely]] {
    state.destination = find_computed(table, to, has_port, packet.destination, packet.destination_port,
                                      *state.computed_destination);
  }
  if (side == Side::kIpv6) {
    const BindingTable::Leaf from = table.find(packet.source);
    state.source_leaf = from;
    state.source = find_slot(table, from, has_port, packet.source_port);
    if (from.kind == BindingTable::Kind::kRule) [[unlikely]] {
      state.source =
          find_computed(table, from, has_port, packet.source, packet.source_port, *state.computed_source);
    }
  }
}

inline Outcome Engine::forward(Side side, PacketState& state) {
  return side == Side::kIpv4 ? forward_from_ipv4_side(state) : forward_from_ipv6_side(state);
}

inline Outcome Engine::forward_from_ipv4_side(PacketState& state) {
  const ParsedPacket& packet = state.packet;
  if (context_.table->is_in_special_region(packet.source) || context_.is_own_address(packet.source))
      [[unlikely]] {
    if (const auto drop = refuse_source(state)) return *drop;
  }
  // DHCP is handled before bindings, because the relay's address may be bound too.
  if (packet.is_udp_to_dhcp() && context_.policy.dhcp_relay.enabled) [[unlikely]] {
    if (is_dhcp_from_server(context_, state)) return dhcp_punt_.punt_from_server(context_, state);
  }
  if (state.destination != nullptr && state.destination->is_present()) [[likely]] {
    return forward_into_softwire(state, Outcome::kEncapsulated);
  }
  return handle_unbound_destination(state, Outcome::kTranslatedToIpv6);
}

inline Outcome Engine::forward_from_ipv6_side(PacketState& state) {
  const ParsedPacket& packet = state.packet;
  // DHCP is handled before address and port are validated (draft-ietf-dhc-v4configuration-06 section 5.1 item
  // 1).
  if (packet.is_udp_to(kDhcpServerPort) || packet.source == 0) [[unlikely]] {
    if (is_dhcp_from_softwire(context_, state)) return dhcp_punt_.punt_from_softwire(context_, state);
  }
  if (state.source == nullptr || !state.source->is_present()) [[unlikely]] {
    return unmatched_source(state);
  }
  const Ipv6Header& outer = ipv6_header(*state.frame, packet.ip_offset);
  if (!(outer.source == state.source->b4) || !(outer.destination == state.source->br)) [[unlikely]] {
    if (!stands_for_ce(state)) return wrong_softwire(state);
  }
  Ipv4Header& ipv4 = ipv4_header(*state.frame, packet.ipv4_offset);
  const std::uint8_t traffic_class = outer.traffic_class();
  const EcnDecision ecn = decapsulated_ecn(ipv4.type_of_service & kEcnMask, traffic_class & kEcnMask);
  if (ecn.drop) [[unlikely]] {
    return Outcome::kEcnNotCapable;
  }
  const std::uint8_t dscp = context_.policy.copy_dscp ? traffic_class : ipv4.type_of_service;
  const auto type_of_service = static_cast<std::uint8_t>((dscp & ~kEcnMask) | ecn.ecn);
  if (type_of_service != ipv4.type_of_service) [[unlikely]] {
    set_type_of_service(ipv4, type_of_service);
  }
  return forward_from_subscriber(state, Outcome::kDecapsulated);
}

inline Outcome Engine::forward_into_softwire(PacketState& state, Outcome success) {
  const ParsedPacket& packet = state.packet;
  Ipv4Header& ipv4 = ipv4_header(*state.frame, packet.ipv4_offset);
  if (ipv4.time_to_live <= 1) [[unlikely]] {
    return Outcome::kIpv4Ttl;
  }
  const bool too_big = packet.ipv4_length + sizeof(Ipv6Header) > context_.policy.ipv6.mtu;
  if (too_big && ipv4.dont_fragment()) [[unlikely]] {
    return Outcome::kTooBigForIpv6;
  }
  decrement_ttl(ipv4);
  if (context_.policy.tcp_mss != 0) [[unlikely]] {
    clamp_mss(*state.frame, packet, context_.policy.tcp_mss);
  }
  const EthernetTemplate& ethernet = context_.ethernet[Side::kIpv6];
  if (!put_into_softwire(*state.frame, packet.ipv4_offset, packet.ipv4_length, ipv4.type_of_service,
                         outer_flow_label(context_, packet), *state.destination, context_.policy.hop_limit,
                         ethernet)) [[unlikely]] {
    return Outcome::kNoBufferRoom;
  }
  return too_big ? fragment_for_ipv6(context_, state, ethernet.bytes(), success) : success;
}

// Forwards a validated IPv4 packet of a subscriber: to another subscriber, or to the IPv4 side with
// `success`.
[[gnu::always_inline]] inline Outcome Engine::forward_from_subscriber(PacketState& state, Outcome success) {
  const ParsedPacket& packet = state.packet;
  Ipv4Header& ipv4 = ipv4_header(*state.frame, packet.ipv4_offset);
  if (context_.policy.hairpinning && state.destination_leaf.kind != BindingTable::Kind::kNone) {
    if (state.destination != nullptr && state.destination->is_present()) {
      return forward_into_softwire(state, Outcome::kHairpinned);
    }
    return handle_unbound_destination(state, Outcome::kHairpinned);
  }
  if (is_martian(packet.destination) || context_.is_own_address(packet.destination)) [[unlikely]] {
    return unbound_destination(state);
  }
  if (ipv4.time_to_live <= 1) [[unlikely]] {
    return Outcome::kIpv4Ttl;
  }
  const bool too_big = packet.ipv4_length > context_.policy.ipv4.mtu;
  if (too_big && ipv4.dont_fragment()) [[unlikely]] {
    return Outcome::kTooBigForIpv4;
  }
  decrement_ttl(ipv4);
  if (context_.policy.tcp_mss != 0) [[unlikely]] {
    clamp_mss(*state.frame, packet, context_.policy.tcp_mss);
  }
  const EthernetTemplate& ethernet = context_.ethernet[Side::kIpv4];
  if (!put_onto_ethernet(*state.frame, packet.ipv4_offset, packet.ipv4_length, ethernet)) [[unlikely]] {
    return Outcome::kNoBufferRoom;
  }
  return too_big ? fragment_for_ipv4(context_, state, ethernet.bytes(), success) : success;
}

// Sends a packet whose outcome is a sent one, or queues it for its gateway. Returns the outcome, or the
// outcome with which the packet is dropped instead. Does nothing with a packet that has another outcome.
inline Outcome Engine::transmit(Side from, PacketState& state, std::uint32_t frame_bytes, Outcome outcome,
                                Output& output) {
  if (!is_sent(outcome)) [[unlikely]] {
    return outcome;
  }
  Mbuf& frame = *state.frame;
  if (has_egress_filter_ &&
      !passes_egress_filter(leaves_by_ipv4_side(outcome) ? Side::kIpv4 : Side::kIpv6, frame)) [[unlikely]] {
    free_later_fragments(state);
    return Outcome::kEgressFilter;
  }
  // The side is a constant in each call, so that no index is computed.
  const auto push = [&](Side to) {
    if (!next_hops_.is_resolved(to) && !header_at<EthernetHeader>(frame, 0).destination.is_set())
        [[unlikely]] {
      queue_for_gateway(from, to, state, frame_bytes, outcome);
      return;
    }
    context_.counters.outcomes.add(outcome);
    context_.counters.side(to).sent.add(frame.pkt_len);
    output.push(to, frame);
    if (state.later_fragments != nullptr) [[unlikely]] {
      transmit_later_fragments(from, to, state, false);
    }
  };
  if (leaves_by_ipv4_side(outcome)) {
    push(Side::kIpv4);
  } else {
    push(Side::kIpv6);
  }
  return outcome;
}

}  // namespace softwire::dataplane
