// SPDX-License-Identifier: BSD-3-Clause
// The engine's part in fragments: which must be put together, and what is cut when it is too long.
#include "dataplane/pipeline/engine.h"
#include "dataplane/pipeline/internal.h"
#include "dataplane/softwire/ecn.h"
#include "softwire/wire.h"

namespace softwire::dataplane {

// Of an IPv4 fragment: whether anything about it, be it that it is the relay's, depends on the ports.
bool Engine::needs_port(Side side, const Item& item) const {
  const std::uint32_t destination = item.packet.destination;
  const DhcpRelayPolicy& relay = policy_.dhcp_relay;
  if (is_martian(item.packet.source)) return false;
  const bool to_relay = relay.enabled && destination == relay.address.host();
  if (side == Side::kIpv4) return to_relay || item.destination_leaf.is_shared();
  if (!table_->is_br(ipv6_header(*item.frame, item.packet.ip_offset).destination)) return false;
  return to_relay || (relay.enabled && (destination == kBroadcast || is_intercepted(destination))) ||
         item.source_leaf.is_shared() || (policy_.hairpinning && item.destination_leaf.is_shared());
}

Mbuf* Engine::reassemble_ipv6(const Item& item, Instant now) {
  const ParsedPacket& packet = item.packet;
  const Ipv6Header& outer = ipv6_header(*item.frame, packet.ip_offset);
  const auto& header =
      *reinterpret_cast<const Ipv6FragmentHeader*>(data_of(*item.frame) + packet.fragment_header_offset);
  Fragment fragment;
  fragment.key.outer_source = outer.source;
  fragment.key.outer_destination = outer.destination;
  fragment.key.identification = header.identification.value();
  fragment.ip_offset = packet.ip_offset;
  fragment.header_offset = packet.fragment_header_offset;
  fragment.payload_offset = static_cast<std::uint16_t>(packet.fragment_header_offset + sizeof header);
  fragment.payload_bytes = packet.fragment_bytes;
  fragment.begin = header.offset_bytes();
  fragment.last = !header.more_fragments();
  fragment.ecn_seen = static_cast<std::uint8_t>(1U << (outer.traffic_class() & kEcnMask));
  return ipv6_reassembler_.add(*item.frame, fragment, now);
}

Mbuf* Engine::reassemble_ipv4(Side side, const Item& item, Instant now) {
  const ParsedPacket& packet = item.packet;
  const Ipv4Header& ipv4 = ipv4_header(*item.frame, packet.ipv4_offset);
  const std::uint16_t flags = ipv4.fragment.value();
  Fragment fragment;
  fragment.key.source = packet.source;
  fragment.key.destination = packet.destination;
  fragment.key.identification = ipv4.identification.value();
  fragment.key.protocol = packet.protocol;
  fragment.key.is_ipv4 = true;
  fragment.ip_offset = packet.ip_offset;
  fragment.header_offset = packet.ipv4_offset;
  fragment.payload_offset = static_cast<std::uint16_t>(packet.ipv4_offset + packet.ipv4_header_bytes);
  fragment.payload_bytes = static_cast<std::uint16_t>(packet.ipv4_length - packet.ipv4_header_bytes);
  fragment.begin = static_cast<std::uint16_t>((flags & Ipv4Header::kOffsetMask) * 8U);
  fragment.last = (flags & Ipv4Header::kMoreFragments) == 0;
  fragment.ecn_seen = static_cast<std::uint8_t>(1U << (ipv4.type_of_service & kEcnMask));
  if (side == Side::kIpv4) return ipv4_reassembler_.add(*item.frame, fragment, now);
  const Ipv6Header& outer = ipv6_header(*item.frame, packet.ip_offset);
  fragment.key.outer_source = outer.source;
  fragment.key.outer_destination = outer.destination;
  // Of the outer headers only the first one's is left: a mark of the others must not be lost (RFC 6040 4.2).
  if ((outer.traffic_class() & kEcnMask) == kCe) fragment.ecn_seen |= 1U << kCe;
  return ipv6_reassembler_.add(*item.frame, fragment, now);
}

[[gnu::cold, gnu::noinline]] Outcome Engine::fragment_ipv6(Mbuf& frame, unsigned ip_offset, Outcome success) {
  return fragmenter_.fragment_ipv6(frame, ip_offset, policy_.ipv6.mtu, further_fragments_)
             ? success
             : Outcome::kNoBuffer;
}

[[gnu::cold, gnu::noinline]] Outcome Engine::fragment_ipv4(Mbuf& frame, unsigned ip_offset, Outcome success) {
  return fragmenter_.fragment_ipv4(frame, ip_offset, policy_.ipv4.mtu, further_fragments_)
             ? success
             : Outcome::kNoBuffer;
}

// Of a packet whose first fragment does not leave.
[[gnu::cold, gnu::noinline]] void Engine::free_fragments() {
  while (further_fragments_ != nullptr) {
    Mbuf* fragment = further_fragments_;
    further_fragments_ = context_of(*fragment).fragment.next;
    rte_pktmbuf_free(fragment);
  }
}

[[gnu::cold, gnu::noinline]] void Engine::push_fragments(Side from, Side to, Output& output) {
  while (further_fragments_ != nullptr) {
    Mbuf& fragment = *further_fragments_;
    further_fragments_ = context_of(fragment).fragment.next;
    ++counters_.generated;
    if (has_egress_filter_ && !may_leave(to, fragment)) {
      counters_.outcomes.add(Outcome::kEgressFilter);
      end_dropped(drops_, {Outcome::kEgressFilter, from, fragment.pkt_len}, fragment);
      continue;
    }
    counters_.outcomes.add(Outcome::kFragment);
    counters_.side(to).sent.add(fragment.pkt_len);
    output.push(to, fragment);
  }
}

}  // namespace softwire::dataplane
