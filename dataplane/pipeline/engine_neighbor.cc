// SPDX-License-Identifier: BSD-3-Clause
// The engine's part in ARP and Neighbor Discovery: what is answered and learnt, when gateways are asked, and
// the packets that wait for them meanwhile. Nothing here is on the plain path.
#include <algorithm>
#include <array>
#include <cstring>

#include "dataplane/pipeline/engine.h"
#include "softwire/derived_address.h"
#include "softwire/wire.h"

namespace softwire::dataplane {

namespace {

template <typename Header>
const Header& header_at(Mbuf& frame, unsigned offset) {
  return *reinterpret_cast<const Header*>(data_of(frame) + offset);
}

template <typename Packet>
std::span<const std::uint8_t> octets_of(const Packet& packet) {
  return {reinterpret_cast<const std::uint8_t*>(&packet), sizeof packet};
}

// Who asks for the IPv6 gateway: an address that the gateway finds on the link.
Ipv6Address asking_address(const Policy& policy) {
  return policy.ipv6_gateway.is_link_local() || policy.ipv6_address.is_unspecified()
             ? link_local_address(policy.ipv6.mac)
             : policy.ipv6_address;
}

// Which gateway it is, on the publisher.
std::uint8_t gateway_number(const Policy& policy, Side side) {
  const SidePolicy& of_side = side == Side::kIpv4 ? policy.ipv4 : policy.ipv6;
  const std::size_t hash = side == Side::kIpv4 ? std::hash<Ipv4Address>()(policy.ipv4_gateway)
                                               : std::hash<Ipv6Address>()(policy.ipv6_gateway);
  return static_cast<std::uint8_t>((hash + of_side.vlan_id) % GatewayPublisher::kGateways);
}

}  // namespace

bool Engine::is_own_address(const Ipv6Address& address) const {
  return !address.is_unspecified() &&
         (address == policy_.ipv6_address || address == link_local_address(policy_.ipv6.mac) ||
          table_->is_br(address));
}

// Proxy ARP (RFC 1027) for what is bound. A probe is left without an answer: whoever gets an address of its
// own on this link, be it the subscriber's, is not kept from it. Nor is one who asks for itself.
bool Engine::stands_in_for(const ArpMessage& arp) const {
  return policy_.proxy_arp && !arp.sender.is_unspecified() && !(arp.sender == arp.target) &&
         !(arp.target == policy_.ipv4_gateway) &&
         table_->find(arp.target.host()).kind != BindingTable::Kind::kNone;
}

[[gnu::cold, gnu::noinline]] Outcome Engine::receive_arp(const Item& item, Instant now, Output& output) {
  Mbuf& frame = *item.frame;
  const Instant received_at = context_of(frame).received_at;
  const auto arp = read_arp(std::span(data_of(frame), frame.data_len).subspan(item.packet.ip_offset));
  if (!arp) return Outcome::kArpInvalid;
  if (arp->sender_mac == policy_.ipv4.mac) return Outcome::kArpNotOurs;
  if (is_own_address(arp->sender.host())) return Outcome::kNeighborConflict;

  Outcome outcome = Outcome::kArpNotOurs;
  Gateway& gateway = ipv4_hop_.gateway;
  if (gateway.is_asked() && arp->sender == policy_.ipv4_gateway) {
    const bool answers = !arp->is_request && arp->target == policy_.ipv4_address;
    if (answers) {
      gateway.confirm(arp->sender_mac, now);
    } else {
      gateway.hear(arp->sender_mac, now);
    }
    tell_others(Side::kIpv4, answers ? GatewayPublisher::Kind::kConfirmed : GatewayPublisher::Kind::kHeard);
    gateway_changed(Side::kIpv4, received_at, output);
    outcome = Outcome::kArpHandled;
  }
  // For our own addresses a probe is answered too: they are in use (RFC 5227 section 2.1.1).
  if (arp->is_request && (is_own_address(arp->target.host()) || stands_in_for(*arp))) {
    const ArpPacket reply =
        make_arp(ArpPacket::kReply, policy_.ipv4.mac, arp->target, arp->sender_mac, arp->sender);
    send_message(Side::kIpv4, arp->sender_mac, ether_type::kArp, octets_of(reply), Outcome::kArpReply,
                 received_at, output);
    outcome = Outcome::kArpHandled;
  }
  return outcome;
}

bool Engine::is_neighbor_message(const Item& item) {
  const std::uint8_t type = data_of(*item.frame)[item.packet.upper_offset];
  return type == NeighborMessage::kSolicitation || type == NeighborMessage::kAdvertisement;
}

[[gnu::cold, gnu::noinline]] Outcome Engine::receive_nd(const Item& item, Instant now, Output& output) {
  const ParsedPacket& packet = item.packet;
  // Nothing comes between the headers, least of all a fragment header (RFC 6980 section 5).
  if (packet.upper_offset != packet.ip_offset + sizeof(Ipv6Header) ||
      packet.upper_bytes + sizeof(Ipv6Header) > policy_.ipv6.mtu) {
    return Outcome::kNdInvalid;
  }
  Mbuf& frame = *item.frame;
  if (!pull_up(frame, static_cast<std::uint16_t>(packet.upper_offset + packet.upper_bytes))) {
    return Outcome::kNoBufferRoom;
  }
  const auto& ipv6 = header_at<Ipv6Header>(frame, packet.ip_offset);
  const auto nd = read_nd(ipv6, {data_of(frame) + packet.upper_offset, packet.upper_bytes});
  if (!nd) return Outcome::kNdInvalid;
  if (nd->mac == policy_.ipv6.mac) return Outcome::kNdNotOurs;
  return nd->is_solicitation ? answer(*nd, item, output, now) : learn(*nd, item, output, now);
}

// RFC 4861 sections 7.2.3 and 7.2.4.
Outcome Engine::answer(const NdMessage& nd, const Item& item, Output& output, Instant now) {
  Mbuf& frame = *item.frame;
  const Instant received_at = context_of(frame).received_at;
  const auto& ipv6 = header_at<Ipv6Header>(frame, item.packet.ip_offset);
  const MacAddress asker = nd.mac.value_or(header_at<EthernetHeader>(frame, 0).source);
  if (!asker.is_set() || asker.is_multicast()) return Outcome::kNdInvalid;
  if (asker == policy_.ipv6.mac) return Outcome::kNdNotOurs;
  if (is_own_address(ipv6.source)) return Outcome::kNeighborConflict;
  if (!is_own_address(nd.target) || !(is_own_address(ipv6.destination) || ipv6.destination == kAllNodes ||
                                      ipv6.destination == solicited_node_group(nd.target))) {
    return Outcome::kNdNotOurs;
  }
  if (nd.mac && ipv6_hop_.gateway.is_asked() && ipv6.source == policy_.ipv6_gateway) {
    ipv6_hop_.gateway.hear(*nd.mac, now);
    tell_others(Side::kIpv6, GatewayPublisher::Kind::kHeard);
    gateway_changed(Side::kIpv6, received_at, output);
  }
  // Several hubs may have the same BR address: their advertisements do not override each other
  // (section 7.2.7).
  std::uint32_t flags = NeighborMessage::kRouter;
  if (!table_->is_br(nd.target)) flags |= NeighborMessage::kOverride;
  // Who has no address yet is answered in public.
  const bool is_probe = ipv6.source.is_unspecified();
  if (!is_probe) flags |= NeighborMessage::kSolicited;
  const NdPacket packet =
      make_advertisement(is_probe ? kAllNodes : ipv6.source, nd.target, flags, policy_.ipv6.mac);
  send_message(Side::kIpv6, is_probe ? multicast_mac(kAllNodes) : asker, ether_type::kIpv6, octets_of(packet),
               Outcome::kNdAdvertisement, received_at, output);
  return Outcome::kNdHandled;
}

// RFC 4861 section 7.2.5.
Outcome Engine::learn(const NdMessage& nd, const Item& item, Output& output, Instant now) {
  const auto& ipv6 = header_at<Ipv6Header>(*item.frame, item.packet.ip_offset);
  Gateway& gateway = ipv6_hop_.gateway;
  if (is_own_address(nd.target)) return Outcome::kNeighborConflict;
  if (!gateway.is_asked() || !(nd.target == policy_.ipv6_gateway) ||
      !(ipv6.destination == kAllNodes || is_own_address(ipv6.destination))) {
    return Outcome::kNdNotOurs;
  }
  const bool solicited = (nd.flags & NeighborMessage::kSolicited) != 0;
  const bool override = (nd.flags & NeighborMessage::kOverride) != 0;
  if (!gateway.is_resolved() && !nd.mac) return Outcome::kNdNotOurs;  // says nothing of use
  const MacAddress mac = nd.mac.value_or(gateway.mac());
  if (gateway.is_resolved() && !(mac == gateway.mac()) && !override) {
    gateway.doubt(now);
    tell_others(Side::kIpv6, GatewayPublisher::Kind::kDoubted);  // for the one that asks
  } else {
    if (solicited) {
      gateway.confirm(mac, now);
    } else {
      gateway.hear(mac, now);
    }
    tell_others(Side::kIpv6, solicited ? GatewayPublisher::Kind::kConfirmed : GatewayPublisher::Kind::kHeard);
  }
  gateway_changed(Side::kIpv6, context_of(*item.frame).received_at, output);
  return Outcome::kNdHandled;
}

// After policy_ has changed: of another gateway nothing is known but what others may have said already. What
// waits leaves for it, unless it is made for another VLAN.
void Engine::renew_gateway(Side side, const Policy& before) {
  const bool is_ipv4 = side == Side::kIpv4;
  const SidePolicy& of_side = is_ipv4 ? policy_.ipv4 : policy_.ipv6;
  const SidePolicy& old = is_ipv4 ? before.ipv4 : before.ipv6;
  const bool same_address =
      is_ipv4 ? policy_.ipv4_gateway == before.ipv4_gateway : policy_.ipv6_gateway == before.ipv6_gateway;
  const bool same_vlan = of_side.vlan_id == old.vlan_id;
  if (same_address && same_vlan && of_side.gateway_mac == old.gateway_mac) return;
  const bool has_address =
      is_ipv4 ? !policy_.ipv4_gateway.is_unspecified() : !policy_.ipv6_gateway.is_unspecified();
  NextHop& hop = next_hop(side);
  hop.gateway = Gateway(of_side.gateway_mac, has_address);
  heard_[static_cast<std::size_t>(side)] = 0;
  while (!same_vlan && !hop.waiting.is_empty()) give_up(hop.waiting.pop(), Outcome::kNeighborUnresolved);
}

[[gnu::cold, gnu::noinline]] void Engine::see_to_gateways(Instant now, Output& output) {
  if (has_news()) hear_others(now, output);
  if (now >= next_question_) ask_gateways(now, output);
}

void Engine::ask_gateways(Instant now, Output& output) {
  for (const Side side : {Side::kIpv4, Side::kIpv6}) {
    NextHop& hop = next_hop(side);
    if (hop.gateway.is_resolved() && !hop.waiting.is_empty()) gateway_changed(side, now, output);
    if (now < hop.gateway.deadline()) continue;
    const bool nobody_answered = hop.gateway.ask(now);
    while (nobody_answered && !hop.waiting.is_empty()) {
      give_up(hop.waiting.pop(), Outcome::kNeighborUnresolved);
    }
    if (!hop.gateway.is_resolved()) {
      (side == Side::kIpv4 ? ipv4_ethernet_ : ipv6_ethernet_).set_destination({});
    }
    if (asks_gateways_) ask_gateway(side, now, output);
  }
  next_question_ = std::min(ipv4_hop_.gateway.deadline(), ipv6_hop_.gateway.deadline());
}

void Engine::ask_gateway(Side side, Instant now, Output& output) {
  const Gateway& gateway = next_hop(side).gateway;
  if (side == Side::kIpv4) {
    const ArpPacket request =
        make_arp(ArpPacket::kRequest, policy_.ipv4.mac, policy_.ipv4_address, {}, policy_.ipv4_gateway);
    send_message(side, gateway.is_resolved() ? gateway.mac() : MacAddress::broadcast(), ether_type::kArp,
                 octets_of(request), Outcome::kArpRequest, now, output);
    return;
  }
  const Ipv6Address group = solicited_node_group(policy_.ipv6_gateway);
  const NdPacket solicitation =
      make_solicitation(asking_address(policy_), gateway.is_resolved() ? policy_.ipv6_gateway : group,
                        policy_.ipv6_gateway, policy_.ipv6.mac);
  send_message(side, gateway.is_resolved() ? gateway.mac() : multicast_mac(group), ether_type::kIpv6,
               octets_of(solicitation), Outcome::kNdSolicitation, now, output);
}

// What it answered, or what was said of it, has been taken in.
void Engine::gateway_changed(Side side, Instant received_at, Output& output) {
  next_question_ = std::min(ipv4_hop_.gateway.deadline(), ipv6_hop_.gateway.deadline());
  NextHop& hop = next_hop(side);
  (side == Side::kIpv4 ? ipv4_ethernet_ : ipv6_ethernet_).set_destination(hop.gateway.mac());
  while (!hop.waiting.is_empty()) {
    const WaitingPacket packet = hop.waiting.pop();
    EthernetTemplate::write_destination(data_of(*packet.frame), hop.gateway.mac());
    context_of(*packet.frame).received_at = received_at;
    --counters_.held;
    counters_.outcomes.add(packet.outcome);
    counters_.side(side).sent.add(packet.frame->pkt_len);
    output.push(side, *packet.frame);
  }
}

void Engine::tell_others(Side side, GatewayPublisher::Kind kind) {
  if (publisher_ == nullptr) return;
  heard_[static_cast<std::size_t>(side)] =
      publisher_->post(side, {next_hop(side).gateway.mac(), kind, gateway_number(policy_, side)});
}

void Engine::hear_others(Instant now, Output& output) {
  for (const Side side : {Side::kIpv4, Side::kIpv6}) {
    GatewayPublisher::Word& heard = heard_[static_cast<std::size_t>(side)];
    const GatewayPublisher::Word latest = publisher_->latest(side);
    if (latest == heard) continue;
    heard = latest;
    Gateway& gateway = next_hop(side).gateway;
    if (!gateway.is_asked()) continue;
    const GatewayPublisher::News news = GatewayPublisher::read(latest);
    if (news.gateway != gateway_number(policy_, side)) continue;
    switch (news.kind) {
      case GatewayPublisher::Kind::kConfirmed:
        gateway.confirm(news.mac, now);
        break;
      case GatewayPublisher::Kind::kHeard:
        gateway.hear(news.mac, now);
        break;
      case GatewayPublisher::Kind::kDoubted:
        gateway.doubt(now);
        break;
    }
    if (gateway.is_resolved()) gateway_changed(side, now, output);
  }
}

// What has a destination already goes back to whoever asked the hub, whatever becomes of the gateway.
[[gnu::cold, gnu::noinline]] bool Engine::needs_gateway(Mbuf& frame) const {
  return !header_at<EthernetHeader>(frame, 0).destination.is_set();
}

// A packet that is ready to leave but for the gateway's MAC address, and the fragments that follow it.
[[gnu::cold, gnu::noinline]] void Engine::hold(Side to, Side from, Mbuf& frame, std::uint32_t frame_bytes,
                                               Outcome outcome) {
  NextHop& hop = next_hop(to);
  wait(hop, {&frame, frame_bytes, outcome, from});
  while (further_fragments_ != nullptr) {
    Mbuf& fragment = *further_fragments_;
    further_fragments_ = context_of(fragment).fragment.next;
    ++counters_.generated;
    if (has_egress_filter_ && !may_leave(to, fragment)) {
      counters_.outcomes.add(Outcome::kEgressFilter);
      end_dropped(drops_, {Outcome::kEgressFilter, from, fragment.pkt_len}, fragment);
      continue;
    }
    wait(hop, {&fragment, fragment.pkt_len, Outcome::kFragment, from});
  }
}

// The oldest make room (RFC 4861 section 7.2.2).
void Engine::wait(NextHop& hop, const WaitingPacket& packet) {
  ++counters_.held;
  while (!hop.waiting.has_room_for(*packet.frame)) {
    if (hop.waiting.is_empty()) return give_up(packet, Outcome::kNeighborQueueFull);
    give_up(hop.waiting.pop(), Outcome::kNeighborQueueFull);
  }
  hop.waiting.push(packet);
}

void Engine::give_up(const WaitingPacket& packet, Outcome outcome) {
  --counters_.held;
  counters_.outcomes.add(outcome);
  counters_.side(packet.received_on).dropped.add(packet.frame_bytes);
  end_dropped(drops_, {outcome, packet.received_on, packet.frame_bytes}, *packet.frame);
}

// A message of ours. With no buffer free there is none: it is asked, or asked for, again.
void Engine::send_message(Side side, const MacAddress& to, std::uint16_t type,
                          std::span<const std::uint8_t> packet, Outcome outcome, Instant received_at,
                          Output& output) {
  EthernetTemplate ethernet(side == Side::kIpv4 ? policy_.ipv4 : policy_.ipv6, type);
  ethernet.set_destination(to);
  std::array<std::uint8_t, sizeof(EthernetHeader) + sizeof(VlanTag) + sizeof(NdPacket)> octets{};
  ethernet.write(octets.data());
  std::memcpy(octets.data() + ethernet.bytes(), packet.data(), packet.size());
  Mbuf* frame = make_packet(pool_, std::span(octets).first(ethernet.bytes() + packet.size()));
  if (frame == nullptr) return;
  context_of(*frame) = {};
  context_of(*frame).received_at = received_at;
  ++counters_.generated;
  counters_.outcomes.add(outcome);
  counters_.side(side).sent.add(frame->pkt_len);
  output.push(side, *frame);
}

}  // namespace softwire::dataplane
