// SPDX-License-Identifier: BSD-3-Clause
// A DHCPv4 relay for tests: its options, and messages for it.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "controlplane/dhcp/relay/relay.h"
#include "dhcp_samples.h"
#include "softwire/address_text.h"

namespace softwire::controlplane::dhcp {

inline constexpr Ipv4Address kServer(10, 99, 0, 1);
inline constexpr Ipv4Address kEverybody(255, 255, 255, 255);
inline constexpr Ipv4Address kLeased(192, 0, 2, 100);
inline constexpr Ipv6Address kBr = Ipv6Address::from_host(0x20010db800ff0000, 1);
inline constexpr Ipv6Address kOtherBr = Ipv6Address::from_host(0x20010db800ff0000, 2);
inline constexpr Subscriber kSubscriber{Ipv6Address::from_host(0x20010db800a20000, 2), kBr};

inline RelayOptions options() {
  RelayOptions options;
  options.servers = {Ipv4Address(10, 99, 0, 7), kServer};
  options.address = Ipv4Address(100, 64, 0, 1);
  options.br_addresses = {kBr};
  return options;
}

inline RelayOptions options_of_two_brs() {
  RelayOptions two = options();
  two.br_addresses = {kOtherBr, kBr};
  return two;
}

// The first four octets of the header of a client's message, and of Kea's answer to a broadcast one.
inline constexpr const char* kRequestHeader = "01010600 953b2604";
inline constexpr const char* kReplyHeader = "02010601 953b2604 00000000 00000000 c0000264 00000000 64400001";

inline Bytes request(std::string_view options, std::string_view header = kRequestHeader) {
  return message(header, hex(options));
}
inline Bytes reply(const Bytes& option82, std::string_view header = kReplyHeader) {
  return message(header, join({hex("350102 360464400001"), option82, hex("ff")}));
}
inline Bytes with(Bytes octets, std::size_t offset, std::uint8_t value) {
  octets[offset] = value;
  return octets;
}

// Does the same as the service: checks the server, and parses the message.
inline Relay::ToServers from_client(Relay& relay, const Bytes& octets, const Subscriber& subscriber,
                                    bool unicast) {
  const auto message = MessageView::parse(octets);
  if (!message) return {message.error(), {}};
  return relay.from_client({*message, subscriber, unicast});
}
inline Relay::ToClient from_server(Relay& relay, const Bytes& octets, Ipv4Address server, Port port) {
  if (!relay.takes_from(server, port)) return {Outcome::kDhcpUnknownServer, {}, {}, {}};
  const auto message = MessageView::parse(octets);
  if (!message) return {message.error(), {}, {}, {}};
  return relay.from_server(*message, server);
}

inline Outcome of_client(const Bytes& octets) {
  Relay relay(options());
  const auto result = from_client(relay, octets, kSubscriber, false);
  EXPECT_EQ(result.message.empty(), result.outcome != Outcome::kDhcpRelayed);
  return result.outcome;
}

inline Outcome of_server(const Bytes& octets, const RelayOptions& with_options = options()) {
  Relay relay(with_options);
  const auto result = from_server(relay, octets, kServer, 67);
  EXPECT_EQ(result.message.empty(), result.outcome != Outcome::kDhcpDelivered);
  return result.outcome;
}

inline std::map<std::string, std::uint64_t> counters(const Relay& relay) {
  std::map<std::string, std::uint64_t> all;
  relay.statistics().for_each([&](std::string_view name, std::uint64_t value) {
    EXPECT_TRUE(all.emplace(name, value).second) << name;
  });
  return all;
}

}  // namespace softwire::controlplane::dhcp
