// SPDX-License-Identifier: BSD-3-Clause
// Tests the errors of a configuration, and their places.
#include <gmock/gmock.h>

#include "config_fixture.h"
#include "controlplane/config/keys.h"
#include "softwire/address_text.h"

namespace softwire::controlplane {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::StartsWith;

TEST(ConfigErrors, NameTheLineAndTheRemedy) {
  struct {
    const char* text;
    const char* error;
  } const cases[] = {
      {"\n\nhop-limt = 64",
       "s.conf:3: unknown key 'hop-limt'; there are br-address, control-group, control-read-group, "
       "control-socket, copy-dscp, "
       "eal-argument, flow-label, hairpinning, history-days, hop-limit, hugepages, idle, instruction-set, "
       "on-a-stick, "
       "port-68, softwires, "
       "state, strict-ce-address, tcp-mss, user, worker-cpu, workers"},
      {"[ipv4]\nworkers = 1",
       "s.conf:2: unknown key 'ipv4.workers'; there are ipv4.accept-icmp, "
       "ipv4.accept-subscriber-sources, ipv4.address, ipv4.answer-source-rate, ipv4.egress-filter, "
       "ipv4.gateway, ipv4.gateway-mac, ipv4.generate-icmp-errors, ipv4.icmp-error-rate, "
       "ipv4.icmp-error-source-rate, ipv4.ingress-filter, "
       "ipv4.mac, ipv4.mtu, ipv4.port, ipv4.proxy-arp, ipv4.reassembly-datagrams, ipv4.reassembly-fragments, "
       "ipv4.reassembly-source-datagrams, ipv4.reassembly-timeout, ipv4.rx-descriptors, ipv4.spread, "
       "ipv4.tx-descriptors, ipv4.vlan"},
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
       "s.conf:2: unknown key 'ipv4.'; there are ipv4.accept-icmp, "
       "ipv4.accept-subscriber-sources, ipv4.address, ipv4.answer-source-rate, ipv4.egress-filter, "
       "ipv4.gateway, ipv4.gateway-mac, ipv4.generate-icmp-errors, ipv4.icmp-error-rate, "
       "ipv4.icmp-error-source-rate, ipv4.ingress-filter, "
       "ipv4.mac, ipv4.mtu, ipv4.port, ipv4.proxy-arp, ipv4.reassembly-datagrams, ipv4.reassembly-fragments, "
       "ipv4.reassembly-source-datagrams, ipv4.reassembly-timeout, ipv4.rx-descriptors, ipv4.spread, "
       "ipv4.tx-descriptors, ipv4.vlan"},
      {"hop-limit = 64\n\nhop-limit = 64",
       "s.conf:3: hop-limit is given twice, first at s.conf:1; it may be given once"},
      {"[ipv4]\nmtu = 1400\n[ipv6]\n[ipv4]\nmtu = 1400",
       "s.conf:5: ipv4.mtu is given twice, first at s.conf:2; it may be given once"},
      {"br-address = 2001:db8::1\nbr-address = 2001:db8::1",
       "s.conf:2: br-address '2001:db8::1' is given twice, first at s.conf:1; give each value once"},
      {"[ipv6]\nicmp-error-rate = 50\nicmp-error-source-rate = 51",
       "s.conf:3: ipv6.icmp-error-source-rate is 51, but ipv6.icmp-error-rate, the limit for all sources, is "
       "50; give at most that"},
      {"[ipv4]\nreassembly-source-datagrams = 0",
       "s.conf:2: ipv4.reassembly-source-datagrams: '0' is not a number from 1 to 1000000"},
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
      {"[ipv6]\nrx-descriptors = 32", "s.conf:2: ipv6.rx-descriptors: '32' is not a number from 64 to 32768"},
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
      {"[dhcp-relay]\nserver-rate = 0",
       "s.conf:2: dhcp-relay.server-rate: '0' is not a number from 1 to 1000000"},
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
       "s.conf:2: dhcp-relay.dhcp4o6-server: '2001:db8::1 fe80::1' is not a server's IPv6 address, unicast "
       "and not link-local, then its own IPv4 address if it sends that one in option 54, such as "
       "2001:db8:67::1 198.51.100.67"},
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
      {"[ipv4]\nvlan = 5\negress-filter = not vlan and ip",
       "s.conf:3: ipv4.egress-filter has the word vlan, but the filter sees frames without the tag of "
       "ipv4.vlan; "
       "leave \"vlan and\" out"},
      {"on-a-stick = true\nipv4.port = net_tap0\nipv6.port = net_tap1",
       "s.conf:3: on-a-stick uses one port, but ipv4.port and ipv6.port differ; give one of them, or give "
       "both the same device"},
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
       "2: dhcp-server.pool: unknown word 'psid'; the known words are psid-offset and psid-len"},
      {"pool = 192.0.2.0/24 psid-offset 6",
       "2: dhcp-server.pool: psid-offset and psid are for shared addresses; give a psid-len above 0 too, or "
       "leave "
       "them out"},
      {"pool = 192.0.2.0/24 psid-offset 6 psid-len 11",
       "2: dhcp-server.pool: psid-offset 6 and psid-len 11 are 17 bits; a port has 16"},
      {"pool = 192.0.2.0/24\n\npool = 192.0.2.9-192.0.2.10",
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
       "2: dhcp-server.static: '' is not an IPv4 address of a subscriber (not in 0.0.0.0/8, 127.0.0.0/8 or "
       "169.254.0.0/16, and below 224.0.0.0)"},
      {"static = 2001:db8::/48 169.254.0.1",
       "2: dhcp-server.static: '169.254.0.1' is not an IPv4 address of a subscriber (not in 0.0.0.0/8, "
       "127.0.0.0/8 or 169.254.0.0/16, and below 224.0.0.0)"},
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
  for (const char* range :
       {"0.0.0.0/0", "127.0.0.0/8", "126.0.0.0-128.0.0.0", "224.0.0.0/8", "169.254.0.0/16",
        "169.253.0.0-169.255.0.0", "168.0.0.0/7", "192.0.2.9-192.0.2.8", "192.0.2.9-", "192.0.2.1/24"}) {
    EXPECT_THAT(refused(std::string("dhcp-server.pool = ") + range),
                HasSubstr("is not an IPv4 prefix such as"));
  }
  for (const char* prefix : {"169.254.0.0/24", "168.0.0.0/7", "169.254.0.0/16", "128.0.0.0/2", "0.0.0.0/0",
                             "126.0.0.0/7", "127.1.0.0/16", "0.0.0.0/7", "192.0.0.0/2", "224.0.0.0/4"}) {
    EXPECT_THAT(
        refused(std::string("leases.pool = ") + prefix),
        HasSubstr("s.conf:1: leases.pool: '" + std::string(prefix) +
                  "' is not an IPv4 prefix without addresses of 0.0.0.0/8, 127.0.0.0/8, 169.254.0.0/16"));
  }
  EXPECT_EQ(refused("dhcp-server.pool = 192.0.2.0/24"),
            "s.conf:1: the DHCP server needs an address; give dhcp-server.address or ipv4.address");
}

