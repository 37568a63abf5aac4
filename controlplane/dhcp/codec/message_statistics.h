// SPDX-License-Identifier: BSD-3-Clause
// Counts the DHCPv4 messages of the relay and of the server, by type.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string_view>
#include <variant>

#include "controlplane/dhcp/codec/message.h"
#include "softwire/address.h"

namespace softwire::controlplane::dhcp {

using ServerAddress = std::variant<Ipv4Address, Ipv6Address>;

// A received message counts even when it is dropped later for a reason other than its type.
class MessageStatistics {
 public:
  // Requires: relay or server take messages of this type in this direction.
  void received(MessageType type) { ++rx_[index(type)]; }
  void received_from(const ServerAddress& server, MessageType type) {
    received(type);
    ++by_server_[server][index(type)];
  }
  void sent(MessageType type) { ++tx_[index(type)]; }
  void server_identifier_not_overridden() { ++server_identifier_not_overridden_; }

  MessageStatistics& operator+=(const MessageStatistics& other) {
    for (std::size_t i = 0; i < kTypes; ++i) {
      rx_[i] += other.rx_[i];
      tx_[i] += other.tx_[i];
    }
    for (const auto& [server, received] : other.by_server_) {
      for (std::size_t i = 0; i < kTypes; ++i) by_server_[server][i] += received[i];
    }
    server_identifier_not_overridden_ += other.server_identifier_not_overridden_;
    return *this;
  }

  // Calls visit(std::string_view name, std::uint64_t value) for each counter: "dhcp-rx-discover", ...,
  // "dhcp-tx-discover", ..., "dhcp-server-identifier-not-overridden".
  template <typename Visitor>
  void for_each(Visitor visit) const {
    for (std::size_t i = 0; i < kTypes; ++i) visit(kRxNames[i], rx_[i]);
    for (std::size_t i = 0; i < kTypes; ++i) visit(kTxNames[i], tx_[i]);
    visit(std::string_view("dhcp-server-identifier-not-overridden"), server_identifier_not_overridden_);
  }

  // Calls visit(std::string_view type, std::uint64_t received, std::uint64_t sent) for each type: "discover",
  // ...
  template <typename Visitor>
  void for_each_type(Visitor visit) const {
    for (std::size_t i = 0; i < kTypes; ++i) visit(kTypeNames[i], rx_[i], tx_[i]);
  }
  // Returns the number of messages received from servers.
  [[nodiscard]] std::uint64_t from_servers() const {
    std::uint64_t sum = 0;
    for (const auto& [server, received] : by_server_) {
      for (const std::uint64_t of_type : received) sum += of_type;
    }
    return sum;
  }
  // Calls visit(std::string_view type, std::uint64_t received) for each type that servers send.
  template <typename Visitor>
  void for_each_type_of_server(const ServerAddress& server, Visitor visit) const {
    const auto found = by_server_.find(server);
    for (const MessageType type : {MessageType::kOffer, MessageType::kAck, MessageType::kNak}) {
      visit(kTypeNames[index(type)], found == by_server_.end() ? 0 : found->second[index(type)]);
    }
  }

 private:
  static constexpr std::size_t kTypes = 8;
  static constexpr std::array<std::string_view, kTypes> kTypeNames = {
      "discover", "offer", "request", "decline", "ack", "nak", "release", "inform"};
  static constexpr std::array<std::string_view, kTypes> kRxNames = {
      "dhcp-rx-discover", "dhcp-rx-offer", "dhcp-rx-request", "dhcp-rx-decline",
      "dhcp-rx-ack",      "dhcp-rx-nak",   "dhcp-rx-release", "dhcp-rx-inform"};
  static constexpr std::array<std::string_view, kTypes> kTxNames = {
      "dhcp-tx-discover", "dhcp-tx-offer", "dhcp-tx-request", "dhcp-tx-decline",
      "dhcp-tx-ack",      "dhcp-tx-nak",   "dhcp-tx-release", "dhcp-tx-inform"};
  static constexpr std::size_t index(MessageType type) { return static_cast<std::size_t>(type) - 1; }

  std::array<std::uint64_t, kTypes> rx_{};
  std::array<std::uint64_t, kTypes> tx_{};
  std::map<ServerAddress, std::array<std::uint64_t, kTypes>> by_server_;  // only configured servers
  std::uint64_t server_identifier_not_overridden_ = 0;
};

}  // namespace softwire::controlplane::dhcp
