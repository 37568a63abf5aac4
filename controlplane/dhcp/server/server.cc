// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/dhcp/server/server.h"

#include <algorithm>
#include <cassert>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <string_view>
#include <utility>

#include "controlplane/dhcp/codec/endpoints.h"

namespace softwire::controlplane::dhcp {
namespace {

constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();

}  // namespace

Server::Server(ServerOptions options, const LeaseTable& lease_table) {
  configure(std::move(options), lease_table);
}

void Server::configure(ServerOptions options, const LeaseTable& lease_table) {
  assert(options.max_message >= ReplyBuilder::kMinReplyLimit);
  options_ = std::move(options);
  static_leases_.clear();
  static_keys_.clear();
  for (const StaticLease& lease : options_.static_leases) {
    static_leases_[lease.subscriber.length].emplace(lease.subscriber.address, lease);
    static_keys_.insert({lease.ipv4, lease.ports.psid});
  }
  const std::vector<LeasePool> before = std::exchange(pools_, {});
  pool_from_.clear();
  for (const PortPool& pool : options_.pools) {
    pool_from_.emplace(pool.first, pools_.size());
    pools_.emplace_back(pool);
    const auto same = std::ranges::find(before, pool, &LeasePool::pool);
    if (same != before.end()) pools_.back().go_on_from(*same);
  }
  const auto take = [this](LeaseKey key) {
    if (LeasePool* const pool = pool_of(key)) pool->take(key);
  };
  for (const LeaseKey key : static_keys_) take(key);
  const auto take_lease = [&take](const Lease& lease) {
    take(lease.key());
    return true;
  };
  for (const LeaseTable* const leases :
       std::initializer_list<const LeaseTable*>{&lease_table, &offers_, &granted_, &declined_}) {
    leases->for_each(std::nullopt, take_lease);
  }
}

ServerReply Server::answer(const ReceivedMessage& received, WallTime now, const LeaseTable& lease_table) {
  forget_ended(now, lease_table);
  const Subscriber& subscriber = received.subscriber;
  const std::optional<Binding>& given = received.given;
  if (!serves(subscriber.address)) return {Outcome::kDhcpUnauthorised};
  const auto message = ClientMessage::read(received.message);
  if (!message) return {message.error()};
  statistics_.received(message->type);

  const bool moves = received.may_move && tells_client(message->client);
  Exchange exchange{*message, subscriber, received.unicast, now, lease_table, moves};
  exchange.takes = lease_to_take(exchange);
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
      forget_offer(exchange);  // it has chosen another one (RFC 2131 section 3.1 item 4)
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
  const auto slot = choose(exchange);
  if (!slot) return {slot.error()};
  if (!has_room(offers_, exchange)) return {Outcome::kDhcpOffersFull};
  remember(offers_, exchange, *slot);
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
  const Lease* const lease = lease_of(exchange);
  // What the operator has bound to the subscriber is no lease in the lease table, but as good as one.
  const bool is_leased =
      (lease != nullptr && slot_of(*lease) == wanted) || occupancy(exchange, wanted) == Occupancy::kSame;

  if (!has_address && message.server) {  // SELECTING
    const Lease* const offer = exchange.find_in(offers_);
    // As long as it leads to no more leases than the subscriber may have.
    const bool is_offered =
        offer != nullptr && slot_of(*offer) == wanted &&
        (lease != nullptr || exchange.takes ||
         count_others(exchange, {&exchange.lease_table, &granted_}) < options_.leases_per_subscriber);
    // Without a record of the offer, after a restart, what is free is as good.
    const bool may_have = is_leased || is_offered || !is_at_limit(exchange);
    return may_have && is_available(exchange, wanted) ? grant(exchange, wanted) : refuse(exchange);
  }
  if (is_leased && is_available(exchange, wanted)) return grant(exchange, wanted);
  if (lease == nullptr) {
    // In INIT-REBOOT and REBINDING all servers are asked, and another one may know. A client that renews has
    // asked this one.
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
  const Lease* const lease = lease_of(exchange);
  if (lease == nullptr || lease->binding.ipv4 != message.header().ciaddr ||
      (message.ports && *message.ports != lease->binding.ports)) {
    return {Outcome::kDhcpNoLease};
  }
  const LeaseKey key = lease->key();
  forget(granted_, key, exchange.lease_table);
  forget_offer(exchange);
  return {.outcome = Outcome::kDhcpReleased, .release = key};
}

ServerReply Server::decline(const Exchange& exchange) {
  const ClientMessage& message = exchange.message;
  const Ipv6Address& b4 = exchange.subscriber.address;
  if (!message.requested) return {Outcome::kDhcpOptions};
  const Lease* const lease = lease_of(exchange);
  const Lease* const held = lease != nullptr ? lease : exchange.find_in(offers_);
  if (held == nullptr || held->binding.ipv4 != *message.requested ||
      (message.ports && *message.ports != held->binding.ports)) {
    return {Outcome::kDhcpNoLease};
  }
  Lease declined = *held;
  ServerReply reply{Outcome::kDhcpDeclined};
  if (lease != nullptr) reply.release = declined.key();
  forget(granted_, declined.key(), exchange.lease_table);
  forget_offer(exchange);
  if (declined_.size() < kMaxDeclined &&
      declined_.count_within(subscriber_of(b4)) < kMaxDeclinedOfSubscriber) {
    declined.client.clear();
    declined.expires = exchange.now + kDeclinedTime;
    declined_.put(std::move(declined));
  }
  return reply;
}

// RFC 2131 section 4.3.5: what is configured, and nothing of a lease.
ServerReply Server::inform(const Exchange& exchange) {
  if (!is_host(exchange.message.header().ciaddr)) return {Outcome::kDhcpSourceNotOwned};
  start(exchange, MessageType::kAck);
  builder_.set_ciaddr(exchange.message.header().ciaddr);
  return send(exchange, MessageType::kAck);
}

ServerReply Server::grant(const Exchange& exchange, const AddressSlot& slot) {
  const Lease* const old = lease_of(exchange);
  auto other = old != nullptr && old->key() != slot.key() ? std::optional(old->key()) : std::nullopt;
  // What the operator has bound becomes no lease, and takes nobody else's place.
  const bool is_bound = old == nullptr && !is_in_use(exchange.lease_table, slot.key()) &&
                        occupancy(exchange, slot) == Occupancy::kSame;
  if (!has_room(granted_, exchange)) return {Outcome::kDhcpOffersFull};
  const Lease* const taken =
      exchange.takes && !is_bound ? exchange.lease_table.find(*exchange.takes) : nullptr;
  if (taken != nullptr) {
    other = exchange.takes;
    forget(granted_, *other, exchange.lease_table);
    Lease leaving = *taken;
    leaving.expires = exchange.now + kOfferTime;
    leaving_.put(std::move(leaving));
    std::erase_if(took_at_, [&](const auto& took) {
      return took.second + options_.take_over_interval <= exchange.now;
    });
    took_at_.insert_or_assign(subscriber_of(exchange.subscriber.address).address, exchange.now);
  }
  if (!is_bound) remember(granted_, exchange, slot);
  forget_offer(exchange);
  start(exchange, MessageType::kAck);
  builder_.set_ciaddr(exchange.message.header().ciaddr);
  add_lease(slot);
  ServerReply reply = send(exchange, MessageType::kAck);
  reply.grant = Lease{{slot.ipv4, slot.ports, exchange.subscriber.address, exchange.subscriber.br},
                      exchange.message.client,
                      exchange.now + std::chrono::seconds(options_.lease_time),
                      options_.address};
  reply.release = other;
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
  // RFC 2132 section 3.3: the mask stands before the routers.
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

bool Server::has_room(const LeaseTable& where, const Exchange& exchange) const {
  return where.size() < options_.max_offers || exchange.find_in(where) != nullptr;
}

void Server::remember(LeaseTable& where, const Exchange& exchange, const AddressSlot& slot) {
  const Ipv6Address& b4 = exchange.subscriber.address;
  const Lease* const old = exchange.find_in(where);
  if (old != nullptr && old->key() != slot.key()) forget(where, old->key(), exchange.lease_table);
  where.put({{slot.ipv4, slot.ports, b4, exchange.subscriber.br},
             exchange.message.client,
             exchange.now + std::min(kOfferTime, std::chrono::seconds(options_.lease_time)),
             options_.address});
  if (LeasePool* const pool = pool_of(slot.key())) pool->take(slot.key());
}

void Server::forget(LeaseTable& where, LeaseKey key, const LeaseTable& lease_table) {
  if (where.erase(key) && !is_in_use(lease_table, key)) freed(key);
}

void Server::forget_offer(const Exchange& exchange) {
  const Lease* const offer = exchange.find_in(offers_);
  if (offer != nullptr) forget(offers_, offer->key(), exchange.lease_table);
}

void Server::forget_ended(WallTime now, const LeaseTable& lease_table) {
  for (LeaseTable* const leases : {&offers_, &granted_, &declined_, &leaving_}) {
    for (const LeaseKey key : leases->ended(now, kAll)) {
      const bool is_on_its_way = leases == &granted_ && options_.is_granting && options_.is_granting(key);
      if (!is_on_its_way) forget(*leases, key, lease_table);
    }
  }
}

void Server::not_kept(const Lease& grant, const std::optional<LeaseKey>& taken,
                      const LeaseTable& lease_table) {
  const Lease* const granted = granted_.find(grant.binding.b4, grant.client);
  const bool is_granted_again = options_.is_granting && options_.is_granting(grant.key());
  if (is_granted_again) return;
  if (granted != nullptr && granted->key() == grant.key()) forget(granted_, grant.key(), lease_table);
  if (taken && leaving_.erase(*taken)) took_at_.erase(subscriber_of(grant.binding.b4).address);
}

void Server::freed(LeaseKey key) {
  leaving_.erase(key);
  if (static_keys_.contains(key)) return;
  if (LeasePool* const pool = pool_of(key)) pool->give_back(key);
}

bool Server::serves(const Ipv6Address& subscriber) const {
  const auto& prefixes = options_.subscribers;
  return is_host(subscriber) &&
         (prefixes.empty() || std::ranges::any_of(prefixes, [&subscriber](const Ipv6Prefix& prefix) {
            return prefix.contains(subscriber);
          }));
}

}  // namespace softwire::controlplane::dhcp
