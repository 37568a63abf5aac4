// SPDX-License-Identifier: BSD-3-Clause
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <boost/program_options/parsers.hpp>
#include <boost/program_options/value_semantic.hpp>

#include "config_fixture.h"
#include "controlplane/config/keys.h"
#include "controlplane/config/load_config.h"
#include "controlplane/config/policy.h"
#include "softwire/address_text.h"

namespace softwire::controlplane {
namespace {

namespace po = boost::program_options;
using testing::ElementsAre;
using testing::HasSubstr;
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
icmp-error-source-rate = 5
answer-source-rate = 300
accept-subscriber-sources = true
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
reassembly-source-datagrams = 30
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
server-rate = 300

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
  EXPECT_EQ(config.dhcp_relay.server_rate, 300U);
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
    EXPECT_EQ(side.reassembly_source_datagrams, 1000U);
    EXPECT_EQ(side.answer_source_rate, 1000U);
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

// Workers share the limits, so that more workers need no more memory for fragments.
TEST(Config, LimitsAreDividedAmongWorkers) {
  const Config config = parsed("[ipv4]\nreassembly-datagrams = 1000\nicmp-error-rate = 10\n");
  dataplane::Policy policy = make_policy(config);
  divide_limits(policy, 3);
  EXPECT_EQ(policy.ipv4.reassembly.datagrams, 334U);
  EXPECT_EQ(policy.ipv4.icmp_error_rate, 4U);
  EXPECT_EQ(policy.ipv6.icmp_error_rate, 334U);
  // The packets of a softwire come to one worker.
  EXPECT_EQ(policy.ipv6.icmp_error_source_rate, 100U);
  EXPECT_EQ(policy.engines, 3U);
  EXPECT_EQ(reassembly_buffers(config, 1), 21000U);
  EXPECT_EQ(reassembly_buffers(config, 3), 334U + 6667U);
}

TEST(Config, AnEmptyValueOnTheCommandLineIsTheDefault) {
  std::vector<std::string> arguments;
  for (const Key& key : keys()) arguments.insert(arguments.end(), {"--" + key.name, ""});
  const Config config = parsed("hop-limit = 7\n", arguments);
  EXPECT_EQ(config.hop_limit, 64);
  EXPECT_EQ(config.softwires, "");
  EXPECT_FALSE(config.ipv4.gateway_mac.is_set());
  EXPECT_TRUE(config.br_addresses.empty());
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
  const Config config =
      parsed("br-address = 2001:db8::1\nbr-address = 2001:db8::2\nidle = sleep\nhop-limit = 7",
             {"--hop-limit", "9", "--idle", ""});
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
  // The command line replaces a list; it does not append to it.
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
        "s.conf:4: dhcp-relay.rewrite-server-identifier allows one server, because clients that see our "
        "address do not say whose offer they chose; there are 2; remove the key, or all servers but one");
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

// The user's text is quoted in a form that is safe for the line and the terminal.
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

// A program puts its own options and those of the configuration into one description.
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
  EXPECT_EQ(policy.ipv4.icmp_error_source_rate, 5U);
  EXPECT_EQ(policy.ipv6.icmp_error_source_rate, 100U) << "a tenth of icmp-error-rate";
  EXPECT_EQ(policy.ipv4.answer_source_rate, 300U);
  EXPECT_EQ(policy.ipv6.answer_source_rate, 1000U);
  EXPECT_TRUE(policy.accept_subscriber_sources);
  EXPECT_EQ(policy.ipv6.reassembly.source_datagrams, 30U);
  EXPECT_EQ(policy.ipv4.reassembly.source_datagrams, 1000U);
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

// The fuzzer begins with a file that has every key, and so reaches the reader of each value.
TEST(Keys, AreAllInTheSeedOfTheFuzzer) {
  std::ifstream file(SOFTWIRE_CONFIG_SEED);
  std::ostringstream text;
  text << file.rdbuf();
  const auto config = parse_config(text.str(), "every_key", {});
  ASSERT_TRUE(config.ok()) << config.error().text;
  for (const Key& key : keys()) {
    const std::size_t dot = key.name.find('.');
    const std::size_t section =
        dot == std::string::npos ? 0 : text.str().find("[" + key.name.substr(0, dot) + "]");
    ASSERT_NE(section, std::string::npos) << key.name;
    const std::size_t end = text.str().find("\n[", section + 1);
    const std::string lines = text.str().substr(section, end - section);
    const std::string name = dot == std::string::npos ? key.name : key.name.substr(dot + 1);
    EXPECT_TRUE(lines.find("\n" + name + " = ") != std::string::npos ||
                lines.find("\n" + name + "=") != std::string::npos)
        << key.name;
  }
}

}  // namespace
}  // namespace softwire::controlplane
