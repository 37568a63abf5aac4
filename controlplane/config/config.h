// SPDX-License-Identifier: BSD-3-Clause
// The configuration as a program uses it. load_config.h fills it from softwired.conf and the command line.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controlplane/dhcp/settings/relay_settings.h"
#include "controlplane/dhcp/settings/reply_port.h"
#include "controlplane/dhcp/settings/server_options.h"
#include "controlplane/lease/lease_options.h"
#include "controlplane/text/port_68.h"
#include "dataplane/instruction_set/instruction_set.h"
#include "softwire/address.h"
#include "softwire/result.h"

namespace softwire::controlplane {

// What becomes of TCP's maximum segment size option in passing.
struct TcpMss {
  enum class Kind : std::uint8_t {
    kKeep,   // nothing
    kAuto,   // lowered to what fits the MTUs of both sides
    kLower,  // lowered to `octets`
  };
  Kind kind = Kind::kKeep;
  std::uint16_t octets = 0;  // 536..9560
  friend constexpr bool operator==(const TcpMss&, const TcpMss&) = default;
};

struct SideConfig {
  std::string port;        // DPDK device name; not needed by softwire-replay
  MacAddress mac;          // not set: the port's own
  std::uint16_t vlan = 0;  // 0: untagged; else 1..4094
  // Octets of the IP packet: 68..9600 on the IPv4 side, 1280..9600 on the IPv6 side.
  std::uint16_t mtu = 1500;
  MacAddress gateway_mac;  // not set: to be resolved
  // libpcap expressions (pcap-filter(7)) that frames must match; empty: all do.
  std::string ingress_filter;
  std::string egress_filter;
  // What fragments that come in may take up: packets, fragments of one packet, seconds.
  std::uint32_t reassembly_datagrams = 20000;  // 0..1000000
  std::uint16_t reassembly_fragments = 40;     // 2..8192
  std::uint16_t reassembly_timeout = 15;       // 1..120, IPv6 side 1..60
  bool accept_icmp = true;                     // ICMPv4 to subscribers; ICMPv6 errors about softwire packets
  bool generate_icmp_errors = true;            // ICMPv4 on the IPv4 side, ICMPv6 on the IPv6 side
  std::uint32_t icmp_error_rate = 1000;        // of them a second, and at once
};

// The address of the relay, if not given, is ipv4.address.
struct DhcpRelayConfig : dhcp::RelaySettings {
  std::uint32_t rate = 10000;          // messages a second, all subscribers together
  std::uint32_t subscriber_rate = 20;  // messages a second, of one subscriber
  std::uint8_t subscriber_mask = 64;   // bits of an IPv6 address that tell subscribers apart: 32..128
  // Who may ask: subscribers in these prefixes, and those who have a softwire; neither: everybody.
  std::vector<Ipv6Prefix> clients;
  bool clients_bound = false;
  bool intercept_server_addresses = true;  // relay what softwires send to a server's own address too
};

// DHCP that comes to ipv6.address.
struct DhcpOverIpv6Config {
  bool dhcpv4 = false;  // DHCPv4 in UDP (draft-ietf-dhc-v4configuration-06 section 1.2)
  bool dhcpv6 = false;  // DHCPv4 over DHCPv6 (RFC 7341), and information requests (RFC 7598)
  dhcp::ReplyPort reply_port = dhcp::ReplyPort::kSource;  // of DHCPv4 in UDP
  std::vector<Ipv6Prefix> relays;                         // whose RELAY-FORW are taken
  std::vector<Ipv6Address> dns_servers;                   // that information requests are told
  std::uint32_t refresh_time = 86400;                     // seconds

  [[nodiscard]] bool is_on() const { return dhcpv4 || dhcpv6; }
};

// What a worker does while nothing comes in.
enum class IdleMode : std::uint8_t { kPoll, kSleep };

// Where packet buffers and rings lie.
enum class Hugepages : std::uint8_t {
  kAuto,  // in reserved 2 MB pages when there are enough of them
  kYes,
  kNo,
};

// The control socket (docs/control-socket.md). Those who may write are root, the user that softwired runs as,
// and the members of `group`; those of `read_group` may read.
struct ControlConfig {
  std::string socket = "/run/softwired/control.sock";  // empty: none
  std::string group = "softwire";                      // not there: nobody else
  std::string read_group;                              // empty: nobody else
};

// Where to listen for TCP connections.
struct ListenAddress {
  std::string address;     // IPv4 or IPv6, as text; empty: nowhere
  std::uint16_t port = 0;  // 1..65535
  friend bool operator==(const ListenAddress&, const ListenAddress&) = default;
};

// Of softwired alone.
struct DaemonConfig {
  std::string user;                   // whom the process becomes; empty: whoever starts it
  unsigned workers = 1;               // 1..64
  std::vector<unsigned> worker_cpus;  // a processor for each worker; empty: chosen
  IdleMode idle = IdleMode::kPoll;
  Hugepages hugepages = Hugepages::kAuto;
  // The instruction set of the packet path. Nullopt: the best that the processor supports.
  std::optional<dataplane::InstructionSet> instruction_set;
  std::vector<std::string> eal_arguments;  // further ones of DPDK's environment
  ControlConfig control;
  std::uint32_t history_days = 365;  // that ended softwires are remembered for; 0: for ever
  ListenAddress metrics_listen;      // for scrapes of metrics, over HTTP
};

struct Config {
  std::string path;  // of the file, for errors about what it does not say; empty: no file
  // Every key that is given, with its values as they were written.
  std::map<std::string, std::vector<std::string>> given;
  bool hairpinning = true;
  bool copy_dscp = true;    // outer to inner on decapsulation (RFC 6333 section 7.1)
  bool on_a_stick = false;  // both sides on one port
  bool flow_label = false;  // of the outer header, from the inner packet's flow (RFC 6438)
  TcpMss tcp_mss;
  std::uint8_t hop_limit = 64;               // of the outer header, 1..255
  std::string softwires;                     // path of bindings and rules, ready to be opened; empty: none
  std::string state = "/var/lib/softwired";  // directory of the durable state; empty: none
  std::vector<Ipv6Address> br_addresses;     // BR addresses beside those that bindings and rules name
  Port68 port_68 = Port68::kRefuse;
  // Of a MAP-E CE only its whole address is taken; false: every address of its end-user prefix.
  bool strict_ce_address = true;
  SideConfig ipv4;
  SideConfig ipv6;
  Ipv4Address ipv4_address;  // ours on the IPv4 side; 0.0.0.0: none
  Ipv6Address ipv6_address;  // ours on the IPv6 side; ::: none
  Ipv4Address ipv4_gateway;  // 0.0.0.0: none
  Ipv6Address ipv6_gateway;  // ::: none; may be link-local
  bool proxy_arp = false;    // answer ARP for every bound address
  DhcpRelayConfig dhcp_relay;
  LeaseOptions leases;  // pools: none: leases do not become bindings
  dhcp::ServerOptions dhcp_server;
  DhcpOverIpv6Config dhcp_over_ipv6;
  DaemonConfig daemon;
};

}  // namespace softwire::controlplane
