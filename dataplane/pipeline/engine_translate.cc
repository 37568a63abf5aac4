// SPDX-License-Identifier: BSD-3-Clause
// MAP-T in the engine (RFC 7599 section 8): who may send what, and to which CE a packet goes. All of it out
// of line: the packets of softwires pay nothing for it.
#include <algorithm>
#include <array>

#include "dataplane/map/quote.h"
#include "dataplane/packet/quoted_octets.h"
#include "dataplane/pipeline/engine.h"
#include "dataplane/pipeline/internal.h"
#include "dataplane/softwire/mss.h"
#include "dataplane/softwire/rewrite.h"
#include "softwire/ipv4_embedded.h"

namespace softwire::dataplane {

namespace {

constexpr std::size_t kMostOfQuotedIpv6 = sizeof(Ipv6Header) + sizeof(Ipv6FragmentHeader) + sizeof(IcmpEcho);

// Of the IPv6 packet that an IPv4 packet becomes.
unsigned length_for_ce(const ParsedPacket& packet, const Ipv4Header& ipv4) {
  return packet.ipv4_length - unsigned{packet.ipv4_header_bytes} + unsigned{sizeof(Ipv6Header)} +
         (ipv4.is_fragment() ? unsigned{sizeof(Ipv6FragmentHeader)} : 0);
}

// Of a packet that the parser has found: then the ICMP header of a whole one lies in one piece.
bool is_icmpv4_error(Mbuf& frame, const ParsedPacket& packet) {
  return packet.protocol == ip_protocol::kIcmp && !ipv4_header(frame, packet.ipv4_offset).is_fragment() &&
         packet.ipv4_length >= packet.ipv4_header_bytes + sizeof(IcmpError) &&
         IcmpError::is_error(data_of(frame)[packet.ipv4_offset + packet.ipv4_header_bytes]);
}

bool is_icmpv6_error_message(Mbuf& frame, const ParsedPacket& packet, const UpperLayer& upper) {
  return upper.protocol == ip_protocol::kIcmpv6 && packet.port_key == PortKey::kIcmpOther &&
         is_icmpv6_error(data_of(frame)[upper.offset]);
}

}  // namespace

// --- to a CE ---

std::optional<Outcome> Engine::find_ce(const Item& item, CePath& path) const {
  const ParsedPacket& packet = item.packet;
  const BindingTable::Leaf leaf = item.destination_leaf;
  const Ipv6Prefix dmr = table_->dmr(leaf);
  const bool is_error = is_icmpv4_error(*item.frame, packet);
  if (is_error) {
    // The ports of the packet that it is about have been taken for its own; the far end of that is wanted
    // too.
    const QuotedOctets<sizeof(Ipv4Header)> quoted(
        *item.frame, std::uint32_t{packet.ipv4_offset} + packet.ipv4_header_bytes,
        std::uint32_t{packet.ipv4_length} - packet.ipv4_header_bytes);
    if (quoted.octets().size() < sizeof(Ipv4Header)) return Outcome::kIcmpQuoteTruncated;
    path.quoted.destination = embed_ipv4(dmr, quoted.header<Ipv4Header>().destination);
  }
  if (leaf.is_shared()) {
    if (!packet.has_port()) return is_error ? Outcome::kIcmpQuoteTruncated : no_port(packet.port_key);
    if (BindingTable::is_nobodys(leaf, packet.destination_port)) return Outcome::kNoBindingDestination;
  }
  Softwire softwire;
  if (table_->computed(leaf, packet.destination, packet.destination_port, softwire) == nullptr)
    return Outcome::kNoBindingDestination;
  path.addresses = {embed_ipv4(dmr, Ipv4Address::from_host(packet.source)), softwire.b4};
  path.quoted.source = softwire.b4;
  return std::nullopt;
}

Outcome Engine::forward_to_ce(Item& item, Outcome success) {
  CePath path;
  if (const auto why = find_ce(item, path)) return *why;
  Ipv4Header& ipv4 = ipv4_header(*item.frame, item.packet.ipv4_offset);
  if (ipv4.time_to_live <= 1) return Outcome::kIpv4Ttl;
  // What is too big is told so as it came (RFC 7915 section 4.4); ICMP errors change their length.
  if (ipv4.dont_fragment() && !is_icmpv4_error(*item.frame, item.packet) &&
      length_for_ce(item.packet, ipv4) > policy_.ipv6.mtu) {
    return Outcome::kTooBigForIpv6;
  }
  decrement_ttl(ipv4);
  if (policy_.tcp_mss != 0) clamp_mss(*item.frame, item.packet, policy_.tcp_mss);
  return translate_to_ce(item, path, success);
}

Outcome Engine::send_to_ce(Item& item, Outcome success) {
  CePath path;
  if (const auto why = find_ce(item, path)) return *why;
  return translate_to_ce(item, path, success);
}

Outcome Engine::translate_to_ce(Item& item, const CePath& path, Outcome success) {
  Mbuf& frame = *item.frame;
  static_cast<void>(replace_front(frame, item.packet.ipv4_offset, 0));
  trim_frame(frame, item.packet.ipv4_length);
  item.packet.ip_offset = item.packet.ipv4_offset = 0;
  if (const auto why = to_ipv6_payload(frame, path.addresses, path.quoted, mtus())) return *why;
  const Ipv4Header& ipv4 = ipv4_header(frame, 0);
  const unsigned headers =
      unsigned{sizeof(Ipv6Header)} + (ipv4.is_fragment() ? unsigned{sizeof(Ipv6FragmentHeader)} : 0);
  const std::uint32_t length = frame.pkt_len - ipv4.header_bytes() + headers;
  // A packet that may be fragmented shall fit everywhere: its sender does not learn of a smaller MTU (RFC
  // 7915 section 4).
  if (ipv4.dont_fragment()) {
    if (length > policy_.ipv6.mtu) return Outcome::kTooBigForIpv6;
  } else if (length > kLowestIpv6Mtu) {
    constexpr unsigned kPiece =
        kLowestIpv6Mtu - unsigned{sizeof(Ipv6Header)} - unsigned{sizeof(Ipv6FragmentHeader)};
    const auto mtu = static_cast<std::uint16_t>(ipv4.header_bytes() + kPiece);
    if (!fragmenter_.fragment_ipv4(frame, 0, mtu, further_fragments_)) return Outcome::kNoBuffer;
  }
  std::optional<Outcome> why = put_headers(frame, path.addresses);
  for (Mbuf* each = further_fragments_; each != nullptr && !why; each = context_of(*each).fragment.next) {
    why = put_headers(*each, path.addresses);
  }
  if (!why) return success;
  free_fragments();
  return *why;
}

std::optional<Outcome> Engine::put_headers(Mbuf& frame, const Ipv6Pair& addresses) const {
  if (const auto why = put_ipv6_header(frame, addresses)) return why;
  std::uint8_t* front = replace_front(frame, 0, ipv6_ethernet_.bytes());
  if (front == nullptr) return Outcome::kNoBufferRoom;
  ipv6_ethernet_.write(front);
  return std::nullopt;
}

// --- from a CE ---

std::optional<Outcome> Engine::read_translatable(Item& item, UpperLayer& upper) const {
  if (!table_->is_in_dmr(ipv6_header(*item.frame, item.packet.ip_offset).destination)) {
    return item.packet.outcome;
  }
  if ((data_of(*item.frame)[0] & 1) != 0) return Outcome::kLinkBroadcast;
  return read_upper(item, upper);
}

std::optional<Outcome> Engine::read_upper(Item& item, UpperLayer& upper) {
  Mbuf& frame = *item.frame;
  ParsedPacket& packet = item.packet;
  // Each round needs more octets in one piece than the one before, so this ends.
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

// Of a packet from a CE: whether it is a fragment, and anything about the packet depends on its ports.
bool Engine::needs_whole(const Item& item, const UpperLayer& upper) const {
  if (!upper.is_fragment()) return false;
  const Ipv6Header& ipv6 = ipv6_header(*item.frame, item.packet.ip_offset);
  const RuleEntry* rule = table_->translating_rule(ipv6.source);
  if (rule == nullptr || !rule->dmr().contains(ipv6.destination)) return false;
  const std::uint32_t destination = embedded_ipv4(rule->dmr(), ipv6.destination).host();
  return rule->is_shared() || (policy_.hairpinning && table_->find(destination).is_shared()) ||
         is_relays(destination);
}

// An ICMPv6 error is of the CE that the packet which it is about was for, and may come from any router on the
// way there. Gives `packet` the ports of that CE and its peer.
std::optional<Outcome> Engine::read_quote(Item& item, const UpperLayer& upper, Ipv6Pair& quoted) const {
  const QuotedOctets<kMostOfQuotedIpv6> octets(*item.frame, upper.offset, upper.bytes);
  const auto quote = read_quoted_ipv6(octets.octets());
  if (!quote) return Outcome::kIcmpQuoteTruncated;
  const auto& ipv6 = octets.header<Ipv6Header>();
  quoted = {ipv6.source, ipv6.destination};
  const RuleEntry* rule = table_->translating_rule(quoted.destination);
  if (quote->is_icmp_error || rule == nullptr || !rule->dmr().contains(quoted.source))
    return Outcome::kIcmpQuote;
  if (rule->is_shared() && !quote->has_ports) return Outcome::kIcmpQuoteTruncated;
  item.packet.source_port = quote->destination_port;
  item.packet.destination_port = quote->source_port;
  if (quote->has_ports) item.packet.port_key = PortKey::kPorts;
  return std::nullopt;
}

Outcome Engine::from_ce(Item& item, const UpperLayer& upper, Instant now) {
  Mbuf& frame = *item.frame;
  ParsedPacket& packet = item.packet;
  const Ipv6Header& ipv6 = ipv6_header(frame, packet.ip_offset);
  const bool is_error = is_icmpv6_error_message(frame, packet, upper);
  Ipv6Pair quoted{};
  if (is_error) {
    if (const auto why = read_quote(item, upper, quoted)) return *why;
  }
  const Ipv6Address ce = is_error ? quoted.destination : ipv6.source;
  const RuleEntry* rule = table_->translating_rule(ce);
  if (rule == nullptr) return Outcome::kNoBindingSource;
  const Ipv6Prefix dmr = rule->dmr();
  if (!dmr.contains(ipv6.destination)) return Outcome::kWrongDmr;
  packet.source = rule->ipv4_of(ce);
  packet.destination = embedded_ipv4(dmr, ipv6.destination).host();
  // Port 68 is in nobody's set (draft-ietf-dhc-v4configuration-06 section 5.1 items 1 and 3).
  if (packet.is_udp_to(kDhcpServerPort) && is_relays(packet.destination))
    return dhcp_from_ce(item, *rule, now);
  if (const auto why = validate_ce(packet, ce)) return *why;
  Ipv4Pair addresses{Ipv4Address::from_host(packet.source), Ipv4Address::from_host(packet.destination)};
  Ipv4Pair quoted_ipv4;
  if (is_error) {
    quoted_ipv4 = {embedded_ipv4(dmr, quoted.source), addresses.source};
    if (!(quoted_ipv4.source == addresses.destination)) return Outcome::kIcmpQuote;
    // A router has no IPv4 address: ours stands for it (RFC 6791 section 4).
    if (!(ipv6.source == ce)) addresses.source = policy_.ipv4_address;
    if (addresses.source.is_unspecified()) return Outcome::kIcmpNotTranslated;
  }
  const auto identification = fragmenter_.next_ipv4_identification();
  if (const auto why =
          to_ipv4(frame, packet.ip_offset, upper, addresses, quoted_ipv4, mtus(), identification)) {
    return *why;
  }
  packet.source = addresses.source.host();
  packet.protocol = ipv4_header(frame, 0).protocol;
  packet.ip_offset = packet.ipv4_offset = 0;
  packet.ipv4_length = static_cast<std::uint16_t>(frame.pkt_len);
  packet.ipv4_header_bytes = sizeof(Ipv4Header);
  return forward_translated(item);
}

// Whether the CE has the packet's source address and port.
std::optional<Outcome> Engine::validate_ce(const ParsedPacket& packet, const Ipv6Address& ce) const {
  const BindingTable::Leaf leaf = table_->find(packet.source);
  if (!table_->translates(leaf)) return Outcome::kWrongCe;
  if (leaf.is_shared()) {
    if (!packet.has_port()) return no_port(packet.port_key);
    if (BindingTable::is_nobodys(leaf, packet.source_port)) return Outcome::kNoBindingSource;
  }
  Softwire softwire;
  if (table_->computed(leaf, packet.source, packet.source_port, softwire) == nullptr) {
    return Outcome::kNoBindingSource;
  }
  if (softwire.b4 == ce || table_->stands_for_ce(leaf, ce, softwire.b4)) return std::nullopt;
  return Outcome::kWrongCe;
}

}  // namespace softwire::dataplane
