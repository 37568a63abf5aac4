#include "dataplane/engine/engine.h"

#include <algorithm>
#include <cassert>

#include "dataplane/engine/on_a_stick.h"
#include "dataplane/filter/packet_filter.h"
#include "dataplane/softwire/ecn.h"
#include "dataplane/softwire/mss.h"
#include "dataplane/softwire/rewrite.h"
#include "softwire/wire.h"

namespace softwire::dataplane {

namespace {

constexpr std::uint32_t kBroadcast = 0xffffffff;

// Sources that no packet may carry (RFC 1812 section 5.3.7); destinations that are not forwarded. Host order.
constexpr bool is_martian(std::uint32_t address) {
  return address >> 28 >= 14 || address >> 24 == 127 || address >> 24 == 0;
}

// Why an address that needs a port to find its binding has none.
constexpr Outcome no_port(PortKey key) {
  switch (key) {
    case PortKey::kIcmpOther:
      return Outcome::kIcmpError;
    case PortKey::kNone:
      return Outcome::kProtocolNoPort;
    default:
      return Outcome::kTransportTruncated;
  }
}

constexpr bool is_port(PortKey key) {
  return key == PortKey::kPorts || key == PortKey::kIdentifier;
}

constexpr bool leaves_on_ipv4_side(Outcome sent) {
  return sent == Outcome::kDecapsulated || sent == Outcome::kInjectedIpv4;
}

inline Ipv4Header& ipv4_header(Mbuf& frame, unsigned offset) {
  return *reinterpret_cast<Ipv4Header*>(data_of(frame) + offset);
}

inline const Ipv6Header& ipv6_header(Mbuf& frame, unsigned offset) {
  return *reinterpret_cast<const Ipv6Header*>(data_of(frame) + offset);
}

// The slot that a leaf and a port lead to; null when there is no binding to be found that way.
inline const Softwire* slot_of(const BindingTable& table, BindingTable::Leaf leaf, PortKey key, Port port) {
  if (leaf.kind != BindingTable::Kind::kBinding) return nullptr;
  if (leaf.is_shared() && (!is_port(key) || BindingTable::is_nobodys(leaf, port))) return nullptr;
  const Softwire* slot = table.slot(leaf, port);
  __builtin_prefetch(slot);
  return slot;
}

}  // namespace

Engine::Engine(const Policy& policy, const BindingTable& table, PuntChannel& punt_channel,
               const Resources& resources)
    : policy_(policy),
      seed_(resources.seed),
      has_egress_filter_(policy.ipv4.egress_filter != nullptr || policy.ipv6.egress_filter != nullptr),
      table_(table),
      punt_channel_(punt_channel),
      ipv4_ethernet_(policy.ipv4, ether_type::kIpv4),
      ipv6_ethernet_(policy.ipv6, ether_type::kIpv6),
      request_bucket_(policy.punt_rate, policy.punt_burst),
      reply_bucket_(policy.punt_rate * std::max(1U, unsigned{policy.dhcp_relay.server_count}),
                    policy.punt_burst * std::max(1U, unsigned{policy.dhcp_relay.server_count})),
      fragmenter_(resources.pool, resources.seed),
      ipv4_reassembler_(Side::kIpv4, policy.ipv4.reassembly, resources.reassembly_buffers, resources.seed,
                        counters_),
      ipv6_reassembler_(Side::kIpv6, policy.ipv6.reassembly, resources.reassembly_buffers, resources.seed,
                        counters_) {}

void Engine::receive(Side side, std::span<Mbuf* const> frames, Instant now, Output& output) {
  assert(frames.size() <= kMaxBurst);
  const auto count = static_cast<unsigned>(frames.size());
  for (unsigned i = 0; i < count; ++i) __builtin_prefetch(data_of(*frames[i]));
  expire(now);

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
      item.course = status == ParseStatus::kFragment ? Course::kIpv6Fragment : Course::kDrop;
    } else {
      table_.prefetch(item.packet.destination);
      if (side == Side::kIpv6) table_.prefetch(item.packet.source);
    }
  }
  for (unsigned i = 0; i < count; ++i) {
    Item& item = items_[i];
    if (item.course != Course::kForward) [[unlikely]] {
      continue;
    }
    look_up(side, item);
    if (item.packet.port_key == PortKey::kFragment) [[unlikely]] {
      if (needs_port(side, item)) item.course = Course::kIpv4Fragment;
    }
  }
  for (unsigned i = 0; i < count; ++i) {
    Item& item = items_[i];
    if (item.course != Course::kForward) [[unlikely]] {
      off_course(side, item, now, output);
      continue;
    }
    const std::uint32_t frame_bytes = item.frame->pkt_len;
    const Outcome outcome = forward(side, item, now);
    finish(side, *item.frame, frame_bytes, outcome, output);
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
  ipv4_reassembler_.expire(now);
  ipv6_reassembler_.expire(now);
}

