// SPDX-License-Identifier: BSD-3-Clause
// The engine's part in ICMP errors of others about packets that have passed the hub: ICMPv4 errors go where
// that packet came from, ICMPv6 errors about a softwire packet become ICMPv4 errors to its IPv4 sender.
#include <algorithm>
#include <span>

#include "dataplane/packet/quoted_octets.h"
#include "dataplane/pipeline/engine.h"
#include "dataplane/pipeline/internal.h"
#include "softwire/checksum.h"
#include "softwire/wire.h"

namespace softwire::dataplane {

namespace {

// Once the tunnel's Packet Too Big is about a packet that may not be fragmented: the MTU to tell its sender;
// 0: none. Below 1280 it cannot be true (RFC 8201 section 4).
std::uint16_t mtu_inside(std::uint32_t tunnel_mtu, std::uint16_t own_mtu) {
  constexpr std::uint32_t kMinimum = 1280;
  if (tunnel_mtu < kMinimum) return 0;
  return static_cast<std::uint16_t>(std::min<std::uint32_t>(tunnel_mtu, own_mtu) - sizeof(Ipv6Header));
}

}  // namespace

bool Engine::icmpv4_checksum_ok(const Item& item) {
  const ParsedPacket& packet = item.packet;
  return sums_up(sum_of(*item.frame, std::uint32_t{packet.ipv4_offset} + packet.ipv4_header_bytes,
                        std::uint32_t{packet.ipv4_length} - packet.ipv4_header_bytes));
}

// An ICMPv4 error travels back the way of the packet that it is about. With that packet's ports, the other
// way round, for its own, it is looked up, validated and forwarded like any packet (RFC 7596 section 8.1).
// None; or why it must not.
std::optional<Outcome> Engine::take_quoted_ports(Side side, Item& item) const {
  ParsedPacket& packet = item.packet;
  if (side == Side::kIpv4 ? item.destination_leaf.kind == BindingTable::Kind::kNone
                          : !table_->is_br(ipv6_header(*item.frame, packet.ip_offset).destination)) {
    return std::nullopt;  // no subscriber's, or no softwire's
  }
  if (!icmpv4_checksum_ok(item)) return Outcome::kIcmpChecksum;
  const QuotedOctets<kMostOfQuotedIpv4> quoted(*item.frame,
                                               std::uint32_t{packet.ipv4_offset} + packet.ipv4_header_bytes,
                                               std::uint32_t{packet.ipv4_length} - packet.ipv4_header_bytes);
  ParsedPacket quote;
  if (parse_quoted_ipv4(quoted.octets().data(), static_cast<std::uint32_t>(quoted.octets().size()), quote) !=
      ParseStatus::kOk)
    return quote.outcome;
  // Its addressee has sent the packet, and a subscriber speaks of what was sent to it alone.
  if (quote.source != packet.destination || quote.port_key == PortKey::kIcmpError ||
      (side == Side::kIpv6 && quote.destination != packet.source)) {
    return Outcome::kIcmpQuote;
  }
  packet.source_port = quote.destination_port;
  packet.destination_port = quote.source_port;
  // An identifier stands for ports here; an error is not to be taken for an echo.
  packet.port_key = is_port(quote.port_key) ? PortKey::kPorts : quote.port_key;
  return std::nullopt;
}

// RFC 2473 section 8: only about a packet that the hub can have sent (its own BR address, to the B4 that the
// IPv4 destination and port are bound to).
Engine::Answer Engine::answer_tunnel_error(Item& item, Instant now) {
  const ParsedPacket& packet = item.packet;
  Mbuf& frame = *item.frame;
  const auto error = *reinterpret_cast<const Icmpv6Header*>(data_of(frame) + packet.upper_offset);
  // What the tunnel's end could not put together is lost, but it can be reached.
  if (error.type == Icmpv6Header::kTimeExceeded && error.code != Icmpv6Header::kHopLimit) {
    return {Outcome::kIcmpv6Type};
  }
  if (!policy_.ipv6.accept_icmp) return {Outcome::kIcmpNotAccepted};

  const QuotedOctets<sizeof(Ipv6Header) + sizeof(Ipv6FragmentHeader) + kMostOfQuotedIpv4> quoted(
      frame, packet.upper_offset, packet.upper_bytes);
  const std::span octets = quoted.octets();
  ParsedPacket quote;
  if (parse_quoted_softwire(octets.data(), static_cast<std::uint32_t>(octets.size()), quote) !=
      ParseStatus::kOk)
    return {quote.outcome};
  if (quote.port_key == PortKey::kFragment) return {Outcome::kIcmpQuoteFragment};
  const auto& outer = quoted.header<Ipv6Header>();
  const Softwire softwire = softwire_of(quote.destination, quote.port_key, quote.destination_port);
  if (!softwire.is_present() || !(softwire.br == outer.source) || !(softwire.b4 == outer.destination) ||
      !(ipv6_header(frame, packet.ip_offset).destination == outer.source) || is_martian(quote.source) ||
      quote.port_key == PortKey::kIcmpError) {
    return {Outcome::kIcmpQuote};
  }

  Icmpv4ErrorKind kind{IcmpError::kUnreachable, IcmpError::kHostUnreachable};
  if (error.type == Icmpv6Header::kPacketTooBig) {
    const auto& ipv4 = *reinterpret_cast<const Ipv4Header*>(octets.data() + quote.ipv4_offset);
    const std::uint16_t mtu = mtu_inside(error.parameter.value(), policy_.ipv6.mtu);
    if (mtu == 0 || !ipv4.dont_fragment()) return {Outcome::kIcmpv6TooBig};
    kind = {IcmpError::kUnreachable, IcmpError::kFragmentationNeeded, mtu};
  }
  const std::optional<Softwire> home = home_of_sender(quote);
  const std::uint32_t before = std::uint32_t{sizeof(Icmpv6Header)} + quote.ipv4_offset;
  quote.ipv4_length =
      static_cast<std::uint16_t>(std::min<std::uint32_t>(quote.ipv4_length, packet.upper_bytes - before));
  quote.ipv4_offset = static_cast<std::uint16_t>(packet.upper_offset + before);
  if (!home || !pull_up(frame, static_cast<std::uint16_t>(quote.ipv4_offset + quote.ipv4_header_bytes))) {
    return {Outcome::kTunnelErrorHandled};
  }
  return {Outcome::kTunnelErrorHandled, make_icmpv4_error_about(frame, quote, kind, *home, now)};
}

}  // namespace softwire::dataplane
