// SPDX-License-Identifier: BSD-3-Clause
// DHCP clients of the world of traffic.h, DHCPv6 relays, and servers that answer what the hub relays to them.
// All make messages from the choices of an input, over every transport that the hub takes DHCP from.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "softwire/address.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/traffic.h"

namespace softwire::fuzz {

class DhcpWorld {
 public:
  // A message of a client to the hub, directly or through a DHCPv6 relay.
  Frame from_client(Input& input);
  // The answer of a server to the message that the hub relayed last. Nothing when it relayed none.
  std::optional<Frame> from_server(Input& input);
  // Looks at a frame that the hub sent: a message to a client or to a server. Checks that it can be read.
  void take(Side side, std::span<const std::uint8_t> frame);
  // Forgets all messages.
  void forget() { *this = DhcpWorld(); }

  static constexpr Ipv4Address kServer{198, 51, 100, 67};
  // The IPv4 address that a DHCPv4-over-DHCPv6 server uses as server identifier.
  static constexpr Ipv4Address kIdentifier{198, 51, 100, 69};
  static constexpr Ipv4Address kPool{203, 0, 113, 64};  // 64 addresses, with different port sets

 private:
  using Octets = std::vector<std::uint8_t>;
  [[nodiscard]] Octets client_message(Input& input, Ipv4Address own) const;
  Octets server_message(Input& input, std::span<const std::uint8_t> request) const;
  void take_from_softwire(const Ipv6View& packet);

  Octets relayed_;          // the DHCPv4 message that went to a server
  Octets relayed_6_;        // the RELAY-FORW that went to a DHCPv4-over-DHCPv6 server
  Ipv4Address offered_;     // yiaddr of the last answer to a client
  Ipv4Address identifier_;  // its server identifier
};

}  // namespace softwire::fuzz
