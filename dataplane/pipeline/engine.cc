// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/pipeline/engine.h"

#include <algorithm>
#include <cassert>

#include "dataplane/filter/packet_filter.h"
#include "dataplane/pipeline/internal.h"
#include "dataplane/pipeline/on_a_stick.h"
#include "dataplane/softwire/ecn.h"
#include "dataplane/softwire/mss.h"
#include "dataplane/softwire/rewrite.h"
#include "softwire/wire.h"

namespace softwire::dataplane {

namespace {

// The slot that a leaf and a port lead to; null when no binding is to be found that way.
inline const Softwire* slot_of(const BindingTable& table, BindingTable::Leaf leaf, bool has_port, Port port) {
  if (leaf.kind != BindingTable::Kind::kBinding) return nullptr;
  if (leaf.is_shared() && (!has_port || BindingTable::is_nobodys(leaf, port))) return nullptr;
  const Softwire* slot = table.slot(leaf, port);
  __builtin_prefetch(slot);
  return slot;
}

// Every server may answer every request, whichever engine it went through.
TokenBucket make_reply_bucket(const Policy& policy, unsigned servers) {
  const unsigned times = std::max(1U, servers) * policy.engines;
  return {policy.punt_rate * times, policy.punt_burst * times};
}

constexpr bool leaves_on_ipv4_side(Outcome outcome) {
  switch (outcome) {
    case Outcome::kDecapsulated:
    case Outcome::kTranslatedToIpv4:
    case Outcome::kInjectedIpv4:
    case Outcome::kIcmpv4Error:
    case Outcome::kIcmpv4EchoReply:
      return true;
    default:
      return false;
  }
}

}  // namespace

Engine::Engine(const Policy& policy, const BindingTable& table, PuntChannel& punt_channel,
               const Resources& resources)
    : policy_(policy),
      seed_(resources.seed),
      has_egress_filter_(policy.ipv4.egress_filter != nullptr || policy.ipv6.egress_filter != nullptr),
      asks_gateways_(resources.asks_gateways),
      table_(&table),
      punt_channel_(punt_channel),
      drops_(resources.drops),
      pool_(resources.pool),
      ipv4_ethernet_(policy.ipv4, ether_type::kIpv4),
      ipv6_ethernet_(policy.ipv6, ether_type::kIpv6),
      publisher_(resources.gateway_publisher),
      request_bucket_(policy.punt_rate, policy.punt_burst),
      relay_bucket_(policy.punt_rate, policy.punt_burst),
      reply_bucket_(make_reply_bucket(policy, policy.dhcp_relay.server_count)),
      dhcp4o6_reply_bucket_(make_reply_bucket(policy, policy.dhcp_over_ipv6.server_count)),
      subscriber_rates_(policy.punt_subscriber_rate, policy.punt_subscriber_burst,
                        policy.punt_subscriber_mask, resources.seed),
      icmpv4_bucket_(policy.ipv4.icmp_error_rate, policy.ipv4.icmp_error_rate),
      icmpv6_bucket_(policy.ipv6.icmp_error_rate, policy.ipv6.icmp_error_rate),
      fragmenter_(resources.pool, resources.seed),
      ipv4_reassembler_(Side::kIpv4, policy.ipv4.reassembly, resources.reassembly_buffers, resources.seed,
                        counters_, resources.drops),
      ipv6_reassembler_(Side::kIpv6, policy.ipv6.reassembly, resources.reassembly_buffers, resources.seed,
                        counters_, resources.drops),
      ipv4_hop_{{policy.ipv4.gateway_mac, !policy.ipv4_gateway.is_unspecified()}, {}},
      ipv6_hop_{{policy.ipv6.gateway_mac, !policy.ipv6_gateway.is_unspecified()}, {}} {}

void Engine::adopt(const Policy& policy, const BindingTable& table) {
  const Policy before = policy_;
  policy_ = policy;
  table_ = &table;
  has_egress_filter_ = policy.ipv4.egress_filter != nullptr || policy.ipv6.egress_filter != nullptr;
  request_bucket_ = TokenBucket(policy.punt_rate, policy.punt_burst);
  relay_bucket_ = TokenBucket(policy.punt_rate, policy.punt_burst);
  reply_bucket_ = make_reply_bucket(policy, policy.dhcp_relay.server_count);
  dhcp4o6_reply_bucket_ = make_reply_bucket(policy, policy.dhcp_over_ipv6.server_count);
  subscriber_rates_.configure(policy.punt_subscriber_rate, policy.punt_subscriber_burst,
                              policy.punt_subscriber_mask);
  icmpv4_bucket_ = TokenBucket(policy.ipv4.icmp_error_rate, policy.ipv4.icmp_error_rate);
  icmpv6_bucket_ = TokenBucket(policy.ipv6.icmp_error_rate, policy.ipv6.icmp_error_rate);
  renew_gateway(Side::kIpv4, before);
  renew_gateway(Side::kIpv6, before);
  ipv4_ethernet_ = EthernetTemplate(policy.ipv4, ether_type::kIpv4);
  ipv6_ethernet_ = EthernetTemplate(policy.ipv6, ether_type::kIpv6);
  if (ipv4_hop_.gateway.is_resolved()) ipv4_ethernet_.set_destination(ipv4_hop_.gateway.mac());
  if (ipv6_hop_.gateway.is_resolved()) ipv6_ethernet_.set_destination(ipv6_hop_.gateway.mac());
  next_question_ = Instant::min();  // what waits for a gateway that is known now is to leave
}

void Engine::receive(Side side, std::span<Mbuf* const> frames, Instant now, Output& output) {
  assert(frames.size() <= kMaxBurst);
  const auto count = static_cast<unsigned>(frames.size());
  for (unsigned i = 0; i < count; ++i) __builtin_prefetch(data_of(*frames[i]));
  expire(now);
  // The first of the port keys that may set a packet on another course than forward().
  const PortKey first_unlike =
      side == Side::kIpv6 || policy_.ipv4.accept_icmp ? PortKey::kFragment : PortKey::kIdentifier;
  if (now >= next_question_ || has_news()) [[unlikely]] {
    see_to_gateways(now, output);
  }

  const PacketFilter* const filter = (side == Side::kIpv4 ? policy_.ipv4 : policy_.ipv6).ingress_filter;
  for (unsigned i = 0; i < count; ++i) {
    Item& item = items_[i];
    item.frame = frames[i];
    counters_.side(side).received.add(item.frame->pkt_len);
    if (filter != nullptr && !filter->matches(*item.frame)) [[unlikely]] {
      item.packet.outcome = Outcome::kIngressFilter;
      item.course = Course::kDrop;
      continue;
    }
    const ParseStatus status = parse(side, *item.frame, item.packet);
    item.course = Course::kForward;
    if (status != ParseStatus::kOk) [[unlikely]] {
      item.course = course_of(status);
    } else {
      table_->prefetch(item.packet.destination);
      if (side == Side::kIpv6) table_->prefetch(item.packet.source);
    }
  }
  for (unsigned i = 0; i < count; ++i) {
    Item& item = items_[i];
    if (item.course != Course::kForward) [[unlikely]] {
      continue;
    }
    look_up(side, item);
    if (item.packet.port_key >= first_unlike) [[unlikely]] {
      item.course = course_of(side, item);
    }
  }
  for (unsigned i = 0; i < count; ++i) {
    Item& item = items_[i];
    if (item.course != Course::kForward) [[unlikely]] {
      off_course(side, item, now, output);
      continue;
    }
    const std::uint32_t frame_bytes = item.frame->pkt_len;
    Outcome outcome = forward(side, item, now);
    if (!pass_on(side, *item.frame, frame_bytes, outcome, output)) [[unlikely]] {
      refuse(side, item, frame_bytes, outcome, now, output);
    }
  }
  output.flush();
  assert(counters_.add_up());
}

void Engine::receive_on_a_stick(std::span<Mbuf* const> frames, Instant now, Output& output) {
  assert(frames.size() <= kMaxBurst);
  std::array<Mbuf*, kMaxBurst> sorted;
  unsigned ipv4 = 0;
  for (Mbuf* frame : frames) {
    if (side_of(*frame, policy_) == Side::kIpv4) sorted[ipv4++] = frame;
  }
  unsigned all = ipv4;
  for (Mbuf* frame : frames) {
    if (side_of(*frame, policy_) == Side::kIpv6) sorted[all++] = frame;
  }
  const std::span<Mbuf* const> both(sorted.data(), all);
  if (ipv4 != 0) receive(Side::kIpv4, both.first(ipv4), now, output);
  if (all != ipv4) receive(Side::kIpv6, both.subspan(ipv4), now, output);
}

void Engine::expire(Instant now) {
  if (drops_ != nullptr) drops_->set_time(now);
  ipv4_reassembler_.expire(now);
  ipv6_reassembler_.expire(now);
}

void Engine::poll(Instant now, Output& output) {
  expire(now);
  see_to_gateways(now, output);
  output.flush();
  assert(counters_.add_up());
}

inline void Engine::look_up(Side side, Item& item) {
  const ParsedPacket& packet = item.packet;
  item.destination_leaf = table_->find(packet.destination);
  item.destination = slot_of(*table_, item.destination_leaf, packet.has_port(), packet.destination_port);
  if (item.destination_leaf.kind == BindingTable::Kind::kRule) [[unlikely]] {
    apply_rule_to_destination(item);
  }
  if (side == Side::kIpv6) {
    item.source_leaf = table_->find(packet.source);
    item.source = slot_of(*table_, item.source_leaf, packet.has_port(), packet.source_port);
    if (item.source_leaf.kind == BindingTable::Kind::kRule) [[unlikely]] {
      apply_rule_to_source(item);
    }
  }
}

inline Outcome Engine::forward(Side side, Item& item, Instant now) {
  return side == Side::kIpv4 ? from_ipv4_side(item, now) : from_ipv6_side(item, now);
}

[[gnu::cold, gnu::noinline]] Engine::Course Engine::course_of(ParseStatus status) {
  switch (status) {
    case ParseStatus::kOk:
      return Course::kForward;
    case ParseStatus::kFragment:
      return Course::kIpv6Fragment;
    case ParseStatus::kIcmpv6:
      return Course::kIcmpv6;
    case ParseStatus::kArp:
      return Course::kArp;
    case ParseStatus::kNotSoftwire:
      return Course::kNotSoftwire;
    default:
      return Course::kDrop;
  }
}

// Of a packet that has been looked up.
[[gnu::cold, gnu::noinline]] Engine::Course Engine::course_of(Side side, Item& item) const {
  ParsedPacket& packet = item.packet;
  if (side == Side::kIpv4 && !policy_.ipv4.accept_icmp && packet.protocol == ip_protocol::kIcmp &&
      item.destination_leaf.kind != BindingTable::Kind::kNone) {
    packet.outcome = Outcome::kIcmpNotAccepted;
    return Course::kDrop;
  }
  if (packet.port_key == PortKey::kIcmpError) return Course::kIcmpError;
  return packet.port_key == PortKey::kFragment && needs_port(side, item) ? Course::kIpv4Fragment
                                                                         : Course::kForward;
}

// Drops the frame, or holds the fragment and goes on with the packet that it completes, or sees to its ICMP.
[[gnu::cold, gnu::noinline]] void Engine::off_course(Side side, Item& item, Instant now, Output& output) {
  while (item.course == Course::kIpv6Fragment || item.course == Course::kIpv4Fragment) {
    const bool was_ipv6_fragment = item.course == Course::kIpv6Fragment;
    if (was_ipv6_fragment && !table_->is_br(ipv6_header(*item.frame, item.packet.ip_offset).destination)) {
      return end(side, *item.frame, item.frame->pkt_len, {Outcome::kNotOurBr}, output);
    }
    Mbuf* whole = was_ipv6_fragment ? reassemble_ipv6(item, now) : reassemble_ipv4(side, item, now);
    if (whole == nullptr) return;
    item.frame = whole;
    item.course = course_of(parse(side, *whole, item.packet));
    if (item.course == Course::kForward) {
      look_up(side, item);
      item.course = course_of(side, item);
    } else if (item.course == Course::kIpv6Fragment) {
      // Fragments within fragments are not what a tunnel entry makes.
      item.packet.outcome = Outcome::kIpv6ExtensionHeaders;
      item.course = Course::kDrop;
    }
  }
  const std::uint32_t frame_bytes = item.frame->pkt_len;
  Outcome outcome = item.packet.outcome;
  switch (item.course) {
    case Course::kDrop:
      end(side, *item.frame, frame_bytes, {outcome}, output);
      return;
    case Course::kArp:
      end(side, *item.frame, frame_bytes, {receive_arp(item, now, output)}, output);
      return;
    case Course::kNotSoftwire:
      not_softwire(item, now, output);
      return;
    case Course::kIcmpv6:
      if (table_->is_in_dmr(ipv6_header(*item.frame, item.packet.ip_offset).destination)) {
        not_softwire(item, now, output);
        return;
      }
      end(side, *item.frame, frame_bytes,
          is_neighbor_message(item) ? Answer{receive_nd(item, now, output)} : answer_icmpv6(item, now),
          output);
      return;
    case Course::kIcmpError:
      if (const auto drop = take_quoted_ports(side, item)) {
        outcome = *drop;
        break;
      }
      look_up(side, item);
      outcome = forward(side, item, now);
      break;
    default:
      outcome = forward(side, item, now);
      break;
  }
  if (!pass_on(side, *item.frame, frame_bytes, outcome, output))
    refuse(side, item, frame_bytes, outcome, now, output);
}

// Drops the packet, or holds the fragment, or translates the packet (RFC 7599 section 8.3), or punts it.
[[gnu::cold, gnu::noinline]] void Engine::not_softwire(Item& item, Instant now, Output& output) {
  const bool is_dhcp = may_be_dhcp(item);
  UpperLayer upper;
  const auto read = [&] { return is_dhcp ? read_upper(item, upper) : read_translatable(item, upper); };
  std::optional<Outcome> why = read();
  if (!why && (is_dhcp ? is_udp_fragment(upper) : needs_whole(item, upper))) {
    Mbuf* whole = reassemble_ipv6(item, now);
    if (whole == nullptr) return;
    item.frame = whole;
    why = read();
  }
  const std::uint32_t frame_bytes = item.frame->pkt_len;
  Outcome outcome = why ? *why : is_dhcp ? dhcp_over_ipv6(item, now) : from_ce(item, upper, now);
  if (!pass_on(Side::kIpv6, *item.frame, frame_bytes, outcome, output)) {
    if (item.packet.ip_offset == 0) put_into_frame(*item.frame);
    end(Side::kIpv6, *item.frame, frame_bytes, {outcome}, output);
  }
}

inline ParseStatus Engine::parse(Side side, Mbuf& frame, ParsedPacket& packet) const {
  const ParseStatus status =
      side == Side::kIpv4
          ? parse_ipv4_side(data_of(frame), frame.data_len, frame.pkt_len, policy_.ipv4, packet,
                            (frame.ol_flags & RTE_MBUF_F_RX_IP_CKSUM_MASK) == RTE_MBUF_F_RX_IP_CKSUM_GOOD)
          : parse_ipv6_side(data_of(frame), frame.data_len, frame.pkt_len, policy_.ipv6, packet);
  return status == ParseStatus::kScattered ? parse_scattered(side, frame, packet) : status;
}

// Each round needs more octets in one piece than the one before, so this ends.
[[gnu::cold, gnu::noinline]] ParseStatus Engine::parse_scattered(Side side, Mbuf& frame,
                                                                 ParsedPacket& packet) const {
  if (!pull_up(frame, packet.needed)) {
    packet.outcome = Outcome::kNoBufferRoom;
    return ParseStatus::kDrop;
  }
  return parse(side, frame, packet);
}

inline Outcome Engine::into_softwire(Item& item, Outcome success) {
  const ParsedPacket& packet = item.packet;
  Ipv4Header& ipv4 = ipv4_header(*item.frame, packet.ipv4_offset);
  if (ipv4.time_to_live <= 1) [[unlikely]] {
    return Outcome::kIpv4Ttl;
  }
  const bool too_big = packet.ipv4_length + sizeof(Ipv6Header) > policy_.ipv6.mtu;
  if (too_big && ipv4.dont_fragment()) [[unlikely]] {
    return Outcome::kTooBigForIpv6;
  }
  decrement_ttl(ipv4);
  if (policy_.tcp_mss != 0) [[unlikely]] {
    clamp_mss(*item.frame, packet, policy_.tcp_mss);
  }
  if (!put_into_softwire(*item.frame, packet.ipv4_offset, packet.ipv4_length, ipv4.type_of_service,
                         flow_label(packet), *item.destination, policy_.hop_limit, ipv6_ethernet_))
      [[unlikely]] {
    return Outcome::kNoBufferRoom;
  }
  return too_big ? fragment_ipv6(*item.frame, ipv6_ethernet_.bytes(), success) : success;
}

inline Outcome Engine::from_ipv4_side(Item& item, Instant now) {
  const ParsedPacket& packet = item.packet;
  if (is_martian(packet.source) || is_own_address(packet.source)) [[unlikely]] {
    return Outcome::kIpv4Martian;
  }
  // What is the relay's comes before any binding, should its address be a bound one too.
  if (packet.is_udp_to_dhcp() && policy_.dhcp_relay.enabled) [[unlikely]] {
    Outcome outcome{};
    if (is_dhcp_from_server(item, outcome, now)) return outcome;
  }
  if (item.destination != nullptr && item.destination->is_present()) [[likely]] {
    return into_softwire(item, Outcome::kEncapsulated);
  }
  return past_softwires(item, Outcome::kTranslatedToIpv6);
}

inline Outcome Engine::from_ipv6_side(Item& item, Instant now) {
  const ParsedPacket& packet = item.packet;
  // DHCP comes before any validation of address and port (draft-ietf-dhc-v4configuration-06 section 5.1 item
  // 1).
  if (packet.is_udp_to(kDhcpServerPort) || packet.source == 0) [[unlikely]] {
    Outcome outcome{};
    if (is_dhcp_from_softwire(item, outcome, now)) return outcome;
  }
  if (item.source == nullptr || !item.source->is_present()) [[unlikely]] {
    return unmatched_source(item);
  }
  const Ipv6Header& outer = ipv6_header(*item.frame, packet.ip_offset);
  if (!(outer.source == item.source->b4) || !(outer.destination == item.source->br)) [[unlikely]] {
    if (!stands_for_ce(item)) return wrong_softwire(item, *item.source);
  }
  Ipv4Header& ipv4 = ipv4_header(*item.frame, packet.ipv4_offset);
  const std::uint8_t traffic_class = outer.traffic_class();
  const EcnDecision ecn = decapsulated_ecn(ipv4.type_of_service & kEcnMask, traffic_class & kEcnMask);
  if (ecn.drop) [[unlikely]] {
    return Outcome::kEcnNotCapable;
  }
  const std::uint8_t dscp = policy_.copy_dscp ? traffic_class : ipv4.type_of_service;
  const auto type_of_service = static_cast<std::uint8_t>((dscp & ~kEcnMask) | ecn.ecn);
  if (type_of_service != ipv4.type_of_service) [[unlikely]] {
    set_type_of_service(ipv4, type_of_service);
  }
  return out_of_softwire(item, Outcome::kDecapsulated);
}

// What a CE of MAP-T has sent, once it is an IPv4 packet.
[[gnu::cold, gnu::noinline]] Outcome Engine::forward_translated(Item& item) {
  look_up(Side::kIpv4, item);
  return out_of_softwire(item, Outcome::kTranslatedToIpv4);
}

// An IPv4 packet of a subscriber, validated: to another subscriber, or to the IPv4 side with `success`.
[[gnu::always_inline]] inline Outcome Engine::out_of_softwire(Item& item, Outcome success) {
  const ParsedPacket& packet = item.packet;
  Ipv4Header& ipv4 = ipv4_header(*item.frame, packet.ipv4_offset);
  if (policy_.hairpinning && item.destination_leaf.kind != BindingTable::Kind::kNone) {
    if (item.destination != nullptr && item.destination->is_present()) {
      return into_softwire(item, Outcome::kHairpinned);
    }
    return past_softwires(item, Outcome::kHairpinned);
  }
  if (is_martian(packet.destination) || is_own_address(packet.destination)) [[unlikely]] {
    return not_forwarded(item);
  }
  if (ipv4.time_to_live <= 1) [[unlikely]] {
    return Outcome::kIpv4Ttl;
  }
  const bool too_big = packet.ipv4_length > policy_.ipv4.mtu;
  if (too_big && ipv4.dont_fragment()) [[unlikely]] {
    return Outcome::kTooBigForIpv4;
  }
  decrement_ttl(ipv4);
  if (policy_.tcp_mss != 0) [[unlikely]] {
    clamp_mss(*item.frame, packet, policy_.tcp_mss);
  }
  if (!put_onto_ethernet(*item.frame, packet.ipv4_offset, packet.ipv4_length, ipv4_ethernet_)) [[unlikely]] {
    return Outcome::kNoBufferRoom;
  }
  return too_big ? fragment_ipv4(*item.frame, ipv4_ethernet_.bytes(), success) : success;
}

[[gnu::cold, gnu::noinline]] Outcome Engine::unmatched_source(const Item& item) const {
  const ParsedPacket& packet = item.packet;
  if (!table_->is_br(ipv6_header(*item.frame, packet.ip_offset).destination)) return Outcome::kNotOurBr;
  if (is_martian(packet.source)) return Outcome::kIpv4Martian;
  if (item.source_leaf.is_shared() && !packet.has_port()) return no_port(packet.port_key);
  return Outcome::kNoBindingSource;
}

[[gnu::cold, gnu::noinline]] Outcome Engine::wrong_softwire(const Item& item,
                                                            const Softwire& softwire) const {
  const Ipv6Header& outer = ipv6_header(*item.frame, item.packet.ip_offset);
  if (!table_->is_br(outer.destination)) return Outcome::kNotOurBr;
  return outer.source == softwire.b4 ? Outcome::kWrongBr : Outcome::kWrongB4;
}

// A packet whose destination has no softwire: it may be a CE's of MAP-T.
[[gnu::cold, gnu::noinline]] Outcome Engine::past_softwires(Item& item, Outcome translated) {
  return table_->translates(item.destination_leaf) ? forward_to_ce(item, translated) : not_forwarded(item);
}

// A packet whose destination no binding leads to, from either side.
[[gnu::cold, gnu::noinline]] Outcome Engine::not_forwarded(const Item& item) const {
  const ParsedPacket& packet = item.packet;
  if (is_own_address(packet.destination) || packet.destination == kBroadcast) {
    if (packet.is_udp_to(kDhcpClientPort)) return Outcome::kToDhcpClientPort;
    return packet.destination == kBroadcast ? Outcome::kIpv4Destination : Outcome::kIpv4Local;
  }
  if (is_martian(packet.destination)) return Outcome::kIpv4Destination;
  if (item.destination_leaf.is_shared() && !packet.has_port()) return no_port(packet.port_key);
  return Outcome::kNoBindingDestination;
}

// False when the outcome is not to be sent or punted, or has become one that is not: then it is not counted,
// and the frame is the caller's. What is sent may have to wait for the MAC address of its gateway.
inline bool Engine::pass_on(Side from, Mbuf& frame, std::uint32_t frame_bytes, Outcome& outcome,
                            Output& output) {
  if (!is_sent(outcome)) [[unlikely]] {
    if (info(outcome).disposition != Disposition::kPunted) return false;
    counters_.outcomes.add(outcome);
    return true;
  }
  if (has_egress_filter_ && !may_leave(leaves_on_ipv4_side(outcome) ? Side::kIpv4 : Side::kIpv6, frame))
      [[unlikely]] {
    outcome = Outcome::kEgressFilter;
    free_fragments();
    return false;
  }
  // With the side a constant, so that no index is computed.
  const auto push = [&](Side to) {
    if (!next_hop(to).gateway.is_resolved() && needs_gateway(frame)) [[unlikely]] {
      hold(to, from, frame, frame_bytes, outcome);
      return;
    }
    counters_.outcomes.add(outcome);
    counters_.side(to).sent.add(frame.pkt_len);
    output.push(to, frame);
    if (further_fragments_ != nullptr) [[unlikely]] {
      push_fragments(from, to, output);
    }
  };
  if (leaves_on_ipv4_side(outcome)) {
    push(Side::kIpv4);
  } else {
    push(Side::kIpv6);
  }
  return true;
}

// Accounts for a frame that ends here, and sends what was made in its buffer if anything was.
[[gnu::noinline]] void Engine::end(Side side, Mbuf& frame, std::uint32_t frame_bytes, Answer answer,
                                   Output& output) {
  counters_.outcomes.add(answer.received);
  if (info(answer.received).disposition == Disposition::kDropped) {
    counters_.side(side).dropped.add(frame_bytes);
  }
  if (answer.sent) {
    ++counters_.generated;
    if (pass_on(side, frame, frame_bytes, *answer.sent, output)) return;
    counters_.outcomes.add(*answer.sent);
    end_dropped(drops_, {*answer.sent, side, frame_bytes}, frame);
  } else if (answer.shown) {
    rte_pktmbuf_free(&frame);
  } else {
    end_dropped(drops_, {answer.received, side, frame_bytes}, frame);
  }
}

[[gnu::cold, gnu::noinline]] bool Engine::may_leave(Side side, Mbuf& frame) const {
  const PacketFilter* filter = (side == Side::kIpv4 ? policy_.ipv4 : policy_.ipv6).egress_filter;
  return filter == nullptr || filter->matches(frame);
}

// What forward() would not forward: its sender may be told, or it was for the hub itself.
[[gnu::noinline]] void Engine::refuse(Side side, Item& item, std::uint32_t frame_bytes, Outcome outcome,
                                      Instant now, Output& output) {
  Answer answer{outcome};
  if (outcome == Outcome::kPuntRate || outcome == Outcome::kPuntSubscriberRate) {
    return end(side, *item.frame, frame_bytes, answer, output);  // what a flood is made of
  }
  if (outcome == Outcome::kIpv4Local) {
    answer = answer_echo(side, item);
  } else {
    answer.shown = show_copy(item, {outcome, side, frame_bytes});
    answer.sent = make_icmp_error(side, item, outcome, now);
  }
  end(side, *item.frame, frame_bytes, answer, output);
}

// Empty when the address, with that port, is no subscriber's.
Softwire Engine::softwire_of(std::uint32_t address, PortKey key, Port port) const {
  const BindingTable::Leaf leaf = table_->find(address);
  Softwire computed;
  const Softwire* softwire = leaf.kind == BindingTable::Kind::kRule
                                 ? apply_rule(leaf, is_port(key), address, port, computed)
                                 : slot_of(*table_, leaf, is_port(key), port);
  return softwire == nullptr ? Softwire{} : *softwire;
}

unsigned Engine::send_injected(Output& output) {
  unsigned count = 0;
  for (; count < kMaxBurst; ++count) {
    Mbuf* packet = punt_channel_.take_injected();
    if (packet == nullptr) break;
    ++counters_.generated;
    const Side side = context_of(*packet).side;
    const std::uint32_t bytes = packet->pkt_len;
    Outcome outcome = inject(*packet);
    if (pass_on(side, *packet, bytes, outcome, output)) continue;
    put_into_frame(*packet);
    end(side, *packet, bytes, {outcome}, output);
  }
  output.flush();
  assert(counters_.add_up());
  return count;
}

}  // namespace softwire::dataplane
