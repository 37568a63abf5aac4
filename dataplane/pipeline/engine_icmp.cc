// SPDX-License-Identifier: BSD-3-Clause
// The engine's part in ICMP, where the hub speaks itself: errors about what it drops, answers to echo.
#include <array>
#include <cstring>
#include <utility>

#include "dataplane/icmp/echo.h"
#include "dataplane/icmp/error.h"
#include "dataplane/pipeline/engine.h"
#include "dataplane/pipeline/internal.h"
#include "dataplane/softwire/rewrite.h"
#include "softwire/wire.h"

namespace softwire::dataplane {

namespace {

constexpr std::uint8_t kOwnHops = 64;  // of what the hub answers (RFC 1700)

// The frame goes back to the station that it came from.
void turn_around(std::uint8_t* front) {
  auto& ethernet = *reinterpret_cast<EthernetHeader*>(front);
  std::swap(ethernet.source, ethernet.destination);
}

// Before a packet is quoted: as it would have gone on (RFC 1812 section 4.3.2.3 allows it).
void quote_one_hop_later(Ipv4Header& ipv4) {
  if (ipv4.time_to_live != 0) decrement_ttl(ipv4);
}

}  // namespace

// In the frame of the dropped packet; the outcome that the error leaves with, or none.
[[gnu::cold, gnu::noinline]] std::optional<Outcome> Engine::make_icmp_error(Side side, const Item& item,
                                                                            Outcome cause, Instant now) {
  const ParsedPacket& packet = item.packet;
  Icmpv4ErrorKind kind;
  switch (cause) {
    case Outcome::kNoBindingSource:
    case Outcome::kWrongB4:
    case Outcome::kWrongBr:
      return make_icmpv6_policy_error(item, now);
    case Outcome::kIpv4Ttl:
      kind = {IcmpError::kTimeExceeded, 0};
      break;
    case Outcome::kNoBindingDestination:
      // An unmatched echo is silent (RFC 7596 section 8.1).
      if (packet.protocol == ip_protocol::kIcmp) return std::nullopt;
      kind = {IcmpError::kUnreachable, IcmpError::kHostUnreachable};
      break;
    case Outcome::kTooBigForIpv6:
      kind = {IcmpError::kUnreachable, IcmpError::kFragmentationNeeded,
              static_cast<std::uint16_t>(table_->translates(item.destination_leaf)
                                             ? policy_.ipv6.mtu - (sizeof(Ipv6Header) - sizeof(Ipv4Header))
                                             : policy_.ipv6.mtu - sizeof(Ipv6Header))};
      break;
    case Outcome::kTooBigForIpv4:
      kind = {IcmpError::kUnreachable, IcmpError::kFragmentationNeeded, policy_.ipv4.mtu};
      break;
    default:
      return std::nullopt;
  }
  const std::optional<Softwire> home = side == Side::kIpv6 ? *item.source : home_of_sender(packet);
  if (!home) return std::nullopt;
  if (cause != Outcome::kNoBindingDestination) {
    quote_one_hop_later(ipv4_header(*item.frame, packet.ipv4_offset));
  }
  return make_icmpv4_error_about(*item.frame, packet, kind, *home, now);
}

// Our own packets pass the hairpin decision like any other: into the softwire, or, when it is an empty one,
// to the IPv4 side. None: to a subscriber's address, but to no subscriber.
std::optional<Softwire> Engine::home_of_sender(const ParsedPacket& packet) const {
  if (!policy_.hairpinning) return Softwire{};
  const Softwire softwire = softwire_of(packet.source, packet.port_key, packet.source_port);
  if (!softwire.is_present() && table_->find(packet.source).kind != BindingTable::Kind::kNone) {
    return std::nullopt;
  }
  return softwire;
}

// About an IPv4 packet in the frame, of which packet.ipv4_length octets are there. Its header lies in one
// piece.
std::optional<Outcome> Engine::make_icmpv4_error_about(Mbuf& frame, const ParsedPacket& packet,
                                                       Icmpv4ErrorKind kind, const Softwire& home,
                                                       Instant now) {
  if (!policy_.ipv4.generate_icmp_errors || policy_.ipv4_address.is_unspecified()) return std::nullopt;
  // RFC 1122 section 3.2.2, RFC 1812 section 4.3.2.7: not to what does not name one host, nor about another
  // fragment than the first, nor about an ICMP error; of ICMP, echo alone is known not to be one.
  if (is_martian(packet.source) || is_own_address(packet.source)) return std::nullopt;
  if (!ipv4_header(frame, packet.ipv4_offset).is_first_fragment()) return std::nullopt;
  if (packet.protocol == ip_protocol::kIcmp && packet.port_key != PortKey::kIdentifier) return std::nullopt;
  if (!icmpv4_bucket_.take(now)) {
    ++counters_.icmp_errors_suppressed;
    return std::nullopt;
  }
  const std::uint16_t length =
      make_icmpv4_error(frame, packet.ipv4_offset, packet.ipv4_length, kind, policy_.ipv4_address,
                        policy_.ipv4.mtu, fragmenter_.next_ipv4_identification());
  if (length == 0) return std::nullopt;
  return send_icmpv4_error(frame, length, home);
}

// "Source address failed ingress/egress policy" to the B4 (RFC 7596 section 6.2).
std::optional<Outcome> Engine::make_icmpv6_policy_error(const Item& item, Instant now) {
  const std::uint16_t offset = item.packet.ip_offset;
  const Ipv6Header& outer = ipv6_header(*item.frame, offset);
  if (!policy_.ipv6.generate_icmp_errors || is_link_broadcast(*item.frame)) return std::nullopt;
  if (!is_other_node(outer.source)) return std::nullopt;
  // Where rules are, spoofed packets are dropped in silence (RFC 7597 section 8.1).
  if (item.source_leaf.kind == BindingTable::Kind::kRule || table_->is_in_rule(outer.source))
    return std::nullopt;
  if (!icmpv6_bucket_.take(now)) {
    ++counters_.icmp_errors_suppressed;
    return std::nullopt;
  }
  // From the BR address: a B4 believes it from nobody else.
  const Ipv6Address source = outer.destination;
  const std::uint32_t quoted = sizeof(Ipv6Header) + std::uint32_t{outer.payload_length.value()};
  const std::uint16_t length = make_icmpv6_error(
      *item.frame, offset, quoted, {Icmpv6Header::kUnreachable, Icmpv6Header::kSourcePolicy}, source);
  if (length == 0 || !put_onto_ethernet(*item.frame, 0, length, ipv6_ethernet_)) return std::nullopt;
  return Outcome::kIcmpv6Error;
}

// Whether it names one node, and another than us (RFC 4443 section 2.4 (e.6)).
bool Engine::is_other_node(const Ipv6Address& address) const {
  return !address.is_multicast() && !address.is_unspecified() && !is_own_address(address);
}

// An ICMPv4 error in front of the frame: into the softwire `home`, or, when that is an empty one, to the IPv4
// side. It is shorter than either side's MTU.
std::optional<Outcome> Engine::send_icmpv4_error(Mbuf& frame, std::uint16_t length,
                                                 const Softwire& home) const {
  if (!home.is_present()) {
    return put_onto_ethernet(frame, 0, length, ipv4_ethernet_) ? std::optional(Outcome::kIcmpv4Error)
                                                               : std::nullopt;
  }
  return put_into_softwire(frame, 0, length, 0, 0, home, policy_.hop_limit, ipv6_ethernet_)
             ? std::optional(Outcome::kIcmpv4ErrorSoftwire)
             : std::nullopt;
}

// What is for an IPv4 address of the hub itself: its echo requests are answered (RFC 1122 section 3.2.2.6).
// Those with IP options would need theirs reversed, and are not.
[[gnu::cold, gnu::noinline]] Engine::Answer Engine::answer_echo(Side side, const Item& item) {
  const ParsedPacket& packet = item.packet;
  Mbuf& frame = *item.frame;
  Ipv4Header& ipv4 = ipv4_header(frame, packet.ipv4_offset);
  auto& echo = *reinterpret_cast<IcmpEcho*>(&ipv4 + 1);
  if (packet.port_key != PortKey::kIdentifier || packet.ipv4_header_bytes != sizeof ipv4 ||
      echo.type != IcmpEcho::kRequest) {
    return {Outcome::kIpv4Local};
  }
  if (!icmpv4_checksum_ok(item)) return {Outcome::kIcmpChecksum};
  const std::optional<Softwire> home = side == Side::kIpv6 ? *item.source : home_of_sender(packet);
  if (!home) return {Outcome::kIpv4Local};
  turn_into_reply(ipv4, echo, kOwnHops, fragmenter_.next_ipv4_identification());
  const std::uint16_t length = packet.ipv4_length;
  Outcome sent = Outcome::kIcmpv4EchoReply;
  if (!home->is_present()) {
    turn_around(data_of(frame));
    trim_frame(frame, std::uint32_t{packet.ip_offset} + length);
    if (length > policy_.ipv4.mtu) sent = fragment_ipv4(frame, packet.ip_offset, sent);
  } else {
    if (!put_into_softwire(frame, packet.ipv4_offset, length, ipv4.type_of_service, flow_label(packet), *home,
                           policy_.hop_limit, ipv6_ethernet_)) {
      return {Outcome::kNoBufferRoom};
    }
    sent = Outcome::kIcmpv4EchoReplySoftwire;
    if (length + sizeof(Ipv6Header) > policy_.ipv6.mtu) {
      sent = fragment_ipv6(frame, ipv6_ethernet_.bytes(), sent);
    }
  }
  return echo_answered(sent);
}

Engine::Answer Engine::echo_answered(Outcome sent) {
  if (sent == Outcome::kNoBuffer) return {sent};
  return {Outcome::kEchoHandled, sent};
}

// An ICMPv6 message, to whomever.
[[gnu::cold, gnu::noinline]] Engine::Answer Engine::answer_icmpv6(Item& item, Instant now) {
  const ParsedPacket& packet = item.packet;
  const Ipv6Header& ipv6 = ipv6_header(*item.frame, packet.ip_offset);
  const auto& icmp = *reinterpret_cast<const Icmpv6Header*>(data_of(*item.frame) + packet.upper_offset);
  if (!is_own_address(ipv6.destination) || !is_other_node(ipv6.source)) return {Outcome::kIpv6NotSoftwire};
  const std::uint64_t pseudo_header =
      pseudo_header_sum(ipv6.source, ipv6.destination, ip_protocol::kIcmpv6, packet.upper_bytes);
  if (!sums_up(pseudo_header + sum_of(*item.frame, packet.upper_offset, packet.upper_bytes))) {
    return {Outcome::kIcmpChecksum};
  }
  // To one of us, yet in a frame to many (as RFC 1812 section 5.3.4 has it for IPv4).
  if (is_link_broadcast(*item.frame)) return {Outcome::kLinkBroadcast};
  switch (icmp.type) {
    case Icmpv6Header::kEchoRequest:
      return answer_icmpv6_echo(item);
    case Icmpv6Header::kUnreachable:
    case Icmpv6Header::kPacketTooBig:
    case Icmpv6Header::kTimeExceeded:
    case Icmpv6Header::kParameterProblem:
      return answer_tunnel_error(item, now);
    default:
      return {Outcome::kIcmpv6Type};
  }
}

// From the address that was asked (RFC 4443 section 4.2), without the extension headers of the request.
Engine::Answer Engine::answer_icmpv6_echo(const Item& item) {
  const ParsedPacket& packet = item.packet;
  Mbuf& frame = *item.frame;
  const unsigned before = packet.ip_offset + unsigned{sizeof(Ipv6Header)};
  std::array<std::uint8_t, sizeof(EthernetHeader) + sizeof(VlanTag) + sizeof(Ipv6Header)> headers{};
  std::memcpy(headers.data(), data_of(frame), before);
  std::uint8_t* front = replace_front(frame, packet.upper_offset, before);
  std::memcpy(front, headers.data(), before);
  trim_frame(frame, before + std::uint32_t{packet.upper_bytes});
  turn_around(front);
  turn_into_reply(*reinterpret_cast<Ipv6Header*>(front + packet.ip_offset),
                  *reinterpret_cast<Icmpv6Header*>(front + before), packet.upper_bytes, kOwnHops);
  const bool too_big = sizeof(Ipv6Header) + packet.upper_bytes > policy_.ipv6.mtu;
  const Outcome sent = Outcome::kIcmpv6EchoReply;
  return echo_answered(too_big ? fragment_ipv6(frame, packet.ip_offset, sent) : sent);
}

}  // namespace softwire::dataplane
