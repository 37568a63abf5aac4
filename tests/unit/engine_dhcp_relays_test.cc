// SPDX-License-Identifier: BSD-3-Clause
// Tests the limits of DHCPv6 relays and of the clients behind them.
#include <functional>
#include <utility>
#include <vector>

#include "tests/unit/engine_dhcp6_fixture.h"

namespace softwire {
namespace {

using Options6 = std::vector<std::pair<std::uint16_t, Octets>>;

constexpr std::uint16_t kRelayMessage = 9;
const Options6 kNoIds;

// Returns a Relay-forward message (RFC 8415 section 9.1). `options`: before the relay message; `behind`:
// after.
Octets relay_forward(const Ipv6Address& link, const Ipv6Address& peer, const Octets& inner,
                     const Options6& options, const Options6& behind = {}) {
  Octets message{12, 0};
  for (const Ipv6Address& address : {link, peer}) {
    message.insert(message.end(), address.octets().begin(), address.octets().end());
  }
  Options6 all = options;
  all.emplace_back(kRelayMessage, inner);
  all.insert(all.end(), behind.begin(), behind.end());
  for (const auto& [code, content] : all) {
    message.insert(message.end(), {static_cast<std::uint8_t>(code >> 8), static_cast<std::uint8_t>(code),
                                   static_cast<std::uint8_t>(content.size() >> 8),
                                   static_cast<std::uint8_t>(content.size())});
    message.insert(message.end(), content.begin(), content.end());
  }
  return message;
}
Options6 interface_id(std::uint8_t port) {
  return {{18, Octets{'p', 'o', 'r', 't', ' ', 'o', 'f', ' ', 'a', 'n', port}}};
}
Options6 remote_id(std::uint8_t port) {
  return {{37, Octets{0, 0, 0, 9, port}}};
}

const Ipv6Address kLink = *parse_ipv6("2001:db8:7::1");
const Ipv6Address kOtherLink = *parse_ipv6("2001:db8:7::2");
const Ipv6Address kRelay1 = *parse_ipv6("2001:db8:70::1");
const Ipv6Address kRelay2 = *parse_ipv6("2001:db8:70::2");

Ipv6Address local(std::uint64_t node) {
  return Ipv6Address::from_host(0xfe80'0000'0000'0000, node);
}
dataplane::Policy taking_from_relays() {
  dataplane::Policy result = taking(true, true);
  result.punt_subscriber_mask = 64;
  result.dhcp_over_ipv6.relays[0] = {*parse_ipv6("2001:db8:70::"), 64};
  result.dhcp_over_ipv6.relay_count = 1;
  return result;
}
Octets from_relay(const Octets& message, const Ipv6Address& relay = kRelay1) {
  return to_hub(udp6(relay, kHubIpv6, 547, message, 547));
}

class RelayedClients : public ::testing::Test {
 protected:
  // Returns how many of ten such messages are punted. Each client may send two.
  std::uint64_t sent(const Octets& message, const Ipv6Address& relay = kRelay1) {
    const auto result = hub_.run(Side::kIpv6, std::vector<Octets>(10, from_relay(message, relay)));
    EXPECT_EQ(result.outcomes[Outcome::kPuntDhcpv6] + result.outcomes[Outcome::kPuntSubscriberRate], 10U);
    return result.outcomes[Outcome::kPuntDhcpv6];
  }

 private:
  static dataplane::Policy limited() {
    dataplane::Policy result = taking_from_relays();
    result.punt_subscriber_rate = 1;
    result.punt_subscriber_burst = 2;
    return result;
  }
  EngineHarness hub_{limited(), bindings()};
};

TEST_F(RelayedClients, AreToldApartByTheirRemoteId_Rfc4649) {
  EXPECT_EQ(sent(relay_forward(kLink, local(1), kMessage, remote_id(1))), 2U);
  EXPECT_EQ(sent(relay_forward(kLink, local(2), kMessage, remote_id(1))), 0U)
      << "the client chooses its address";
  EXPECT_EQ(sent(relay_forward(kLink, *parse_ipv6("2001:db8:7::99"), kMessage, remote_id(1))), 0U);
  EXPECT_EQ(sent(relay_forward(kLink, local(1), kMessage, remote_id(2))), 2U);
  EXPECT_EQ(sent(relay_forward(kOtherLink, local(1), kMessage, remote_id(1))), 2U);
  EXPECT_EQ(sent(relay_forward(kLink, local(1), kMessage, remote_id(1)), kRelay2), 2U);
  EXPECT_EQ(sent(relay_forward(kLink, local(1), kMessage, kNoIds, remote_id(3))), 2U);
  EXPECT_EQ(sent(relay_forward(kLink, local(2), kMessage, kNoIds, remote_id(3))), 0U)
      << "in any order of options";
}

// An Interface-Id names an interface of the relay, which may be that of a whole access network.
TEST_F(RelayedClients, OnOneInterfaceAreToldApartByTheirPeerAddress_Rfc8415_21_18) {
  for (std::uint8_t client = 1; client <= 8; ++client) {
    EXPECT_EQ(sent(relay_forward(kLink, local(client), kMessage, interface_id(1))), 2U) << int{client};
  }
  EXPECT_EQ(sent(relay_forward(kLink, local(1), kMessage, interface_id(1))), 0U);
  // All clients of an interface together have 16 messages a second, 16 times the limit of one: one that
  // changes its address does not take more from others.
  EXPECT_EQ(sent(relay_forward(kLink, local(9), kMessage, interface_id(1))), 0U);
  EXPECT_EQ(sent(relay_forward(kLink, local(9), kMessage, interface_id(2))), 2U);
  EXPECT_EQ(sent(relay_forward(kOtherLink, local(9), kMessage, interface_id(1))), 2U);
}

TEST_F(RelayedClients, AreTheirPeerAddressesWhereTheRelaySaysNoMore_Rfc7785_3) {
  const auto forward = [](const Ipv6Address& peer) { return relay_forward(kLink, peer, kMessage, kNoIds); };
  EXPECT_EQ(sent(forward(local(1))), 2U);
  EXPECT_EQ(sent(forward(local(2))), 2U);
  EXPECT_EQ(sent(forward(local(1))), 0U);
  EXPECT_EQ(sent(forward(*parse_ipv6("2001:db8:7:1::1"))), 2U);
  EXPECT_EQ(sent(forward(*parse_ipv6("2001:db8:7:1::2"))), 0U) << "of the same prefix";
  EXPECT_EQ(sent(forward(kB4One)), 2U);
  EXPECT_EQ(sent(forward(kB4Two)), 2U) << "each of two bindings in one prefix";
}

TEST_F(RelayedClients, BehindSeveralRelaysAreNamedByAllOfThem_Rfc8415_19_1_2) {
  const auto through = [](std::uint8_t port, const Octets& inner) {
    return relay_forward({}, *parse_ipv6("2001:db8:7:9::1"), inner, interface_id(port));
  };
  const Octets one = relay_forward(kLink, local(1), kMessage, interface_id(1));
  const Octets two = relay_forward(kLink, local(1), kMessage, interface_id(2));
  EXPECT_EQ(sent(through(1, one)), 2U);
  EXPECT_EQ(sent(through(1, two)), 2U);
  EXPECT_EQ(sent(through(1, one)), 0U);
  EXPECT_EQ(sent(through(2, one)), 2U);
  // A client that pretends to be a relay has the limit of its access link.
  std::uint64_t pretended = 0;
  for (std::uint8_t port = 0; port < 200; ++port) {
    pretended += sent(through(3, relay_forward(kLink, local(1), kMessage, interface_id(port))));
  }
  EXPECT_LE(pretended, 16 * 2U);
}

TEST_F(RelayedClients, ThatCannotBeToldApartCountAsTheRelay) {
  EXPECT_EQ(sent(Octets{12, 0, 1}), 2U);
  EXPECT_EQ(sent(Octets{13}), 0U);
  EXPECT_EQ(sent(Octets{12, 0, 1}, kRelay2), 2U);
}

// However many identifiers, options and levels there are, the look at them ends.
TEST_F(RelayedClients, AreLookedForWithinBounds) {
  Octets deep = kMessage;
  for (int i = 0; i < 20; ++i) deep = relay_forward(kLink, local(1), deep, interface_id(1));
  EXPECT_EQ(sent(deep), 2U);
  EXPECT_EQ(sent(relay_forward(kLink, local(1), deep, interface_id(1))), 0U) << "beyond HOP_COUNT_LIMIT";
  Options6 many(16, {1, Octets{}});
  many.emplace_back(18, Octets{1});
  EXPECT_EQ(sent(relay_forward(kLink, local(5), kMessage, many)), 2U);
  EXPECT_EQ(sent(relay_forward(kLink, local(6), kMessage, many)), 2U) << "the 17th option is not read";
  Octets longest(900, 7);
  const auto with = [&] { return relay_forward(kLink, local(7), kMessage, {{18, longest}}); };
  EXPECT_EQ(sent(with()), 2U);
  longest.back() = 8;
  EXPECT_EQ(sent(with()), 0U) << "of an identifier, the first 64 octets and the length count";
  longest.push_back(8);
  EXPECT_EQ(sent(with()), 2U);
  EXPECT_EQ(sent(cut(with(), 60)), 2U) << "an option that ends outside of the packet";
}

// 20,000 messages a second, each from another link-local address.
TEST(Dhcp6Rate, AClientThatChangesItsAddressStopsNoOtherBehindRelays_Rfc8415_21_18) {
  const auto none = [](std::uint8_t) { return kNoIds; };
  using Ids = std::function<Options6(std::uint8_t)>;
  for (const auto& [ids, most] : {std::pair(Ids(remote_id), 120U), std::pair(Ids(interface_id), 16 * 40U),
                                  std::pair(Ids(none), 16 * 40U)}) {
    dataplane::Policy limited = taking_from_relays();
    limited.punt_rate = 10'000;
    limited.punt_burst = 1000;
    limited.punt_subscriber_rate = 20;
    limited.punt_subscriber_burst = 100;
    EngineHarness hub(limited, bindings());
    std::uint64_t node = 1;
    std::uint64_t punted = 0;
    for (int tick = 0; tick < 100; ++tick, hub.now += std::chrono::milliseconds(10)) {
      std::vector<Octets> flood;
      flood.reserve(200);
      for (int i = 0; i < 200; ++i) {
        flood.push_back(from_relay(relay_forward(kLink, local(node++), kMessage, ids(1))));
      }
      punted += hub.run(Side::kIpv6, flood, 64).outcomes[Outcome::kPuntDhcpv6];
      if (tick % 10 != 0) continue;
      const auto other =
          hub.run(Side::kIpv6, {from_relay(relay_forward(kOtherLink, local(1), kMessage, ids(2))),
                                from_relay(relay_forward(kOtherLink, local(2), kMessage, ids(3)), kRelay2)});
      EXPECT_EQ(other.outcomes[Outcome::kPuntDhcpv6], 2U) << tick;
    }
    EXPECT_LE(punted, most);
  }
}

// Relays that send as much as they can, from as many clients as they like.
TEST(Dhcp6Rate, ARelayLeavesOthersTheirPart) {
  dataplane::Policy limited = taking_from_relays();
  limited.punt_rate = 1000;
  limited.punt_burst = 100;
  EngineHarness hub(limited, bindings());
  std::uint64_t node = 1;
  const auto flood_of = [&](unsigned relays) {
    std::vector<Octets> flood;
    for (int i = 0; i < 200; ++i, ++node) {
      const Ipv6Address relay = Ipv6Address::from_host(kRelay1.high(), 100 + node % relays);
      flood.push_back(from_relay(
          relay_forward(Ipv6Address::from_host(node, 1), local(node), kMessage, interface_id(1)), relay));
    }
    return flood;
  };
  for (const unsigned relays : {1U, 3U, 10U}) {
    std::uint64_t punted = 0;
    for (int tick = 0; tick < 200; ++tick, hub.now += std::chrono::milliseconds(10)) {
      punted += hub.run(Side::kIpv6, flood_of(relays), 64).outcomes[Outcome::kPuntDhcpv6];
      if (tick % 20 != 0) continue;
      const Octets one = from_relay(relay_forward(kLink, local(1), kMessage, interface_id(1)), kRelay2);
      EXPECT_EQ(hub.run(Side::kIpv6, {one}).outcomes[Outcome::kPuntDhcpv6], 1U) << relays;
    }
    EXPECT_LE(punted, relays == 1 ? 1060U : 2110U);
    EXPECT_GE(punted, relays == 1 ? 990U : 1900U);
    hub.now += std::chrono::minutes(5);
  }
}

TEST(Dhcp6Rate, RelaysHaveARateApartFromThatOfAllOthers) {
  dataplane::Policy limited = taking(true, true);
  limited.punt_rate = 1;
  limited.punt_burst = 3;
  limited.punt_subscriber_rate = 1;
  limited.punt_subscriber_burst = 100;
  limited.dhcp_over_ipv6.relays[0] = {kInsideRouter, 128};
  limited.dhcp_over_ipv6.relay_count = 1;
  EngineHarness hub(limited, bindings());
  const Octets of_relay = to_hub(udp6(kInsideRouter, kHubIpv6, 547, kMessage, 547));
  auto result = hub.run(Side::kIpv6, std::vector<Octets>(8, of_relay));
  EXPECT_EQ(result.outcomes[Outcome::kPuntDhcpv6], 2U);
  EXPECT_EQ(result.outcomes[Outcome::kPuntRate], 6U);
  result = hub.run(Side::kIpv6, {multicast(547)});
  EXPECT_EQ(result.outcomes[Outcome::kPuntDhcpv6], 1U);
}

}  // namespace
}  // namespace softwire
