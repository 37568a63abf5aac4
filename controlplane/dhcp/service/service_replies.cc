// SPDX-License-Identifier: BSD-3-Clause
// Handles messages of servers, and sends answers to clients.
#include <algorithm>
#include <cstring>
#include <utility>

#include "controlplane/dhcp/codec/endpoints.h"
#include "controlplane/dhcp/codec/message.h"
#include "controlplane/dhcp/service/service.h"
#include "controlplane/dhcp6/dhcpv4_over_dhcpv6.h"
#include "softwire/ipv4_embedded.h"
#include "softwire/wire.h"

namespace softwire::controlplane::dhcp {

std::optional<Outcome> Service::from_server_to_client(const UdpDatagram& datagram,
                                                      const dataplane::FrameContext& context) {
  if (datagram.payload.size() < sizeof(Header)) return Outcome::kDhcpTruncated;
  const Header& header = *reinterpret_cast<const Header*>(datagram.payload.data());
  const Ipv4Address client = datagram.endpoints.destination;
  if (header.ciaddr != client) return Outcome::kDhcpNotAwaited;
  std::optional<Subscriber> subscriber;
  std::optional<ReturnPath> path;
  if (const Subscriber* asked = options_.pending->informs.find({header, {}, client}, context.received_at)) {
    subscriber = *asked;
  }
  if (const auto binding = table_->lookup(client, kDhcpClientPort);
      !subscriber && binding && binding->ports.parameters.is_whole()) {
    subscriber = Subscriber{binding->b4, binding->br};
    const auto leaf = table_->find(client.host());
    if (table_->translates(leaf)) path = ByTranslation{embed_ipv4(table_->dmr(leaf), options_.address)};
  }
  if (!subscriber) return Outcome::kDhcpNotAwaited;
  const auto message = MessageView::parse(datagram.payload);
  if (!message) return message.error();
  const Relay::ToClient relayed =
      relay_.from_server_to_client(*message, datagram.endpoints.source, *subscriber);
  if (relayed.outcome != Outcome::kDhcpDelivered) return relayed.outcome;
  if (!fits(relayed.message)) return Outcome::kDhcpTooBig;
  DhcpReply reply = reply_of(relayed, header, context);
  if (path) reply.path = *path;
  return send(reply);
}

std::optional<Outcome> Service::from_server(const UdpDatagram& datagram,
                                            const dataplane::FrameContext& context, WallTime now) {
  const Ipv4Address server = datagram.endpoints.source;
  if (!relay_.takes_from(server, datagram.endpoints.source_port)) return Outcome::kDhcpUnknownServer;
  const auto message = MessageView::parse(datagram.payload);
  if (!message) return message.error();
  const Relay::ToClient relayed = relay_.from_server(*message, server);
  if (relayed.outcome != Outcome::kDhcpDelivered) return relayed.outcome;
  return deliver(relayed, *message, server, context, now);
}

std::optional<Outcome> Service::from_dhcp4o6_server(const Udp6Datagram& datagram,
                                                    const dataplane::FrameContext& context, WallTime now) {
  const auto response = dhcp6::open_response(datagram.payload);
  if (!response) return response.error();
  if (!relay_.takes_from(datagram.endpoints.source)) return Outcome::kDhcpUnknownServer;
  const auto message = MessageView::parse(response->dhcpv4);
  if (!message) return message.error();
  const Relay::ToClient relayed =
      relay_.from_dhcp4o6_server(*message, datagram.endpoints.source, {response->subscriber, response->br});
  if (relayed.outcome != Outcome::kDhcpDelivered) return relayed.outcome;
  // The server's IPv4 address is in option 54 (RFC 2131 section 4.3.1, table 3).
  const auto identifier = message->sole(option::kServerIdentifier);
  Ipv4Address server;
  if (identifier && identifier->size() == sizeof(server))
    std::memcpy(&server, identifier->data(), sizeof(server));
  return deliver(relayed, *message, server, context, now);
}

// Sends a server's message to the client. If it grants a lease, sends it when the lease is durable.
// `message`: the message of the server, before the relay changed it.
std::optional<Outcome> Service::deliver(const Relay::ToClient& relayed, const MessageView& message,
                                        Ipv4Address server, const dataplane::FrameContext& context,
                                        WallTime now) {
  if (!may_ask(relayed.subscriber.address)) return Outcome::kDhcpUnauthorised;
  if (!fits(relayed.message)) return Outcome::kDhcpTooBig;
  DhcpReply reply = reply_of(relayed, message.header(), context);
  const bool is_translated = std::holds_alternative<ByTranslation>(reply.path);
  // The binding of a rule is already in the table.
  const auto given = table_->of_end_user(relayed.subscriber.address);
  const bool is_given = given && (is_translated || given->ipv4 == message.header().yiaddr ||
                                  given->ipv4 == message.header().ciaddr);
  auto change =
      options_.leases->from_server(message, is_given ? Subscriber{given->b4, given->br} : relayed.subscriber,
                                   server, now, std::holds_alternative<OverDhcpv6>(reply.path));
  if (!change) return change.error();
  // Refuses any other lease: it would add an encapsulating softwire, but this client translates.
  if (is_translated && change->grant) return Outcome::kDhcpLeaseNotAllowed;
  return send_when_kept(std::move(*change), std::move(reply), now);
}

Service::DhcpReply Service::reply_of(const Relay::ToClient& relayed, const Header& header,
                                     const dataplane::FrameContext& context) const {
  const ReturnPath* path =
      options_.pending->paths.find({header, relayed.subscriber.address, {}}, context.received_at);
  return {relayed.subscriber,
          relayed.destination,
          {relayed.message.begin(), relayed.message.end()},
          context.received_at,
          relayed.outcome,
          path == nullptr ? ReturnPath{} : *path,
          relayed.softwire_source_offset};
}

bool Service::fits(Octets message) const {
  return sizeof(Ipv6Header) + kDatagramHeaderBytes + message.size() <= options_.ipv6_mtu;
}

// Sends an answer when its changes are durable, so that a crash cannot undo a lease that the client knows.
std::optional<Outcome> Service::send_when_kept(LeaseChange change, DhcpReply reply, WallTime now) {
  if (!change.end && !change.grant) return send(reply);
  if (!has_room_to_wait(reply.subscriber.address)) return Outcome::kDhcpInjectFull;
  ++waiting_;
  auto grant = change.grant;
  const auto taken = change.end ? std::optional(change.end->key) : std::nullopt;
  options_.leases->keep(
      std::move(change), now,
      [self = std::weak_ptr(self_), reply = std::move(reply), grant = std::move(grant), taken](bool kept) {
        const auto alive = self.lock();
        if (alive == nullptr) return;
        Service& service = **alive;
        --service.waiting_;
        if (!kept && grant && service.options_.server != nullptr) {
          service.options_.server->not_kept(*grant, taken, service.options_.leases->table());
        }
        service.outcomes_.add(kept ? service.send(reply) : Outcome::kDhcpLeaseNotKept);
      });
  return std::nullopt;
}

// A reload may have taken the address away while the answer waited. The unspecified address: the hub has no
// softwires, and the return path of the client is no longer recorded.
bool Service::is_ours(const Ipv6Address& br) const {
  return !br.is_unspecified() &&
         std::ranges::find(options_.relay.br_addresses, br) != options_.relay.br_addresses.end();
}

bool Service::is_ours(const ByTranslation& path, const Ipv6Address& subscriber) const {
  const auto given = table_->of_end_user(subscriber);
  if (!given) return false;
  const auto leaf = table_->find(given->ipv4.host());
  return table_->translates(leaf) && embed_ipv4(table_->dmr(leaf), options_.address) == path.hub;
}

Outcome Service::send(const DhcpReply& reply) {
  if (const auto* translated = std::get_if<ByTranslation>(&reply.path)) {
    if (!is_ours(*translated, reply.subscriber.address)) return Outcome::kDhcpBrAddress;
    out_.resize(kUdp6HeaderBytes + reply.message.size());
    write_udp6({translated->hub, kDhcpServerPort, reply.subscriber.address, kDhcpClientPort}, reply.message,
               out_);
    return inject_ipv6(out_, reply.received_at) ? reply.outcome : Outcome::kDhcpInjectFull;
  }
  if (!std::holds_alternative<IntoSoftwire>(reply.path)) {
    if (!over_ipv6_) return Outcome::kDhcpUnauthorised;  // a reload has switched it off
    const auto packet =
        over_ipv6_->answer(reply.path, reply.subscriber, reply.message, reply.softwire_source_offset);
    if (!packet) return packet.error();
    return inject_ipv6(packet->octets, reply.received_at, packet->station) ? reply.outcome
                                                                           : Outcome::kDhcpInjectFull;
  }
  if (!is_ours(reply.subscriber.br)) return Outcome::kDhcpBrAddress;
  dataplane::FrameContext down{};
  down.received_at = reply.received_at;
  down.side = Side::kIpv6;
  down.outer_source = reply.subscriber.br;
  down.outer_destination = reply.subscriber.address;
  const UdpEndpoints endpoints{options_.address, kDhcpServerPort, reply.destination, kDhcpClientPort};
  return inject(endpoints, reply.message, down) ? reply.outcome : Outcome::kDhcpInjectFull;
}

bool Service::inject_ipv6(Octets octets, Instant received_at, const MacAddress& station) {
  dataplane::FrameContext down{};
  down.received_at = received_at;
  down.side = Side::kIpv6;
  down.is_ipv6 = true;
  down.station = station;
  return inject(octets, down);
}

bool Service::inject(const UdpEndpoints& endpoints, Octets message, const dataplane::FrameContext& context) {
  out_.resize(kDatagramHeaderBytes + message.size());
  write_datagram(endpoints, message, out_);
  return inject(out_, context);
}

bool Service::inject(Octets octets, const dataplane::FrameContext& context) {
  dataplane::Mbuf* packet = dataplane::make_packet(pool_, octets);
  if (packet == nullptr) return false;
  dataplane::context_of(*packet) = context;
  if (channel_.inject(*packet)) return true;
  rte_pktmbuf_free(packet);
  return false;
}

}  // namespace softwire::controlplane::dhcp
