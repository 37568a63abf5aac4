// SPDX-License-Identifier: BSD-3-Clause
// A DHCPv4 server for tests: its lease table, its clock, and clients.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <chrono>
#include <optional>
#include <utility>

#include "controlplane/dhcp/server/server.h"
#include "dhcp_samples.h"
#include "softwire/address_text.h"

namespace softwire::controlplane::dhcp {

inline Bytes octets_of(Ipv4Address address) {
  const auto octets = std::bit_cast<std::array<std::uint8_t, 4>>(address);
  return {octets.begin(), octets.end()};
}

inline Bytes option_of(std::uint8_t code, const Bytes& value) {
  return join({{code, static_cast<std::uint8_t>(value.size())}, value});
}
inline Bytes option_of(std::uint8_t code, Ipv4Address value) {
  return option_of(code, octets_of(value));
}

inline constexpr Ipv4Address kServerAddress(198, 51, 100, 1);
inline constexpr Ipv4Address kEverybody(255, 255, 255, 255);
inline constexpr Ipv6Address kBr = Ipv6Address::from_host(0x20010db800ff0000, 1);

constexpr Ipv4Address whole(std::uint8_t last) {
  return {192, 0, 2, last};
}
constexpr Ipv4Address shared(std::uint8_t last) {
  return {203, 0, 113, last};
}
// Four whole addresses, and two addresses with four port sets each: PSIDs 1 to 3 of 2 bits.
inline constexpr PortPool kWhole{whole(1), whole(4), {0, 0}};
inline constexpr PortPool kShared{shared(1), shared(2), {0, 2}};

inline ServerOptions options_of(std::vector<PortPool> pools) {
  ServerOptions options;
  options.pools = std::move(pools);
  options.address = kServerAddress;
  return options;
}

// A client, and its messages according to RFC 2131 table 4.
struct Client {
  Subscriber subscriber;
  Bytes id = {0, 1};    // option 61
  bool shares = false;  // requests option 159
  Bytes more = {};      // options for every message
  std::uint16_t flags = 0;
  bool may_move = false;  // uses DHCPv6
  SourceKind kind = SourceKind::kStranger;

  static Client behind(std::uint64_t site, std::uint8_t id = 1) {
    return {{Ipv6Address::from_host(0x20010db8'0000'0000 + (site << 8), 2), kBr}, {0, id}};
  }
  static Client sharing(std::uint64_t site, std::uint8_t id = 1) {
    Client client = behind(site, id);
    client.shares = true;
    return client;
  }

  [[nodiscard]] Bytes say(MessageType type, const Bytes& options, Ipv4Address ciaddr = {}) const {
    const Bytes list = shares ? hex("3703 01039f") : hex("3702 0103");
    Bytes octets = message("01010600 953b2604", join({option_of(53, Bytes{static_cast<std::uint8_t>(type)}),
                                                      option_of(61, id), list, options, more, hex("ff")}));
    octets[10] = static_cast<std::uint8_t>(flags >> 8);
    const Bytes address = octets_of(ciaddr);
    std::copy(address.begin(), address.end(), octets.begin() + 12);
    return octets;
  }
  [[nodiscard]] static Bytes ports(PortSet set) {
    const auto octets = port_parameters_octets(set);
    return set.parameters.is_whole() ? Bytes{} : option_of(159, Bytes(octets.begin(), octets.end()));
  }
  [[nodiscard]] Bytes discover() const { return say(MessageType::kDiscover, {}); }
  [[nodiscard]] Bytes select(Ipv4Address address, PortSet set = {},
                             Ipv4Address server = kServerAddress) const {
    return say(MessageType::kRequest, join({option_of(50, address), option_of(54, server), ports(set)}));
  }
  [[nodiscard]] Bytes reboot(Ipv4Address address, PortSet set = {}) const {
    return say(MessageType::kRequest, join({option_of(50, address), ports(set)}));
  }
  [[nodiscard]] Bytes renew(Ipv4Address address, PortSet set = {}) const {
    return say(MessageType::kRequest, ports(set), address);
  }
  [[nodiscard]] Bytes give_back(Ipv4Address address, PortSet set = {}) const {
    return say(MessageType::kRelease, join({option_of(54, kServerAddress), ports(set)}), address);
  }
  [[nodiscard]] Bytes reject(Ipv4Address address, PortSet set = {}) const {
    return say(MessageType::kDecline,
               join({option_of(50, address), option_of(54, kServerAddress), ports(set)}));
  }
};

constexpr PortSet set_of(Psid psid) {
  return {kShared.ports, psid};
}

// The contents of an answer, parsed from its octets.
struct Reply {
  Outcome outcome;
  std::optional<MessageType> type;  // not set: there is no message
  Bytes octets;
  Ipv4Address destination;
  std::optional<Lease> grant;
  std::optional<LeaseKey> release;

