// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/dhcp/server/server.h"

#include <algorithm>
#include <cassert>
#include <string_view>
#include <utility>

#include "controlplane/dhcp/codec/endpoints.h"

namespace softwire::controlplane::dhcp {
Server::Server(ServerOptions options, const LeaseTable& lease_table) {
  configure(std::move(options), lease_table);
}

void Server::configure(ServerOptions options, const LeaseTable& lease_table) {
  assert(options.max_message >= ReplyBuilder::kMinReplyLimit);
  options_ = std::move(options);
  allocator_.configure(options_, lease_table);
}

ServerReply Server::answer(const ReceivedMessage& received, WallTime now, const LeaseTable& lease_table) {
  allocator_.forget_ended(now, lease_table);
  const Subscriber& subscriber = received.subscriber;
  const std::optional<Binding>& given = received.given;
  if (!serves(subscriber.address)) return {Outcome::kDhcpUnauthorised};
  const auto message = ClientMessage::read(received.message);
  if (!message) return {message.error()};
  statistics_.received(message->type);

  const bool may_move = received.may_move && identifies_client(message->client);
  Exchange exchange{*message, subscriber, received.unicast, now, lease_table, may_move, received.source.kind};
  exchange.takes = allocator_.lease_to_take(exchange);
  const bool to_another = message->server && *message->server != options_.address;
  switch (message->type) {
    case MessageType::kDiscover:
      return given ? discover(exchange, {given->ipv4, given->ports}) : discover(exchange);
    case MessageType::kInform:
      return inform(exchange);
    case MessageType::kRequest:
      if (!to_another) {
        return given ? request(exchange, {given->ipv4, given->ports}) : request(exchange);
      }
      allocator_.forget_offer(exchange);  // RFC 2131 section 3.1 item 4
      return {Outcome::kDhcpNotOurs};
    case MessageType::kRelease:
      return to_another ? ServerReply{Outcome::kDhcpNotOurs} : release(exchange);
    case MessageType::kDecline:
      return to_another ? ServerReply{Outcome::kDhcpNotOurs} : decline(exchange);
    default:
      return {Outcome::kDhcpMessageType};
  }
}

ServerReply Server::answer_not_owned(const ReceivedMessage& received, WallTime now,
                                     const LeaseTable& lease_table) {
  const auto message = ClientMessage::read(received.message);
  if (!message) return {message.error()};
  const bool renews = message->type == MessageType::kRequest && received.unicast &&
                      !message->header().ciaddr.is_unspecified() &&
                      message->server.value_or(options_.address) == options_.address;
  if (!renews || !serves(received.subscriber.address)) return {Outcome::kDhcpSourceNotOwned};
  statistics_.received(message->type);
  return refuse({*message, received.subscriber, received.unicast, now, lease_table});
}

ServerReply Server::discover(const Exchange& exchange) {
  const auto slot = allocator_.choose(exchange);
  if (!slot) return {slot.error()};
  if (!allocator_.offer(exchange, *slot)) return {Outcome::kDhcpOffersFull};
  start(exchange, MessageType::kOffer);
  add_lease(*slot);
  return send(exchange, MessageType::kOffer);
}

// RFC 2131 section 4.3.2.
ServerReply Server::request(const Exchange& exchange) {
  const ClientMessage& message = exchange.message;
  const Ipv4Address ciaddr = message.header().ciaddr;
  const bool has_address = !ciaddr.is_unspecified();  // RENEWING or REBINDING
  if (!has_address && !message.requested) return {Outcome::kDhcpOptions};
  const AddressSlot wanted{has_address ? ciaddr : *message.requested, message.ports_or_whole()};
  const Lease* const lease = allocator_.lease_of(exchange);
  // A binding of the operator is not in the lease table, but counts as a lease.
  const bool is_leased = (lease != nullptr && slot_of(*lease) == wanted) ||
                         allocator_.occupancy(exchange, wanted) == Occupancy::kSame;

  if (!has_address && message.server) {  // SELECTING
    const Lease* const offer = allocator_.offer_of(exchange);
    // An offer counts only if the subscriber stays within its limit of leases.
    const bool is_offered = offer != nullptr && slot_of(*offer) == wanted &&
                            (lease != nullptr || exchange.takes || !allocator_.is_at_lease_limit(exchange));
    // Otherwise spoofed REQUESTs could lease the pool without ever hearing an OFFER. A client whose offer was
    // forgotten, as by a restart, starts again after the NAK (RFC 2131 section 3.1 item 5).
    const bool may_have = is_leased || is_offered;
    return may_have && allocator_.is_available(exchange, wanted) ? grant(exchange, wanted) : refuse(exchange);
  }
  if (is_leased && allocator_.is_available(exchange, wanted)) return grant(exchange, wanted);
  if (lease == nullptr) {
    // In INIT-REBOOT and REBINDING the client asks all servers, and another one may know the lease. In
    // RENEWING the client asks only this server.
    return has_address && exchange.unicast ? refuse(exchange) : ServerReply{Outcome::kDhcpNoLease};
  }
  return lease->server == options_.address ? refuse(exchange) : ServerReply{Outcome::kDhcpNotOurs};
}

ServerReply Server::discover(const Exchange& exchange, const AddressSlot& given) {
  if (!given.ports.parameters.is_whole() && !exchange.message.asks_for.contains(option::kPortParameters)) {
    return {Outcome::kDhcpPortSetNotAsked};
  }
  start(exchange, MessageType::kOffer);
  add_lease(given);
  return send(exchange, MessageType::kOffer);
}

ServerReply Server::request(const Exchange& exchange, const AddressSlot& given) {
  const ClientMessage& message = exchange.message;
  const Ipv4Address ciaddr = message.header().ciaddr;
  if (ciaddr.is_unspecified() && !message.requested) return {Outcome::kDhcpOptions};
  const AddressSlot wanted{ciaddr.is_unspecified() ? *message.requested : ciaddr, message.ports_or_whole()};
  if (wanted != given) return refuse(exchange);
  start(exchange, MessageType::kAck);
  builder_.set_ciaddr(ciaddr);
  add_lease(given);
  return send(exchange, MessageType::kAck);
}

ServerReply Server::release(const Exchange& exchange) {
  const ClientMessage& message = exchange.message;
  const Lease* const lease = allocator_.lease_of(exchange);
  if (lease == nullptr || lease->binding.ipv4 != message.header().ciaddr ||
      (message.ports && *message.ports != lease->binding.ports)) {
    return {Outcome::kDhcpNoLease};
  }
  const LeaseKey key = lease->key();
  allocator_.release(exchange, key);
  return {.outcome = Outcome::kDhcpReleased, .release = key};
}

ServerReply Server::decline(const Exchange& exchange) {
  const ClientMessage& message = exchange.message;
  if (!message.requested) return {Outcome::kDhcpOptions};
  const Lease* const lease = allocator_.lease_of(exchange);
  const Lease* const held = lease != nullptr ? lease : allocator_.offer_of(exchange);
  if (held == nullptr || held->binding.ipv4 != *message.requested ||
      (message.ports && *message.ports != held->binding.ports)) {
    return {Outcome::kDhcpNoLease};
  }
  ServerReply reply{Outcome::kDhcpDeclined};
  if (lease != nullptr) reply.release = lease->key();
  allocator_.decline(exchange, *held);
  return reply;
}

// Answers with the configured options, without those of a lease (RFC 2131 section 4.3.5).
ServerReply Server::inform(const Exchange& exchange) {
  if (!is_host(exchange.message.header().ciaddr)) return {Outcome::kDhcpSourceNotOwned};
  start(exchange, MessageType::kAck);
  builder_.set_ciaddr(exchange.message.header().ciaddr);
  return send(exchange, MessageType::kAck);
}

ServerReply Server::grant(const Exchange& exchange, const AddressSlot& slot) {
  const auto ended = allocator_.grant(exchange, slot);
  if (!ended) return {ended.error()};
  start(exchange, MessageType::kAck);
  builder_.set_ciaddr(exchange.message.header().ciaddr);
  add_lease(slot);
  ServerReply reply = send(exchange, MessageType::kAck);
  reply.grant = Lease{{slot.ipv4, slot.ports, exchange.subscriber.address, exchange.subscriber.br},
                      exchange.message.client,
                      exchange.now + std::chrono::seconds(options_.lease_time),
                      options_.address};
  reply.release = *ended;
  return reply;
}

ServerReply Server::refuse(const Exchange& exchange) {
  constexpr std::string_view kWhy = "address or port set is not available";
  start(exchange, MessageType::kNak);
  builder_.add(option::kMessage, {reinterpret_cast<const std::uint8_t*>(kWhy.data()), kWhy.size()});
  return send(exchange, MessageType::kNak);
}

void Server::start(const Exchange& exchange, MessageType type) {
  builder_.start(exchange.message, type, options_.address,
                 std::min(options_.max_message, exchange.message.max_message));
}

void Server::add_lease(const AddressSlot& slot) {
  const std::uint64_t seconds = options_.lease_time;
  builder_.set_yiaddr(slot.ipv4);
  builder_.add(option::kLeaseTime, options_.lease_time);
  builder_.add(option::kRenewalTime, static_cast<std::uint32_t>(seconds / 2));  // RFC 2131 section 4.4.5
  builder_.add(option::kRebindingTime, static_cast<std::uint32_t>(seconds * 7 / 8));
  if (!slot.ports.parameters.is_whole()) {
    builder_.add(option::kPortParameters, port_parameters_octets(slot.ports));
  }
}

void Server::add_configured(const Exchange& exchange) {
  const Octets codes = exchange.message.asks_for.codes();
  // The subnet mask comes before the routers (RFC 2132 section 3.3).
  for (const ConfiguredOption& option : options_.options) {
    const bool is_mask = option.code == option::kSubnetMask;
    if (option.always || (is_mask && exchange.message.asks_for.contains(option.code))) {
      builder_.add(option.code, option.value);
    }
  }
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const std::uint8_t code = codes[i];
    const auto found = std::ranges::find(options_.options, code, &ConfiguredOption::code);
    if (found == options_.options.end() || found->always || code == option::kSubnetMask) continue;
    if (!RequestList(codes.first(i)).contains(code)) builder_.add(code, found->value);
  }
}

ServerReply Server::send(const Exchange& exchange, MessageType type) {
  if (type != MessageType::kNak) add_configured(exchange);
  statistics_.sent(type);
  const Octets message = builder_.finish();
  return {.outcome = Outcome::kDhcpAnswered,
          .message = message,
          .destination = server_destination(std::as_const(builder_).header(), type),
          .softwire_source_offset = builder_.softwire_source_offset()};
}

bool Server::serves(const Ipv6Address& subscriber) const {
  const auto& prefixes = options_.subscribers;
  return is_host(subscriber) &&
         (prefixes.empty() || std::ranges::any_of(prefixes, [&subscriber](const Ipv6Prefix& prefix) {
            return prefix.contains(subscriber);
          }));
}

}  // namespace softwire::controlplane::dhcp
