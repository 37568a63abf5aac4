// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/dhcp/server/address_allocator.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

namespace softwire::controlplane::dhcp {
namespace {

constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();

}  // namespace

void AddressAllocator::configure(ServerOptions options, const LeaseTable& lease_table) {
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

// RFC 2131 section 4.3.1.
std::size_t AddressAllocator::free_slots() const {
  std::size_t sum = 0;
  for (const LeasePool& pool : pools_) sum += pool.free();
  return sum;
}

Result<AddressSlot, Outcome> AddressAllocator::choose(const Exchange& exchange) {
  const ClientMessage& message = exchange.message;
  const bool shares = message.asks_for.contains(option::kPortParameters);
  const auto suits = [&](const AddressSlot& slot) { return this->suits(exchange, slot); };
  if (const Lease* const lease = lease_of(exchange)) {
    if (const AddressSlot slot = slot_of(*lease); suits(slot)) return slot;
  }
  if (const Lease* const offer = exchange.find_in(offers_)) {
    if (const AddressSlot slot = slot_of(*offer); suits(slot)) return slot;
  }
  if (is_at_limit(exchange)) return Outcome::kDhcpLeaseLimit;
  if (const StaticLease* const lease = static_lease_of(exchange.subscriber.address)) {
    if (const AddressSlot slot{lease->ipv4, lease->ports}; suits(slot)) return slot;
  }
  if (message.requested) {
    if (const AddressSlot slot{*message.requested, message.ports_or_whole()}; suits(slot)) return slot;
  }
  if (const Lease* const lease = exchange.takes ? exchange.lease_table.find(*exchange.takes) : nullptr) {
    if (const AddressSlot slot = slot_of(*lease); suits(slot)) return slot;
  }
  bool has_whole = false;
  for (const bool whole : {false, true}) {
    for (LeasePool& pool : pools_) {
      if (pool.pool().ports.is_whole() != whole) continue;
      has_whole = has_whole || whole;
      if (!whole && !shares) continue;
      if (const auto slot = choose_from(pool, exchange)) return *slot;
    }
  }
  if (const auto slot = take_back(exchange)) return *slot;
  return shares || has_whole || pools_.empty() ? Outcome::kDhcpNoAddress : Outcome::kDhcpPortSetNotAsked;
}

bool AddressAllocator::suits(const Exchange& exchange, const AddressSlot& slot) const {
  const bool shares = exchange.message.asks_for.contains(option::kPortParameters);
  return (shares || slot.ports.parameters.is_whole()) && is_available(exchange, slot);
}

// The offers go that the greediest network of the lowest kind has had longest. A network takes nothing back
// from a higher kind; of its own kind, it takes nothing back from itself, nor from one that holds as few as
// it does.
std::vector<AddressAllocator::OldOffer> AddressAllocator::offers_to_take_back(
    const Exchange& exchange) const {
  constexpr std::size_t kMost = 16;
  const Ipv6Address own = network_of(exchange.subscriber.address);
  std::vector<OldOffer> old;
  for (std::size_t i = 0; i <= static_cast<std::size_t>(exchange.kind) && old.empty(); ++i) {
    const OfferNetworks& networks = offer_networks_[i];
    const auto kind = static_cast<SourceKind>(i);
    const auto greediest = networks.greediest();
    const bool is_own_kind = kind == exchange.kind;
    if (!greediest || (is_own_kind && networks.count(*greediest) <= networks.count(own) + 1)) continue;
    for (const OfferNetworks::Offer& offer : networks.oldest(*greediest, kMost)) {
      if (offer.since + kUnrequestedTime <= exchange.now) old.push_back({offer, kind});
    }
  }
  return old;
}

std::optional<AddressSlot> AddressAllocator::take_back(const Exchange& exchange) {
  for (const auto& [old, kind] : offers_to_take_back(exchange)) {
    const Lease offer = *offers_.find(old.key);
    forget(offers_, old.key, exchange.lease_table);
    if (suits(exchange, slot_of(offer))) return slot_of(offer);
    offers_.put(offer);
    networks_of(kind).put(old.key, network_of(offer.binding.b4), old.since);
    if (LeasePool* const pool = pool_of(old.key)) pool->take(old.key);
  }
  return std::nullopt;
}

std::optional<AddressSlot> AddressAllocator::choose_from(LeasePool& pool, const Exchange& exchange) {
  // Limits of slots that are skipped for one message: slots that are not available, and slots in use. The
  // next message continues behind them.
  constexpr unsigned kMaxPassed = 256;
  constexpr unsigned kMaxInUse = 4096;
  unsigned passed = 0;
  unsigned in_use = 0;
  while (const auto key = pool.next()) {
    if (is_in_use(exchange.lease_table, *key)) {
      pool.take(*key);  // until freed()
      if (++in_use == kMaxInUse) break;
      continue;
    }
    const AddressSlot slot{key->ipv4, {pool.pool().ports, key->psid}};
    if (is_available(exchange, slot)) return slot;
    if (++passed == kMaxPassed) break;
  }
  return std::nullopt;
}

bool AddressAllocator::is_available(const Exchange& exchange, const AddressSlot& slot) const {
  const Subscriber& subscriber = exchange.subscriber;
  if (!gives(subscriber.address, slot)) return false;
  const Lease* const own = lease_of(exchange);
  for (const LeaseTable* const leases : {&exchange.lease_table, &offers_, &granted_, &declined_}) {
    const Lease* const same = leases->find(slot.key());
    // An offer to another client, which would take the lease over, leaves it to its client for now.
    if (leases == &offers_ && own != nullptr && own->key() == slot.key()) continue;
    const bool is_taken_over =
        (leases == &exchange.lease_table || leases == &granted_) && exchange.takes == slot.key();
    if (same != nullptr && !exchange.is_of(*same) && !is_taken_over) return false;
    const Lease* const neighbor = leases->any_of(slot.ipv4);
    if (neighbor != nullptr && neighbor->binding.ports.parameters != slot.ports.parameters) return false;
  }
  return occupancy(exchange, slot) != Occupancy::kOther;
}

Occupancy AddressAllocator::occupancy(const Exchange& exchange, const AddressSlot& slot) const {
  if (!options_.occupancy) return Occupancy::kFree;
  // If the subscriber's end has moved, or uses another BR address: looks up the binding that the lease
  // already has.
  const Lease* const kept = exchange.find_in(exchange.lease_table);
  return options_.occupancy(
      kept != nullptr && kept->key() == slot.key()
          ? kept->binding
          : Binding{slot.ipv4, slot.ports, exchange.subscriber.address, exchange.subscriber.br});
}

bool AddressAllocator::gives(const Ipv6Address& subscriber, const AddressSlot& slot) const {
  if (slot.ipv4 == options_.address) return false;
  if (static_keys_.contains(slot.key())) {
    const StaticLease* const lease = static_lease_of(subscriber);
    return lease != nullptr && AddressSlot{lease->ipv4, lease->ports} == slot;
  }
  const LeasePool* const pool = pool_of(slot.key());
  return pool != nullptr && pool->pool().ports == slot.ports.parameters;
}

bool AddressAllocator::is_in_use(const LeaseTable& lease_table, LeaseKey key) const {
  return lease_table.find(key) != nullptr || offers_.find(key) != nullptr || granted_.find(key) != nullptr ||
         declined_.find(key) != nullptr;
}

bool AddressAllocator::is_at_lease_limit(const Exchange& exchange) const {
  return count_others(exchange, {&exchange.lease_table, &granted_}) >= options_.leases_per_subscriber;
}

bool AddressAllocator::is_at_limit(const Exchange& exchange) const {
  return count_others(exchange, {&exchange.lease_table, &offers_, &granted_}) >=
         options_.leases_per_subscriber + (exchange.takes ? 1U : 0U);
}

std::size_t AddressAllocator::count_others(const Exchange& exchange,
                                           std::initializer_list<const LeaseTable*> tables) const {
  std::vector<const Lease*> others;
  for (const LeaseTable* const leases : tables) {
    for (const Lease* const lease : leases->within(subscriber_of(exchange.subscriber.address))) {
      const auto is_counted = [lease](const Lease* other) {
        return other->client == lease->client && other->binding.b4 == lease->binding.b4;
      };
      if (!exchange.is_of(*lease) && std::ranges::none_of(others, is_counted)) others.push_back(lease);
    }
  }
  return others.size();
}

// A subscriber may replace its equipment: the new client takes over the lease that expires first. Take-overs
// have a minimum interval, so that two clients do not take a lease from each other all the time.
std::optional<LeaseKey> AddressAllocator::lease_to_take(const Exchange& exchange) const {
  const MessageType type = exchange.message.type;
  if (type != MessageType::kDiscover && type != MessageType::kRequest) return std::nullopt;
  const Ipv6Prefix subscriber = subscriber_of(exchange.subscriber.address);
  const auto took = took_at_.find(subscriber.address);
  if ((took != took_at_.end() && took->second + options_.take_over_interval > exchange.now) ||
      lease_of(exchange) != nullptr || !is_at_lease_limit(exchange)) {
    return std::nullopt;
  }
  const Lease* oldest = nullptr;
  for (const Lease* const lease : exchange.lease_table.within(subscriber)) {
    if (lease->server != options_.address || leaving_.find(lease->key()) != nullptr) continue;
    if (oldest == nullptr || lease->expires < oldest->expires) oldest = lease;
  }
  return oldest == nullptr ? std::nullopt : std::optional(oldest->key());
}

const Lease* AddressAllocator::lease_of(const Exchange& exchange) const {
  if (const Lease* const granted = exchange.find_in(granted_)) return granted;
  const Lease* const lease = exchange.find_in(exchange.lease_table);
  const Lease* const leaving = lease == nullptr ? nullptr : leaving_.find(lease->key());
  return leaving != nullptr && exchange.is_of(*leaving) ? nullptr : lease;
}

const StaticLease* AddressAllocator::static_lease_of(const Ipv6Address& subscriber) const {
  for (const auto& [length, leases] : static_leases_) {
    const auto found = leases.find(Ipv6Prefix::of(subscriber, length).address);
    if (found != leases.end()) return &found->second;
  }
  return nullptr;
}

const LeasePool* AddressAllocator::pool_of(LeaseKey key) const {
  const auto behind = pool_from_.upper_bound(key.ipv4);
  if (behind == pool_from_.begin()) return nullptr;
  const LeasePool& pool = pools_[std::prev(behind)->second];
  return pool.contains(key) ? &pool : nullptr;
}

LeasePool* AddressAllocator::pool_of(LeaseKey key) {
  return const_cast<LeasePool*>(std::as_const(*this).pool_of(key));
}

bool AddressAllocator::offer(const Exchange& exchange, const AddressSlot& slot) {
  if (!has_room(offers_, exchange)) {
    const auto old = offers_to_take_back(exchange);
    if (old.empty()) return false;
    forget(offers_, old.front().offer.key, exchange.lease_table);
  }
  remember(offers_, exchange, slot);
  return true;
}

Result<std::optional<LeaseKey>, Outcome> AddressAllocator::grant(const Exchange& exchange,
                                                                 const AddressSlot& slot) {
  const Lease* const old = lease_of(exchange);
  auto other = old != nullptr && old->key() != slot.key() ? std::optional(old->key()) : std::nullopt;
  // A binding of the operator does not become a lease, and takes over no lease.
  const bool is_bound = old == nullptr && !is_in_use(exchange.lease_table, slot.key()) &&
                        occupancy(exchange, slot) == Occupancy::kSame;
  if (!has_room(granted_, exchange)) return Outcome::kDhcpOffersFull;
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
  return other;
}

void AddressAllocator::release(const Exchange& exchange, LeaseKey key) {
  forget(granted_, key, exchange.lease_table);
  forget_offer(exchange);
}

void AddressAllocator::decline(const Exchange& exchange, Lease declined) {
  release(exchange, declined.key());
  if (declined_.size() >= kMaxDeclined ||
      declined_.count_within(subscriber_of(exchange.subscriber.address)) >= kMaxDeclinedOfSubscriber) {
    return;
  }
  declined.client.clear();
  declined.expires = exchange.now + kDeclinedTime;
  declined_.put(std::move(declined));
}

bool AddressAllocator::has_room(const LeaseTable& where, const Exchange& exchange) const {
  return where.size() < up_to_kind(exchange.kind, options_.max_offers) || exchange.find_in(where) != nullptr;
}

void AddressAllocator::remember(LeaseTable& where, const Exchange& exchange, const AddressSlot& slot) {
  const Ipv6Address& b4 = exchange.subscriber.address;
  const Lease* const old = exchange.find_in(where);
  if (old != nullptr && old->key() != slot.key()) forget(where, old->key(), exchange.lease_table);
  where.put({{slot.ipv4, slot.ports, b4, exchange.subscriber.br},
             exchange.message.client,
             exchange.now + std::min(kOfferTime, std::chrono::seconds(options_.lease_time)),
             options_.address});
  if (&where == &offers_) {
    forget_network(slot.key(), exchange.kind);
    networks_of(exchange.kind).put(slot.key(), network_of(b4), exchange.now);
  }
  if (LeasePool* const pool = pool_of(slot.key())) pool->take(slot.key());
}

void AddressAllocator::forget(LeaseTable& where, LeaseKey key, const LeaseTable& lease_table) {
  if (&where == &offers_) forget_network(key);
  if (where.erase(key) && !is_in_use(lease_table, key)) freed(key);
}

void AddressAllocator::forget_network(LeaseKey key, std::optional<SourceKind> but) {
  for (std::size_t i = 0; i < kSourceKinds; ++i) {
    if (static_cast<SourceKind>(i) != but) offer_networks_[i].erase(key);
  }
}

void AddressAllocator::forget_offer(const Exchange& exchange) {
  const Lease* const offer = exchange.find_in(offers_);
  if (offer != nullptr) forget(offers_, offer->key(), exchange.lease_table);
}

void AddressAllocator::forget_ended(WallTime now, const LeaseTable& lease_table) {
  for (LeaseTable* const leases : {&offers_, &granted_, &declined_, &leaving_}) {
    for (const LeaseKey key : leases->ended(now, kAll)) {
      const bool is_on_its_way = leases == &granted_ && options_.is_granting && options_.is_granting(key);
      if (!is_on_its_way) forget(*leases, key, lease_table);
    }
  }
}

void AddressAllocator::not_kept(const Lease& grant, const std::optional<LeaseKey>& taken,
                                const LeaseTable& lease_table) {
  const Lease* const granted = granted_.find(grant.binding.b4, grant.client);
  const bool is_granted_again = options_.is_granting && options_.is_granting(grant.key());
  if (is_granted_again) return;
  if (granted != nullptr && granted->key() == grant.key()) forget(granted_, grant.key(), lease_table);
  if (taken && leaving_.erase(*taken)) took_at_.erase(subscriber_of(grant.binding.b4).address);
}

void AddressAllocator::freed(LeaseKey key) {
  leaving_.erase(key);
  if (static_keys_.contains(key)) return;
  if (LeasePool* const pool = pool_of(key)) pool->give_back(key);
}

}  // namespace softwire::controlplane::dhcp
