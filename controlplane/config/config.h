// SPDX-License-Identifier: BSD-3-Clause
// The configuration of a program. load_config.h fills it from softwired.conf and the command line.
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

// What to do with the maximum segment size option of TCP in forwarded packets.
struct TcpMss {
  enum class Kind : std::uint8_t {
    kKeep,   // leave it
    kAuto,   // lower it to what fits the MTUs of both sides
    kLower,  // lower it to `octets`
  };
  Kind kind = Kind::kKeep;
  std::uint16_t octets = 0;  // 536..9560
  friend constexpr bool operator==(const TcpMss&, const TcpMss&) = default;
};

// How frames of a port reach the workers. kWorkers: one worker takes them all and hands them to the others,
// also where the card reports that it can spread them.
enum class SpreadMode : std::uint8_t { kAuto, kWorkers };

struct SideConfig {
  std::string port;        // DPDK device name; softwire-replay does not need it
  MacAddress mac;          // not set: the MAC address of the port
  std::uint16_t vlan = 0;  // 1..4094; 0: untagged
  // In octets of the IP packet: 68..9600 on the IPv4 side, 1280..9600 on the IPv6 side.
  std::uint16_t mtu = 1500;
  // Of each receive and transmit queue: 64..32768; 0: the default of the kind of port.
  std::uint16_t receive_descriptors = 0;
  std::uint16_t transmit_descriptors = 0;
  SpreadMode spread = SpreadMode::kAuto;
  MacAddress gateway_mac;  // not set: resolve it
  // libpcap expressions (pcap-filter(7)). Frames that do not match are dropped. Empty: every frame matches.
  std::string ingress_filter;
  std::string egress_filter;
  // Limits of reassembly: packets that wait, packets of one source, fragments of one packet, seconds.
  std::uint32_t reassembly_datagrams = 20000;        // 0..1000000
  std::uint32_t reassembly_source_datagrams = 1000;  // 1..1000000
  std::uint16_t reassembly_fragments = 40;           // 2..8192
  std::uint16_t reassembly_timeout = 15;             // 1..120 on the IPv4 side, 1..60 on the IPv6 side
  bool accept_icmp = true;               // accept ICMPv4 to subscribers; ICMPv6 errors about softwire packets
  bool generate_icmp_errors = true;      // send ICMPv4 on the IPv4 side, ICMPv6 on the IPv6 side
  std::uint32_t icmp_error_rate = 1000;  // ICMP errors a second; also the burst size
  // The same for errors about the packets of one source. Not set: a tenth of icmp_error_rate.
  std::optional<std::uint32_t> icmp_error_source_rate;
  // Echo replies, and answers to ARP and Neighbor Discovery, to one source; also the burst size.
  std::uint32_t answer_source_rate = 1000;
};

// The address of the relay, if not given, is ipv4.address.
struct DhcpRelayConfig : dhcp::RelaySettings {
  std::uint32_t rate = 10000;          // messages a second from all subscribers together
  std::uint32_t subscriber_rate = 20;  // messages a second from one subscriber
  std::uint32_t server_rate = 2000;    // messages a second to each server
  std::uint8_t subscriber_mask = 64;   // length of the IPv6 prefix that counts as one subscriber: 32..128
  // Who may request a lease: subscribers in `clients`, and those who have a softwire if `clients_bound`. If
  // neither is set: everybody.
  std::vector<Ipv6Prefix> clients;
  bool clients_bound = false;
  bool intercept_server_addresses = true;  // also relay what softwires send to a server's own address
};

// DHCP messages to ipv6.address.
struct DhcpOverIpv6Config {
  bool dhcpv4 = false;  // DHCPv4 in UDP (draft-ietf-dhc-v4configuration-06 section 1.2)
  bool dhcpv6 = false;  // DHCPv4 over DHCPv6 (RFC 7341), and information requests (RFC 7598)
  dhcp::ReplyPort reply_port = dhcp::ReplyPort::kSource;  // where replies to DHCPv4 in UDP go
  std::vector<Ipv6Prefix> relays;        // prefixes of the relays whose RELAY-FORW messages are accepted
  std::vector<Ipv6Address> dns_servers;  // sent in replies to information requests
  std::uint32_t refresh_time = 86400;    // seconds

