// SPDX-License-Identifier: BSD-3-Clause
// Packets that the plain path does not forward: fragments, ICMP, ARP, MAP-T, DHCP over IPv6, and packets
// whose address is not bound.
#include "dataplane/context/sender.h"
#include "dataplane/gateway/neighbors.h"
#include "dataplane/icmp/quoted_ports.h"
#include "dataplane/icmp/receive_icmpv6.h"
#include "dataplane/map/from_ce.h"
#include "dataplane/map/to_ce.h"
#include "dataplane/pipeline/engine.h"
#include "dataplane/pipeline/plain_path.h"

namespace softwire::dataplane {

[[gnu::cold, gnu::noinline]] NextStep Engine::next_step_after(ParseStatus status) {
  switch (status) {
    case ParseStatus::kOk:
      return NextStep::kForward;
    case ParseStatus::kFragment:
      return NextStep::kReassembleIpv6;
    case ParseStatus::kIcmpv6:
      return NextStep::kIcmpv6;
    case ParseStatus::kArp:
      return NextStep::kArp;
    case ParseStatus::kNotSoftwire:
      return NextStep::kNotSoftwire;
    case ParseStatus::kDrop:
    case ParseStatus::kScattered:
      break;
  }
  return NextStep::kDrop;
}

[[gnu::cold, gnu::noinline]] NextStep Engine::next_step_after_look_up(Side side, PacketState& state) const {
  ParsedPacket& packet = state.packet;
  if (side == Side::kIpv4 && !context_.policy.ipv4.accept_icmp && packet.protocol == ip_protocol::kIcmp &&
      state.destination_leaf.kind != BindingTable::Kind::kNone) {
    packet.outcome = Outcome::kIcmpNotAccepted;
    return NextStep::kDrop;
  }
  if (packet.port_key == PortKey::kIcmpError) return NextStep::kIcmpError;
  const bool is_fragment = packet.port_key == PortKey::kFragment;
  return is_fragment && needs_reassembly(side, state) ? NextStep::kReassembleIpv4 : NextStep::kForward;
}

// Returns the outcome of a packet from the IPv4 side that must not have its source, or nullopt.
[[gnu::cold, gnu::noinline]] std::optional<Outcome> Engine::refuse_source(const PacketState& state) const {
  const std::uint32_t source = state.packet.source;
  if (context_.is_own_address(source)) return Outcome::kIpv4Martian;
  if (is_martian(source)) {
    // Neighbours on the link may use link-local addresses, but only to talk to the hub itself.
    const bool is_neighbour = is_link_local(source) && context_.is_own_address(state.packet.destination);
    return is_neighbour ? std::nullopt : std::optional(Outcome::kIpv4Martian);
  }
  if (!context_.policy.refuses_subscriber_sources()) return std::nullopt;
  if (context_.table->find(source).kind == BindingTable::Kind::kNone) return std::nullopt;
  // A rule may cover the address of a DHCP server.
  const DhcpRelayPolicy& relay = context_.policy.dhcp_relay;
  if (relay.enabled && relay.is_server(source)) return std::nullopt;
  return Outcome::kIpv4Spoofed;
}

// Returns whether the handling of an IPv4 fragment depends on its ports. When the packet cannot be valid
// whatever its ports, it returns false, so that the fragment is dropped at once.
bool Engine::needs_reassembly(Side side, const PacketState& state) const {
  const Policy& policy = context_.policy;
  const DhcpRelayPolicy& relay = policy.dhcp_relay;
  const std::uint32_t destination = state.packet.destination;
  if (side == Side::kIpv4) {
    if (refuse_source(state)) return false;
    return (relay.enabled && destination == relay.address.host()) || state.destination_leaf.is_shared();
  }
  if (is_martian(state.packet.source)) return false;
  if (!context_.is_to_br(*state.frame, state.packet.ip_offset)) return false;
  if (relay.is_for_relay(destination)) return true;
  if (state.source_leaf.kind == BindingTable::Kind::kNone) return false;  // the source is nobody's
  return state.source_leaf.is_shared() || (policy.hairpinning && state.destination_leaf.is_shared());
}

// Returns who counts as the sender of a fragment. Returns nullopt when it cannot be part of a valid packet.
std::optional<Ipv6Address> Engine::sender_of_fragment(Side side, const PacketState& state) const {
  if (side == Side::kIpv4) return identity_of(state.packet.source);
  const Ipv6Address& source = ipv6_header(*state.frame, state.packet.ip_offset).source;
  const Sender sender = sender_of(context_, source);
  if (sender.is_subscriber) return sender.identity;
  // Nodes without a softwire may use DHCP only.
  if (!may_be_dhcp_of_stranger(state)) return std::nullopt;
  const DhcpOverIpv6Policy& dhcp = context_.policy.dhcp_over_ipv6;
  if (dhcp.is_server(source) || dhcp.is_relay(source)) return source;
  // All clients without a softwire together count as one sender, so that they cannot take the room of
  // subscribers.
  return Ipv6Address();
}

// Returns whether the fragment of a node without a softwire can be part of a DHCP message that the hub takes.
// A fragment of the outer packet does not tell what the packet contains.
bool Engine::may_be_dhcp_of_stranger(const PacketState& state) const {
  const DhcpRelayPolicy& relay = context_.policy.dhcp_relay;
  const DhcpOverIpv6Policy& over_ipv6 = context_.policy.dhcp_over_ipv6;
  switch (state.next_step) {
    case NextStep::kReassembleIpv4:
      return state.packet.protocol == ip_protocol::kUdp && relay.is_for_relay(state.packet.destination);
    case NextStep::kReassembleIpv6:
      return relay.enabled || may_be_dhcp_over_ipv6(context_, state);
    default:  // UDP over IPv6
      return over_ipv6.dhcpv6 || over_ipv6.dhcpv4 ||
             over_ipv6.is_server(ipv6_header(*state.frame, state.packet.ip_offset).source);
  }
}

// Gives the fragment to reassembly. When it completes a packet, puts that packet and its next step into
// `state`. Returns false when the frame waits or has been dropped.
bool Engine::reassemble(Side side, PacketState& state) {
  const bool is_ipv6 = state.next_step == NextStep::kReassembleIpv6;
  if (is_ipv6 && !context_.is_to_br(*state.frame, state.packet.ip_offset)) {
    finish(side, state, state.frame->pkt_len, {Outcome::kNotOurBr});
    return false;
  }
  const std::optional<Ipv6Address> sender = sender_of_fragment(side, state);
  if (!sender) {
    finish(side, state, state.frame->pkt_len, {Outcome::kFragmentStranger});
    return false;
  }
  Mbuf* whole = is_ipv6 ? reassembly_.add_ipv6(state, *sender, context_.now)
                        : reassembly_.add_ipv4(side, state, *sender, context_.now);
  if (whole == nullptr) return false;
  state.frame = whole;
  state.next_step = next_step_after(parse(side, *whole, state.packet));
  if (state.next_step == NextStep::kForward) {
    look_up(side, state);
    state.next_step = next_step_after_look_up(side, state);
  } else if (state.next_step == NextStep::kReassembleIpv6) {
    // A tunnel entry point does not fragment fragments.
    state.packet.outcome = Outcome::kIpv6ExtensionHeaders;
    state.next_step = NextStep::kDrop;
  }
  return true;
}

[[gnu::cold, gnu::noinline]] void Engine::slow_path(Side side, PacketState& state) {
  while (state.next_step == NextStep::kReassembleIpv6 || state.next_step == NextStep::kReassembleIpv4) {
    if (!reassemble(side, state)) return;
  }
  const std::uint32_t frame_bytes = state.frame->pkt_len;
  Outcome outcome = state.packet.outcome;
  switch (state.next_step) {
    case NextStep::kDrop:
      return finish(side, state, frame_bytes, {outcome});
    case NextStep::kArp:
      return finish(side, state, frame_bytes, {receive_arp(context_, next_hops_, state)});
    case NextStep::kNotSoftwire:
      return handle_not_softwire(state);
    case NextStep::kIcmpv6:
      return handle_icmpv6(state);
    case NextStep::kIcmpError:
      if (const auto drop = take_quoted_ports(context_, side, state)) {
        return handle_unsent(side, state, frame_bytes, *drop);
      }
      look_up(side, state);
      break;
    case NextStep::kForward:
    case NextStep::kReassembleIpv4:
    case NextStep::kReassembleIpv6:
      break;
  }
  outcome = transmit(side, state, frame_bytes, forward(side, state), *context_.output);
  if (!is_sent(outcome)) handle_unsent(side, state, frame_bytes, outcome);
}

void Engine::handle_icmpv6(PacketState& state) {
  if (context_.table->is_in_dmr(ipv6_header(*state.frame, state.packet.ip_offset).destination)) {
    return handle_not_softwire(state);
  }
  const std::uint32_t frame_bytes = state.frame->pkt_len;
  const FrameResult result = is_neighbor_discovery(state)
                                 ? FrameResult{receive_neighbor_discovery(context_, next_hops_, state)}
                                 : receive_icmpv6(context_, icmp_errors_, state);
  finish(Side::kIpv6, state, frame_bytes, result);
}

// Handles an IPv6 packet that carries no IPv4: DHCP to the hub, or a packet of a MAP-T CE (RFC 7599 section
// 8.3).
void Engine::handle_not_softwire(PacketState& state) {
  const bool is_dhcp = may_be_dhcp_over_ipv6(context_, state);
  UpperLayer upper;
  const auto read = [&] {
    return is_dhcp ? read_upper_layer(state, upper) : read_translatable(context_, state, upper);
  };
  std::optional<Outcome> drop = read();
  const bool is_udp_fragment = upper.protocol == ip_protocol::kUdp && upper.is_fragment();
  if (!drop && (is_dhcp ? is_udp_fragment : needs_whole_packet(context_, state, upper))) {
    const std::optional<Ipv6Address> sender = sender_of_fragment(Side::kIpv6, state);
    if (!sender) return finish(Side::kIpv6, state, state.frame->pkt_len, {Outcome::kIpv6NotSoftwire});
    Mbuf* whole = reassembly_.add_ipv6(state, *sender, context_.now);
    if (whole == nullptr) return;
    state.frame = whole;
    drop = read();
  }
  const std::uint32_t frame_bytes = state.frame->pkt_len;
  Outcome outcome = drop      ? *drop
                    : is_dhcp ? dhcp_punt_.punt_over_ipv6(context_, state, upper.offset)
                              : forward_from_ce(state, upper);
  outcome = transmit(Side::kIpv6, state, frame_bytes, outcome, *context_.output);
  if (is_sent(outcome)) return;
  if (info(outcome).disposition == Disposition::kPunted) return context_.counters.outcomes.add(outcome);
  if (state.packet.ip_offset == 0) restore_ethernet(*state.frame);
  finish(Side::kIpv6, state, frame_bytes, {outcome});
}

// Translates a packet of a MAP-T CE to IPv4 and forwards it, or hands it to the control plane when it is
// DHCP.
[[gnu::cold, gnu::noinline]] Outcome Engine::forward_from_ce(PacketState& state, const UpperLayer& upper) {
  const CePacket ce = translate_from_ce(context_, state, upper);
  if (ce.drop) return *ce.drop;
  if (ce.dhcp_rule != nullptr) return dhcp_punt_.punt_from_ce(context_, state);
  if (ce.reporter) {
    const auto& error = header_at<IcmpError>(*state.frame, sizeof(Ipv4Header));
    if (!icmp_errors_.may_translate(context_, Side::kIpv4, error, *ce.reporter)) {
      return Outcome::kTunnelErrorHandled;
    }
  }
  look_up(Side::kIpv4, state);
  return forward_from_subscriber(state, Outcome::kTranslatedToIpv4);
}

// Returns whether the outer addresses of a subscriber's packet are accepted although they are not those of
// its softwire.
[[gnu::cold, gnu::noinline]] bool Engine::stands_for_ce(const PacketState& state) const {
  const Ipv6Header& outer = ipv6_header(*state.frame, state.packet.ip_offset);
  return outer.destination == state.source->br &&
         context_.table->stands_for_ce(state.source_leaf, outer.source, state.source->b4);
}

[[gnu::cold, gnu::noinline]] Outcome Engine::unmatched_source(const PacketState& state) const {
  const ParsedPacket& packet = state.packet;
  if (!context_.is_to_br(*state.frame, packet.ip_offset)) return Outcome::kNotOurBr;
  if (is_martian(packet.source)) return Outcome::kIpv4Martian;
  if (state.source_leaf.is_shared() && !packet.has_port()) return missing_port_outcome(packet.port_key);
  return Outcome::kNoBindingSource;
}

[[gnu::cold, gnu::noinline]] Outcome Engine::wrong_softwire(const PacketState& state) const {
  const Ipv6Header& outer = ipv6_header(*state.frame, state.packet.ip_offset);
  if (!context_.table->is_br(outer.destination)) return Outcome::kNotOurBr;
  return outer.source == state.source->b4 ? Outcome::kWrongBr : Outcome::kWrongB4;
}

// Handles a packet to an address without a softwire. It may belong to a MAP-T CE.
[[gnu::cold, gnu::noinline]] Outcome Engine::handle_unbound_destination(PacketState& state,
                                                                        Outcome translated) {
  if (!context_.table->translates(state.destination_leaf)) return unbound_destination(state);
  const ParsedPacket packet = state.packet;
  if (!is_icmpv4_error(*state.frame, packet)) return forward_to_ce(context_, state, translated);
  const auto error =
      header_at<IcmpError>(*state.frame, std::uint32_t{packet.ipv4_offset} + packet.ipv4_header_bytes);
  const Outcome outcome = forward_to_ce(context_, state, translated);
  if (outcome != translated) return outcome;
  // Errors that were dropped for another reason do not count.
  if (icmp_errors_.may_translate(context_, Side::kIpv6, error, identity_of(packet.source))) return outcome;
  free_later_fragments(state);
  return Outcome::kTunnelErrorHandled;
}

// Returns the outcome of a packet to an address that no binding covers, from either side.
[[gnu::cold, gnu::noinline]] Outcome Engine::unbound_destination(const PacketState& state) const {
  const ParsedPacket& packet = state.packet;
  if (context_.is_own_address(packet.destination) || packet.destination == kBroadcast) {
    if (packet.is_udp_to(kDhcpClientPort)) return Outcome::kToDhcpClientPort;
    return packet.destination == kBroadcast ? Outcome::kIpv4Destination : Outcome::kIpv4Local;
  }
  if (is_martian(packet.destination)) return Outcome::kIpv4Destination;
  if (state.destination_leaf.is_shared() && !packet.has_port()) return missing_port_outcome(packet.port_key);
  return Outcome::kNoBindingDestination;
}

}  // namespace softwire::dataplane