inline void Engine::look_up(Side side, Item& item) const {
  const ParsedPacket& packet = item.packet;
  item.destination_leaf = table_.find(packet.destination);
  item.destination = slot_of(table_, item.destination_leaf, packet.port_key, packet.destination_port);
  if (side == Side::kIpv6) {
    item.source_leaf = table_.find(packet.source);
    item.source = slot_of(table_, item.source_leaf, packet.port_key, packet.source_port);
  }
}

inline Outcome Engine::forward(Side side, Item& item, Instant now) {
  return side == Side::kIpv4 ? from_ipv4_side(item, now) : from_ipv6_side(item, now);
}

// Of an IPv4 fragment: whether anything about it, be it that it is the relay's, depends on the ports.
[[gnu::cold, gnu::noinline]] bool Engine::needs_port(Side side, const Item& item) const {
  const auto is_shared = [](BindingTable::Leaf leaf) {
    return leaf.kind == BindingTable::Kind::kBinding && leaf.is_shared();
  };
  const std::uint32_t destination = item.packet.destination;
  const DhcpRelayPolicy& relay = policy_.dhcp_relay;
  if (is_martian(item.packet.source)) return false;
  const bool to_relay = relay.enabled && destination == relay.address.host();
  if (side == Side::kIpv4) return to_relay || is_shared(item.destination_leaf);
  if (!table_.is_br(ipv6_header(*item.frame, item.packet.ip_offset).destination)) return false;
  return to_relay || (relay.enabled && (destination == kBroadcast || is_intercepted(destination))) ||
         is_shared(item.source_leaf) || (policy_.hairpinning && is_shared(item.destination_leaf));
}

// Drops the frame, or holds the fragment, or goes on with the packet that it completes.
[[gnu::cold, gnu::noinline]] void Engine::off_course(Side side, Item& item, Instant now, Output& output) {
  const auto parse_whole = [&](Mbuf* whole) {
    if (whole == nullptr) return false;
    item.frame = whole;
    const ParseStatus status = parse(side, *whole, item.packet);
    if (status == ParseStatus::kOk) {
      look_up(side, item);
      return true;
    }
    // Fragments within fragments are not what a tunnel entry makes.
    finish(side, *whole, whole->pkt_len,
           status == ParseStatus::kFragment ? Outcome::kIpv6ExtensionHeaders : item.packet.outcome, output);
    return false;
  };
  if (item.course == Course::kDrop) {
    finish(side, *item.frame, item.frame->pkt_len, item.packet.outcome, output);
    return;
  }
  if (item.course == Course::kIpv6Fragment && !parse_whole(reassemble_ipv6(item, now))) return;
  if (item.packet.port_key == PortKey::kFragment && needs_port(side, item) &&
      !parse_whole(reassemble_ipv4(side, item, now))) {
    return;
  }
  const std::uint32_t frame_bytes = item.frame->pkt_len;
  finish(side, *item.frame, frame_bytes, forward(side, item, now), output);
}

