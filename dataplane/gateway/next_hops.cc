// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/gateway/next_hops.h"

#include <algorithm>
#include <functional>

#include "dataplane/context/sender.h"
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

NextHops::NextHops(const Policy& policy, GatewayPublisher* publisher, bool probes,
                   AddressConflicts* conflicts)
    : hops_{{{make_gateway(policy, Side::kIpv4), {}, {}, {}, {}},
             {make_gateway(policy, Side::kIpv6), {}, {}, {}, {}}}},
      publisher_(publisher),
      conflicts_(conflicts),
      probes_(probes) {}

void NextHops::activate(Context& context, const Policy& before) {
  context.ethernet = EthernetHeaders(context.policy);
  for (const Side side : {Side::kIpv4, Side::kIpv6}) {
    renew(context, side, before);
    if (is_resolved(side)) context.ethernet.of(side).set_destination(mac(side));
    if (probes_) publish(context, side, false);
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
  if (!probes_) hop(side).seen = 0;  // take over what is known about the new gateway
  if (!same_vlan) drop_waiting(context, side);
}

[[gnu::cold, gnu::noinline]] void NextHops::run_timers(Context& context) {
  for (const Side side : {Side::kIpv4, Side::kIpv6}) {
    if (publisher_ != nullptr && news_of(side) != hop(side).seen) take_news(context, side);
    if (context.now < next_probe_) continue;
    if (probes_) {
      run_probe_timers(context, side);
    } else {
      update(context, side, context.now, false);
    }
  }
  schedule_next_probe();
}

void NextHops::run_probe_timers(Context& context, Side side) {
  Gateway& gateway = hop(side).gateway;
  Gateway::Requests due;
  if (context.now >= gateway.deadline()) due = gateway.run_timers(context.now);
  update(context, side, context.now, due.round_failed);
  if (due.gateway) ask(context, side, due.by_multicast ? nullptr : &gateway.mac());
  for (unsigned i = 0; i < due.rival_count; ++i) ask(context, side, &due.rivals[i]);
}

// `station`: whom to ask by unicast; null: everybody on the link.
void NextHops::ask(Context& context, Side side, const MacAddress* station) {
  const Policy& policy = context.policy;
  if (side == Side::kIpv4) {
    const ArpPacket request =
        make_arp(ArpPacket::kRequest, policy.ipv4.mac, policy.ipv4_address, {}, policy.ipv4_gateway);
    send_message(context, {side, station != nullptr ? *station : MacAddress::broadcast(), ether_type::kArp,
                           octets_of(request), Outcome::kArpRequest, context.now});
    return;
  }
  const Ipv6Address group = solicited_node_group(policy.ipv6_gateway);
  const NdPacket solicitation =
      make_solicitation(probe_source(policy), station != nullptr ? policy.ipv6_gateway : group,
                        policy.ipv6_gateway, policy.ipv6.mac);
  send_message(context, {side, station != nullptr ? *station : multicast_mac(group), ether_type::kIpv6,
                         octets_of(solicitation), Outcome::kNdSolicitation, context.now});
}

void NextHops::learn(Context& context, Side side, Message message, const GatewayPublisher::Speaker& speaker,
                     Instant received_at) {
  if (!probes_) return report(context, side, message, speaker);
  apply(context, side, message, speaker);
  update(context, side, received_at, false);
  if (context.now >= hop(side).gateway.deadline()) run_probe_timers(context, side);
  schedule_next_probe();
}

void NextHops::apply(const Context& context, Side side, Message message,
                     const GatewayPublisher::Speaker& speaker) {
  Gateway& gateway = hop(side).gateway;
  switch (message) {
    case Message::kAnswer:
      gateway.take_answer(speaker, context.now);
      break;
    case Message::kWeakAnswer:
      gateway.take_answer(speaker, context.now, false);
      break;
    case Message::kClaim:
      gateway.take_claim(speaker, context.now);
      break;
    case Message::kQuestion:
      gateway.take_question(speaker, context.now);
      break;
    case Message::kDoubt:
      gateway.doubt(context.now);
      break;
  }
  const std::optional<MacAddress> station = gateway.take_dispute();
  if (!station || conflicts_ == nullptr) return;
  const Policy& policy = context.policy;
  conflicts_->add_to_gateway(
      side, side == Side::kIpv4 ? identity_of(policy.ipv4_gateway.host()) : policy.ipv6_gateway, *station,
      context.now);
}

// Tells the worker that asks.
void NextHops::report(Context& context, Side side, Message message,
                      const GatewayPublisher::Speaker& speaker) {
  using Report = GatewayPublisher::Report;
  if (publisher_ == nullptr) return;
  const bool is_in_use = is_resolved(side) && speaker.mac == mac(side);
  Report kind = Report::kDoubt;
  switch (message) {
    case Message::kAnswer:
      kind = is_in_use ? Report::kAnswer : GatewayPublisher::other_answer(speaker.mac, context.seed);
      break;
    case Message::kWeakAnswer:
      kind = Report::kWeakAnswer;
      break;
    case Message::kClaim:
      kind = Report::kClaim;
      break;
    case Message::kQuestion:
      if (is_in_use) return;  // it says nothing new
      kind = Report::kQuestion;
      break;
    case Message::kDoubt:
      break;
  }
  publisher_->tell(side, kind, speaker, gateway_number(context.policy, side));
}

NextHops::Message NextHops::message_of(GatewayPublisher::Report report) {
  using Report = GatewayPublisher::Report;
  switch (report) {
    case Report::kClaim:
      return Message::kClaim;
    case Report::kQuestion:
      return Message::kQuestion;
    case Report::kWeakAnswer:
      return Message::kWeakAnswer;
    case Report::kDoubt:
      return Message::kDoubt;
    default:
      return Message::kAnswer;
  }
}

void NextHops::take_news(Context& context, Side side) {
  hop(side).seen = news_of(side);
  if (!is_probed(side)) return;
  if (probes_) {
    take_reports(context, side);
  } else {
    follow(context, side);
  }
}

void NextHops::take_reports(Context& context, Side side) {
  using Report = GatewayPublisher::Report;
  Hop& here = hop(side);
  for (std::size_t i = 0; i < here.reports.size(); ++i) {
    const auto kind = static_cast<Report>(i);
    const Word word = publisher_->report(side, kind);
    if (word == here.reports[i]) continue;
    here.reports[i] = word;
    if (GatewayPublisher::gateway_of(word) != gateway_number(context.policy, side)) continue;
    apply(context, side, message_of(kind), GatewayPublisher::speaker_of(word));
  }
  run_probe_timers(context, side);
}

void NextHops::follow(Context& context, Side side) {
  const GatewayPublisher::News news = GatewayPublisher::read(hop(side).seen);
  if (hop(side).seen == 0 || news.gateway != gateway_number(context.policy, side)) return;
  hop(side).gateway.follow(news);
  update(context, side, context.now, news.state == GatewayState::kFailed);
}

// Publishes the state if it has changed, or in any case when `again`.
void NextHops::publish(const Context& context, Side side, bool again) {
  const Gateway& gateway = hop(side).gateway;
  if (publisher_ == nullptr || !gateway.is_probed()) return;
  publisher_->set_stations(side, gateway.stations());
  const GatewayPublisher::News news{gateway.is_resolved() ? gateway.mac() : MacAddress(), gateway.state(),
                                    gateway_number(context.policy, side)};
  const GatewayPublisher::News& before = hop(side).published;
  if (!again && publisher_->latest(side) != 0 && news.mac == before.mac && news.state == before.state &&
      news.gateway == before.gateway) {
    return;
  }
  hop(side).published = news;
  publisher_->post(side, news);
}

// Does what the gateway's state requires. Packets that waited and can go leave with `received_at` as their
// time.
void NextHops::update(Context& context, Side side, Instant received_at, bool round_failed) {
  if (probes_) publish(context, side, round_failed);
  WaitingQueue& waiting = hop(side).waiting;
  context.ethernet.of(side).set_destination(is_resolved(side) ? mac(side) : MacAddress());
  if (round_failed) drop_waiting(context, side);
  if (!is_resolved(side)) return;
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

void NextHops::drop_waiting(Context& context, Side side) {
  WaitingQueue& waiting = hop(side).waiting;
  while (!waiting.is_empty()) drop_queued(context, waiting.pop(), Outcome::kNeighborUnresolved);
}

void NextHops::take_conflict(Context& context, Side side, const Ipv6Address& address,
                             const MacAddress& station) {
  if (conflicts_ == nullptr || !conflicts_->add(side, address, station, context.now)) return;
  const Policy& policy = context.policy;
  if (side == Side::kIpv4) {
    const Ipv4Address ours = Ipv4Address::from_host(static_cast<std::uint32_t>(address.low()));
    const ArpPacket announcement = make_arp(ArpPacket::kRequest, policy.ipv4.mac, ours, {}, ours);
    send_message(context, {side, MacAddress::broadcast(), ether_type::kArp, octets_of(announcement),
                           Outcome::kArpAnnouncement, context.now});
    return;
  }
  // Another hub may have the same BR address. Its neighbours keep the one that they use (RFC 4861 section
  // 7.2.7).
  std::uint32_t flags = NeighborMessage::kRouter;
  if (!context.table->is_br(address)) flags |= NeighborMessage::kOverride;
  const NdPacket announcement = make_advertisement(kAllNodes, address, flags, policy.ipv6.mac);
  send_message(context, {side, multicast_mac(kAllNodes), ether_type::kIpv6, octets_of(announcement),
                         Outcome::kNdAnnouncement, context.now});
}

void NextHops::schedule_next_probe() {
  next_probe_ = probes_ ? std::min(hop(Side::kIpv4).gateway.deadline(), hop(Side::kIpv6).gateway.deadline())
                        : Instant::max();
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
