// SPDX-License-Identifier: BSD-3-Clause
// Finds the subscriber of a message, and checks its rights.
#include <cstring>
#include <span>

#include "controlplane/dhcp/codec/endpoints.h"
#include "controlplane/dhcp/codec/port_parameters.h"
#include "controlplane/dhcp/service/service.h"
#include "controlplane/dhcp/service/softwire_end.h"
#include "controlplane/lease/client_id.h"
#include "softwire/keyed_identity.h"

namespace softwire::controlplane::dhcp {

Result<Service::Request, Outcome> Service::request_of(const DhcpOverIpv6::Message& message,
                                                      Instant received_at) const {
  Subscriber subscriber;
  Source source;
  if (const auto* udp = std::get_if<OverUdp>(&message.path)) {
    subscriber.address = udp->client;
    source = source_of(subscriber.address);
  } else {
    const dhcp6::RelayPath& relays = std::get<OverDhcpv6>(message.path).query.path;
    const auto end = softwire_end(message.message, relays, *table_, options_.leases->table());
    if (!end) return end.error();
    subscriber.address = *end;
    source = source_of(relays, *end);
  }
  subscriber.br = br_of(subscriber.address);
  return Request{.received = {.message = message.message,
                              .subscriber = subscriber,
                              .unicast = message.unicast,
                              .may_move = std::holds_alternative<OverDhcpv6>(message.path),
                              .given = table_->of_end_user(subscriber.address),
                              .source = source},
                 .path = message.path,
                 .received_at = received_at};
}

bool Service::has_lease_on_link(const ReceivedMessage& received, Ipv4Address address) const {
  if (!received.may_move) return false;
  const LeaseTable& lease_table = options_.leases->table();
  const Ipv6Address& end = received.subscriber.address;
  const Lease* lease =
      lease_table.find_on_link(end, client_id_of(received.message), lease_table.link_of(end));
  return lease != nullptr && lease->binding.ipv4 == address;
}

// A client with only a link-local address is checked by its link.
bool Service::may_be_told(const dhcp6::Requester& requester) const {
  const bool is_local = requester.peer_address.is_link_local();
  const Ipv6Address& address = is_local ? requester.link_address : requester.peer_address;
  if (is_local && address.is_unspecified()) return options_.clients.empty() && !options_.clients_bound;
  if (may_ask(address)) return true;
  return is_host(address) && options_.clients_bound &&
         !table_->bindings_in(Ipv6Prefix::of(address, 64), 1).empty();
}

Ipv6Address Service::br_of(const Ipv6Address& subscriber) const {
  if (const auto bindings = table_->bindings_in({subscriber, 128}, 1); !bindings.empty()) {
    return bindings.front().br;
  }
  const auto rule = table_->rule_of(subscriber);
  return rule && rule->kind == RuleKind::kMapE ? rule->br : options_.over_ipv6->br;
}

bool Service::may_ask(const Ipv6Address& subscriber) const {
  if (!is_host(subscriber) || table_->is_br(subscriber)) return false;
  if (options_.clients.empty() && !options_.clients_bound) return true;
  for (const Ipv6Prefix& prefix : options_.clients) {
    if (prefix.contains(subscriber)) return true;
  }
  return options_.clients_bound && (table_->has_subscriber(subscriber) ||
                                    options_.leases->table().count_of_subscriber(subscriber) != 0);
}

Source Service::source_of(const Ipv6Address& subscriber) const {
  const Source source = table_->source_of(subscriber, options_.subscriber_mask);
  // A lease does not always become a binding (leases.pool).
  const bool has_lease = options_.leases->table().count_of_subscriber(subscriber) != 0;
  return has_lease ? Source{SourceKind::kBound, {subscriber, 128}} : source;
}

Source Service::source_of(const dhcp6::RelayPath& path, const Ipv6Address& subscriber) const {
  Source source = source_of(subscriber);
  if (!path.relayed()) {
    if (path.client_address() != subscriber) source.prefix = source_of(path.client_address()).prefix;
    return source;
  }
  // The same as dataplane::RelayedClient.
  KeyedIdentity identity(options_.rates == nullptr ? 0 : options_.rates->key);
  identity.add(path.destination().address);
  for (const dhcp6::RelayLevel& level : path.levels()) {
    identity.add(level.link_address);
    if (level.interface_id) identity.add(std::span(*level.interface_id));
    if (level.remote_id) identity.add(*level.remote_id);
    if (!level.remote_id) {
      const Ipv6Prefix peer = table_->source_of(level.peer_address, options_.subscriber_mask).prefix;
      identity.add(peer.address);
      identity.add(std::uint64_t{peer.length});
    }
  }
  source.prefix = {identity.address(), 128};
  return source;
}

bool Service::is_within_rate(const Request& request) {
  const auto* path = std::get_if<OverDhcpv6>(&request.path);
  if (path == nullptr || !path->query.path.relayed() || options_.rates == nullptr) return true;
  return options_.rates->of_clients.take(request.received.source, request.received_at);
}

bool Service::has_room_to_wait(const Ipv6Address& subscriber) const {
  return waiting_ < up_to_kind(source_of(subscriber).kind, kMaxWaiting);
}

bool Service::owns(const Ipv6Address& subscriber, Ipv4Address address) const {
  for (const Lease* lease : options_.leases->table().of_subscriber(subscriber)) {
    if (lease->binding.ipv4 == address) return true;
  }
  return table_->owns(subscriber, address);
}

bool Service::owns(const Ipv6Address& subscriber, Ipv4Address address, PortSet ports) const {
  for (const Lease* lease : options_.leases->table().of_subscriber(subscriber)) {
    if (lease->binding.ipv4 == address && lease->binding.ports == ports) return true;
  }
  const auto binding = table_->lookup(address, ports.range(0).first);
  return binding && binding->b4 == subscriber && binding->ports == ports;
}

// A server may accept a RELEASE or DECLINE of any address, and may identify a client by fields that another
// subscriber can copy. So the relay checks the address and ports.
bool Service::gives_up_its_own(const ReceivedMessage& received) const {
  const MessageView& message = received.message;
  const Ipv6Address& subscriber = received.subscriber.address;
  const auto type = message.message_type();
  if (type != MessageType::kRelease && type != MessageType::kDecline) return true;
  Ipv4Address address = message.header().ciaddr;
  if (type == MessageType::kDecline) {  // RFC 2131 table 5
    const auto requested = message.sole(option::kRequestedAddress);
    if (!requested || requested->size() != sizeof(address)) return false;
    std::memcpy(&address, requested->data(), sizeof(address));
  }
  // A CE that sends from 0.0.0.0 uses another IPv6 address than the one in its binding.
  const bool is_given = received.given && received.given->ipv4 == address;
  if (message.count(option::kPortParameters) == 0) return is_given || owns(subscriber, address);
  const auto value = message.sole(option::kPortParameters);
  const auto ports = value ? read_port_parameters(*value) : std::nullopt;
  return ports && ((is_given && received.given->ports == *ports) || owns(subscriber, address, *ports));
}

}  // namespace softwire::controlplane::dhcp
