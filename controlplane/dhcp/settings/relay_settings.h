// SPDX-License-Identifier: BSD-3-Clause
// Settings of the DHCPv4 relay.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "controlplane/dhcp/settings/dhcp4o6_server.h"
#include "softwire/address.h"

namespace softwire::controlplane::dhcp {

struct RelaySettings {
  std::vector<Ipv4Address> servers;            // each gets every message; answers of others are dropped
  std::vector<Dhcp4o6Server> dhcp4o6_servers;  // the same, over DHCPv6
  Ipv4Address address;                         // giaddr, and the server identifier override
  std::uint8_t hop_limit = 4;  // messages with more hops are dropped; 1..16 (RFC 1542 section 4.1.1)
  // Option 82. relay/suboptions.h lists its sub-options.
  std::uint8_t client_suboption = 2;  // code of the sub-option with the subscriber's IPv6 address
  bool client_as_text = false;        // that address as text (RFC 5952), not as 16 octets
  std::string circuit_id;             // empty: none
  std::string relay_id;               // empty: none
  Ipv4Address link_selection;         // 0.0.0.0: none
  // Whether the relay rewrites option 54: to its own address for clients, and to the server's address for
  // servers. For servers that ignore the server identifier override (RFC 5107) and put their own address into
  // option 54.
  bool rewrite_server_identifier = false;

  [[nodiscard]] std::size_t server_count() const { return servers.size() + dhcp4o6_servers.size(); }
  // Off by default (RFC 1542 section 4).
  [[nodiscard]] bool is_on() const { return server_count() != 0; }
};

}  // namespace softwire::controlplane::dhcp
