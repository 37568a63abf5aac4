// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/gateway/next_hops.h"

#include <algorithm>
#include <functional>

#include "dataplane/gateway/send_message.h"
#include "dataplane/neighbor/neighbor_message.h"
#include "softwire/derived_address.h"
#include "softwire/wire.h"

namespace softwire::dataplane {

namespace {

// Returns the source address of a Neighbor Solicitation: an address that the gateway can reach on the link.
Ipv6Address probe_source(const Policy& policy) {
  return policy.ipv6_gateway.is_link_local() || policy.ipv6_address.is_unspecified()
             ? link_local_address(policy.ipv6.mac)
             : policy.ipv6_address;
}

// Returns a number for the gateway. It tells gateways apart while the workers change to another policy.
std::uint8_t gateway_number(const Policy& policy, Side side) {
  const SidePolicy& of_side = side == Side::kIpv4 ? policy.ipv4 : policy.ipv6;
  const std::size_t hash = side == Side::kIpv4 ? std::hash<Ipv4Address>()(policy.ipv4_gateway)
                                               : std::hash<Ipv6Address>()(policy.ipv6_gateway);
  return static_cast<std::uint8_t>((hash + of_side.vlan_id) % GatewayPublisher::kGateways);
}

Gateway make_gateway(const Policy& policy, Side side) {
  return side == Side::kIpv4 ? Gateway(policy.ipv4.gateway_mac, !policy.ipv4_gateway.is_unspecified())
                             : Gateway(policy.ipv6.gateway_mac, !policy.ipv6_gateway.is_unspecified());
}

}  // namespace

NextHops::NextHops(const Policy& policy, GatewayPublisher* publisher, bool probes)
    : hops_{{{make_gateway(policy, Side::kIpv4), {}}, {make_gateway(policy, Side::kIpv6), {}}}},
      publisher_(publisher),
      probes_(probes) {}

void NextHops::activate(Context& context, const Policy& before) {
  context.ethernet = EthernetHeaders(context.policy);
  for (const Side side : {Side::kIpv4, Side::kIpv6}) {
    renew(context, side, before);
    if (is_resolved(side)) context.ethernet.of(side).set_destination(mac(side));
  }
  next_probe_ = Instant::min();  // packets that wait for a gateway with a fixed MAC address leave now
}

void NextHops::renew(Context& context, Side side, const Policy& before) {
  const Policy& policy = context.policy;
  const bool is_ipv4 = side == Side::kIpv4;
  const SidePolicy& of_side = is_ipv4 ? policy.ipv4 : policy.ipv6;
  const SidePolicy& old = is_ipv4 ? before.ipv4 : before.ipv6;
  const bool same_address =
      is_ipv4 ? policy.ipv4_gateway == before.ipv4_gateway : policy.ipv6_gateway == before.ipv6_gateway;
  const bool same_vlan = of_side.vlan_id == old.vlan_id;
  if (same_address && same_vlan && of_side.gateway_mac == old.gateway_mac) return;
  hop(side).gateway = make_gateway(policy, side);
  hop(side).heard = 0;  // take over what other workers know about the new gateway
  WaitingQueue& waiting = hop(side).waiting;
  while (!same_vlan && !waiting.is_empty()) {
    drop_queued(context, waiting.pop(), Outcome::kNeighborUnresolved);
  }
}

[[gnu::cold, gnu::noinline]] void NextHops::run_timers(Context& context) {
  if (has_news()) take_news(context);
  if (context.now >= next_probe_) run_probe_timers(context);
}

void NextHops::run_probe_timers(Context& context) {
  for (const Side side : {Side::kIpv4, Side::kIpv6}) {
    Gateway& gateway = hop(side).gateway;
    WaitingQueue& waiting = hop(side).waiting;
    if (gateway.is_resolved() && !waiting.is_empty()) flush_queue(context, side, context.now);
    if (context.now < gateway.deadline()) continue;
    const bool unreachable = gateway.probe(context.now);
    while (unreachable && !waiting.is_empty()) {
      drop_queued(context, waiting.pop(), Outcome::kNeighborUnresolved);
    }
    if (!gateway.is_resolved()) context.ethernet.of(side).set_destination({});
    if (probes_) probe(context, side);
  }
  schedule_next_probe();
}

void NextHops::probe(Context& context, Side side) {
  const Policy& policy = context.policy;
  const bool resolved = is_resolved(side);
  if (side == Side::kIpv4) {
    const ArpPacket request =
        make_arp(ArpPacket::kRequest, policy.ipv4.mac, policy.ipv4_address, {}, policy.ipv4_gateway);
    send_message(context, {side, resolved ? mac(side) : MacAddress::broadcast(), ether_type::kArp,
                           octets_of(request), Outcome::kArpRequest, context.now});
    return;
  }
  const Ipv6Address group = solicited_node_group(policy.ipv6_gateway);
  const NdPacket solicitation = make_solicitation(
      probe_source(policy), resolved ? policy.ipv6_gateway : group, policy.ipv6_gateway, policy.ipv6.mac);
  send_message(context, {side, resolved ? mac(side) : multicast_mac(group), ether_type::kIpv6,
                         octets_of(solicitation), Outcome::kNdSolicitation, context.now});
}

void NextHops::learn(Context& context, Side side, GatewayPublisher::Kind kind, const MacAddress& mac,
                     Instant received_at) {
  update(side, kind, mac, context.now);
  publish(context, side, kind);
  flush_queue(context, side, received_at);
}

void NextHops::update(Side side, GatewayPublisher::Kind kind, const MacAddress& mac, Instant now) {
  Gateway& gateway = hop(side).gateway;
  switch (kind) {
    case GatewayPublisher::Kind::kConfirmed:
      return gateway.confirm(mac, now);
    case GatewayPublisher::Kind::kHeard:
      return gateway.hear(mac, now);
    case GatewayPublisher::Kind::kDoubted:
      return gateway.doubt(now);
  }
}

void NextHops::publish(const Context& context, Side side, GatewayPublisher::Kind kind) {
  if (publisher_ == nullptr) return;
  hop(side).heard = publisher_->post(side, {mac(side), kind, gateway_number(context.policy, side)});
}

void NextHops::take_news(Context& context) {
  for (const Side side : {Side::kIpv4, Side::kIpv6}) {
    const GatewayPublisher::Word latest = publisher_->latest(side);
    if (latest == hop(side).heard) continue;
    hop(side).heard = latest;
    if (!is_probed(side)) continue;
    const GatewayPublisher::News news = GatewayPublisher::read(latest);
    if (news.gateway != gateway_number(context.policy, side)) continue;
    update(side, news.kind, news.mac, context.now);
    if (is_resolved(side)) flush_queue(context, side, context.now);
  }
}

// Requires: the gateway is resolved.
void NextHops::flush_queue(Context& context, Side side, Instant received_at) {
  schedule_next_probe();
  context.ethernet.of(side).set_destination(mac(side));
  WaitingQueue& waiting = hop(side).waiting;
  while (!waiting.is_empty()) {
    const WaitingPacket packet = waiting.pop();
    EthernetTemplate::write_destination(data_of(*packet.frame), mac(side));
    context_of(*packet.frame).received_at = received_at;
    --context.counters.held;
    context.counters.outcomes.add(packet.outcome);
    context.counters.side(side).sent.add(packet.frame->pkt_len);
    context.output->push(side, *packet.frame);
  }
}

void NextHops::schedule_next_probe() {
  next_probe_ = std::min(hop(Side::kIpv4).gateway.deadline(), hop(Side::kIpv6).gateway.deadline());
}

void NextHops::queue(Context& context, Side side, const WaitingPacket& packet) {
  WaitingQueue& waiting = hop(side).waiting;
  ++context.counters.held;
  while (!waiting.has_room_for(*packet.frame)) {
    if (waiting.is_empty()) return drop_queued(context, packet, Outcome::kNeighborQueueFull);
    drop_queued(context, waiting.pop(), Outcome::kNeighborQueueFull);
  }
  waiting.push(packet);
}

void NextHops::drop_queued(Context& context, const WaitingPacket& packet, Outcome outcome) {
  --context.counters.held;
  context.counters.outcomes.add(outcome);
  context.counters.side(packet.received_on).dropped.add(packet.frame_bytes);
  end_dropped(context.drops, {outcome, packet.received_on, packet.frame_bytes}, *packet.frame);
}

}  // namespace softwire::dataplane
