// SPDX-License-Identifier: BSD-3-Clause
// Tests the hub from frames to frames: configuration, bindings, engine, relay and reports.
#include "controlplane/runtime/hub.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <map>

#include "controlplane/config/load_config.h"
#include "softwire/address_text.h"
#include "tests/support/engine_harness.h"
#include "tests/support/hub_config.h"

namespace softwire::controlplane {
namespace {

using testing::Octets;

const std::string kText = testing::kHubSides + R"([dhcp-relay]
server = 198.51.100.67
server = 198.51.100.68
)";

class Hub : public ::testing::Test {
 protected:
  // Writes the statements to a file that lives as long as the test.
  Result<std::unique_ptr<controlplane::Hub>> make(const std::string& softwires,
                                                  std::string_view text = kText) {
    path_ = file();
    std::ofstream(path_) << softwires;
    const auto config = parse_config(text, "test.conf", {"--softwires", path_});
    EXPECT_TRUE(config.ok()) << config.error().text;
    return controlplane::Hub::create(*config, testing::pool(), {});
  }
  void TearDown() override { std::remove(path_.c_str()); }
  static std::string file() {
    return ::testing::TempDir() + "softwires-" + std::to_string(getpid()) + ".conf";
  }

  struct Sent {
    std::vector<Octets> ipv4;
    std::vector<Octets> ipv6;
    std::vector<Instant> caused_at;
  };
  static void collect(void* context, Side out, dataplane::Mbuf** frames, std::uint16_t count) {
    auto& into = *static_cast<Sent*>(context);
    for (unsigned i = 0; i < count; ++i) {
      (out == Side::kIpv4 ? into.ipv4 : into.ipv6).push_back(testing::octets_of(*frames[i]));
      into.caused_at.push_back(dataplane::context_of(*frames[i]).received_at);
      rte_pktmbuf_free(frames[i]);
    }
  }
  static Sent receive(controlplane::Hub& hub, Side side, const Octets& frame, Instant now) {
    Sent sent;
    dataplane::Output output(&collect, &sent);
    dataplane::Mbuf* mbuf = testing::make_frame(frame);
    dataplane::context_of(*mbuf).received_at = now;
    hub.receive(side, std::span(&mbuf, 1), now, output);
    EXPECT_TRUE(hub.counters_add_up());
    return sent;
  }
  static std::map<std::string, std::uint64_t> counters(const controlplane::Hub& hub) {
    const auto all = hub.counters();
    return {all.begin(), all.end()};
  }

