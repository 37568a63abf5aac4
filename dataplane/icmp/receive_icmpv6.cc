// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/icmp/receive_icmpv6.h"

#include <algorithm>
#include <span>

#include "dataplane/icmp/echo_responder.h"
#include "dataplane/packet/quoted_octets.h"
#include "dataplane/tables/softwire_lookup.h"
#include "softwire/checksum.h"
#include "softwire/wire.h"

namespace softwire::dataplane {

namespace {

using QuotedSoftwire = QuotedOctets<sizeof(Ipv6Header) + sizeof(Ipv6FragmentHeader) + kMostOfQuotedIpv4>;

// Returns the MTU to report to the sender of an IPv4 packet that must not be fragmented, when a tunnel
// reports `tunnel_mtu`. Returns 0 when there is nothing to report: an MTU below 1280 is invalid (RFC 8201
// section 4).
std::uint16_t mtu_inside(std::uint32_t tunnel_mtu, std::uint16_t own_mtu) {
  constexpr std::uint32_t kMinimum = 1280;
  if (tunnel_mtu < kMinimum) return 0;
  return static_cast<std::uint16_t>(std::min<std::uint32_t>(tunnel_mtu, own_mtu) - sizeof(Ipv6Header));
}

bool is_checksum_right(const PacketState& state, const Ipv6Header& ipv6) {
  const ParsedPacket& packet = state.packet;
  const std::uint64_t pseudo_header =
      pseudo_header_sum(ipv6.source, ipv6.destination, ip_protocol::kIcmpv6, packet.upper_bytes);
  return sums_up(pseudo_header + sum_of(*state.frame, packet.upper_offset, packet.upper_bytes));
}

// Returns whether the hub can have sent the quoted packet: from its BR address, to the B4 to which the IPv4
// destination and port are bound (RFC 2473 section 8).
bool is_softwire_of_hub(const Context& context, const PacketState& state, const Ipv6Header& outer,
                        const ParsedPacket& quote) {
  const Softwire softwire =
      find_softwire(*context.table, quote.destination, is_port(quote.port_key), quote.destination_port);
  return softwire.is_present() && softwire.br == outer.source && softwire.b4 == outer.destination &&
         ipv6_header(*state.frame, state.packet.ip_offset).destination == outer.source &&
         !is_martian(quote.source) && quote.port_key != PortKey::kIcmpError;
}

// Makes the ICMPv4 error about the quoted IPv4 packet in the frame.
FrameResult relay_error(Context& context, IcmpErrors& errors, PacketState& state, ParsedPacket& quote,
                        Icmpv4ErrorKind kind, const Ipv6Address& reporter) {
  const ParsedPacket& packet = state.packet;
  const std::optional<Softwire> home = softwire_of_sender(context, quote);
  const std::uint32_t before = std::uint32_t{sizeof(Icmpv6Header)} + quote.ipv4_offset;
  quote.ipv4_length =
      static_cast<std::uint16_t>(std::min<std::uint32_t>(quote.ipv4_length, packet.upper_bytes - before));
  quote.ipv4_offset = static_cast<std::uint16_t>(packet.upper_offset + before);
  if (!home ||
      !pull_up(*state.frame, static_cast<std::uint16_t>(quote.ipv4_offset + quote.ipv4_header_bytes))) {
    return {Outcome::kTunnelErrorHandled};
  }
  return {Outcome::kTunnelErrorHandled,
          errors.relay_error(context, *state.frame, quote, kind, *home, reporter)};
}

FrameResult receive_tunnel_error(Context& context, IcmpErrors& errors, PacketState& state) {
  const ParsedPacket& packet = state.packet;
  const auto error = header_at<Icmpv6Header>(*state.frame, packet.upper_offset);
  // This code reports a failed reassembly: the B4 is still reachable.
  if (error.type == Icmpv6Header::kTimeExceeded && error.code != Icmpv6Header::kHopLimit) {
    return {Outcome::kIcmpv6Type};
  }
  if (!context.policy.ipv6.accept_icmp) return {Outcome::kIcmpNotAccepted};

  const QuotedSoftwire quoted(*state.frame, packet.upper_offset, packet.upper_bytes);
  const std::span octets = quoted.octets();
  ParsedPacket quote;
  if (parse_quoted_softwire(octets.data(), static_cast<std::uint32_t>(octets.size()), quote) !=
      ParseStatus::kOk) {
    return {quote.outcome};
  }
  if (quote.port_key == PortKey::kFragment) return {Outcome::kIcmpQuoteFragment};
  if (!is_softwire_of_hub(context, state, quoted.header<Ipv6Header>(), quote)) return {Outcome::kIcmpQuote};

  Icmpv4ErrorKind kind{IcmpError::kUnreachable, IcmpError::kHostUnreachable};
  if (error.type == Icmpv6Header::kPacketTooBig) {
    const auto& ipv4 = *reinterpret_cast<const Ipv4Header*>(octets.data() + quote.ipv4_offset);
    const std::uint16_t mtu = mtu_inside(error.parameter.value(), context.policy.ipv6.mtu);
    if (mtu == 0 || !ipv4.dont_fragment()) return {Outcome::kIcmpv6TooBig};
    kind = {IcmpError::kUnreachable, IcmpError::kFragmentationNeeded, mtu};
  }
  return relay_error(context, errors, state, quote, kind, quoted.header<Ipv6Header>().destination);
}

}  // namespace

[[gnu::cold, gnu::noinline]] FrameResult receive_icmpv6(Context& context, IcmpErrors& errors,
                                                        PacketState& state) {
  const ParsedPacket& packet = state.packet;
  const Ipv6Header& ipv6 = ipv6_header(*state.frame, packet.ip_offset);
  if (!context.is_own_address(ipv6.destination) || !context.is_other_node(ipv6.source)) {
    return {Outcome::kIpv6NotSoftwire};
  }
  if (!is_checksum_right(state, ipv6)) return {Outcome::kIcmpChecksum};
  // A packet for one node must not come in a frame for many. RFC 1812 section 5.3.4 says so for IPv4.
  if (is_link_broadcast(*state.frame)) return {Outcome::kLinkBroadcast};
  switch (header_at<Icmpv6Header>(*state.frame, packet.upper_offset).type) {
    case Icmpv6Header::kEchoRequest:
      return answer_icmpv6_echo(context, state);
    case Icmpv6Header::kUnreachable:
    case Icmpv6Header::kPacketTooBig:
    case Icmpv6Header::kTimeExceeded:
    case Icmpv6Header::kParameterProblem:
      return receive_tunnel_error(context, errors, state);
    default:
      return {Outcome::kIcmpv6Type};
  }
}

}  // namespace softwire::dataplane