  [[nodiscard]] bool is_on() const { return dhcpv4 || dhcpv6; }
};

// What a worker does when no packet arrives.
enum class IdleMode : std::uint8_t { kPoll, kSleep };

// Whether packet buffers and rings are in reserved 2 MB pages.
enum class Hugepages : std::uint8_t {
  kAuto,  // if there are enough of them
  kYes,
  kNo,
};

// The control socket (docs/control-socket.md). Root, the user that softwired runs as, and the members of
// `group` may write. The members of `read_group` may read.
struct ControlConfig {
  std::string socket = "/run/softwired/control.sock";  // empty: no socket
  std::string group = "softwire";                      // a group that does not exist adds nobody
  std::string read_group;                              // empty: adds nobody
};

// Where to listen for TCP connections.
struct ListenAddress {
  std::string address;     // IPv4 or IPv6, as text; empty: do not listen
  std::uint16_t port = 0;  // 1..65535
  friend bool operator==(const ListenAddress&, const ListenAddress&) = default;
};

// Settings that only softwired uses.
struct DaemonConfig {
  std::string user;                   // user that the process switches to; empty: no switch
  unsigned workers = 1;               // 1..64
  std::vector<unsigned> worker_cpus;  // one processor for each worker; empty: softwired chooses
  IdleMode idle = IdleMode::kPoll;
  Hugepages hugepages = Hugepages::kAuto;
  // The instruction set of the packet path. Not set: the best that the processor supports.
  std::optional<dataplane::InstructionSet> instruction_set;
  std::vector<std::string> eal_arguments;  // further arguments of DPDK's environment abstraction layer
  ControlConfig control;
  std::uint32_t history_days = 365;  // how long ended softwires stay in the history; 0: for ever
  ListenAddress metrics_listen;      // serves metrics over HTTP
};

struct Config {
  std::string path;  // of the file, for errors about missing keys; empty: no file
  // Every key that is set, with its values as they were written.
  std::map<std::string, std::vector<std::string>> given;
  bool hairpinning = true;
  // Accept packets from the IPv4 side whose source is a subscriber's address, although hairpinning is on.
  bool accept_subscriber_sources = false;
  bool copy_dscp = true;    // copy the outer DSCP to the inner header on decapsulation (RFC 6333 section 7.1)
  bool on_a_stick = false;  // both sides on one port
  bool flow_label = false;  // compute the outer flow label from the inner packet's flow (RFC 6438)
  TcpMss tcp_mss;
  std::uint8_t hop_limit = 64;  // of the outer header, 1..255
  std::string softwires;        // path of the file of bindings and rules, ready to open; empty: no file
  std::string state = "/var/lib/softwired";  // directory of the durable state; empty: no durable state
  std::vector<Ipv6Address> br_addresses;     // further BR addresses, beside those in bindings and rules
  Port68 port_68 = Port68::kRefuse;
  // Whether a MAP CE may use only the address that its rule derives. False: any address of its end-user
  // prefix.
  bool strict_ce_address = true;
  SideConfig ipv4;
  SideConfig ipv6;
  Ipv4Address ipv4_address;  // the hub's address on the IPv4 side; 0.0.0.0: not set
  Ipv6Address ipv6_address;  // the hub's address on the IPv6 side; ::: not set
  Ipv4Address ipv4_gateway;  // 0.0.0.0: not set
  Ipv6Address ipv6_gateway;  // ::: not set; may be link-local
  bool proxy_arp = false;    // answer ARP for every bound address
  DhcpRelayConfig dhcp_relay;
  LeaseOptions leases;  // no pools: leases do not become bindings
  dhcp::ServerOptions dhcp_server;
  DhcpOverIpv6Config dhcp_over_ipv6;
  DaemonConfig daemon;
};

}  // namespace softwire::controlplane
