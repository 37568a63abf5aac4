// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/map/from_ce.h"

#include "dataplane/map/quote.h"
#include "dataplane/map/translate.h"
#include "dataplane/packet/quoted_octets.h"
#include "softwire/ipv4_embedded.h"

namespace softwire::dataplane {

namespace {

constexpr std::size_t kMaxQuotedIpv6 = sizeof(Ipv6Header) + sizeof(Ipv6FragmentHeader) + sizeof(IcmpEcho);

bool is_icmpv6_error_message(Mbuf& frame, const ParsedPacket& packet, const UpperLayer& upper) {
  return upper.protocol == ip_protocol::kIcmpv6 && packet.port_key == PortKey::kIcmpOther &&
         is_icmpv6_error(data_of(frame)[upper.offset]);
}

// Gives an ICMPv6 error the ports of the CE to which the quoted packet went, and of its peer. Any router on
// the way may send such an error. Returns nullopt, or the outcome with which the error is dropped.
std::optional<Outcome> read_quote(const Context& context, PacketState& state, const UpperLayer& upper,
                                  Ipv6Pair& quoted) {
  const QuotedOctets<kMaxQuotedIpv6> octets(*state.frame, upper.offset, upper.bytes);
  const auto quote = read_quoted_ipv6(octets.octets());
  if (!quote) return Outcome::kIcmpQuoteTruncated;
  const auto& ipv6 = octets.header<Ipv6Header>();
  quoted = {ipv6.source, ipv6.destination};
  const RuleEntry* rule = context.table->translating_rule(quoted.destination);
  if (quote->is_icmp_error || rule == nullptr || !rule->dmr().contains(quoted.source)) {
    return Outcome::kIcmpQuote;
  }
  if (rule->is_shared() && !quote->has_ports) return Outcome::kIcmpQuoteTruncated;
  state.packet.source_port = quote->destination_port;
  state.packet.destination_port = quote->source_port;
  if (quote->has_ports) state.packet.port_key = PortKey::kPorts;
  return std::nullopt;
}

// Returns nullopt when the CE owns the packet's source address and port, else the outcome with which the
// packet is dropped.
std::optional<Outcome> validate_ce(const Context& context, const ParsedPacket& packet,
                                   const Ipv6Address& ce) {
  const BindingTable& table = *context.table;
  const BindingTable::Leaf leaf = table.find(packet.source);
  if (!table.translates(leaf)) return Outcome::kWrongCe;
  if (leaf.is_shared()) {
    if (!packet.has_port()) return missing_port_outcome(packet.port_key);
    if (BindingTable::is_nobodys(leaf, packet.source_port)) return Outcome::kNoBindingSource;
  }
  Softwire computed;
  if (table.computed(leaf, packet.source, packet.source_port, computed) == nullptr) {
    return Outcome::kNoBindingSource;
  }
  if (computed.b4 == ce || table.stands_for_ce(leaf, ce, computed.b4)) return std::nullopt;
  return Outcome::kWrongCe;
}

// The IPv4 addresses of the translated packet.
struct TranslatedAddresses {
  Ipv4Pair packet;
  Ipv4Pair quoted;  // of the packet that an ICMP error quotes
};

// Translates the packet, and updates `state` to describe the IPv4 packet.
std::optional<Outcome> translate(Context& context, PacketState& state, const UpperLayer& upper,
                                 const TranslatedAddresses& addresses) {
  Mbuf& frame = *state.frame;
  ParsedPacket& packet = state.packet;
  const TranslationMtus mtus{context.policy.ipv4.mtu, context.policy.ipv6.mtu};
  const auto identification = context.fragmenter.next_ipv4_identification();
  if (const auto why =
          to_ipv4(frame, packet.ip_offset, upper, addresses.packet, addresses.quoted, mtus, identification)) {
    return why;
  }
  packet.source = addresses.packet.source.host();
  packet.protocol = ipv4_header(frame, 0).protocol;
  packet.ip_offset = packet.ipv4_offset = 0;
  packet.ipv4_length = static_cast<std::uint16_t>(frame.pkt_len);
  packet.ipv4_header_bytes = sizeof(Ipv4Header);
  return std::nullopt;
}

}  // namespace

std::optional<Outcome> read_upper_layer(PacketState& state, UpperLayer& upper) {
  Mbuf& frame = *state.frame;
  ParsedPacket& packet = state.packet;
  // The loop ends, because each round needs more octets in one piece than the round before.
  for (;;) {
    switch (parse_upper(data_of(frame), frame.data_len, frame.pkt_len, packet, upper)) {
      case ParseStatus::kOk:
        return std::nullopt;
      case ParseStatus::kScattered:
        if (!pull_up(frame, packet.needed)) return Outcome::kNoBufferRoom;
        break;
      default:
        return packet.outcome;
    }
  }
}

std::optional<Outcome> read_translatable(const Context& context, PacketState& state, UpperLayer& upper) {
  if (!context.table->is_in_dmr(ipv6_header(*state.frame, state.packet.ip_offset).destination)) {
    return state.packet.outcome;
  }
  if (header_at<EthernetHeader>(*state.frame, 0).destination.is_multicast()) return Outcome::kLinkBroadcast;
  return read_upper_layer(state, upper);
}

bool needs_whole_packet(const Context& context, const PacketState& state, const UpperLayer& upper) {
  if (!upper.is_fragment()) return false;
  const BindingTable& table = *context.table;
  const Ipv6Header& ipv6 = ipv6_header(*state.frame, state.packet.ip_offset);
  const RuleEntry* rule = table.translating_rule(ipv6.source);
  if (rule == nullptr || !rule->dmr().contains(ipv6.destination)) return false;
  const std::uint32_t destination = embedded_ipv4(rule->dmr(), ipv6.destination).host();
  return rule->is_shared() || (context.policy.hairpinning && table.find(destination).is_shared()) ||
         context.policy.dhcp_relay.is_for_relay(destination);
}

CePacket translate_from_ce(Context& context, PacketState& state, const UpperLayer& upper) {
  ParsedPacket& packet = state.packet;
  const Ipv6Header& ipv6 = ipv6_header(*state.frame, packet.ip_offset);
  const bool is_error = is_icmpv6_error_message(*state.frame, packet, upper);
  Ipv6Pair quoted{};
  if (is_error) {
    if (const auto why = read_quote(context, state, upper, quoted)) return {why};
  }
  const Ipv6Address ce = is_error ? quoted.destination : ipv6.source;
  const RuleEntry* rule = context.table->translating_rule(ce);
  if (rule == nullptr) return {Outcome::kNoBindingSource};
  const Ipv6Prefix dmr = rule->dmr();
  if (!dmr.contains(ipv6.destination)) return {Outcome::kWrongDmr};
  packet.source = rule->ipv4_of(ce);
  packet.destination = embedded_ipv4(dmr, ipv6.destination).host();
  // No subscriber owns port 68 (draft-ietf-dhc-v4configuration-06 section 5.1 items 1 and 3).
  if (packet.is_udp_to(kDhcpServerPort) && context.policy.dhcp_relay.is_for_relay(packet.destination)) {
    return {std::nullopt, rule};
  }
  if (const auto why = validate_ce(context, packet, ce)) return {why};
  TranslatedAddresses addresses{
      {Ipv4Address::from_host(packet.source), Ipv4Address::from_host(packet.destination)}, {}};
  if (is_error) {
    addresses.quoted = {embedded_ipv4(dmr, quoted.source), addresses.packet.source};
    if (!(addresses.quoted.source == addresses.packet.destination)) return {Outcome::kIcmpQuote};
    // A router has no IPv4 address. The hub's address is used in its place (RFC 6791 section 4).
    if (!(ipv6.source == ce)) addresses.packet.source = context.policy.ipv4_address;
    if (addresses.packet.source.is_unspecified()) return {Outcome::kIcmpNotTranslated};
  }
  const std::optional<Outcome> why = translate(context, state, upper, addresses);
  return {why, nullptr, is_error ? std::optional(rule->end_user_of(ce)) : std::nullopt};
}

}  // namespace softwire::dataplane