  [[nodiscard]] MessageView view() const { return *MessageView::parse(octets); }
  [[nodiscard]] Ipv4Address yiaddr() const { return type ? view().header().yiaddr : Ipv4Address(); }
  [[nodiscard]] std::optional<Bytes> option(std::uint8_t code) const {
    const auto value = type ? view().sole(code) : std::nullopt;
    if (!value) return std::nullopt;
    return Bytes(value->begin(), value->end());
  }
  [[nodiscard]] PortSet ports() const {
    const auto value = type ? view().sole(159) : std::nullopt;
    return value ? *read_port_parameters(*value) : PortSet{};
  }
};

class DhcpServer : public ::testing::Test {
 protected:
  explicit DhcpServer(ServerOptions options = options_of({kWhole, kShared}))
      : server(std::move(options), lease_table) {}

  // Does not apply the changes that the answer requires.
  Reply ask(const Client& client, const Bytes& octets, bool unicast = false,
            const std::optional<Binding>& given = {}) {
    const auto message = MessageView::parse(octets);
    if (!message) return {message.error(), {}, {}, {}, {}, {}};
    const auto answer = server.answer(
        {*message, client.subscriber, unicast, client.may_move, given, {client.kind, {}}}, now, lease_table);
    Reply reply{answer.outcome,     {},           {answer.message.begin(), answer.message.end()},
                answer.destination, answer.grant, answer.release};
    EXPECT_EQ(answer.message.empty(), answer.outcome != Outcome::kDhcpAnswered);
    if (!reply.octets.empty()) reply.type = reply.view().message_type();
    return reply;
  }
  void apply(const Reply& reply) {
    if (reply.release) remove(*reply.release);
    if (reply.grant) lease_table.put(*reply.grant);
  }
  Reply tell(const Client& client, const Bytes& octets, bool unicast = false) {
    Reply reply = ask(client, octets, unicast);
    apply(reply);
    return reply;
  }
  // Sends a DISCOVER that asks for a slot.
  void wish(Client client, Ipv4Address address, PortSet set = {}) {
    client.more = join({client.more, option_of(50, address), Client::ports(set)});
    (void)ask(client, client.discover());
  }
  void remove(LeaseKey key) {
    lease_table.erase(key);
    server.freed(key);
  }
  void wait(std::chrono::seconds time) {
    now += time;
    for (const LeaseKey key : lease_table.ended(now, lease_table.size())) remove(key);
  }
  // Sends DISCOVER and REQUEST. Returns what was granted.
  Lease lease(const Client& client) {
    const Reply offer = tell(client, client.discover());
    EXPECT_EQ(offer.type, MessageType::kOffer);
    if (offer.type != MessageType::kOffer) return {};
    const Reply ack = tell(client, client.select(offer.yiaddr(), offer.ports()));
    EXPECT_EQ(ack.type, MessageType::kAck);
    return ack.grant.value_or(Lease{});
  }

  LeaseTable lease_table;
  Server server;
  WallTime now{std::chrono::seconds(1'000'000)};
};

}  // namespace softwire::controlplane::dhcp
