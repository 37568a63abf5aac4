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

template <typename Value>
class PendingExchanges {
 public:
  static constexpr Instant kLifetime = std::chrono::seconds(30);
  static constexpr std::size_t kMaxExchanges = 65536;
  static constexpr std::size_t kMaxOfSubscriber = 8;

  // Adds a value, or keeps an existing one for another kLifetime. Returns the value of the key, or null when
  // kMaxExchanges or kMaxOfSubscriber is reached. `subscriber`: the prefix for which kMaxOfSubscriber counts.
  Value* add(const ExchangeKey& key, const Ipv6Address& subscriber, Value value, Instant now) {
    forget_ended(now);
    if (const auto known = entries_.find(key); known != entries_.end()) {
      by_end_.erase({known->second.end, key});
      known->second.end = now + kLifetime;
      by_end_.emplace(known->second.end, key);
      return &known->second.value;
    }
    const auto count = of_subscriber_.find(subscriber);
    if (entries_.size() == kMaxExchanges ||
        (count != of_subscriber_.end() && count->second == kMaxOfSubscriber)) {
      return nullptr;
    }
    ++of_subscriber_[subscriber];
    by_end_.emplace(now + kLifetime, key);
    return &entries_.emplace(key, Entry{std::move(value), subscriber, now + kLifetime}).first->second.value;
  }

  // Returns the value, or null. Does not remove the value, because every server may answer.
  [[nodiscard]] const Value* find(const ExchangeKey& key, Instant now) const {
    const auto found = entries_.find(key);
    return found == entries_.end() || found->second.end <= now ? nullptr : &found->second.value;
  }

 private:
  struct Entry {
    Value value;
    Ipv6Address subscriber;
    Instant end{};
  };

  void forget_ended(Instant now) {
    while (!by_end_.empty() && by_end_.begin()->first <= now) {
      const auto found = entries_.find(by_end_.begin()->second);
      const auto count = of_subscriber_.find(found->second.subscriber);
      if (--count->second == 0) of_subscriber_.erase(count);
      entries_.erase(found);
      by_end_.erase(by_end_.begin());
    }
  }

  std::map<ExchangeKey, Entry> entries_;
  std::set<std::pair<Instant, ExchangeKey>> by_end_;
  std::unordered_map<Ipv6Address, std::size_t> of_subscriber_;
};

}  // namespace softwire::controlplane::dhcp
