// The configuration as a program uses it, filled from softwired.conf and the command line.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "softwire/address.h"
#include "softwire/result.h"

namespace softwire::controlplane {

struct SideConfig {
  std::string port;        // DPDK device name; not needed by softwire-replay
  MacAddress mac;          // not set: the port's own
  std::uint16_t vlan = 0;  // 0: untagged; else 1..4094
  std::uint16_t mtu =
      1500;                // octets of the IP packet: 68..9600 on the IPv4 side, 1280..9600 on the IPv6 side
  MacAddress gateway_mac;  // not set: to be resolved
};

struct DhcpRelayConfig {
  std::vector<Ipv4Address> servers;   // empty: the relay is off (RFC 1542 section 4: off by default)
  Ipv4Address address;                // giaddr and server identifier override; default ipv4.address
  std::uint8_t client_suboption = 2;  // where the subscriber's IPv6 address travels in option 82
  std::uint8_t hop_limit = 4;         // 1..16 (RFC 1542 section 4.1.1)
  std::uint32_t rate = 10000;         // messages a second, all subscribers together
};

struct Config {
  bool hairpinning = true;
  std::uint8_t hop_limit = 64;
  std::string softwires;  // path, relative to the configuration file; empty: none
  SideConfig ipv4;
  SideConfig ipv6;
  Ipv4Address ipv4_address;
  Ipv6Address ipv6_address;
  std::vector<Ipv6Address> br_addresses;  // BR addresses beside those that bindings name
  DhcpRelayConfig dhcp_relay;
};

}  // namespace softwire::controlplane
