// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/dhcp/service/service.h"

#include <algorithm>
#include <utility>

#include "controlplane/dhcp/codec/endpoints.h"
#include "controlplane/dhcp/codec/message.h"
#include "controlplane/dhcp/codec/udp6_datagram.h"
#include "controlplane/dhcp6/dhcpv4_over_dhcpv6.h"
#include "softwire/ipv4_embedded.h"
#include "softwire/wire.h"

namespace softwire::controlplane::dhcp {

namespace {

// Maximum of packets that one poll injects. The channel must have room for them, and the pool buffers.
constexpr std::size_t kMaxInjected = 32;

}  // namespace

Service::Service(Options options, const dataplane::BindingTable& table, dataplane::PuntChannel& channel,
                 rte_mempool& pool)
    : table_(&table), channel_(channel), pool_(pool), relay_(options.relay) {
  configure(std::move(options), table);
}

void Service::configure(Options options, const dataplane::BindingTable& table) {
  options_ = std::move(options);
  table_ = &table;
  // Each message may become a packet for every server.
  messages_a_poll_ = kMaxInjected / std::clamp<std::size_t>(options_.relay.server_count(), 1, kMaxInjected);
  relay_.configure(options_.relay);
  over_ipv6_.reset();
  if (options_.over_ipv6) {
    over_ipv6_.emplace(*options_.over_ipv6, options_.provision,
                       [this](const dhcp6::Requester& requester) { return may_be_told(requester); });
  }
}

unsigned Service::poll(WallTime now) {
  unsigned count = 0;
  for (; count < messages_a_poll_; ++count) {
    dataplane::Mbuf* packet = channel_.take_punted();
    if (packet == nullptr) break;
    const std::optional<Outcome> outcome = handle(*packet, now);
    if (outcome) outcomes_.add(*outcome);
    if (outcome && options_.on_drop && info(*outcome).disposition == Disposition::kDropped) {
      options_.on_drop(*packet, *outcome);
    }
    rte_pktmbuf_free(packet);
  }
  return count;
}

void Service::give_up() {
  outcomes_.add(Outcome::kDhcpInjectFull, waiting_);
  waiting_ = 0;
  self_.reset();
}

std::optional<Outcome> Service::handle(dataplane::Mbuf& packet, WallTime now) {
  const dataplane::FrameContext& context = dataplane::context_of(packet);
  if (context.reason == Outcome::kPuntDhcpv6 || context.reason == Outcome::kPuntDhcpOverIpv6) {
    return from_ipv6(packet, context, now);
  }
  if (context.reason == Outcome::kPuntDhcpTranslated) return from_ce(packet, context, now);
  in_.resize(context.ipv4_length);
  if (!dataplane::copy_out(packet, context.ipv4_offset, in_)) return Outcome::kDhcpTruncated;
  const bool from_client = context.reason == Outcome::kPuntDhcpRequest;
  // A server on this machine may send incomplete checksums, because it leaves them to the hardware
  // (docs/decisions/0002).
  const auto datagram = parse_datagram(in_, from_client ? Checksums::kWhole : Checksums::kOrPseudoHeader);
  if (!datagram) return datagram.error();
  if (from_client) return from_softwire(*datagram, context, now);
  if (datagram->endpoints.destination_port == kDhcpClientPort)
    return from_server_to_client(*datagram, context);
  return from_server(*datagram, context, now);
}

std::optional<Outcome> Service::from_softwire(const UdpDatagram& datagram,
                                              const dataplane::FrameContext& context, WallTime now) {
  const Subscriber subscriber{context.outer_source, context.outer_destination};
  // Checks the address, but not the port: no port set contains port 68 (RFC 7596 section 6.2).
  const bool is_owned =
      datagram.endpoints.source.is_unspecified() || owns(subscriber.address, datagram.endpoints.source);
  if (!is_owned && !answers_not_owned(subscriber.address)) return Outcome::kDhcpSourceNotOwned;
  if (!may_ask(subscriber.address)) return Outcome::kDhcpUnauthorised;
  const auto message = MessageView::parse(datagram.payload);
  if (!message) return message.error();
  const Request request{.received = {.message = *message,
                                     .subscriber = subscriber,
                                     .unicast = !datagram.endpoints.destination.is_broadcast(),
                                     .source = source_of(subscriber.address)},
                        .path = IntoSoftwire{},
                        .received_at = context.received_at};
  return is_owned ? from_client(request, now) : not_owned(request, now);
}

Result<Udp6Datagram, Outcome> Service::udp6_of(dataplane::Mbuf& packet,
                                               const dataplane::FrameContext& context) {
  in_.resize(packet.pkt_len - context.ip_offset);
  if (!dataplane::copy_out(packet, context.ip_offset, in_)) return Outcome::kDhcpTruncated;
  return parse_udp6(in_);
}

std::optional<Outcome> Service::from_ipv6(dataplane::Mbuf& packet, const dataplane::FrameContext& context,
                                          WallTime now) {
  const auto datagram = udp6_of(packet, context);
  if (!datagram) return datagram.error();
  if (!options_.relay.dhcp4o6_servers.empty() && datagram->endpoints.destination_port == dhcp6::kServerPort &&
      dhcp6::is_relay_reply(datagram->payload)) {
    return from_dhcp4o6_server(*datagram, context, now);
  }
  if (!over_ipv6_) return Outcome::kDhcpUnauthorised;
  EthernetHeader ethernet;
  if (!dataplane::copy_out(packet, 0, {reinterpret_cast<std::uint8_t*>(&ethernet), sizeof(ethernet)})) {
    return Outcome::kDhcpTruncated;
  }
  // Checks a client over UDP here. A client over DHCPv6 is checked below, after its message is parsed.
  if (datagram->endpoints.destination_port == kDhcpServerPort && !may_ask(datagram->endpoints.source)) {
    return Outcome::kDhcpUnauthorised;
  }
  auto received = over_ipv6_->receive(*datagram, ethernet.source);
  if (!received) return received.error();
  if (const auto* answer = std::get_if<DhcpOverIpv6::Packet>(&*received)) {
    return inject_ipv6(answer->octets, context.received_at, answer->station) ? Outcome::kDhcp6Answered
                                                                             : Outcome::kDhcpInjectFull;
  }
  const auto& message = std::get<DhcpOverIpv6::Message>(*received);
  const auto request = request_of(message, context.received_at);
  if (!request) return request.error();
  if (!may_ask(request->received.subscriber.address)) return Outcome::kDhcpUnauthorised;
  if (!is_within_rate(*request)) return Outcome::kDhcpClientRate;
  return from_client(*request, now);
}

// Handles a translated message of a CE (docs/decisions/0016). From its MAP address, a CE may send to the
// relay or to 255.255.255.255. From another address of its end-user prefix, which means 0.0.0.0, it may send
// only to 255.255.255.255.
std::optional<Outcome> Service::from_ce(dataplane::Mbuf& packet, const dataplane::FrameContext& context,
                                        WallTime now) {
  const auto datagram = udp6_of(packet, context);
  if (!datagram) return datagram.error();
  const Ipv6Address& ce = datagram->endpoints.source;
  const auto given = table_->of_end_user(ce);
  if (!given) return Outcome::kDhcpSourceNotOwned;
  const Ipv6Prefix dmr = table_->dmr(table_->find(given->ipv4.host()));
  const bool unicast = !embedded_ipv4(dmr, datagram->endpoints.destination).is_broadcast();
  if (unicast && !owns(ce, given->ipv4)) return Outcome::kDhcpSourceNotOwned;
  if (!may_ask(ce)) return Outcome::kDhcpUnauthorised;
  const auto message = MessageView::parse(datagram->payload);
  if (!message) return message.error();
  return from_client({.received = {.message = *message,
                                   .subscriber = {ce, options_.relay.br_addresses.front()},
                                   .unicast = unicast,
                                   .given = given,
                                   .source = source_of(ce)},
                      .path = ByTranslation{embed_ipv4(dmr, options_.address)},
                      .received_at = context.received_at},
                     now);
}

// Requires: may_ask(subscriber).
std::optional<Outcome> Service::from_client(const Request& request, WallTime now) {
  const ReceivedMessage& received = request.received;
  const Ipv6Address& subscriber = received.subscriber.address;
  const Ipv4Address ciaddr = received.message.header().ciaddr;
  if (!ciaddr.is_unspecified() && !owns(subscriber, ciaddr) && !has_lease_on_link(received, ciaddr)) {
    if (!std::holds_alternative<IntoSoftwire>(request.path) || !answers_not_owned(subscriber)) {
      return Outcome::kDhcpSourceNotOwned;
    }
    return not_owned(request, now);
  }
  if (!received.given && options_.leases->is_out_of_grants(received, now)) return Outcome::kDhcpGrantLimit;
  if (options_.server != nullptr && options_.server->serves(subscriber)) return serve(request, now);
  return options_.relay.server_count() == 0 ? Outcome::kDhcpUnauthorised : relay(request, now);
}

bool Service::answers_not_owned(const Ipv6Address& subscriber) const {
  return options_.server != nullptr && options_.server->serves(subscriber) && may_ask(subscriber);
}

// Tells a client that its lease no longer exists. The answer goes only into the softwire that the message
// came from.
std::optional<Outcome> Service::not_owned(const Request& request, WallTime now) {
  const ServerReply reply =
      options_.server->answer_not_owned(request.received, now, options_.leases->table());
  if (reply.message.empty()) return reply.outcome;
  if (!fits(reply.message)) return Outcome::kDhcpTooBig;
  return send(reply_of(reply, request));
}

Service::DhcpReply Service::reply_of(const ServerReply& reply, const Request& request) {
  return {request.received.subscriber, reply.destination, {reply.message.begin(), reply.message.end()},
          request.received_at,         reply.outcome,     request.path,
          reply.softwire_source_offset};
}

Outcome Service::relay(const Request& request, WallTime now) {
  const ReceivedMessage& received = request.received;
  if (!gives_up_its_own(received)) return Outcome::kDhcpSourceNotOwned;
  const auto why = received.given ? std::nullopt : options_.leases->reason_not_to_relay(received);
  if (why) return *why;
  const Relay::ToServers relayed = relay_.from_client(received, [&] { return reserve_exchange(request); });
  if (relayed.outcome != Outcome::kDhcpRelayed) return relayed.outcome;
  dataplane::FrameContext down{};
  down.received_at = request.received_at;
  down.side = Side::kIpv4;
  bool sent_to_all = true;
  bool sent_to_any = false;
  const auto note = [&](bool sent) {
    sent_to_all = sent_to_all && sent;
    sent_to_any = sent_to_any || sent;
  };
  for (const Ipv4Address server : options_.relay.servers) {
    const UdpEndpoints endpoints{options_.relay.address, kDhcpServerPort, server, kDhcpServerPort};
    note(inject(endpoints, relay_.message_for(server), down));
  }
  for (const Dhcp4o6Server& server : options_.relay.dhcp4o6_servers) {
    note(forward_4o6(server, request));
  }
  // Ignores an error of the store, because a server already has the message.
  if (sent_to_any) {
    options_.leases->keep(options_.leases->from_client(received), now, [](bool) {});
  }
  return sent_to_all ? Outcome::kDhcpRelayed : Outcome::kDhcpInjectFull;
}

// Names the subscriber in the peer-address of a RELAY-FORW, which the answer repeats (RFC 9928).
bool Service::forward_4o6(const Dhcp4o6Server& server, const Request& request) {
  const Subscriber& subscriber = request.received.subscriber;
  const auto relayed = dhcp6::forward_4o6(relay_.message_for(server), request.received.unicast, subscriber.br,
                                          subscriber.address);
  if (!relayed || relayed->size() > kMaxUdp6Payload) return false;
  std::vector<std::uint8_t>& packet = out_;
  packet.resize(kUdp6HeaderBytes + relayed->size());
  write_udp6({options_.ipv6_address, dhcp6::kServerPort, server.address, dhcp6::kServerPort}, *relayed,
             packet);
  return inject_ipv6(packet, request.received_at);
}

std::optional<Outcome> Service::reserve_exchange(const Request& request) {
  const Header& header = request.received.message.header();
  const auto type = request.received.message.message_type();
  const Subscriber& subscriber = request.received.subscriber;
  const Source& source = request.received.source;
  PendingExchanges<Subscriber>& informs = options_.pending->informs;
  PendingExchanges<ReturnPath>& paths = options_.pending->paths;
  const ExchangeKey of_inform{header, {}, header.ciaddr};
  const ExchangeKey of_path{header, subscriber.address, {}};
  const Instant at = request.received_at;
  const bool is_inform = type == MessageType::kInform && !options_.relay.servers.empty();
  const bool is_answered = type != MessageType::kRelease && type != MessageType::kDecline;
  const bool has_path = is_answered && !std::holds_alternative<IntoSoftwire>(request.path);
  if (is_inform) {
    const Subscriber* const asked = informs.find(of_inform, at);
    const bool is_of_another = asked != nullptr && *asked != subscriber;
    if (is_of_another || !informs.has_room(of_inform, source, at)) {
      return Outcome::kDhcpInformRefused;
    }
  }
  if (has_path && !paths.has_room(of_path, source, at)) return Outcome::kDhcpInformRefused;
  if (options_.rates != nullptr && !options_.rates->to_servers.take(source, at)) {
    return Outcome::kDhcpServerRate;
  }
  if (is_inform) (void)informs.add(of_inform, source, subscriber, at);
  if (has_path) {
    ReturnPath* const path = paths.add(of_path, source, request.path, at);
    if (path != nullptr) *path = request.path;  // the latest message decides
  }
  return std::nullopt;
}

std::optional<Outcome> Service::serve(const Request& request, WallTime now) {
  const Subscriber& subscriber = request.received.subscriber;
  const LeaseTable& lease_table = options_.leases->table();
  const ServerReply reply = options_.server->answer(request.received, now, lease_table);
  LeaseChange change;
  change.grant = reply.grant;
  if (reply.release) {
    const EndReason why = reply.grant                               ? EndReason::kReplaced
                          : reply.outcome == Outcome::kDhcpDeclined ? EndReason::kDeclined
                                                                    : EndReason::kReleased;
    // A lease that is taken over may belong to another end of the subscriber.
    const Lease* const lease = options_.leases->holder(*reply.release);
    change.end = LeaseEnding{*reply.release, lease != nullptr ? lease->binding.b4 : subscriber.address, why};
  }
  // The lease moves with its client to another end.
  const Lease* const held = reply.grant ? options_.leases->holder(reply.grant->key()) : nullptr;
  if (held != nullptr && held->binding.b4 != reply.grant->binding.b4 && reply.release != held->key()) {
    change.replaced = LeaseEnding{held->key(), held->binding.b4, EndReason::kReplaced};
  }
  if (reply.message.empty()) {
    options_.leases->keep(std::move(change), now, [](bool) {});
    return reply.outcome;
  }
  const bool has_room = has_room_to_wait(subscriber.address) || (!change.end && !change.grant);
  if (!has_room || !fits(reply.message)) {
    if (reply.grant) options_.server->not_kept(*reply.grant, reply.release, lease_table);
    return has_room ? Outcome::kDhcpTooBig : Outcome::kDhcpInjectFull;
  }
  return send_when_kept(std::move(change), reply_of(reply, request), now);
}

}  // namespace softwire::controlplane::dhcp