Mbuf* Engine::reassemble_ipv6(const Item& item, Instant now) {
  const ParsedPacket& packet = item.packet;
  const Ipv6Header& outer = ipv6_header(*item.frame, packet.ip_offset);
  if (!table_.is_br(outer.destination)) {
    counters_.outcomes.add(Outcome::kNotOurBr);
    counters_.side(Side::kIpv6).dropped.add(item.frame->pkt_len);
    rte_pktmbuf_free(item.frame);
    return nullptr;
  }
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

inline ParseStatus Engine::parse(Side side, Mbuf& frame, ParsedPacket& packet) const {
  const ParseStatus status =
      side == Side::kIpv4
          ? parse_ipv4_side(data_of(frame), frame.data_len, frame.pkt_len, policy_.ipv4, packet)
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
  return too_big ? fragment_ipv6(*item.frame, success) : success;
}

inline Outcome Engine::from_ipv4_side(Item& item, Instant now) {
  const ParsedPacket& packet = item.packet;
  if (is_martian(packet.source) || is_own_address(packet.source)) [[unlikely]] {
    return Outcome::kIpv4Martian;
  }
  // The relay's own port comes before any binding, should its address be a bound one too.
  if (packet.is_udp_to(kDhcpServerPort) && policy_.dhcp_relay.enabled &&
      packet.destination == policy_.dhcp_relay.address.host()) [[unlikely]] {
    return dhcp_from_server(item, now);
  }
  if (item.destination != nullptr && item.destination->is_present()) [[likely]] {
    return into_softwire(item, Outcome::kEncapsulated);
  }
  return not_forwarded(item);
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
    return wrong_softwire(item, *item.source);
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
  if (policy_.hairpinning && item.destination_leaf.kind != BindingTable::Kind::kNone) {
    if (item.destination != nullptr && item.destination->is_present()) {
      return into_softwire(item, Outcome::kHairpinned);
    }
    return not_forwarded(item);
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
  return too_big ? fragment_ipv4(*item.frame, Outcome::kDecapsulated) : Outcome::kDecapsulated;
}

[[gnu::cold, gnu::noinline]] Outcome Engine::fragment_ipv6(Mbuf& frame, Outcome success) {
  return fragmenter_.fragment_ipv6(frame, ipv6_ethernet_.bytes(), policy_.ipv6.mtu, further_fragments_)
             ? success
             : Outcome::kNoBuffer;
}

[[gnu::cold, gnu::noinline]] Outcome Engine::fragment_ipv4(Mbuf& frame, Outcome success) {
  return fragmenter_.fragment_ipv4(frame, ipv4_ethernet_.bytes(), policy_.ipv4.mtu, further_fragments_)
             ? success
             : Outcome::kNoBuffer;
}

inline bool Engine::is_own_address(std::uint32_t address) const {
  return address != 0 && (address == policy_.ipv4_address.host() ||
                          (policy_.dhcp_relay.enabled && address == policy_.dhcp_relay.address.host()));
}

// A server's own address, to which subscribers shall not speak past the relay.
bool Engine::is_intercepted(std::uint32_t address) const {
  return policy_.dhcp_relay.intercept_server_addresses && policy_.dhcp_relay.is_server(address);
}

// True when the packet is the relay's, or must not be anything else; `outcome` says what became of it.
[[gnu::cold, gnu::noinline]] bool Engine::is_dhcp_from_softwire(const Item& item, Outcome& outcome,
                                                                Instant now) {
  const ParsedPacket& packet = item.packet;
  const bool to_relay_port = packet.is_udp_to(kDhcpServerPort);
  const DhcpRelayPolicy& relay = policy_.dhcp_relay;
  if (packet.source != 0) {
    // REBINDING, INFORM; or RENEWING, RELEASE to the override address, or to that of a server which does not
    // override its own. The relay checks who owns the source.
    if (!relay.enabled || (packet.destination != kBroadcast && packet.destination != relay.address.host() &&
                           !is_intercepted(packet.destination))) {
      return false;
    }
  }
  if (!table_.is_br(ipv6_header(*item.frame, packet.ip_offset).destination)) {
    outcome = Outcome::kNotOurBr;
  } else if (!to_relay_port || !relay.enabled) {
    outcome = Outcome::kIpv4Martian;
  } else if (packet.source == 0 &&
             (packet.destination != kBroadcast || packet.source_port != kDhcpClientPort)) {
    outcome = Outcome::kDhcpMartian;
  } else {
    outcome = punt(item, Side::kIpv6, Outcome::kPuntDhcpRequest, request_bucket_, now);
  }
  return true;
}

// What is to the relay's port and address. Only a server's answer gets as far as the limit of answers.
[[gnu::cold, gnu::noinline]] Outcome Engine::dhcp_from_server(const Item& item, Instant now) {
  const ParsedPacket& packet = item.packet;
  if (packet.source_port != kDhcpServerPort || !policy_.dhcp_relay.is_server(packet.source)) {
    return Outcome::kNotFromDhcpServer;
  }
  return punt(item, Side::kIpv4, Outcome::kPuntDhcpReply, reply_bucket_, now);
}

[[gnu::cold, gnu::noinline]] Outcome Engine::unmatched_source(const Item& item) const {
  const ParsedPacket& packet = item.packet;
  if (!table_.is_br(ipv6_header(*item.frame, packet.ip_offset).destination)) return Outcome::kNotOurBr;
  if (is_martian(packet.source)) return Outcome::kIpv4Martian;
  if (item.source_leaf.kind == BindingTable::Kind::kBinding && item.source_leaf.is_shared() &&
      !is_port(packet.port_key)) {
    return no_port(packet.port_key);
  }
  return Outcome::kNoBindingSource;
}

[[gnu::cold, gnu::noinline]] Outcome Engine::wrong_softwire(const Item& item,
                                                            const Softwire& softwire) const {
  const Ipv6Header& outer = ipv6_header(*item.frame, item.packet.ip_offset);
  if (!table_.is_br(outer.destination)) return Outcome::kNotOurBr;
  return outer.source == softwire.b4 ? Outcome::kWrongBr : Outcome::kWrongB4;
}

// A packet whose destination no binding leads to, from either side.
[[gnu::cold, gnu::noinline]] Outcome Engine::not_forwarded(const Item& item) const {
  const ParsedPacket& packet = item.packet;
  if (is_own_address(packet.destination) || packet.destination == kBroadcast) {
    if (packet.is_udp_to(kDhcpClientPort)) return Outcome::kToDhcpClientPort;
    return packet.destination == kBroadcast ? Outcome::kIpv4Destination : Outcome::kIpv4Local;
  }
  if (is_martian(packet.destination)) return Outcome::kIpv4Destination;
  if (item.destination_leaf.kind == BindingTable::Kind::kBinding && item.destination_leaf.is_shared() &&
      !is_port(packet.port_key)) {
    return no_port(packet.port_key);
  }
  return Outcome::kNoBindingDestination;
}

[[gnu::cold, gnu::noinline]] Outcome Engine::punt(const Item& item, Side side, Outcome reason,
                                                  TokenBucket& bucket, Instant now) {
  if (!bucket.take(now)) return Outcome::kPuntRate;
  FrameContext& context = context_of(*item.frame);
  if (side == Side::kIpv6) {
    const Ipv6Header& outer = ipv6_header(*item.frame, item.packet.ip_offset);
    context.outer_source = outer.source;
    context.outer_destination = outer.destination;
  }
  context.reason = reason;
  context.side = side;
  context.ipv4_offset = item.packet.ipv4_offset;
  context.ipv4_length = item.packet.ipv4_length;
  return punt_channel_.punt(*item.frame) ? reason : Outcome::kPuntQueueFull;
}

inline void Engine::finish(Side side, Mbuf& frame, std::uint32_t frame_bytes, Outcome outcome,
                           Output& output) {
  if (has_egress_filter_ && info(outcome).disposition == Disposition::kSent) [[unlikely]] {
    if (!may_leave(leaves_on_ipv4_side(outcome) ? Side::kIpv4 : Side::kIpv6, frame)) {
      outcome = Outcome::kEgressFilter;
      free_fragments();
    }
  }
  counters_.outcomes.add(outcome);
  if (leaves_on_ipv4_side(outcome)) {
    counters_.side(Side::kIpv4).sent.add(frame.pkt_len);
    output.push(Side::kIpv4, frame);
    if (further_fragments_ != nullptr) [[unlikely]] {
      push_fragments(Side::kIpv4, output);
    }
  } else if (info(outcome).disposition == Disposition::kSent) {
    counters_.side(Side::kIpv6).sent.add(frame.pkt_len);
    output.push(Side::kIpv6, frame);
    if (further_fragments_ != nullptr) [[unlikely]] {
      push_fragments(Side::kIpv6, output);
    }
  } else if (info(outcome).disposition == Disposition::kDropped) {
    counters_.side(side).dropped.add(frame_bytes);
    rte_pktmbuf_free(&frame);
  }
}

[[gnu::cold, gnu::noinline]] bool Engine::may_leave(Side side, Mbuf& frame) const {
  const PacketFilter* filter = (side == Side::kIpv4 ? policy_.ipv4 : policy_.ipv6).egress_filter;
  return filter == nullptr || filter->matches(frame);
}

// Of a packet whose first fragment does not leave.
[[gnu::cold, gnu::noinline]] void Engine::free_fragments() {
  while (further_fragments_ != nullptr) {
    Mbuf* fragment = further_fragments_;
    further_fragments_ = context_of(*fragment).fragment.next;
    rte_pktmbuf_free(fragment);
  }
}

[[gnu::cold, gnu::noinline]] void Engine::push_fragments(Side side, Output& output) {
  while (further_fragments_ != nullptr) {
    Mbuf& fragment = *further_fragments_;
    further_fragments_ = context_of(fragment).fragment.next;
    ++counters_.generated;
    if (has_egress_filter_ && !may_leave(side, fragment)) {
      counters_.outcomes.add(Outcome::kEgressFilter);
      rte_pktmbuf_free(&fragment);
      continue;
    }
    counters_.outcomes.add(Outcome::kFragment);
    counters_.side(side).sent.add(fragment.pkt_len);
    output.push(side, fragment);
  }
}

unsigned Engine::send_injected(Output& output) {
  unsigned count = 0;
  for (; count < kMaxBurst; ++count) {
    Mbuf* packet = punt_channel_.take_injected();
    if (packet == nullptr) break;
    ++counters_.generated;
    const Side side = context_of(*packet).side;
    const std::uint32_t bytes = packet->pkt_len;
    finish(side, *packet, bytes, inject(*packet), output);
  }
  output.flush();
  assert(counters_.add_up());
  return count;
}

// Packets of our own pass the hairpin decision like any other; their time to live is as the control plane
// made it.
Outcome Engine::inject(Mbuf& packet) {
  Item item;
  item.frame = &packet;
  if (parse_bare_ipv4(data_of(packet), packet.data_len, packet.pkt_len, item.packet) != ParseStatus::kOk) {
    return item.packet.outcome;
  }
  const std::uint16_t length = item.packet.ipv4_length;
  const std::uint8_t traffic_class = ipv4_header(packet, 0).type_of_service;
  const bool dont_fragment = ipv4_header(packet, 0).dont_fragment();
  const FrameContext& context = context_of(packet);
  const Softwire named{context.outer_source, context.outer_destination};
  const Softwire* softwire = &named;
  if (context.side == Side::kIpv4) {
    const auto leaf = table_.find(item.packet.destination);
    softwire = slot_of(table_, leaf, item.packet.port_key, item.packet.destination_port);
    if (!policy_.hairpinning || softwire == nullptr || !softwire->is_present()) {
      const bool too_big = length > policy_.ipv4.mtu;
      if (too_big && dont_fragment) return Outcome::kTooBigForIpv4;
      if (!put_onto_ethernet(packet, 0, length, ipv4_ethernet_)) return Outcome::kNoBufferRoom;
      return too_big ? fragment_ipv4(packet, Outcome::kInjectedIpv4) : Outcome::kInjectedIpv4;
    }
  }
  const bool too_big = length + sizeof(Ipv6Header) > policy_.ipv6.mtu;
  if (too_big && dont_fragment) return Outcome::kTooBigForIpv6;
  if (!put_into_softwire(packet, 0, length, traffic_class, flow_label(item.packet), *softwire,
                         policy_.hop_limit, ipv6_ethernet_)) {
    return Outcome::kNoBufferRoom;
  }
  return too_big ? fragment_ipv6(packet, Outcome::kInjectedSoftwire) : Outcome::kInjectedSoftwire;
}

}  // namespace softwire::dataplane
