// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/map/to_ce.h"

#include "dataplane/map/translate.h"
#include "dataplane/packet/quoted_octets.h"
#include "dataplane/softwire/mss.h"
#include "softwire/ipv4_embedded.h"

namespace softwire::dataplane {

namespace {

constexpr unsigned kLowestIpv6Mtu = 1280;  // RFC 7915 section 4

// IPv6 addresses of the translated packet, and of the packet that it quotes if it is an ICMP error.
struct CeAddresses {
  Ipv6Pair packet;
  Ipv6Pair quoted;
};

// Returns the octets of the IPv6 packet into which an IPv4 packet is translated.
unsigned translated_length(const ParsedPacket& packet, const Ipv4Header& ipv4) {
  return packet.ipv4_length - unsigned{packet.ipv4_header_bytes} + unsigned{sizeof(Ipv6Header)} +
         (ipv4.is_fragment() ? unsigned{sizeof(Ipv6FragmentHeader)} : 0);
}

// Returns the IPv4 destination of the packet that an ICMP error quotes, or nullopt when the quote is too
// short.
std::optional<Ipv4Address> quoted_destination(const PacketState& state) {
  const ParsedPacket& packet = state.packet;
  const QuotedOctets<sizeof(Ipv4Header)> quoted(*state.frame,
                                                std::uint32_t{packet.ipv4_offset} + packet.ipv4_header_bytes,
                                                std::uint32_t{packet.ipv4_length} - packet.ipv4_header_bytes);
  if (quoted.octets().size() < sizeof(Ipv4Header)) return std::nullopt;
  return quoted.header<Ipv4Header>().destination;
}

// Finds the addresses of the translated packet. Returns nullopt, or the outcome with which the packet is
// dropped. Requires: take_quoted_ports() has given an ICMP error the ports of the packet that it quotes.
std::optional<Outcome> find_ce(const Context& context, const PacketState& state, CeAddresses& addresses) {
  const BindingTable& table = *context.table;
  const ParsedPacket& packet = state.packet;
  const BindingTable::Leaf leaf = state.destination_leaf;
  const Ipv6Prefix dmr = table.dmr(leaf);
  const bool is_error = is_icmpv4_error(*state.frame, packet);
  if (is_error) {
    const std::optional<Ipv4Address> far_end = quoted_destination(state);
    if (!far_end) return Outcome::kIcmpQuoteTruncated;
    addresses.quoted.destination = embed_ipv4(dmr, *far_end);
  }
  if (leaf.is_shared()) {
    if (!packet.has_port()) {
      return is_error ? Outcome::kIcmpQuoteTruncated : missing_port_outcome(packet.port_key);
    }
    if (BindingTable::is_nobodys(leaf, packet.destination_port)) return Outcome::kNoBindingDestination;
  }
  Softwire computed;
  if (table.computed(leaf, packet.destination, packet.destination_port, computed) == nullptr) {
    return Outcome::kNoBindingDestination;
  }
  addresses.packet = {embed_ipv4(dmr, Ipv4Address::from_host(packet.source)), computed.b4};
  addresses.quoted.source = computed.b4;
  return std::nullopt;
}

std::optional<Outcome> put_headers(const Context& context, Mbuf& frame, const Ipv6Pair& addresses) {
  if (const auto why = put_ipv6_header(frame, addresses)) return why;
  const EthernetTemplate& ethernet = context.ethernet[Side::kIpv6];
  std::uint8_t* front = replace_front(frame, 0, ethernet.bytes());
  if (front == nullptr) return Outcome::kNoBufferRoom;
  ethernet.write(front);
  return std::nullopt;
}

// Fragments a packet that is too long, while the header is still IPv4. A packet that may be fragmented is cut
// to the minimum MTU, because its sender does not learn of a smaller MTU (RFC 7915 section 4). Returns
// nullopt, or the outcome with which the packet is dropped.
std::optional<Outcome> fragment_for_ce(Context& context, PacketState& state) {
  Mbuf& frame = *state.frame;
  const Ipv4Header& ipv4 = ipv4_header(frame, 0);
  const unsigned headers =
      unsigned{sizeof(Ipv6Header)} + (ipv4.is_fragment() ? unsigned{sizeof(Ipv6FragmentHeader)} : 0);
  const std::uint32_t length = frame.pkt_len - ipv4.header_bytes() + headers;
  if (ipv4.dont_fragment()) {
    if (length > context.policy.ipv6.mtu) return Outcome::kTooBigForIpv6;
    return std::nullopt;
  }
  if (length <= kLowestIpv6Mtu) return std::nullopt;
  constexpr unsigned kPiece =
      kLowestIpv6Mtu - unsigned{sizeof(Ipv6Header)} - unsigned{sizeof(Ipv6FragmentHeader)};
  const auto mtu = static_cast<std::uint16_t>(ipv4.header_bytes() + kPiece);
  const std::optional<Mbuf*> later = context.fragmenter.fragment_ipv4(frame, 0, mtu);
  if (!later) return Outcome::kNoBuffer;
  state.later_fragments = *later;
  return std::nullopt;
}

Outcome translate_to_ce(Context& context, PacketState& state, const CeAddresses& addresses, Outcome success) {
  Mbuf& frame = *state.frame;
  ParsedPacket& packet = state.packet;
  static_cast<void>(replace_front(frame, packet.ipv4_offset, 0));
  trim_frame(frame, packet.ipv4_length);
  packet.ip_offset = packet.ipv4_offset = 0;
  const TranslationMtus mtus{context.policy.ipv4.mtu, context.policy.ipv6.mtu};
  if (const auto why = to_ipv6_payload(frame, addresses.packet, addresses.quoted, mtus)) return *why;
  if (const auto why = fragment_for_ce(context, state)) return *why;
  std::optional<Outcome> why = put_headers(context, frame, addresses.packet);
  for (Mbuf* each = state.later_fragments; each != nullptr && !why; each = context_of(*each).fragment.next) {
    why = put_headers(context, *each, addresses.packet);
  }
  if (!why) return success;
  free_later_fragments(state);
  return *why;
}

}  // namespace

bool is_icmpv4_error(Mbuf& frame, const ParsedPacket& packet) {
  return packet.protocol == ip_protocol::kIcmp && !ipv4_header(frame, packet.ipv4_offset).is_fragment() &&
         packet.ipv4_length >= packet.ipv4_header_bytes + sizeof(IcmpError) &&
         IcmpError::is_error(data_of(frame)[packet.ipv4_offset + packet.ipv4_header_bytes]);
}

Outcome forward_to_ce(Context& context, PacketState& state, Outcome success) {
  CeAddresses addresses;
  if (const auto why = find_ce(context, state, addresses)) return *why;
  Ipv4Header& ipv4 = ipv4_header(*state.frame, state.packet.ipv4_offset);
  if (ipv4.time_to_live <= 1) return Outcome::kIpv4Ttl;
  // The ICMP error quotes the packet as it was received, so its length is checked before translation (RFC
  // 7915 section 4.4). ICMP errors change their length in translation.
  if (ipv4.dont_fragment() && !is_icmpv4_error(*state.frame, state.packet) &&
      translated_length(state.packet, ipv4) > context.policy.ipv6.mtu) {
    return Outcome::kTooBigForIpv6;
  }
  decrement_ttl(ipv4);
  if (context.policy.tcp_mss != 0) clamp_mss(*state.frame, state.packet, context.policy.tcp_mss);
  return translate_to_ce(context, state, addresses, success);
}

Outcome send_to_ce(Context& context, PacketState& state, Outcome success) {
  CeAddresses addresses;
  if (const auto why = find_ce(context, state, addresses)) return *why;
  return translate_to_ce(context, state, addresses, success);
}

}  // namespace softwire::dataplane
