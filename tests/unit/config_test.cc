#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <boost/program_options/parsers.hpp>
#include <boost/program_options/value_semantic.hpp>

#include "controlplane/config/keys.h"
#include "controlplane/config/load_config.h"
#include "controlplane/config/policy.h"
#include "softwire/address_text.h"

namespace softwire::controlplane {
namespace {

namespace po = boost::program_options;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::StartsWith;
using Arguments = std::vector<std::string>;

Config parsed(std::string_view text, const Arguments& arguments = {}) {
  const auto config = parse_config(text, "/etc/hub/softwired.conf", arguments);
  EXPECT_TRUE(config) << config.error().text;
  return config ? *config : Config{};
}

std::string refused(std::string_view text, const Arguments& arguments = {}) {
  const auto config = parse_config(text, "s.conf", arguments);
  EXPECT_FALSE(config) << "taken: " << text;
  return config ? "" : config.error().text;
}

constexpr std::string_view kEveryKey = R"(# the whole file
hairpinning = false
copy-dscp = false
on-a-stick = true
flow-label = true
tcp-mss = 1400
hop-limit=255      # of the outer header
softwires = softwires.conf
br-address = 2001:db8::1
br-address = 2001:db8::2
port-68 = exclude
strict-ce-address = false

[ipv4]             # the Internet side
port = net_af_packet0
mac = 02:00:00:00:00:04
address = 198.51.100.1
vlan = 100
mtu = 9000
accept-icmp = false
icmp-error-rate = 20
gateway = 198.51.100.254
gateway-mac = 02:00:00:00:00:f4
proxy-arp = true

[ipv6]
port = net_af_packet0
ingress-filter = ip6 proto 4
egress-filter = not host 2001:db8::66
mac = 02:00:00:00:00:06
address = 2001:db8:6::1
vlan = 200
mtu = 1540
reassembly-datagrams = 1000
reassembly-fragments = 50
reassembly-timeout = 60
generate-icmp-errors = false
gateway = fe80::1
gateway-mac = 02:00:00:00:00:f6

[dhcp-relay]
server = 192.0.2.67
server = 192.0.2.68
address = 198.51.100.3
client-suboption = 224
intercept-server-addresses = false
hop-limit = 16
rate = 500

[dhcp-server]
pool = 192.0.2.0/24
pool = 203.0.113.10-203.0.113.99 psid-offset 6 psid-len 8
static = 2001:db8:a::/48 192.0.2.7
static = 2001:db8:b::/48 203.0.113.9 psid-len 4 psid 0x3
option = routers 192.0.2.1
option = always 26 hex:05b4
subscribers = 2001:db8::/32
subscribers = 2001:db9::/32
address = 198.51.100.4
lease-time = 600
leases-per-subscriber = 2
)";

TEST(Config, EveryKey) {
  const Config config = parsed(kEveryKey);
  EXPECT_FALSE(config.hairpinning);
  EXPECT_FALSE(config.copy_dscp);
  EXPECT_TRUE(config.on_a_stick);
  EXPECT_TRUE(config.flow_label);
  EXPECT_EQ(config.tcp_mss, (TcpMss{TcpMss::Kind::kLower, 1400}));
  EXPECT_EQ(make_policy(config).tcp_mss, 1400);
  EXPECT_EQ(config.ipv6.ingress_filter, "ip6 proto 4");
  EXPECT_EQ(config.ipv6.egress_filter, "not host 2001:db8::66");
  EXPECT_EQ(config.ipv4.ingress_filter, "");
  EXPECT_FALSE(config.dhcp_relay.intercept_server_addresses);
  EXPECT_EQ(config.path, "/etc/hub/softwired.conf");
  EXPECT_EQ(config.hop_limit, 255);
  EXPECT_EQ(config.softwires, "/etc/hub/softwires.conf");
  EXPECT_THAT(config.br_addresses, ElementsAre(*parse_ipv6("2001:db8::1"), *parse_ipv6("2001:db8::2")));
  EXPECT_EQ(config.port_68, Port68::kExclude);
  EXPECT_FALSE(config.strict_ce_address);
  EXPECT_EQ(config.ipv4.port, "net_af_packet0");
  EXPECT_EQ(config.ipv4.mac, *parse_mac("02:00:00:00:00:04"));
  EXPECT_EQ(config.ipv4_address, *parse_ipv4("198.51.100.1"));
  EXPECT_EQ(config.ipv4.vlan, 100);
  EXPECT_EQ(config.ipv4.mtu, 9000);
  EXPECT_FALSE(config.ipv4.accept_icmp);
  EXPECT_TRUE(config.ipv4.generate_icmp_errors);
  EXPECT_EQ(config.ipv4.icmp_error_rate, 20U);
  EXPECT_TRUE(config.ipv6.accept_icmp);
  EXPECT_FALSE(config.ipv6.generate_icmp_errors);
  EXPECT_EQ(config.ipv4_gateway, *parse_ipv4("198.51.100.254"));
  EXPECT_EQ(config.ipv4.gateway_mac, *parse_mac("02:00:00:00:00:f4"));
  EXPECT_TRUE(config.proxy_arp);
  EXPECT_EQ(config.ipv6.port, "net_af_packet0");
  EXPECT_EQ(config.ipv6.mac, *parse_mac("02:00:00:00:00:06"));
  EXPECT_EQ(config.ipv6_address, *parse_ipv6("2001:db8:6::1"));
  EXPECT_EQ(config.ipv6.vlan, 200);
  EXPECT_EQ(config.ipv6.mtu, 1540);
  EXPECT_EQ(config.ipv6.reassembly_datagrams, 1000);
  EXPECT_EQ(config.ipv6.reassembly_fragments, 50);
  EXPECT_EQ(config.ipv6.reassembly_timeout, 60);
  EXPECT_EQ(config.ipv6_gateway, *parse_ipv6("fe80::1"));
  EXPECT_EQ(config.ipv6.gateway_mac, *parse_mac("02:00:00:00:00:f6"));
  EXPECT_THAT(config.dhcp_relay.servers, ElementsAre(*parse_ipv4("192.0.2.67"), *parse_ipv4("192.0.2.68")));
  EXPECT_EQ(config.dhcp_relay.address, *parse_ipv4("198.51.100.3"));
  EXPECT_EQ(config.dhcp_relay.client_suboption, 224);
  EXPECT_EQ(config.dhcp_relay.hop_limit, 16);
  EXPECT_EQ(config.dhcp_relay.rate, 500U);
  const dhcp::ServerOptions& server = config.dhcp_server;
  EXPECT_THAT(server.pools,
              ElementsAre(dhcp::PortPool{*parse_ipv4("192.0.2.0"), *parse_ipv4("192.0.2.255"), {0, 0}},
                          dhcp::PortPool{*parse_ipv4("203.0.113.10"), *parse_ipv4("203.0.113.99"), {6, 8}}));
  EXPECT_THAT(
      server.static_leases,
      ElementsAre(
          dhcp::StaticLease{*parse_ipv6_prefix("2001:db8:a::/48"), *parse_ipv4("192.0.2.7"), {}},
          dhcp::StaticLease{*parse_ipv6_prefix("2001:db8:b::/48"), *parse_ipv4("203.0.113.9"), {{0, 4}, 3}}));
  EXPECT_THAT(server.options, ElementsAre(dhcp::ConfiguredOption{3, {192, 0, 2, 1}, false},
                                          dhcp::ConfiguredOption{26, {0x05, 0xb4}, true}));
  EXPECT_THAT(server.subscribers,
              ElementsAre(*parse_ipv6_prefix("2001:db8::/32"), *parse_ipv6_prefix("2001:db9::/32")));
  EXPECT_EQ(server.address, *parse_ipv4("198.51.100.4"));
  EXPECT_EQ(server.lease_time, 600U);
  EXPECT_EQ(server.leases_per_subscriber, 2U);
}

TEST(Config, DefaultsOfAnEmptyFile) {
  const Config config = parsed("");
  EXPECT_TRUE(config.hairpinning);
  EXPECT_EQ(config.hop_limit, 64);
  EXPECT_EQ(config.softwires, "");
  EXPECT_EQ(config.port_68, Port68::kRefuse);
  EXPECT_TRUE(config.strict_ce_address);
  EXPECT_EQ(config.ipv4.mtu, 1500);
  EXPECT_EQ(make_policy(config).tcp_mss, 0);
  EXPECT_EQ(config.ipv4.reassembly_datagrams, 20000);
  EXPECT_EQ(config.ipv4.reassembly_fragments, 40);
  EXPECT_EQ(config.ipv4.reassembly_timeout, 15);
  for (const SideConfig& side : {config.ipv4, config.ipv6}) {
    EXPECT_TRUE(side.accept_icmp);
    EXPECT_TRUE(side.generate_icmp_errors);
    EXPECT_EQ(side.icmp_error_rate, 1000U);
  }
  EXPECT_FALSE(config.ipv4.mac.is_set());
  EXPECT_FALSE(config.proxy_arp);
  EXPECT_TRUE(config.dhcp_relay.servers.empty());  // RFC 1542 section 4: off by default
  EXPECT_EQ(config.dhcp_relay.client_suboption, 2);
  EXPECT_EQ(config.dhcp_relay.hop_limit, 4);
  EXPECT_FALSE(config.dhcp_server.is_on());
  EXPECT_EQ(config.dhcp_server.lease_time, 3600U);
  EXPECT_EQ(config.dhcp_server.leases_per_subscriber, 1U);
}

TEST(Config, AnEmptyValueIsTheDefault) {
  std::string text;
  for (const Key& key : keys()) text += key.name + " =\n";
  const Config config = parsed(text);
  EXPECT_EQ(config.hop_limit, 64);
  EXPECT_EQ(config.softwires, "");
  EXPECT_FALSE(config.ipv4.gateway_mac.is_set());
  EXPECT_TRUE(config.br_addresses.empty());
  EXPECT_EQ(parsed("hop-limit = 7", {"--hop-limit", ""}).hop_limit, 64);
}

TEST(Config, WhereTheOperatorGetsIn) {
  const Config standard = parsed("");
  EXPECT_EQ(standard.daemon.control.socket, "/run/softwired/control.sock");
  EXPECT_EQ(standard.daemon.control.group, "softwire");
  EXPECT_EQ(standard.state, "/var/lib/softwired");
  EXPECT_EQ(standard.daemon.history_days, 365U);
  const Config config = parsed(
      "control-socket = c.sock\ncontrol-group = operators\ncontrol-read-group = watchers\nstate = s\n"
      "history-days = 0\n");
  EXPECT_EQ(config.daemon.control.socket, "/etc/hub/c.sock");
  EXPECT_EQ(config.daemon.control.group, "operators");
  EXPECT_EQ(config.daemon.control.read_group, "watchers");
  EXPECT_EQ(config.state, "/etc/hub/s");
  EXPECT_EQ(config.daemon.history_days, 0U);
  const Config without = parsed("control-socket = none\nstate = none");
  EXPECT_EQ(without.daemon.control.socket, "");
  EXPECT_EQ(without.state, "");
  EXPECT_EQ(refused("control-group = a b"), "s.conf:1: control-group: 'a b' is not the name of a group");
}

TEST(Config, KeepsWhatIsGivenAsItIsWritten) {
  const Config config = parsed("br-address = 2001:db8::1\nbr-address = 2001:db8::2\nidle =\nhop-limit = 7",
                               {"--hop-limit", "9"});
  EXPECT_EQ(config.given.at("br-address"), (std::vector<std::string>{"2001:db8::1", "2001:db8::2"}));
  EXPECT_EQ(config.given.at("hop-limit"), std::vector<std::string>{"9"});
  EXPECT_FALSE(config.given.contains("idle"));
}

TEST(Config, LinesAsPeopleWriteThem) {
  EXPECT_EQ(parsed("\r\n  hop-limit\t=\t7 # seven\r\n").hop_limit, 7);
  EXPECT_EQ(parsed("ipv4.mtu = 1400").ipv4.mtu, 1400);
  EXPECT_EQ(parsed("[ipv4]\nmtu = 1400\n[ipv6]\nvlan = 1\n[ipv4]\nvlan = 2").ipv4.vlan, 2);
  EXPECT_EQ(parsed("# hop-limit = 300\n#").hop_limit, 64);
}

TEST(Config, TheCommandLineWins) {
  EXPECT_EQ(parsed("[ipv4]\nmtu = 1400", {"--ipv4.mtu", "1460"}).ipv4.mtu, 1460);
  EXPECT_EQ(parsed("[ipv4]\nmtu = 1400", {"--ipv4.mtu=1460"}).ipv4.mtu, 1460);
  EXPECT_EQ(parsed("", {"--hairpinning", "false"}).hairpinning, false);
  // It replaces a list, it does not add to it.
  EXPECT_THAT(parsed("br-address = 2001:db8::1\n", {"--br-address=2001:db8::2", "--br-address=2001:db8::3"})
                  .br_addresses,
              ElementsAre(*parse_ipv6("2001:db8::2"), *parse_ipv6("2001:db8::3")));
}

TEST(Config, PathsAreRelativeToWhereTheyAreWritten) {
  EXPECT_EQ(parsed("softwires = sub/a.conf").softwires, "/etc/hub/sub/a.conf");
  EXPECT_EQ(parsed("softwires = /a.conf").softwires, "/a.conf");
  EXPECT_EQ(parsed("softwires = a.conf", {"--softwires", "b.conf"}).softwires, "b.conf");
  EXPECT_EQ(parse_config("softwires = a.conf", "softwired.conf", {})->softwires, "a.conf");
}

TEST(Config, MssThatFitsBothSides_Rfc4459_3_2) {
  EXPECT_EQ(make_policy(parsed("tcp-mss = auto")).tcp_mss, 1420);
  EXPECT_EQ(make_policy(parsed("tcp-mss = auto\nipv6.mtu = 1540")).tcp_mss, 1460);
  EXPECT_EQ(make_policy(parsed("tcp-mss = auto\nipv6.mtu = 9600\nipv4.mtu = 1400")).tcp_mss, 1360);
}

TEST(Config, TheRelaysAddressDefaultsToTheInterfaces) {
  const std::string text = "ipv4.address = 198.51.100.1\ndhcp-relay.server = 192.0.2.67\n";
  EXPECT_EQ(parsed(text).dhcp_relay.address, *parse_ipv4("198.51.100.1"));
  EXPECT_EQ(parsed(text + "dhcp-relay.address = 100.64.0.1").dhcp_relay.address, *parse_ipv4("100.64.0.1"));
}

TEST(Config, TheServersAddressDefaultsToTheRelaysOrTheInterfaces) {
  const std::string text = "ipv4.address = 198.51.100.1\ndhcp-server.pool = 192.0.2.0/24\n";
  EXPECT_EQ(parsed(text).dhcp_server.address, *parse_ipv4("198.51.100.1"));
  EXPECT_EQ(parsed(text + "dhcp-relay.address = 100.64.0.1").dhcp_server.address, *parse_ipv4("100.64.0.1"));
  EXPECT_TRUE(parsed("ipv4.address = 198.51.100.1\ndhcp-server.static = 2001:db8::/48 192.0.2.7")
                  .dhcp_server.is_on());
}

TEST(Config, ListensForScrapesWhereItIsTold_Rfc3986_3_2) {
  const auto listen = [](const std::string& value) {
    return parsed("[metrics]\nlisten = " + value).daemon.metrics_listen;
  };
  EXPECT_EQ(parsed("").daemon.metrics_listen, ListenAddress{});
  EXPECT_EQ(listen(""), ListenAddress{});
  EXPECT_EQ(listen("127.0.0.1:9600"), (ListenAddress{"127.0.0.1", 9600}));
  EXPECT_EQ(listen("0.0.0.0:65535"), (ListenAddress{"0.0.0.0", 65535}));
  EXPECT_EQ(listen("[::1]:9600"), (ListenAddress{"::1", 9600}));
  for (const std::string wrong :
       {"9600", ":9600", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "localhost:9600",
        "::1:9600", "[::1]", "[127.0.0.1]:9600", "[]:9600", "[::1:9600", "[::1]x:9600",
        "[fe80::1%lo]:9600"}) {
    EXPECT_EQ(refused("[metrics]\nlisten = " + wrong),
              "s.conf:2: metrics.listen: '" + wrong +
                  "' is not an IP address and a port, such as 127.0.0.1:9600 or [::1]:9600");
  }
}

TEST(ConfigErrors, NameTheLineAndTheRemedy) {
  struct {
    const char* text;
    const char* error;
  } const cases[] = {
      {"\n\nhop-limt = 64",
       "s.conf:3: unknown key 'hop-limt'; there are br-address, control-group, control-read-group, "
       "control-socket, copy-dscp, "
       "eal-argument, flow-label, hairpinning, history-days, hop-limit, hugepages, idle, on-a-stick, "
       "port-68, softwires, "
       "state, strict-ce-address, tcp-mss, user, worker-cpu, workers"},
      {"[ipv4]\nworkers = 1",
       "s.conf:2: unknown key 'ipv4.workers'; there are ipv4.accept-icmp, ipv4.address, ipv4.egress-filter, "
       "ipv4.gateway, ipv4.gateway-mac, ipv4.generate-icmp-errors, ipv4.icmp-error-rate, "
       "ipv4.ingress-filter, "
       "ipv4.mac, ipv4.mtu, ipv4.port, ipv4.proxy-arp, ipv4.reassembly-datagrams, ipv4.reassembly-fragments, "
       "ipv4.reassembly-timeout, ipv4.vlan"},
      {"[ipv5]\nmtu = 1",
       "s.conf:1: unknown section 'ipv5'; there are dhcp-over-ipv6, dhcp-relay, dhcp-server, ipv4, ipv6, "
       "leases, metrics"},
      {"[]",
       "s.conf:1: unknown section ''; there are dhcp-over-ipv6, dhcp-relay, dhcp-server, ipv4, ipv6, leases, "
       "metrics"},
      {"ipv5.mtu = 1",
       "s.conf:1: unknown section 'ipv5'; there are dhcp-over-ipv6, dhcp-relay, dhcp-server, ipv4, ipv6, "
       "leases, metrics"},
      {"[ipv4\nmtu = 1400", "s.conf:1: '[ipv4' is neither 'key = value' nor '[section]'"},
      {"[ipv4]\nmtu 1400 # x", "s.conf:2: 'mtu 1400' is neither 'key = value' nor '[section]'"},
      {"[ipv4]\n = 1400",
       "s.conf:2: unknown key 'ipv4.'; there are ipv4.accept-icmp, ipv4.address, ipv4.egress-filter, "
       "ipv4.gateway, ipv4.gateway-mac, ipv4.generate-icmp-errors, ipv4.icmp-error-rate, "
       "ipv4.ingress-filter, "
       "ipv4.mac, ipv4.mtu, ipv4.port, ipv4.proxy-arp, ipv4.reassembly-datagrams, ipv4.reassembly-fragments, "
       "ipv4.reassembly-timeout, ipv4.vlan"},
      {"hop-limit = 64\n\nhop-limit = 64",
       "s.conf:3: hop-limit is given twice, first at s.conf:1; it may be given once"},
      {"[ipv4]\nmtu = 1400\n[ipv6]\n[ipv4]\nmtu = 1400",
       "s.conf:5: ipv4.mtu is given twice, first at s.conf:2; it may be given once"},
      {"br-address = 2001:db8::1\nbr-address = 2001:db8::1",
       "s.conf:2: br-address '2001:db8::1' is given twice, first at s.conf:1; give each value once"},
      {"hairpinning = maybe", "s.conf:1: hairpinning: 'maybe' is not true or false"},
      {"hop-limit = 0", "s.conf:1: hop-limit: '0' is not a number from 1 to 255"},
      {"hop-limit = 256", "s.conf:1: hop-limit: '256' is not a number from 1 to 255"},
      {"hop-limit = 6 4", "s.conf:1: hop-limit: '6 4' is not a number from 1 to 255"},
      {"port-68 = ignore", "s.conf:1: port-68: 'ignore' is not refuse or exclude"},
      {"[ipv4]\nmtu = 67", "s.conf:2: ipv4.mtu: '67' is not a number from 68 to 9600"},
      {"[ipv6]\nmtu = 1279", "s.conf:2: ipv6.mtu: '1279' is not a number from 1280 to 9600"},
      {"[ipv4]\nreassembly-datagrams = 1000001",
       "s.conf:2: ipv4.reassembly-datagrams: '1000001' is not a number from 0 to 1000000"},
      {"[ipv6]\nreassembly-fragments = 1",
       "s.conf:2: ipv6.reassembly-fragments: '1' is not a number from 2 to 8192"},
      {"[ipv6]\nreassembly-timeout = 0",
       "s.conf:2: ipv6.reassembly-timeout: '0' is not a number from 1 to 60"},
      {"[ipv4]\nicmp-error-rate = 1000001",
       "s.conf:2: ipv4.icmp-error-rate: '1000001' is not a number from 0 to 1000000"},
      {"[ipv6]\naccept-icmp = 2", "s.conf:2: ipv6.accept-icmp: '2' is not true or false"},
      {"[ipv6]\nvlan = 4095", "s.conf:2: ipv6.vlan: '4095' is not a number from 0 to 4094"},
      {"[dhcp-relay]\nclient-suboption = 12",
       "s.conf:2: dhcp-relay.client-suboption: '12' is not 1 or 2 or a number from 224 to 254"},
      {"[dhcp-relay]\nclient-suboption = 255",
       "s.conf:2: dhcp-relay.client-suboption: '255' is not 1 or 2 or a number from 224 to 254"},
      {"[dhcp-relay]\nhop-limit = 17", "s.conf:2: dhcp-relay.hop-limit: '17' is not a number from 1 to 16"},
      {"[dhcp-relay]\nrate = 0", "s.conf:2: dhcp-relay.rate: '0' is not a number from 1 to 1000000"},
      {"[leases]\ngrants-per-hour = 0",
       "s.conf:2: leases.grants-per-hour: '0' is not a number from 1 to 1000000"},
      {"[dhcp-relay]\nsubscriber-mask = 31",
       "s.conf:2: dhcp-relay.subscriber-mask: '31' is not a number from 32 to 128"},
      {"[dhcp-relay]\n\nserver = 192.0.2.67\nserver = 192.0.2.68",
       "s.conf:3: dhcp-relay.server needs an address of the relay; give dhcp-relay.address or ipv4.address"},
      {"[dhcp-relay]\nserver = 192.0.2.68\nserver = 192.0.2.67\naddress = 192.0.2.67",
       "s.conf:3: dhcp-relay.server '192.0.2.67' is the address of the relay itself; give the server's"},
      {"[dhcp-over-ipv6]\nrelay = 2001:db8::9/64",
       "s.conf:2: dhcp-over-ipv6.relay: '2001:db8::9/64' is not an IPv6 prefix such as 2001:db8::/40, with "
       "no "
       "bit set beyond its length"},
      {"[dhcp-relay]\ndhcp4o6-server = 2001:db8::1 fe80::1",
       "s.conf:2: dhcp-relay.dhcp4o6-server: '2001:db8::1 fe80::1' is not an IPv6 address, and if it names "
       "itself "
       "in option 54 an IPv4 address, such as 2001:db8:67::1 198.51.100.67"},
      {"[leases]\npool = 192.0.2.0/24",
       "s.conf:2: leases.pool needs a DHCP server; give dhcp-relay.server, dhcp-relay.dhcp4o6-server or "
       "dhcp-server.pool"},
      {"[dhcp-relay]\ndhcp4o6-server = 2001:db8::1",
       "s.conf:2: dhcp-relay.dhcp4o6-server needs an address of the relay; give dhcp-relay.address or "
       "ipv4.address"},
      {"ipv4.address = 192.0.2.1\n[dhcp-relay]\ndhcp4o6-server = 2001:db8::1",
       "s.conf:3: dhcp-relay.dhcp4o6-server '2001:db8::1' needs an address to answer to; give ipv6.address"},
      {"ipv4.address = 192.0.2.1\nipv6.address = 2001:db8::1\n[dhcp-relay]\ndhcp4o6-server = 2001:db8::1",
       "s.conf:4: dhcp-relay.dhcp4o6-server '2001:db8::1' is ipv6.address, the hub's own; give the server's"},
      {"ipv4.address = 192.0.2.1\nipv6.address = 2001:db8::1\n[dhcp-relay]\ndhcp4o6-server = 2001:db8::2\n"
       "dhcp4o6-server = 2001:db8::2 192.0.2.7",
       "s.conf:5: dhcp-relay.dhcp4o6-server '2001:db8::2' is given twice; give each server once"},
      {"ipv6.port = net_tap0\nipv4.port = net_tap0",
       "s.conf:1: ipv4.port and ipv6.port are both 'net_tap0'; each side needs its own, or set on-a-stick = "
       "true"},
      {"on-a-stick = true\nipv4.port = net_tap0\nipv6.port = net_tap1",
       "s.conf:3: on-a-stick has one port, but ipv4.port and ipv6.port differ; give one of them, or the "
       "same"},
      {"tcp-mss = 535", "s.conf:1: tcp-mss: '535' is not keep or auto or a number from 536 to 9560"},
      {"[ipv4]\ningress-filter = tpc",
       "s.conf:2: ipv4.ingress-filter: 'tpc' is not a libpcap filter expression, see pcap-filter(7)"},
      {"ipv4.mtu = 639\nipv4.address = 192.0.2.1\ndhcp-relay.server = 192.0.2.67",
       "s.conf:3: dhcp-relay.server needs an ipv4.mtu of 640 or more, for messages with option 82; it is "
       "639"},
  };
  for (const auto& c : cases) EXPECT_EQ(refused(c.text), c.error);
}

TEST(ConfigErrors, OfTheServerNameTheLineAndTheRemedy) {
  struct {
    const char* text;
    const char* error;
  } const cases[] = {
      {"pool = 192.0.2.1",
       "2: dhcp-server.pool: '192.0.2.1' is not an IPv4 prefix such as 192.0.2.0/24, with no bit set beyond "
       "its "
       "length, or a range such as 192.0.2.10-192.0.2.99, of addresses of hosts"},
      {"pool = 192.0.2.0/24 psid-len",
       "2: dhcp-server.pool: psid-len has no value; give a number of bits from 0 to 16"},
      {"pool = 192.0.2.0/24 psid-len 17",
       "2: dhcp-server.pool: psid-len: '17' is not a number of bits from 0 to 16"},
      {"pool = 192.0.2.0/24 psid-len 6 psid 1",
       "2: dhcp-server.pool: unknown word 'psid'; there are psid-offset and psid-len"},
      {"pool = 192.0.2.0/24 psid-offset 6",
       "2: dhcp-server.pool: psid-offset and psid are for shared addresses; give a psid-len above 0 too, or "
       "leave "
       "them out"},
      {"pool = 192.0.2.0/24 psid-offset 6 psid-len 11",
       "2: dhcp-server.pool: psid-offset 6 and psid-len 11 are 17 bits; a port has 16"},
      {"pool = 192.0.2.0/24\npool =\npool = 192.0.2.9-192.0.2.10",
       "4: dhcp-server.pool: it overlaps the pool from 192.0.2.0 to 192.0.2.255; give each address in one "
       "pool"},
      {"pool = 192.0.2.0/24 psid-offset 7 psid-len 4",
       "2: dhcp-server.pool: every port set of psid-offset 7 psid-len 4 has ports below 1024, which are not "
       "given "
       "out; use a psid-offset from 0 to 6, and a psid-len above 0"},
      {"static = 2001:db8::1 192.0.2.1",
       "2: dhcp-server.static: '2001:db8::1' is not an IPv6 prefix such as 2001:db8:a::/48, with no bit set "
       "beyond "
       "its length"},
      {"static = 2001:db8::/48",
       "2: dhcp-server.static: '' is not an IPv4 address of a host (not in 0.0.0.0/8 or 127.0.0.0/8, and "
       "below "
       "224.0.0.0)"},
      {"static = 2001:db8::/48 192.0.2.1 psid-len 4",
       "2: dhcp-server.static: there is no psid; add psid and the one that the subscriber gets"},
      {"static = 2001:db8::/48 192.0.2.1 psid-len 4 psid 16",
       "2: dhcp-server.static: psid 16 does not fit in psid-len 4; it may be 15 at most"},
      {"static = 2001:db8:a::/48 192.0.2.1\nstatic = 2001:db8:b::/48 192.0.2.1",
       "3: dhcp-server.static: it is the lease of 2001:db8:a::/48 already; give each lease once"},
      {"static = 2001:db8:a::/48 198.51.100.1",
       "2: dhcp-server.static: 198.51.100.1 is the server's own address; give the subscriber another one"},
      {"option = interface-mtu 9",
       "2: dhcp-server.option: interface-mtu: '9' is not a number from 68 to 65535"},
      {"option = routers 192.0.2.1\noption = 3 hex:c0000202",
       "3: dhcp-server.option: option 3 is given twice; give each option once"},
      {"lease-time = 9", "2: dhcp-server.lease-time: '9' is not a number from 10 to 31536000"},
      {"leases-per-subscriber = 0",
       "2: dhcp-server.leases-per-subscriber: '0' is not a number from 1 to 1024"},
      {"subscribers = 2001:db8::1",
       "2: dhcp-server.subscribers: '2001:db8::1' is not an IPv6 prefix such as 2001:db8::/40, with no bit "
       "set "
       "beyond its length"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(refused("[dhcp-server]\n" + std::string(c.text) + "\n[ipv4]\naddress = 198.51.100.1\n"),
              "s.conf:" + std::string(c.error));
  }
  for (const char* range : {"0.0.0.0/0", "127.0.0.0/8", "126.0.0.0-128.0.0.0", "224.0.0.0/8",
                            "192.0.2.9-192.0.2.8", "192.0.2.9-", "192.0.2.1/24"}) {
    EXPECT_THAT(refused(std::string("dhcp-server.pool = ") + range),
                HasSubstr("is not an IPv4 prefix such as"));
  }
  EXPECT_EQ(refused("dhcp-server.pool = 192.0.2.0/24"),
            "s.conf:1: the DHCP server needs an address; give dhcp-server.address or ipv4.address");
}

TEST(ConfigErrors, OfTheCommandLine) {
  EXPECT_EQ(refused("", {"--ipv4.mtu", "9"}), "command line: ipv4.mtu: '9' is not a number from 68 to 9600");
  EXPECT_EQ(refused("", {"--ipv4.mtu=1400", "--ipv4.mtu=1400"}),
            "command line: ipv4.mtu is given twice, first at command line; it may be given once");
  EXPECT_THAT(refused("", {"--hop-limt", "9"}),
              StartsWith("command line: unknown key 'hop-limt'; there are "));
  EXPECT_THAT(refused("", {"--hop", "9"}), StartsWith("command line: unknown key 'hop'; there are "));
  EXPECT_THAT(refused("", {"--ipv4.workers=1"}),
              StartsWith("command line: unknown key 'ipv4.workers'; there are ipv4.accept-icmp, "));
  EXPECT_EQ(refused("", {"64"}), "command line: '64' is not an option; an option is --key value");
  EXPECT_THAT(refused("", {"--hop-limit"}), MatchesRegex("command line: .*argument.*hop-limit.*missing"));
  EXPECT_THAT(refused("", {"--dhcp-relay.server", "192.0.2.1"}),
              StartsWith("command line: dhcp-relay.server needs an address"));
}

TEST(ConfigErrors, KeysOfFeaturesThatDoNotExistAreUnknown) {
  for (const char* key : {"ipv6.proxy-arp"}) {
    EXPECT_THAT(refused(std::string(key) + " = 1"), StartsWith("s.conf:1: unknown key")) << key;
  }
}

TEST(ConfigErrors, AddressesThatCannotBe) {
  for (const char* key : {"ipv4.mac", "ipv4.gateway-mac", "ipv6.mac", "ipv6.gateway-mac"}) {
    for (const char* value :
         {"01:00:5e:00:00:01", "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00", "02:00:00:00:00"}) {
      EXPECT_THAT(refused(std::string(key) + " = " + value),
                  HasSubstr("is not the MAC address of one station"));
    }
  }
  for (const char* key : {"br-address", "ipv6.address"}) {
    for (const char* value :
         {"::", "::1", "ff02::1", "::ffff:192.0.2.1", "::2", "fe80::1", "2001:db8::/64", "1.2.3.4"}) {
      EXPECT_THAT(refused(std::string(key) + " = " + value), HasSubstr("is not a unicast IPv6 address"));
    }
  }
  for (const char* value : {"::", "::1", "ff02::1"}) {
    EXPECT_THAT(refused(std::string("ipv6.gateway = ") + value), HasSubstr("is not a unicast IPv6 address"));
  }
  for (const char* key :
       {"ipv4.address", "ipv4.gateway", "dhcp-relay.server", "dhcp-relay.address", "dhcp-server.address"}) {
    for (const char* value :
         {"0.0.0.0", "0.1.2.3", "127.0.0.1", "224.0.0.1", "255.255.255.255", "1.2.3", "::1"}) {
      EXPECT_THAT(refused(std::string(key) + " = " + value), HasSubstr("is not an IPv4 address of a host"));
    }
  }
}

TEST(Config, ASubscriberIsAPrefixOfThisLength) {
  EXPECT_EQ(parse_config("", "", {})->dhcp_relay.subscriber_mask, 64);
  EXPECT_EQ(parse_config("", "", {})->leases.grants_per_hour, 60U);
  EXPECT_EQ(parse_config("[leases]\ngrants-per-hour = 5", "", {})->leases.grants_per_hour, 5U);
  EXPECT_EQ(parse_config("[dhcp-relay]\nsubscriber-mask = 56", "", {})->dhcp_relay.subscriber_mask, 56);
}

TEST(Config, IdentifiersAreRewrittenForOneServerAlone) {
  const std::string text =
      "ipv4.address = 198.51.100.1\nipv6.address = 2001:db8:6::1\n[dhcp-relay]\n"
      "rewrite-server-identifier = true\nserver = 198.51.100.67\n";
  EXPECT_TRUE(parse_config(text, "s.conf", {}).ok());
  for (const char* other : {"server = 198.51.100.68", "dhcp4o6-server = 2001:db8:67::1"}) {
    const auto config = parse_config(text + other, "s.conf", {});
    ASSERT_FALSE(config.ok()) << other;
    EXPECT_EQ(
        config.error().text,
        "s.conf:4: dhcp-relay.rewrite-server-identifier takes one server, because clients that see our "
        "address do not say whose offer they chose; there are 2, so take it out or all servers but one");
  }
  EXPECT_TRUE(parse_config(text + "server = 198.51.100.68", "s.conf",
                           {"--dhcp-relay.rewrite-server-identifier", "false"})
                  .ok());
}

TEST(Config, ServersThatSpeakDhcpv4OverDhcpv6) {
  const Config config = parsed(
      "ipv4.address = 198.51.100.1\nipv6.address = 2001:db8::1\n[dhcp-relay]\n"
      "dhcp4o6-server = 2001:db8::2   192.0.2.67\ndhcp4o6-server = 2001:db8::3\n");
  EXPECT_TRUE(config.dhcp_relay.is_on());
  EXPECT_THAT(config.dhcp_relay.dhcp4o6_servers,
              ElementsAre(dhcp::Dhcp4o6Server{*parse_ipv6("2001:db8::2"), *parse_ipv4("192.0.2.67")},
                          dhcp::Dhcp4o6Server{*parse_ipv6("2001:db8::3"), {}}));
  const dataplane::Policy policy = make_policy(config);
  EXPECT_TRUE(policy.dhcp_relay.is_intercepted(parse_ipv4("192.0.2.67")->host()));
  EXPECT_FALSE(policy.dhcp_relay.is_intercepted(0));
  EXPECT_TRUE(policy.dhcp_over_ipv6.is_server(*parse_ipv6("2001:db8::3")));
  EXPECT_FALSE(policy.dhcp_over_ipv6.dhcpv6);
}

TEST(Config, Dhcpv6Relays) {
  const Config config = parsed("[dhcp-over-ipv6]\nrelay = 2001:db8:9::/64\nrelay = fe80::/10\n");
  EXPECT_THAT(config.dhcp_over_ipv6.relays,
              ElementsAre(*parse_ipv6_prefix("2001:db8:9::/64"), *parse_ipv6_prefix("fe80::/10")));
  const dataplane::DhcpOverIpv6Policy policy = make_policy(config).dhcp_over_ipv6;
  EXPECT_TRUE(policy.is_relay(*parse_ipv6("2001:db8:9::9")));
  EXPECT_TRUE(policy.is_relay(*parse_ipv6("fe80::9")));
  EXPECT_FALSE(policy.is_relay(*parse_ipv6("2001:db8:a::9")));
  EXPECT_FALSE(make_policy(parsed("")).dhcp_over_ipv6.is_relay(*parse_ipv6("2001:db8:9::9")));
}

TEST(ConfigErrors, MoreRelaysThanTheDataplaneHolds) {
  std::string text;
  for (int i = 1; i <= 16; ++i) {
    text += "dhcp-over-ipv6.relay = 2001:db8:" + std::to_string(i) + "::/64\n";
  }
  EXPECT_EQ(parsed(text).dhcp_over_ipv6.relays.size(), 16U);
  EXPECT_EQ(refused(text + "dhcp-over-ipv6.relay = 2001:db8:17::/64"),
            "s.conf:17: dhcp-over-ipv6.relay is given 17 times; it may be given 16 times");
}

TEST(ConfigErrors, MoreServersThanTheDataplaneHolds) {
  std::string text = "ipv4.address = 198.51.100.1\n";
  for (int i = 1; i <= 16; ++i) text += "dhcp-relay.server = 192.0.2." + std::to_string(i) + "\n";
  EXPECT_EQ(parsed(text).dhcp_relay.servers.size(), 16U);
  EXPECT_EQ(refused(text + "dhcp-relay.server = 192.0.2.17"),
            "s.conf:18: dhcp-relay.server is given 17 times; it may be given 16 times");
}

// What the user wrote is shown so that it can break neither the line nor the terminal.
TEST(ConfigErrors, StayOnOneLineWhateverTheTextIs) {
  EXPECT_EQ(refused("hop-limit = \x1b[31m\xff"),
            "s.conf:1: hop-limit: '?[31m?' is not a number from 1 to 255");
  EXPECT_LT(refused("hop-limit = " + std::string(100000, '9')).size(), 200U);
  EXPECT_LT(refused(std::string(100000, '9')).size(), 200U);
  EXPECT_LT(refused("", {"--" + std::string(100000, 'x'), "1"}).size(), 500U);
}

TEST(LoadConfig, ReadsTheFile) {
  const auto directory = std::filesystem::temp_directory_path() / ("config_test." + std::to_string(getpid()));
  std::filesystem::create_directory(directory);
  const std::string path = directory / "softwired.conf";
  std::ofstream(path) << "softwires = bindings\nhop-limit = 9\n";
  const auto config = load_config(path, {"--ipv6.vlan", "5"});
  const auto absent = load_config(directory / "absent", {});
  const auto not_a_file = load_config(directory, {});
  std::filesystem::remove_all(directory);

  ASSERT_TRUE(config) << config.error().text;
  EXPECT_EQ(config->softwires, directory / "bindings");
  EXPECT_EQ(config->hop_limit, 9);
  EXPECT_EQ(config->ipv6.vlan, 5);
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().text,
            (directory / "absent").string() + ": cannot be read: No such file or directory");
  ASSERT_FALSE(not_a_file);
  EXPECT_EQ(not_a_file.error().text, directory.string() + ": cannot be read: Is a directory");
  EXPECT_EQ(load_config("", {"--hop-limit", "3"})->hop_limit, 3);
}

// As a program does it: its own options and the configuration's in one description.
TEST(ConfigOptions, StandBesideAProgramsOwn) {
  po::options_description all;
  all.add_options()("config", po::value<std::string>(), "configuration file")("json", "");
  all.add(config_options());
  const Arguments words = {"--json", "--ipv4.mtu", "1400", "--config=x", "--br-address=2001:db8::1"};
  const auto command_line = po::command_line_parser(words).options(all).run();
  EXPECT_THAT(config_arguments(command_line), ElementsAre("--ipv4.mtu", "1400", "--br-address=2001:db8::1"));
  EXPECT_EQ(parsed("", config_arguments(command_line)).ipv4.mtu, 1400);

  std::ostringstream help;
  help << all;
  for (const Key& key : keys()) EXPECT_THAT(help.str(), HasSubstr("--" + key.name + " VALUE"));
}

TEST(Policy, IsWhatTheConfigSays) {
  const dataplane::Policy policy = make_policy(parsed(kEveryKey));
  EXPECT_EQ(policy.ipv4.mac, *parse_mac("02:00:00:00:00:04"));
  EXPECT_EQ(policy.ipv4.gateway_mac, *parse_mac("02:00:00:00:00:f4"));
  EXPECT_EQ(policy.ipv4.vlan_id, 100);
  EXPECT_EQ(policy.ipv4.mtu, 9000);
  EXPECT_FALSE(policy.ipv4.accept_any_mac);
  EXPECT_EQ(policy.ipv6.mac, *parse_mac("02:00:00:00:00:06"));
  EXPECT_EQ(policy.ipv6.gateway_mac, *parse_mac("02:00:00:00:00:f6"));
  EXPECT_EQ(policy.ipv6.vlan_id, 200);
  EXPECT_EQ(policy.ipv6.mtu, 1540);
  EXPECT_EQ(policy.ipv6.reassembly.datagrams, 1000);
  EXPECT_EQ(policy.ipv6.reassembly.fragments, 50);
  EXPECT_EQ(policy.ipv6.reassembly.timeout, std::chrono::seconds(60));
  EXPECT_FALSE(policy.ipv4.accept_icmp);
  EXPECT_TRUE(policy.ipv4.generate_icmp_errors);
  EXPECT_EQ(policy.ipv4.icmp_error_rate, 20U);
  EXPECT_TRUE(policy.ipv6.accept_icmp);
  EXPECT_FALSE(policy.ipv6.generate_icmp_errors);
  EXPECT_EQ(policy.ipv4_address, *parse_ipv4("198.51.100.1"));
  EXPECT_EQ(policy.ipv6_address, *parse_ipv6("2001:db8:6::1"));
  EXPECT_EQ(policy.ipv4_gateway, *parse_ipv4("198.51.100.254"));
  EXPECT_EQ(policy.ipv6_gateway, *parse_ipv6("fe80::1"));
  EXPECT_TRUE(policy.proxy_arp);
  EXPECT_EQ(policy.hop_limit, 255);
  EXPECT_FALSE(policy.hairpinning);
  EXPECT_TRUE(policy.dhcp_relay.enabled);
  EXPECT_EQ(policy.dhcp_relay.address, *parse_ipv4("198.51.100.3"));
  EXPECT_EQ(policy.dhcp_relay.server_count, 2);
  EXPECT_EQ(policy.dhcp_relay.servers[0], *parse_ipv4("192.0.2.67"));
  EXPECT_EQ(policy.dhcp_relay.servers[1], *parse_ipv4("192.0.2.68"));
  EXPECT_EQ(policy.punt_rate, 500U);
  EXPECT_EQ(policy.punt_burst, 50U);
}

TEST(Policy, OfAnEmptyConfig) {
  const dataplane::Policy policy = make_policy(parsed(""));
  EXPECT_FALSE(policy.dhcp_relay.enabled);
  EXPECT_EQ(policy.dhcp_relay.server_count, 0);
  EXPECT_EQ(policy.ipv4.mtu, 1500);
  EXPECT_EQ(policy.hop_limit, 64);
  EXPECT_TRUE(policy.hairpinning);
}

}  // namespace
}  // namespace softwire::controlplane
