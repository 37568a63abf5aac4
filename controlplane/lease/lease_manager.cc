// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/lease/lease_manager.h"

#include <algorithm>

#include "controlplane/dhcp/codec/port_parameters.h"
#include "controlplane/lease/client_id.h"
#include "softwire/byte_order.h"
#include "softwire/martian.h"

namespace softwire::controlplane {

namespace {

using dhcp::MessageType;
using dhcp::MessageView;
using dhcp::ReceivedMessage;

constexpr std::uint32_t kForever = 0xffffffff;  // RFC 2131 section 3.3
constexpr std::chrono::seconds kRetry(10);
constexpr std::size_t kMaxExpiring = 1000;  // in one call

WallTime end_of(WallTime now, std::uint32_t seconds) {
  if (seconds == kForever) return WallTime::max();
  return now + std::chrono::seconds(seconds);
}

std::optional<std::uint32_t> number_of(std::optional<dhcp::Octets> value) {
  if (!value || value->size() != sizeof(be32)) return std::nullopt;
  return reinterpret_cast<const be32*>(value->data())->value();
}

// Returns the port set of option 159, or the whole address without the option. Returns nullopt when the
// option is repeated or not valid.
std::optional<PortSet> ports_of(const MessageView& message) {
  if (message.count(dhcp::option::kPortParameters) == 0) return PortSet{};
  const auto value = message.sole(dhcp::option::kPortParameters);
  return value ? dhcp::read_port_parameters(*value) : std::nullopt;
}

}  // namespace

LeaseManager::LeaseManager(LeaseOptions options, LookUp look_up, KeepLeases keep)
    : look_up_(std::move(look_up)), keep_(std::move(keep)) {
  configure(std::move(options));
}

Result<LeaseChange, Outcome> LeaseManager::from_server(const MessageView& message,
                                                       const dhcp::Subscriber& subscriber, Ipv4Address server,
                                                       WallTime now, bool may_move) const {
  const auto type = message.message_type();
  const ClientId client = client_id_of(message);
  const Lease* before = lease_of(subscriber.address, client, may_move);
  LeaseChange change;
  if (type == MessageType::kNak) {
    // A NAK ends only a lease of the same server.
    if (before != nullptr && before->server == server) {
      change.end = LeaseEnding{before->key(), before->binding.b4, EndReason::kRefused};
    }
    return change;
  }
  // An ACK without lease time answers an INFORM (RFC 2131 section 4.3.5).
  const auto seconds = number_of(message.sole(dhcp::option::kLeaseTime));
  if (type != MessageType::kAck || !seconds || options_.pools.empty()) return change;
  const dhcp::Header& header = message.header();
  const auto ports = ports_of(message);
  if (!ports) return Outcome::kDhcpLeaseNotAllowed;
  const Ipv4Address ipv4 = header.yiaddr.is_unspecified() ? header.ciaddr : header.yiaddr;
  Lease lease{{ipv4, *ports, subscriber.address, subscriber.br}, client, end_of(now, *seconds), server};
  const Lease* held = holder(lease.key());
  // The operator has already bound this to the subscriber: no lease is needed.
  if (held == nullptr && look_up_(lease.binding) == Occupancy::kSame) return change;
  if (const auto why = reason_not_to_grant(lease, before, now)) return *why;
  if (before != nullptr && before->key() != lease.key()) {
    change.end = LeaseEnding{before->key(), before->binding.b4, EndReason::kReplaced};
  }
  if (held != nullptr && held->binding.b4 != lease.binding.b4) {
    const bool is_its_own = before != nullptr && before->key() == lease.key();
    change.moves = !is_its_own && held->expires > now;
    change.replaced = LeaseEnding{held->key(), held->binding.b4, EndReason::kReplaced};
  }
  change.grant = std::move(lease);
  return change;
}

// Returns the reason why a lease is not granted, or nullopt. `before`: the lease that the client already has,
// or null.
std::optional<Outcome> LeaseManager::reason_not_to_grant(const Lease& lease, const Lease* before,
                                                         WallTime now) const {
  if (!allows(lease.binding)) return Outcome::kDhcpLeaseNotAllowed;
  const Binding& binding = lease.binding;
  const Lease* held = holder(lease.key());
  const bool is_its_own = before != nullptr && before->key() == lease.key();
  if (held != nullptr && (held->binding.b4 == binding.b4 || is_its_own)) return std::nullopt;
  if (is_spent(binding.b4, now)) return Outcome::kDhcpGrantLimit;
  if (before == nullptr &&
      table_.count_within(Ipv6Prefix::of(binding.b4, options_.subscriber_mask)) >= options_.per_subscriber) {
    return Outcome::kDhcpLeaseLimit;
  }
  if (held == nullptr) {
    const bool is_taken = look_up_(binding) == Occupancy::kOther;
    const Lease* other = table_.any_of(binding.ipv4);
    const bool is_divided = other != nullptr && other->binding.ports.parameters != binding.ports.parameters;
    if (is_taken || is_divided) return Outcome::kDhcpLeaseConflict;
    return std::nullopt;
  }
  if (held->expires <= now || doubted_.contains(lease.key())) return std::nullopt;
  if (options_.conflict == LeaseConflict::kReject) return Outcome::kDhcpLeaseConflict;
  return has_just_moved(lease.key(), now) ? std::optional(Outcome::kDhcpLeaseConflict) : std::nullopt;
}

bool LeaseManager::has_just_moved(LeaseKey key, WallTime now) const {
  const auto is_recent = [&](WallTime moved) { return moved + options_.move_interval > now; };
  const auto granting = granting_.find(key);
  if (granting != granting_.end() && granting->second.moved && is_recent(*granting->second.moved))
    return true;
  const auto moved = moved_.find(key);
  return moved != moved_.end() && is_recent(moved->second);
}

void LeaseManager::granted(const Lease& lease) {
  doubted_.erase(lease.key());
  table_.put(lease);
}

void LeaseManager::ended(LeaseKey key) {
  doubted_.erase(key);
  table_.erase(key);
}

void LeaseManager::doubt_all() {
  for (const Lease* lease : table_.within(Ipv6Prefix())) doubted_.insert(lease->key());
}

void LeaseManager::record_move(LeaseKey key, WallTime now) {
  std::erase_if(moved_, [&](const auto& moved) { return moved.second + options_.move_interval <= now; });
  moved_.insert_or_assign(key, now);
}

const Lease* LeaseManager::lease_of(const Ipv6Address& subscriber, const ClientId& client,
                                    bool may_move) const {
  return may_move ? table_.find_on_link(subscriber, client, table_.link_of(subscriber))
                  : table_.find(subscriber, client);
}

std::optional<Outcome> LeaseManager::reason_not_to_relay(const ReceivedMessage& received) const {
  const MessageView& message = received.message;
  const Ipv6Address& subscriber = received.subscriber.address;
  const auto type = message.message_type();
  if (options_.pools.empty() || (type != MessageType::kDiscover && type != MessageType::kRequest)) {
    return std::nullopt;
  }
  const ClientId client = client_id_of(message);
  if (lease_of(subscriber, client, received.may_move) != nullptr) return std::nullopt;
  const auto requested = number_of(message.sole(dhcp::option::kRequestedAddress));
  const Ipv4Address wanted = requested ? Ipv4Address::from_host(*requested) : message.header().ciaddr;
  // The subscriber may ask again for an address that it already has, with any client identifier.
  const auto has = [&](const Lease& lease) {
    return lease.binding.b4 == subscriber && (lease.client == client || lease.binding.ipv4 == wanted);
  };
  const Ipv6Prefix prefix = Ipv6Prefix::of(subscriber, options_.subscriber_mask);
  std::size_t count = 0;
  for (const Lease* lease : table_.within(prefix)) {
    if (has(*lease)) return std::nullopt;
    ++count;
  }
  for (const auto& [key, granting] : granting_) {
    const Lease& lease = granting.lease;
    if (!prefix.contains(lease.binding.b4)) continue;
    if (has(lease)) return std::nullopt;
    const Lease* renewed = table_.find(key);
    if (renewed == nullptr || !prefix.contains(renewed->binding.b4)) ++count;
  }
  return count < options_.per_subscriber ? std::nullopt : std::optional(Outcome::kDhcpClientLimit);
}

bool LeaseManager::is_out_of_grants(const ReceivedMessage& received, WallTime now) const {
  const MessageView& message = received.message;
  const dhcp::Subscriber& subscriber = received.subscriber;
  const auto type = message.message_type();
  if ((type != MessageType::kDiscover && type != MessageType::kRequest) ||
      !is_spent(subscriber.address, now)) {
    return false;
  }
  const Lease* const lease = lease_of(subscriber.address, client_id_of(message), received.may_move);
  if (type == MessageType::kDiscover) return lease == nullptr;
  const auto requested = number_of(message.sole(dhcp::option::kRequestedAddress));
  const Ipv4Address wanted = requested ? Ipv4Address::from_host(*requested) : message.header().ciaddr;
  const auto ports = ports_of(message);
  if (!ports) return true;
  if (lease != nullptr && lease->key() == LeaseKey{wanted, ports->psid}) return false;
  return !has({wanted, *ports, subscriber.address, subscriber.br});
}

bool LeaseManager::has(const Binding& binding) const {
  const Lease* held = holder({binding.ipv4, binding.ports.psid});
  return held != nullptr ? held->binding == binding : look_up_(binding) == Occupancy::kSame;
}

bool LeaseManager::is_spent(const Ipv6Address& b4, WallTime now) const {
  return grant_limit_.is_spent(Ipv6Prefix::of(b4, options_.subscriber_mask).address, options_.grants_per_hour,
                               now);
}

LeaseChange LeaseManager::from_client(const ReceivedMessage& received) const {
  const MessageView& message = received.message;
  const Ipv6Address& subscriber = received.subscriber.address;
  LeaseChange change;
  const auto type = message.message_type();
  if (type != MessageType::kRelease && type != MessageType::kDecline) return change;
  Ipv4Address ipv4 = message.header().ciaddr;
  if (type == MessageType::kDecline) {
    const auto requested = number_of(message.sole(dhcp::option::kRequestedAddress));
    if (!requested) return change;
    ipv4 = Ipv4Address::from_host(*requested);
  }
  const auto ports = ports_of(message);
  const bool names_ports = message.count(dhcp::option::kPortParameters) != 0;
  const ClientId client = client_id_of(message);
  for (const Lease* lease : table_.of_subscriber(subscriber)) {
    if (lease->binding.ipv4 != ipv4) continue;
    // A client that names no ports is identified by its client identifier. A whole address has only one
    // lease.
    const bool is_meant = names_ports ? ports == lease->binding.ports
                                      : lease->binding.ports.parameters.is_whole() || lease->client == client;
    if (!is_meant) continue;
    change.end = LeaseEnding{lease->key(), subscriber,
                             type == MessageType::kRelease ? EndReason::kReleased : EndReason::kDeclined};
  }
  return change;
}

void LeaseManager::keep(LeaseChange change, WallTime now, std::function<void(bool)> done) {
  if (!change.end && !change.grant) return done(true);
  if (!change.grant) return end(std::move(change), std::move(done));
  const LeaseKey key = change.grant->key();
  ending_.erase(key);
  const Lease* const held = holder(key);
  const bool goes_with_its_client = held != nullptr && held->client == change.grant->client &&
                                    table_.link_of(held->binding.b4).contains(change.grant->binding.b4);
  std::optional<Ipv6Address> counted;
  if (!goes_with_its_client && !has(change.grant->binding)) {
    counted = Ipv6Prefix::of(change.grant->binding.b4, options_.subscriber_mask).address;
    grant_limit_.count(*counted, now);
  }
  const std::uint64_t number = ++changes_;
  const auto moved = change.moves ? std::optional(now) : std::nullopt;
  const auto before = granting_.find(key);
  // A later grant of the key must not hide a move that is still on its way.
  const auto latest = moved || before == granting_.end() ? moved : before->second.moved;
  granting_.insert_or_assign(key, Granting{*change.grant, number, latest});
  keep_(std::move(change), [this, key, number, moved, counted, done = std::move(done)](bool kept) {
    const auto last = granting_.find(key);
    if (last != granting_.end() && last->second.number == number) granting_.erase(last);
    if (kept && moved) record_move(key, *moved);
    if (!kept && counted) grant_limit_.take_back(*counted);
    done(kept);
  });
}

// Does not send an end again that is on its way to the store: clients may repeat a RELEASE as often as they
// like.
void LeaseManager::end(LeaseChange change, std::function<void(bool)> done) {
  const LeaseKey key = change.end->key;
  const std::uint64_t number = ++changes_;
  if (!ending_.try_emplace(key, number).second) return done(true);
  keep_(std::move(change), [this, key, number, done = std::move(done)](bool kept) {
    const auto last = ending_.find(key);
    if (last != ending_.end() && last->second == number) ending_.erase(last);
    done(kept);
  });
}

void LeaseManager::expire(WallTime now) {
  const auto next = table_.next_end();
  if (!next || *next > now || !expiring_.empty() || now < expire_again_) return;
  for (const LeaseKey& key : table_.ended(now, kMaxExpiring)) {
    if (granting_.contains(key)) continue;  // being renewed
    expiring_.insert(key);
    LeaseChange change;
    change.end = LeaseEnding{key, table_.find(key)->binding.b4, EndReason::kExpired};
    keep_(std::move(change), [this, key, now](bool kept) {
      expiring_.erase(key);
      if (!kept) expire_again_ = now + kRetry;
    });
  }
}

bool LeaseManager::allows(const Binding& binding) const {
  if (is_martian(binding.ipv4.host())) return false;  // a pool may be around such addresses
  if (!binding.ports.parameters.is_whole() && binding.ports.contains_dhcp_client_port()) return false;
  return std::ranges::any_of(options_.pools, [&binding](const LeasePool& pool) {
    return pool.ipv4.contains(binding.ipv4) && pool.ports == binding.ports.parameters;
  });
}

const Lease* LeaseManager::holder(LeaseKey key) const {
  const auto granting = granting_.find(key);
  return granting != granting_.end() ? &granting->second.lease : table_.find(key);
}

}  // namespace softwire::controlplane
