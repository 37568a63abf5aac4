// SPDX-License-Identifier: BSD-3-Clause
// Records, for a message that the relay has sent to servers, the facts that the answer does not contain. The
// control thread owns it.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "controlplane/dhcp/codec/message.h"
#include "softwire/time.h"

namespace softwire::controlplane::dhcp {

// Identifies an exchange: the fields that a server copies from the client's message into its answer (RFC 2131
// section 4.1), and the receiver of the answer.
struct ExchangeKey {
  ExchangeKey(const Header& header, const Ipv6Address& of_subscriber, Ipv4Address of_client)
      : xid(header.xid.value()),
        htype(header.htype),
        hlen(header.hlen),
        chaddr(header.chaddr),
        subscriber(of_subscriber),
        client(of_client.host()) {}

  std::uint32_t xid;
  std::uint8_t htype;
  std::uint8_t hlen;
  std::array<std::uint8_t, 16> chaddr;
  Ipv6Address subscriber;
  std::uint32_t client;
  friend auto operator<=>(const ExchangeKey&, const ExchangeKey&) = default;
};

// Half of the places are only for subscribers. When strangers have used up the other half, their oldest
// exchange makes room: a server answers in less time than that.
template <typename Value>
class PendingExchanges {
 public:
  static constexpr Instant kLifetime = std::chrono::seconds(30);
  static constexpr std::size_t kMaxExchanges = 65536;
  static constexpr std::size_t kMaxOfStrangers = kMaxExchanges / 2;
  static constexpr std::size_t kMaxOfSubscriber = 8;

  // Who sent the message.
  struct Sender {
    Ipv6Address prefix;          // for which kMaxOfSubscriber counts
    bool is_subscriber = false;  // it has a binding, a lease or a rule
  };

  // Adds a value, or keeps an existing one for another kLifetime. Returns the value of the key, or null when
  // kMaxOfSubscriber is reached, or kMaxExchanges by subscribers alone.
  Value* add(const ExchangeKey& key, const Sender& sender, Value value, Instant now) {
    forget_ended(now);
    if (const auto known = entries_.find(key); known != entries_.end()) {
      by_end(known->second).erase({known->second.end, key});
      known->second.end = now + kLifetime;
      by_end(known->second).emplace(known->second.end, key);
      return &known->second.value;
    }
    if (!has_room(key, sender, now)) return nullptr;
    if (is_full(sender)) forget(of_strangers_);
    ++of_sender_[sender.prefix];
    Entry& entry = entries_.emplace(key, Entry{std::move(value), sender, now + kLifetime}).first->second;
    by_end(entry).emplace(entry.end, key);
    return &entry.value;
  }

  // Returns whether add() would return a value now.
  [[nodiscard]] bool has_room(const ExchangeKey& key, const Sender& sender, Instant now) {
    forget_ended(now);
    if (entries_.contains(key)) return true;
    const auto count = of_sender_.find(sender.prefix);
    if (count != of_sender_.end() && count->second == kMaxOfSubscriber) return false;
    return !is_full(sender) || !of_strangers_.empty();
  }

  // Returns the value, or null. Does not remove the value, because every server may answer.
  [[nodiscard]] const Value* find(const ExchangeKey& key, Instant now) const {
    const auto found = entries_.find(key);
    return found == entries_.end() || found->second.end <= now ? nullptr : &found->second.value;
  }

 private:
  struct Entry {
    Value value;
    Sender sender;
    Instant end{};
  };
  using ByEnd = std::set<std::pair<Instant, ExchangeKey>>;

  [[nodiscard]] bool is_full(const Sender& sender) const {
    return entries_.size() == kMaxExchanges ||
           (!sender.is_subscriber && of_strangers_.size() == kMaxOfStrangers);
  }
  ByEnd& by_end(const Entry& entry) { return entry.sender.is_subscriber ? of_subscribers_ : of_strangers_; }

  void forget_ended(Instant now) {
    for (ByEnd* const some : {&of_subscribers_, &of_strangers_}) {
      while (!some->empty() && some->begin()->first <= now) forget(*some);
    }
  }
  // Forgets the exchange that ends first. Requires: there is one.
  void forget(ByEnd& some) {
    const auto found = entries_.find(some.begin()->second);
    const auto count = of_sender_.find(found->second.sender.prefix);
    if (--count->second == 0) of_sender_.erase(count);
    entries_.erase(found);
    some.erase(some.begin());
  }

  std::map<ExchangeKey, Entry> entries_;
  ByEnd of_subscribers_;
  ByEnd of_strangers_;
  std::unordered_map<Ipv6Address, std::size_t> of_sender_;  // exchanges, by prefix
};

}  // namespace softwire::controlplane::dhcp
