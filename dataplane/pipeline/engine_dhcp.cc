// SPDX-License-Identifier: BSD-3-Clause
// The engine's part in DHCPv4: what is handed to the relay, and how the relay's packets leave.
#include "dataplane/pipeline/engine.h"
#include "dataplane/pipeline/internal.h"
#include "dataplane/softwire/rewrite.h"
#include "softwire/wire.h"

namespace softwire::dataplane {

// A server's own address, to which subscribers shall not speak past the relay.
bool Engine::is_intercepted(std::uint32_t address) const {
  return policy_.dhcp_relay.is_intercepted(address);
}

// Where clients speak to the relay: RENEWING and RELEASE to the override address, or to that of a server
// which does not override its own.
bool Engine::is_relays(std::uint32_t destination) const {
  const DhcpRelayPolicy& relay = policy_.dhcp_relay;
  return relay.enabled &&
         (destination == kBroadcast || destination == relay.address.host() || is_intercepted(destination));
}

// True when the packet is the relay's, or must not be anything else; `outcome` says what became of it.
[[gnu::noinline]] bool Engine::is_dhcp_from_softwire(const Item& item, Outcome& outcome, Instant now) {
  const ParsedPacket& packet = item.packet;
  const bool to_relay_port = packet.is_udp_to(kDhcpServerPort);
  const DhcpRelayPolicy& relay = policy_.dhcp_relay;
  // The relay checks who owns the source.
  if (packet.source != 0 && !is_relays(packet.destination)) return false;
  if (!table_->is_br(ipv6_header(*item.frame, packet.ip_offset).destination)) {
    outcome = Outcome::kNotOurBr;
  } else if (!to_relay_port || !relay.enabled) {
    outcome = Outcome::kIpv4Martian;
  } else if (packet.source == 0 &&
             (packet.destination != kBroadcast || packet.source_port != kDhcpClientPort)) {
    outcome = Outcome::kDhcpMartian;
  } else {
    const Ipv6Header& outer = ipv6_header(*item.frame, packet.ip_offset);
    outcome = punt_request(item, Outcome::kPuntDhcpRequest, outer.source, now);
  }
  return true;
}

// What a CE of MAP-T says to the relay. From its address or from another of its end-user prefix: the relay
// knows what each may do (docs/decisions/0016). All of the prefix is one subscriber.
[[gnu::cold, gnu::noinline]] Outcome Engine::dhcp_from_ce(Item& item, const RuleEntry& rule, Instant now) {
  const Ipv6Header& ipv6 = ipv6_header(*item.frame, item.packet.ip_offset);
  if (item.packet.source_port != kDhcpClientPort) return Outcome::kDhcpTranslated;
  if (!is_other_node(ipv6.source)) return Outcome::kWrongCe;
  item.packet.ipv4_offset = item.packet.ipv4_length = 0;
  return punt_request(item, Outcome::kPuntDhcpTranslated, rule.end_user_of(ipv6.source), now);
}

// Its own limit first: else who floods would have a token of its own for every common one that comes.
Outcome Engine::punt_request(const Item& item, Outcome reason, const Ipv6Address& subscriber, Instant now) {
  if (!subscriber_rates_.take(subscriber, now)) return Outcome::kPuntSubscriberRate;
  return punt(item, Side::kIpv6, reason, request_bucket_, now);
}

// True when the packet is the relay's, or must not be anything else. Only a server's answer gets as far as
// the limit of answers. The answer to an INFORM goes to the client's own address and port (RFC 2131 section
// 4.3.5), past the relay were it not taken here.
[[gnu::cold, gnu::noinline]] bool Engine::is_dhcp_from_server(const Item& item, Outcome& outcome,
                                                              Instant now) {
  const ParsedPacket& packet = item.packet;
  const bool is_from_server =
      packet.source_port == kDhcpServerPort && policy_.dhcp_relay.is_server(packet.source);
  const bool is_to_relay = packet.destination_port == kDhcpServerPort;
  if (is_to_relay ? packet.destination != policy_.dhcp_relay.address.host()
                  : !is_from_server || item.destination_leaf.kind == BindingTable::Kind::kNone) {
    return false;
  }
  outcome = is_from_server ? punt(item, Side::kIpv4, Outcome::kPuntDhcpReply, reply_bucket_, now)
                           : Outcome::kNotFromDhcpServer;
  return true;
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
  context.ip_offset = item.packet.ip_offset;
  context.ipv4_offset = item.packet.ipv4_offset;
  context.ipv4_length = item.packet.ipv4_length;
  return punt_channel_.punt(*item.frame) ? reason : Outcome::kPuntQueueFull;
}

// Packets of our own pass the hairpin decision like any other; their time to live is as the control plane
// made it.
Outcome Engine::inject(Mbuf& packet) {
  if (context_of(packet).is_ipv6) return inject_ipv6(packet);
  Item item;
  item.frame = &packet;
  if (parse_bare_ipv4(data_of(packet), packet.data_len, packet.pkt_len, item.packet) != ParseStatus::kOk) {
    return item.packet.outcome;
  }
  const std::uint16_t length = item.packet.ipv4_length;
  const std::uint8_t traffic_class = ipv4_header(packet, 0).type_of_service;
  const bool dont_fragment = ipv4_header(packet, 0).dont_fragment();
  const FrameContext& context = context_of(packet);
  Softwire softwire{context.outer_source, context.outer_destination};
  if (context.side == Side::kIpv4) {
    const auto leaf = table_->find(item.packet.destination);
    if (policy_.hairpinning && table_->translates(leaf)) {
      item.destination_leaf = leaf;
      return send_to_ce(item, Outcome::kInjectedSoftwire);
    }
    softwire = softwire_of(item.packet.destination, item.packet.port_key, item.packet.destination_port);
    if (!policy_.hairpinning || !softwire.is_present()) {
      const bool too_big = length > policy_.ipv4.mtu;
      if (too_big && dont_fragment) return Outcome::kTooBigForIpv4;
      if (!put_onto_ethernet(packet, 0, length, ipv4_ethernet_)) return Outcome::kNoBufferRoom;
      return too_big ? fragment_ipv4(packet, ipv4_ethernet_.bytes(), Outcome::kInjectedIpv4)
                     : Outcome::kInjectedIpv4;
    }
  }
  const bool too_big = length + sizeof(Ipv6Header) > policy_.ipv6.mtu;
  if (too_big && dont_fragment) return Outcome::kTooBigForIpv6;
  if (!put_into_softwire(packet, 0, length, traffic_class, flow_label(item.packet), softwire,
                         policy_.hop_limit, ipv6_ethernet_)) {
    return Outcome::kNoBufferRoom;
  }
  return too_big ? fragment_ipv6(packet, ipv6_ethernet_.bytes(), Outcome::kInjectedSoftwire)
                 : Outcome::kInjectedSoftwire;
}

}  // namespace softwire::dataplane
