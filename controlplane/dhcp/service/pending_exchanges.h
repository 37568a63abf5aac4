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
#include <utility>

#include "controlplane/dhcp/codec/message.h"
#include "softwire/source_kind.h"
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

// Each kind of senders has its part of the places (up_to_kind()). When senders without a binding or
// lease have used up what their kind may use, the oldest exchange of the lowest kind makes room: a server
// answers in less time than that. An exchange of a sender with a binding or lease keeps its place.
template <typename Value>
class PendingExchanges {
 public:
  static constexpr Instant kLifetime = std::chrono::seconds(30);
  static constexpr std::size_t kMaxExchanges = 65536;
  static constexpr std::size_t kMaxOfSender = 8;

  // Adds a value, or keeps an existing one for another kLifetime. Returns the value of the key, or null when
  // the sender has kMaxOfSender values, or when no other value may make room.
  Value* add(const ExchangeKey& key, const Source& sender, Value value, Instant now) {
    forget_ended(now);
    if (const auto known = entries_.find(key); known != entries_.end()) {
      by_end(known->second).erase({known->second.end, key});
      known->second.end = now + kLifetime;
      by_end(known->second).emplace(known->second.end, key);
      return &known->second.value;
    }
    if (!has_room(key, sender, now)) return nullptr;
    if (is_full(sender.kind)) forget(*makes_room(sender.kind));
    ++of_sender_[sender_of(sender)];
    Entry& entry = entries_.emplace(key, Entry{std::move(value), sender, now + kLifetime}).first->second;
    by_end(entry).emplace(entry.end, key);
    return &entry.value;
  }

  // Returns whether add() would return a value now.
  [[nodiscard]] bool has_room(const ExchangeKey& key, const Source& sender, Instant now) {
    forget_ended(now);
    if (entries_.contains(key)) return true;
    const auto count = of_sender_.find(sender_of(sender));
    if (count != of_sender_.end() && count->second == kMaxOfSender) return false;
    return !is_full(sender.kind) || makes_room(sender.kind) != nullptr;
  }

  // Returns the value, or null. Does not remove the value, because every server may answer.
  [[nodiscard]] const Value* find(const ExchangeKey& key, Instant now) const {
    const auto found = entries_.find(key);
    return found == entries_.end() || found->second.end <= now ? nullptr : &found->second.value;
  }

 private:
  struct Entry {
    Value value;
    Source sender;
    Instant end{};
  };
  using ByEnd = std::set<std::pair<Instant, ExchangeKey>>;
  using SenderKey = std::tuple<Ipv6Address, std::uint8_t>;  // address and length of its prefix

  static SenderKey sender_of(const Source& sender) { return {sender.prefix.address, sender.prefix.length}; }
  [[nodiscard]] bool is_full(SourceKind kind) const {
    return entries_.size() >= up_to_kind(kind, kMaxExchanges);
  }
  ByEnd& by_end(const Entry& entry) { return by_end_[static_cast<std::size_t>(entry.sender.kind)]; }
  // Returns the exchanges of which the oldest makes room for a sender of this kind, or null.
  ByEnd* makes_room(SourceKind kind) {
    for (std::size_t i = 0; i <= static_cast<std::size_t>(kind); ++i) {
      const bool may_go = i != static_cast<std::size_t>(SourceKind::kBound);
      if (may_go && !by_end_[i].empty()) return &by_end_[i];
    }
    return nullptr;
  }

  void forget_ended(Instant now) {
    for (ByEnd& some : by_end_) {
      while (!some.empty() && some.begin()->first <= now) forget(some);
    }
  }
  // Forgets the exchange that ends first. Requires: there is one.
  void forget(ByEnd& some) {
    const auto found = entries_.find(some.begin()->second);
    const auto count = of_sender_.find(sender_of(found->second.sender));
    if (--count->second == 0) of_sender_.erase(count);
    entries_.erase(found);
    some.erase(some.begin());
  }

  std::map<ExchangeKey, Entry> entries_;
  std::array<ByEnd, kSourceKinds> by_end_;      // by kind of the sender
  std::map<SenderKey, std::size_t> of_sender_;  // exchanges
};

}  // namespace softwire::controlplane::dhcp
