// SPDX-License-Identifier: BSD-3-Clause
// What the operator sets for the DHCPv4 relay. The configuration holds it, and the relay works by it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "controlplane/dhcp/settings/dhcp4o6_server.h"
#include "softwire/address.h"

namespace softwire::controlplane::dhcp {

struct RelaySettings {
  std::vector<Ipv4Address> servers;            // get every message; the relay takes only their answers
  std::vector<Dhcp4o6Server> dhcp4o6_servers;  // servers that get them over DHCPv6
  Ipv4Address address;                         // giaddr, and the server identifier override
  std::uint8_t hop_limit = 4;  // of a message that is still relayed: 1..16 (RFC 1542 section 4.1.1)
  // Option 82. relay/suboptions.h has the table of its sub-options.
  std::uint8_t client_suboption = 2;  // code of the sub-option with the subscriber's IPv6 address
  bool client_as_text = false;        // that address as text (RFC 5952), not as 16 octets
  std::string circuit_id;             // empty: none
  std::string relay_id;               // empty: none
  Ipv4Address link_selection;         // 0.0.0.0: none
  // For servers that ignore the server identifier override (RFC 5107) and name their own addresses in option
  // 54: clients get the relay's address there, and servers get their own.
  bool rewrite_server_identifier = false;

  [[nodiscard]] std::size_t server_count() const { return servers.size() + dhcp4o6_servers.size(); }
  // Off by default (RFC 1542 section 4).
  [[nodiscard]] bool is_on() const { return server_count() != 0; }
};

}  // namespace softwire::controlplane::dhcp