TEST(ConfigErrors, AKeyWithoutAValueIsRefusedInTheFile) {
  for (const Key& key : keys()) {
    const std::size_t dot = key.name.find('.');
    const std::string text = dot == std::string::npos ? "\n\n" + key.name + " =\n"
                                                      : "[" + key.name.substr(0, dot) + "]\n\n" +
                                                            key.name.substr(dot + 1) + " = # none\n";
    EXPECT_EQ(refused(text), "s.conf:3: " + key.name +
                                 " has no value; give one, or remove the line: then the default holds");
  }
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

TEST(ConfigErrors, StayOnOneLineWhateverTheTextIs) {
  EXPECT_EQ(refused("hop-limit = \x1b[31m\xff"),
            "s.conf:1: hop-limit: '?[31m?' is not a number from 1 to 255");
  EXPECT_LT(refused("hop-limit = " + std::string(100000, '9')).size(), 200U);
  EXPECT_LT(refused(std::string(100000, '9')).size(), 200U);
  EXPECT_LT(refused("", {"--" + std::string(100000, 'x'), "1"}).size(), 500U);
}

TEST(ConfigErrors, InstructionSetThatTheProgramWasNotBuiltForIsRefused) {
  EXPECT_THAT(refused("instruction-set = x86-64-v9\n"), ::testing::HasSubstr("instruction-set"));
}

}  // namespace
}  // namespace softwire::controlplane
