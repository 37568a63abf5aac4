// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/icmp/icmp_errors.h"

#include "dataplane/context/sender.h"
#include "dataplane/softwire/rewrite.h"
#include "dataplane/tables/softwire_lookup.h"
#include "softwire/wire.h"

namespace softwire::dataplane {

namespace {

// Returns the MTU for an IPv4 sender whose packets leave on the IPv6 side: the IPv6 MTU minus the outer
// header of a softwire, or minus the octets that translation adds.
std::uint16_t mtu_through_ipv6_side(const Context& context, const PacketState& state) {
  const bool translates = context.table->translates(state.destination_leaf);
  const std::size_t growth = translates ? sizeof(Ipv6Header) - sizeof(Ipv4Header) : sizeof(Ipv6Header);
  return static_cast<std::uint16_t>(context.policy.ipv6.mtu - growth);
}

// A sender that does not learn the MTU loses every long packet (RFC 2923 section 2.1).
IcmpErrorRates::Kind rate_kind(Icmpv4ErrorKind error, bool is_relayed) {
  using Kind = IcmpErrorRates::Kind;
  const bool is_vital =
      error.type == IcmpError::kUnreachable && error.code == IcmpError::kFragmentationNeeded;
  if (is_relayed) return is_vital ? Kind::kRelayedVital : Kind::kRelayedOther;
  return is_vital ? Kind::kVital : Kind::kOther;
}

// Puts headers on an ICMPv4 error, which starts the frame: into the softwire `home`, or onto the IPv4 side
// when it is empty. The error is shorter than the MTU of either side.
std::optional<Outcome> put_icmpv4_error(const Context& context, Mbuf& frame, std::uint16_t length,
                                        const Softwire& home) {
  if (!home.is_present()) {
    if (!put_onto_ethernet(frame, 0, length, context.ethernet[Side::kIpv4])) return std::nullopt;
    return Outcome::kIcmpv4Error;
  }
  if (!put_into_softwire(frame, 0, length, 0, 0, home, context.policy.hop_limit,
                         context.ethernet[Side::kIpv6])) {
    return std::nullopt;
  }
  return Outcome::kIcmpv4ErrorSoftwire;
}

}  // namespace

std::optional<Softwire> softwire_of_sender(const Context& context, const ParsedPacket& packet) {
  if (!context.policy.hairpinning) return Softwire{};
  const BindingTable& table = *context.table;
  const Softwire softwire = find_softwire(table, packet.source, is_port(packet.port_key), packet.source_port);
  if (!softwire.is_present() && table.find(packet.source).kind != BindingTable::Kind::kNone) {
    return std::nullopt;
  }
  return softwire;
}

[[gnu::cold, gnu::noinline]] std::optional<Outcome> IcmpErrors::make_error(Context& context, Side side,
                                                                           PacketState& state,
                                                                           Outcome cause) {
  Icmpv4ErrorKind kind{IcmpError::kUnreachable, IcmpError::kFragmentationNeeded};
  switch (info(cause).error_to_sender) {
    case ErrorToSender::kNone:
      return std::nullopt;
    case ErrorToSender::kSourcePolicy:
      return make_source_policy_error(context, state);
    case ErrorToSender::kHostUnreachable:
      // An echo that matches no binding is dropped silently (RFC 7596 section 8.1).
      if (state.packet.protocol == ip_protocol::kIcmp) return std::nullopt;
      kind = {IcmpError::kUnreachable, IcmpError::kHostUnreachable};
      break;
    case ErrorToSender::kTimeExceeded:
      kind = {IcmpError::kTimeExceeded, 0};
      break;
    case ErrorToSender::kTooBigForIpv6:
      kind.next_hop_mtu = mtu_through_ipv6_side(context, state);
      break;
    case ErrorToSender::kTooBigForIpv4:
      kind.next_hop_mtu = context.policy.ipv4.mtu;
      break;
  }
  const std::optional<Softwire> home =
      side == Side::kIpv6 ? *state.source : softwire_of_sender(context, state.packet);
  if (!home) return std::nullopt;
  // The error quotes the packet with the time to live that it would have when forwarded (RFC 1812 section
  // 4.3.2.3 allows it).
  Ipv4Header& ipv4 = ipv4_header(*state.frame, state.packet.ipv4_offset);
  if (cause != Outcome::kNoBindingDestination && ipv4.time_to_live != 0) decrement_ttl(ipv4);
  return make_icmpv4_error_about(
      context, *state.frame, state.packet, kind, *home,
      {.source = home->is_present() ? home->b4 : identity_of(state.packet.source)});
}

std::optional<Outcome> IcmpErrors::relay_error(Context& context, Mbuf& frame, const ParsedPacket& packet,
                                               Icmpv4ErrorKind kind, const Softwire& home,
                                               const Ipv6Address& reporter) {
  return make_icmpv4_error_about(context, frame, packet, kind, home,
                                 {.source = reporter, .is_relayed = true});
}

bool IcmpErrors::may_translate(Context& context, Side to, const IcmpError& error,
                               const Ipv6Address& reporter) {
  IcmpErrorRates& rates = to == Side::kIpv4 ? ipv4_rates_ : ipv6_rates_;
  if (rates.take(reporter, rate_kind({error.type, error.code}, true), context.now)) return true;
  ++context.counters.icmp_errors_suppressed;
  return false;
}

std::optional<Outcome> IcmpErrors::make_icmpv4_error_about(Context& context, Mbuf& frame,
                                                           const ParsedPacket& packet, Icmpv4ErrorKind kind,
                                                           const Softwire& home, const Cause& cause) {
  const Policy& policy = context.policy;
  if (!policy.ipv4.generate_icmp_errors || policy.ipv4_address.is_unspecified()) return std::nullopt;
  // RFC 1122 section 3.2.2 and RFC 1812 section 4.3.2.7 forbid errors to a source that is not one host, about
  // fragments other than the first, and about ICMP errors. Among ICMP messages, only an echo is known not to
  // be an error.
  if (is_martian(packet.source) || context.is_own_address(packet.source)) return std::nullopt;
  if (!ipv4_header(frame, packet.ipv4_offset).is_first_fragment()) return std::nullopt;
  if (packet.protocol == ip_protocol::kIcmp && packet.port_key != PortKey::kIdentifier) return std::nullopt;
  if (!ipv4_rates_.take(cause.source, rate_kind(kind, cause.is_relayed), context.now)) {
    ++context.counters.icmp_errors_suppressed;
    return std::nullopt;
  }
  const std::uint16_t length =
      make_icmpv4_error(frame, packet.ipv4_offset, packet.ipv4_length, kind, policy.ipv4_address,
                        policy.ipv4.mtu, context.fragmenter.next_ipv4_identification());
  return length == 0 ? std::nullopt : put_icmpv4_error(context, frame, length, home);
}

// Makes the error "source address failed ingress/egress policy" to the B4 (RFC 7596 section 6.2).
std::optional<Outcome> IcmpErrors::make_source_policy_error(Context& context, PacketState& state) {
  Mbuf& frame = *state.frame;
  const std::uint16_t offset = state.packet.ip_offset;
  const Ipv6Header& outer = ipv6_header(frame, offset);
  if (!context.policy.ipv6.generate_icmp_errors || is_link_broadcast(frame)) return std::nullopt;
  // Addresses with an all-zero upper half are IPv4 addresses in other forms: no node sends from them (RFC
  // 4291 section 2.5.5). A link-local address is valid on the sender's link only.
  if (!context.is_other_node(outer.source) || outer.source.high() == 0 || outer.source.is_link_local()) {
    return std::nullopt;
  }
  // Spoofed packets of MAP subscribers are dropped silently (RFC 7597 section 8.1).
  if (state.source_leaf.kind == BindingTable::Kind::kRule || context.table->is_in_rule(outer.source)) {
    return std::nullopt;
  }
  // Strangers cannot use up what subscribers need to notice that their binding has changed.
  const Sender sender = sender_of(context, outer.source);
  const auto kind = sender.is_subscriber ? IcmpErrorRates::Kind::kVital : IcmpErrorRates::Kind::kOther;
  if (!ipv6_rates_.take(sender.identity, kind, context.now)) {
    ++context.counters.icmp_errors_suppressed;
    return std::nullopt;
  }
  // The source is the BR address, because a B4 accepts the error from no other address.
  const Ipv6Address source = outer.destination;
  const std::uint32_t quoted = sizeof(Ipv6Header) + std::uint32_t{outer.payload_length.value()};
  const std::uint16_t length = make_icmpv6_error(
      frame, offset, quoted, {Icmpv6Header::kUnreachable, Icmpv6Header::kSourcePolicy}, source);
  if (length == 0 || !put_onto_ethernet(frame, 0, length, context.ethernet[Side::kIpv6])) return std::nullopt;
  return Outcome::kIcmpv6Error;
}

}  // namespace softwire::dataplane
