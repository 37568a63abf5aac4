#include "dataplane/engine/engine.h"

#include <algorithm>
#include <cassert>

#include "dataplane/softwire/ecn.h"
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
    case PortKey::kFragment:
      return Outcome::kIpv4FragmentNoPort;
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

Engine::Engine(const Policy& policy, const BindingTable& table, PuntChannel& punt_channel)
    : policy_(policy),
      table_(table),
      punt_channel_(punt_channel),
      ipv4_ethernet_(policy.ipv4, ether_type::kIpv4),
      ipv6_ethernet_(policy.ipv6, ether_type::kIpv6),
      request_bucket_(policy.punt_rate, policy.punt_burst),
      reply_bucket_(policy.punt_rate * std::max(1U, unsigned{policy.dhcp_relay.server_count}),
                    policy.punt_burst * std::max(1U, unsigned{policy.dhcp_relay.server_count})) {}

void Engine::receive(Side side, std::span<Mbuf* const> frames, Instant now, Output& output) {
  assert(frames.size() <= kMaxBurst);
  const auto count = static_cast<unsigned>(frames.size());
  for (unsigned i = 0; i < count; ++i) __builtin_prefetch(data_of(*frames[i]));

  for (unsigned i = 0; i < count; ++i) {
    Item& item = items_[i];
    item.frame = frames[i];
    counters_.side(side).received.add(item.frame->pkt_len);
    item.alive = parse(side, *item.frame, item.packet) == ParseStatus::kOk;
    if (item.alive) [[likely]] {
      table_.prefetch(item.packet.destination);
      if (side == Side::kIpv6) table_.prefetch(item.packet.source);
    }
  }
  for (unsigned i = 0; i < count; ++i) {
    Item& item = items_[i];
    if (!item.alive) [[unlikely]] {
      continue;
    }
    const ParsedPacket& packet = item.packet;
    item.destination_leaf = table_.find(packet.destination);
    item.destination = slot_of(table_, item.destination_leaf, packet.port_key, packet.destination_port);
    if (side == Side::kIpv6) {
      item.source_leaf = table_.find(packet.source);
      item.source = slot_of(table_, item.source_leaf, packet.port_key, packet.source_port);
    }
  }
  for (unsigned i = 0; i < count; ++i) {
    Item& item = items_[i];
    const std::uint32_t frame_bytes = item.frame->pkt_len;
    const Outcome outcome = !item.alive           ? item.packet.outcome
                            : side == Side::kIpv4 ? from_ipv4_side(item, now)
                                                  : from_ipv6_side(item, now);
    finish(side, *item.frame, frame_bytes, outcome, output);
  }
  output.flush();
  assert(counters_.add_up());
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

inline Outcome Engine::into_softwire(Item& item, Outcome success) const {
  const ParsedPacket& packet = item.packet;
  Ipv4Header& ipv4 = ipv4_header(*item.frame, packet.ipv4_offset);
  if (ipv4.time_to_live <= 1) [[unlikely]] {
    return Outcome::kIpv4Ttl;
  }
  if (packet.ipv4_length + sizeof(Ipv6Header) > policy_.ipv6.mtu) [[unlikely]] {
    return Outcome::kTooBigForIpv6;
  }
  decrement_ttl(ipv4);
  return put_into_softwire(*item.frame, packet.ipv4_offset, packet.ipv4_length, ipv4.type_of_service,
                           *item.destination, policy_.hop_limit, ipv6_ethernet_)
             ? success
             : Outcome::kNoBufferRoom;
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
  if (packet.is_udp_to(kDhcpServerPort) || packet.source == 0 || packet.port_key == PortKey::kFragment)
      [[unlikely]] {
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
  if (packet.ipv4_length > policy_.ipv4.mtu) [[unlikely]] {
    return Outcome::kTooBigForIpv4;
  }
  decrement_ttl(ipv4);
  return put_onto_ethernet(*item.frame, packet.ipv4_offset, packet.ipv4_length, ipv4_ethernet_)
             ? Outcome::kDecapsulated
             : Outcome::kNoBufferRoom;
}

inline bool Engine::is_own_address(std::uint32_t address) const {
  return address != 0 && (address == policy_.ipv4_address.host() ||
                          (policy_.dhcp_relay.enabled && address == policy_.dhcp_relay.address.host()));
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
    const bool to_server = relay.intercept_server_addresses && relay.is_server(packet.destination);
    if (!relay.enabled ||
        (packet.destination != kBroadcast && packet.destination != relay.address.host() && !to_server)) {
      return false;
    }
    // Of a fragment the port is not known; any other protocol is data.
    if (!to_relay_port && !(to_server && packet.protocol == ip_protocol::kUdp)) return false;
  }
  if (!table_.is_br(ipv6_header(*item.frame, packet.ip_offset).destination)) {
    outcome = Outcome::kNotOurBr;
  } else if (packet.source != 0 && !to_relay_port) {
    outcome = Outcome::kDhcpFragment;
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
  counters_.outcomes.add(outcome);
  if (outcome == Outcome::kDecapsulated || outcome == Outcome::kInjectedIpv4) {
    counters_.side(Side::kIpv4).sent.add(frame.pkt_len);
    output.push(Side::kIpv4, frame);
  } else if (info(outcome).disposition == Disposition::kSent) {
    counters_.side(Side::kIpv6).sent.add(frame.pkt_len);
    output.push(Side::kIpv6, frame);
  } else if (info(outcome).disposition == Disposition::kDropped) {
    counters_.side(side).dropped.add(frame_bytes);
    rte_pktmbuf_free(&frame);
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
  const FrameContext& context = context_of(packet);
  const Softwire named{context.outer_source, context.outer_destination};
  const Softwire* softwire = &named;
  if (context.side == Side::kIpv4) {
    const auto leaf = table_.find(item.packet.destination);
    softwire = slot_of(table_, leaf, item.packet.port_key, item.packet.destination_port);
    if (!policy_.hairpinning || softwire == nullptr || !softwire->is_present()) {
      if (length > policy_.ipv4.mtu) return Outcome::kTooBigForIpv4;
      return put_onto_ethernet(packet, 0, length, ipv4_ethernet_) ? Outcome::kInjectedIpv4
                                                                  : Outcome::kNoBufferRoom;
    }
  }
  if (length + sizeof(Ipv6Header) > policy_.ipv6.mtu) return Outcome::kTooBigForIpv6;
  return put_into_softwire(packet, 0, length, traffic_class, *softwire, policy_.hop_limit, ipv6_ethernet_)
             ? Outcome::kInjectedSoftwire
             : Outcome::kNoBufferRoom;
}

}  // namespace softwire::dataplane