  std::string path_;
};

const std::string kBinding = "binding ipv4 192.0.2.1 psid-len 6 psid 1 b4 2001:db8:1::1 br 2001:db8:ff::1\n";
const Ipv6Address kB4 = *parse_ipv6("2001:db8:1::1");
const Ipv6Address kBr = *parse_ipv6("2001:db8:ff::1");

// Returns a DHCPDISCOVER, or with an address a renewal, as it leaves the subscriber.
Octets dhcp_frame(const Ipv6Address& b4, Ipv4Address source, Ipv4Address destination,
                  Ipv4Address ciaddr = {}) {
  testing::Ipv4Fields fields{
      .source = source, .destination = destination, .source_port = 68, .destination_port = 67};
  fields.payload_octets = 300;
  Octets packet = testing::ipv4_packet(fields);
  Octets message(300);
  message[0] = 1;
  message[1] = 1;
  message[2] = 6;
  const be32 wire = ciaddr.wire();
  std::memcpy(&message[12], &wire, sizeof wire);
  const Octets options = {
      0x63, 0x82, 0x53, 0x63, 53, 1, static_cast<std::uint8_t>(ciaddr == Ipv4Address() ? 1 : 3), 255};
  std::copy(options.begin(), options.end(), message.begin() + 236);
  std::copy(message.begin(), message.end(), packet.begin() + 28);
  packet[26] = packet[27] = 0;  // no UDP checksum
  return testing::ethernet_frame({MacAddress({2, 0, 0, 0, 0, 6}), MacAddress({2, 0, 0, 0, 1, 6})},
                                 ether_type::kIpv6,
                                 testing::ipv6_packet({.source = b4, .destination = kBr}, packet));
}

TEST_F(Hub, RelaysToEveryServerWithTheTimeOfItsCause_Rfc5107_4) {
  const auto hub = make(kBinding);
  ASSERT_TRUE(hub.ok()) << hub.error().text;
  const Instant now = std::chrono::milliseconds(1234);
  const Sent sent = receive(**hub, Side::kIpv6, dhcp_frame(kB4, {}, Ipv4Address(255, 255, 255, 255)), now);
  ASSERT_EQ(sent.ipv4.size(), 2U);
  EXPECT_THAT(sent.caused_at, ::testing::Each(now));
  EXPECT_EQ(sent.ipv4[0][14 + 19], 67);  // last octet of the destination
  EXPECT_EQ(sent.ipv4[1][14 + 19], 68);
  const auto counted = counters(**hub);
  EXPECT_EQ(counted.at("punt-dhcp-request"), 1U);
  EXPECT_EQ(counted.at("dhcp-relayed"), 1U);
  EXPECT_EQ(counted.at("sent-injected-ipv4"), 2U);
  EXPECT_EQ(counted.at("generated-packets"), 2U);
  EXPECT_EQ(counted.at("dhcp-rx-discover"), 1U);
}

TEST_F(Hub, ReportsWhatItsCountersSay) {
  const auto hub = make(kBinding);
  ASSERT_TRUE(hub.ok()) << hub.error().text;
  receive(**hub, Side::kIpv6, dhcp_frame(kB4, {}, Ipv4Address(255, 255, 255, 255)), {});
  const controlplane::Hub::Report report = (*hub)->report();
  const auto counted = counters(**hub);
  ASSERT_EQ(report.workers.size(), 1U);
  const dataplane::EngineCounters& engine = report.workers[0].counters.engine;
  EXPECT_EQ(engine.side(Side::kIpv6).received.packets, counted.at("received-ipv6-packets"));
  EXPECT_EQ(engine.outcomes[Outcome::kInjectedIpv4], 2U);
  EXPECT_EQ(report.workers[0].waiting, 0U);
  EXPECT_EQ(report.relay[Outcome::kDhcpRelayed], counted.at("dhcp-relayed"));
  report.dhcp.for_each_type([&](std::string_view name, std::uint64_t received, std::uint64_t sent) {
    const std::string type(name);
    EXPECT_EQ(received, counted.at("dhcp-rx-" + type));
    EXPECT_EQ(sent, counted.at("dhcp-tx-" + type));
  });
  EXPECT_EQ(report.bindings, 1U);
  EXPECT_EQ(report.rules, 0U);
  EXPECT_EQ(report.br_addresses, 1U);
  EXPECT_GT(report.table_bytes_in_use, 0U);
  EXPECT_GE(report.table_bytes, report.table_bytes_in_use);
  EXPECT_EQ(report.gateway_known, (std::array{true, true}));  // their MAC addresses are configured
}

TEST_F(Hub, RelaysForTheOwnerOfAnAddressOnly_Rfc7596_6_2) {
  const auto hub = make(kBinding);
  ASSERT_TRUE(hub.ok());
  const Ipv4Address leased(192, 0, 2, 1);
  const Ipv4Address relay(198, 51, 100, 1);
  EXPECT_EQ(receive(**hub, Side::kIpv6, dhcp_frame(kB4, leased, relay, leased), {}).ipv4.size(), 2U);
  const Ipv6Address other = *parse_ipv6("2001:db8:1::2");
  EXPECT_EQ(receive(**hub, Side::kIpv6, dhcp_frame(other, leased, relay, leased), {}).ipv4.size(), 0U);
  // From 0.0.0.0, but about the address of another subscriber.
  EXPECT_EQ(receive(**hub, Side::kIpv6, dhcp_frame(other, {}, Ipv4Address(255, 255, 255, 255), leased), {})
                .ipv4.size(),
            0U);
  EXPECT_EQ(counters(**hub).at("drop-dhcp-source-not-owned"), 2U);
}

TEST_F(Hub, NamesBothBindingsThatDoNotGoTogether) {
  const auto twice = make(kBinding + kBinding);
  ASSERT_FALSE(twice.ok());
  EXPECT_THAT(twice.error().text, ::testing::HasSubstr(path_ + ":2: "));
  EXPECT_THAT(twice.error().text, ::testing::HasSubstr("overlaps"));
  const auto layouts = make(kBinding + "binding ipv4 192.0.2.1 b4 2001:db8:1::2 br 2001:db8:ff::1\n");
  ASSERT_FALSE(layouts.ok());
  EXPECT_THAT(layouts.error().text, ::testing::HasSubstr("disagrees"));
  EXPECT_THAT(layouts.error().text, ::testing::HasSubstr("2001:db8:1::1"));
  EXPECT_THAT(layouts.error().text, ::testing::HasSubstr("2001:db8:1::2"));
}

TEST_F(Hub, RefusesBindingsThatTakeFromTheHub) {
  const auto error = [this](const std::string& softwires, std::string_view text = kText) {
    const auto hub = make(softwires, text);
    EXPECT_FALSE(hub.ok()) << softwires;
    return hub.ok() ? "" : hub.error().text;
  };
  const auto whole = [](const std::string& address) {
    return "binding ipv4 " + address + " b4 2001:db8:1::9 br 2001:db8:ff::1\n";
  };
  EXPECT_EQ(error(kBinding + whole("198.51.100.1")),
            file() + ":2: 198.51.100.1 is ipv4.address, the hub's own; give the subscriber another address");
  EXPECT_THAT(error(whole("198.51.100.68")),
              ::testing::HasSubstr(":1: 198.51.100.68 is a dhcp-relay.server"));
  EXPECT_THAT(error(whole("198.51.100.9"), std::string(kText) + "address = 198.51.100.9\n"),
              ::testing::HasSubstr(":1: 198.51.100.9 is dhcp-relay.address"));
  EXPECT_THAT(error(kBinding + "binding ipv4 192.0.2.9 b4 2001:db8:ff::1 br 2001:db8:ff::2\n"),
              ::testing::HasSubstr(":2: b4 2001:db8:ff::1 is a BR address"));
  EXPECT_THAT(error(kBinding, "ipv6.address = 2001:db8:1::1\n" + std::string(kText)),
              ::testing::HasSubstr(":1: b4 2001:db8:1::1 is ipv6.address"));
  EXPECT_THAT(error("# nobody\n"),
              ::testing::HasSubstr("test.conf: dhcp-relay.server is set, but no BR address"));
}

TEST_F(Hub, RefusesStaticLeasesThatTakeFromTheHub) {
  const auto hub = make(kBinding, std::string(kText) + "[dhcp-server]\naddress = 198.51.100.1\n" +
                                      "static = 2001:db8:1::/48 198.51.100.68\n");
  ASSERT_FALSE(hub.ok());
  EXPECT_EQ(
      hub.error().text,
      "test.conf: dhcp-server.static: 198.51.100.68 is a dhcp-relay.server; give the subscriber another "
      "address");
}

// Returns the rule of the first line with one thing replaced.
std::string rule(const std::string& ipv4, const std::string& ipv6, const std::string& rest = "") {
  return "rule map-e ipv4 " + ipv4 + " ipv6 " + ipv6 + " ea-len 16 " + rest + " br 2001:db8:ffff::1\n";
}

TEST_F(Hub, RefusesRulesThatDoNotGoTogether) {
  const std::string first = rule("192.0.2.0/24", "2001:db8::/40");
  const std::pair<std::string, const char*> cases[] = {
      {first, "has the ipv4 of 'rule map-e ipv4 192.0.2.0/24"},
      {rule("192.0.3.0/24", "2001:db8::/40"), "has the ipv6 of 'rule map-e ipv4 192.0.2.0/24"},
      {rule("198.51.100.0/26", "2001:db8:100::/40"), "contains 198.51.100.1, which is ipv4.address"},
      {rule("198.51.100.64/28", "2001:db8:100::/40", "psid-offset 4"), nullptr},
      {"rule map-e ipv4 198.51.100.64/28 ipv6 2001:db8:100::/40 ea-len 4 br 2001:db8:ffff::1\n",
       "contains 198.51.100.67, which is a dhcp-relay.server"},
  };
  for (const auto& [second, error] : cases) {
    const auto hub = make(first + second);
    ASSERT_EQ(hub.ok(), error == nullptr) << second << (hub.ok() ? "" : hub.error().text);
    if (error == nullptr) continue;
    EXPECT_THAT(hub.error().text, ::testing::StartsWith(path_ + ":2: "));
    EXPECT_THAT(hub.error().text, ::testing::HasSubstr(error));
  }
}

TEST_F(Hub, RefusesRulesThatCoverTheAddressOfADhcpServer) {
  const std::string covers = "rule map-e ipv4 192.0.2.0/24 ipv6 2001:db8::/40 ea-len 8 br 2001:db8:ffff::1\n";
  const std::pair<std::string, std::string> cases[] = {
      {"[dhcp-server]\npool = 203.0.113.0/28\naddress = 192.0.2.1\n",
       "192.0.2.1, which is dhcp-server.address"},
      {"[dhcp-relay]\ndhcp4o6-server = 2001:db8:67::1 192.0.2.67\n",
       "192.0.2.67, which is the identifier of a dhcp-relay.dhcp4o6-server"},
  };
  for (const auto& [keys, error] : cases) {
    std::string text = "ipv6.address = 2001:db8:ffff::2\n";
    text.append(testing::kHubSides).append(keys);
    const auto hub = make(covers, text);
    ASSERT_FALSE(hub.ok()) << keys;
    EXPECT_THAT(hub.error().text, ::testing::HasSubstr("192.0.2.0/24 contains " + error + "; give CEs"));
    EXPECT_TRUE(make(rule("198.18.0.0/24", "2001:db8::/40"), text).ok()) << keys;
  }
}

TEST_F(Hub, RefusesRulesWithOneOfItsOwnIpv6Addresses) {
  const std::string ce = "2001:db8:12:3400:0:c000:212:34";
  const std::string statements = kBinding + rule("192.0.2.0/24", "2001:db8::/40");
  for (const std::string& option : {"br-address = " + ce + "\n", "ipv6.address = " + ce + "\n"}) {
    const auto hub = make(statements, option + std::string(kText));
    ASSERT_FALSE(hub.ok()) << option;
    EXPECT_THAT(hub.error().text, ::testing::StartsWith(path_ + ":2: "));
    EXPECT_THAT(hub.error().text, ::testing::HasSubstr(ce));
  }
  const std::string near = "br-address = 2001:db8:12:3400::1\n";  // in the end-user prefix of a CE
  EXPECT_TRUE(make(statements, near + std::string(kText)).ok());
  EXPECT_FALSE(make(statements, near + "strict-ce-address = false\n" + std::string(kText)).ok());
}

TEST_F(Hub, AsksForTheMacAddressesThatItNeeds) {
  const auto hub = make(kBinding, "[ipv4]\nmac = 02:00:00:00:00:04\ngateway-mac = 02:00:00:00:01:04\n");
  ASSERT_FALSE(hub.ok());
  EXPECT_THAT(hub.error().text, ::testing::StartsWith("test.conf: ipv6.mac is not set; "));
}

TEST_F(Hub, AsksForTheGatewaysThatItNeeds) {
  const std::string macs = "ipv4.mac = 02:00:00:00:00:04\nipv6.mac = 02:00:00:00:00:06\n";
  const std::string ipv4 = "ipv4.gateway = 198.51.100.254\n";
  const auto error = [&](const std::string& text) {
    const auto hub = make(kBinding, macs + text);
    return hub.ok() ? "" : hub.error().text;
  };
  EXPECT_EQ(error(""),
            "test.conf: neither ipv4.gateway nor ipv4.gateway-mac is set; give the IP address, or the MAC "
            "address, that "
            "frames are sent to");
  EXPECT_EQ(error(ipv4),
            "test.conf: ipv4.address is not set; give the hub's address, which is needed to resolve "
            "ipv4.gateway, or give ipv4.gateway-mac");
  EXPECT_THAT(error(ipv4 + "ipv4.address = 198.51.100.1\n"),
              ::testing::StartsWith("test.conf: neither ipv6.gateway"));
  EXPECT_EQ(error(ipv4 + "ipv4.address = 198.51.100.1\nipv6.gateway = fe80::1\n"), "");
}

TEST_F(Hub, AsksTheGatewaysWithoutAnyFrame) {
  const auto hub =
      make(kBinding,
           "ipv4.mac = 02:00:00:00:00:04\nipv6.mac = 02:00:00:00:00:06\n"
           "ipv4.gateway = 198.51.100.254\nipv4.address = 198.51.100.1\nipv6.gateway = fe80::1\n");
  ASSERT_TRUE(hub.ok()) << hub.error().text;
  Sent sent;
  dataplane::Output output(&collect, &sent);
  (*hub)->poll(std::chrono::seconds(7), output);
  EXPECT_EQ(sent.ipv4.size(), 1U);
  EXPECT_EQ(sent.ipv6.size(), 1U);
  EXPECT_THAT(sent.caused_at, ::testing::Each(Instant(std::chrono::seconds(7))));
  EXPECT_TRUE((*hub)->counters_add_up());
}

TEST_F(Hub, CountsInAFixedOrderZerosIncluded) {
  const auto hub = make(kBinding);
  ASSERT_TRUE(hub.ok());
  const auto counted = counters(**hub);
  for (const OutcomeInfo& outcome : kOutcomes) EXPECT_EQ(counted.at(std::string(outcome.name)), 0U);
  EXPECT_EQ(counted.at("bindings"), 1U);
  EXPECT_EQ(counted.size(), (*hub)->counters().size());
}

}  // namespace
}  // namespace softwire::controlplane
