// SPDX-License-Identifier: BSD-3-Clause
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controlplane/dhcp/settings/configured_option.h"
#include "dhcp_samples.h"
#include "dhcp_server_fixture.h"

namespace softwire::controlplane::dhcp {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

std::string refused(std::string_view text) {
  const auto option = parse_option(text);
  EXPECT_FALSE(option) << "taken: " << text;
  return option ? "" : option.error().text;
}

TEST(ConfiguredOption, HasAValueOfItsType_Rfc2132) {
  struct {
    const char* text;
    std::uint8_t code;
    const char* value;
  } const cases[] = {
      {"subnet-mask 255.255.255.0", 1, "ffffff00"},
      {"time-offset -3600", 2, "fffff1f0"},
      {"time-offset 7200", 2, "00001c20"},
      {"routers 192.0.2.1", 3, "c0000201"},
      {"time-servers 192.0.2.1", 4, "c0000201"},
      {"name-servers 192.0.2.1", 5, "c0000201"},
      {"domain-name-servers  192.0.2.53\t198.51.100.53 ", 6, "c0000235 c6336435"},
      {"log-servers 192.0.2.1", 7, "c0000201"},
      {"host-name ce", 12, "6365"},
      {"domain-name example.net ", 15, "6578616d706c652e6e6574"},
      {"ip-forwarding false", 19, "00"},
      {"ip-forwarding true", 19, "01"},
      {"default-ip-ttl 64", 23, "40"},
      {"interface-mtu 1460", 26, "05b4"},
      {"static-routes 10.0.0.1 192.0.2.1", 33, "0a000001 c0000201"},
      {"arp-cache-timeout 4294967295", 35, "ffffffff"},
      {"ntp-servers 192.0.2.123", 42, "c000027b"},
      {"netbios-node-type 8", 46, "08"},
      {"posix-timezone CET-1CEST,M3.5.0,M10.5.0", 100, "4345542d31434553542c4d332e352e302c4d31302e352e30"},
      {"captive-portal https://example.net/", 114, "68747470733a2f2f6578616d706c652e6e65742f"},
      {"domain-search example.net a.b.", 119, "07 6578616d706c65 03 6e6574 00 01 61 01 62 00"},
      {"classless-static-routes 0.0.0.0/0 192.0.2.1", 121, "00 c0000201"},
      {"classless-static-routes 10.0.0.0/8 192.0.2.1 192.0.2.128/25 192.0.2.2", 121,
       "08 0a c0000201 19 c0000280 c0000202"},
      {"tftp-servers 192.0.2.69", 150, "c0000245"},
      {"224 hex:0a0B", 224, "0a0b"},
      {"3 hex:c0000201", 3, "c0000201"},
  };
  for (const auto& c : cases) {
    const auto option = parse_option(c.text);
    ASSERT_TRUE(option) << c.text << ": " << option.error().text;
    EXPECT_EQ(*option, (ConfiguredOption{c.code, hex(c.value), false})) << c.text;
  }
  EXPECT_EQ(*parse_option("always interface-mtu 1460"), (ConfiguredOption{26, hex("05b4"), true}));
}

TEST(ConfiguredOption, ErrorsNameTheOptionAndTheRemedy) {
  struct {
    const char* text;
    const char* error;
  } const cases[] = {
      {"", "there is no option; give its name or number and its value, such as routers 192.0.2.1"},
      {"always", "there is no option; give its name or number and its value, such as routers 192.0.2.1"},
      {"subnet-mask 255.0.0.0 1.2.3.4", "subnet-mask: '255.0.0.0 1.2.3.4' is not an IPv4 address"},
      {"routers", "routers: '' is not IPv4 addresses separated by blanks"},
      {"routers gateway", "routers: 'gateway' is not IPv4 addresses separated by blanks"},
      {"time-offset 1h", "time-offset: '1h' is not a number of seconds, with a minus sign when below zero"},
      {"time-offset 2147483648",
       "time-offset: '2147483648' is not a number of seconds, with a minus sign when below zero"},
      {"ip-forwarding 1", "ip-forwarding: '1' is not true or false"},
      {"default-ip-ttl 0", "default-ip-ttl: '0' is not a number from 1 to 255"},
      {"interface-mtu 67", "interface-mtu: '67' is not a number from 68 to 65535"},
      {"static-routes 10.0.0.1",
       "static-routes: '10.0.0.1' is not pairs of IPv4 addresses, a host and its router"},
      {"netbios-node-type 3", "netbios-node-type: '3' is not 1, 2, 4 or 8"},
      {"domain-search a..b", "domain-search: 'a..b' is not domain names separated by blanks"},
      {"classless-static-routes 10.0.0.1/8 192.0.2.1",
       "classless-static-routes: '10.0.0.1/8 192.0.2.1' is not pairs of an IPv4 prefix and its router, such "
       "as "
       "0.0.0.0/0 192.0.2.1"},
      {"224 0a0b", "224: '0a0b' is not hex: and pairs of hexadecimal digits, such as hex:0a0b"},
      {"224 hex:0a0", "224: 'hex:0a0' is not hex: and pairs of hexadecimal digits, such as hex:0a0b"},
      {"224 hex:0g", "224: 'hex:0g' is not hex: and pairs of hexadecimal digits, such as hex:0a0b"},
      {"224 hex:", "224: 'hex:' is not hex: and pairs of hexadecimal digits, such as hex:0a0b"},
      {"82 hex:00", "option 82 is set by the server or a relay; leave it out"},
      {"51 hex:00000e10", "option 51 is the lease time; use dhcp-server.lease-time"},
      {"54 hex:c0000201", "option 54 is the server identifier; use dhcp-server.address"},
      {"255 hex:00", "option 255 is set by the server or a relay; leave it out"},
  };
  for (const auto& c : cases) EXPECT_EQ(refused(c.text), c.error);
  EXPECT_THAT(refused("router 192.0.2.1"), StartsWith("'router' is no option; there are subnet-mask, "));
  EXPECT_THAT(refused("256 hex:00"), StartsWith("'256' is no option; there are subnet-mask, "));
  EXPECT_THAT(refused("domain-search " + std::string(64, 'a')), HasSubstr("is not domain names"));
  EXPECT_EQ(refused("224 hex:" + std::string(512, '0')),
            "224: the value has 256 octets; an option holds 255, so leave some out");
}

class ConfiguredOptions : public DhcpServer {
 protected:
  // Returns the codes of the options after those of the lease.
  std::vector<int> codes_for(const char* option55, const char* more = "") {
    const Bytes octets =
        message("01010600 00000000", join({hex("350101 3d020001"), hex(option55), hex(more), hex("ff")}));
    const Reply offer = tell(Client::behind(1), octets);
    const MessageView view = offer.view();
    std::vector<int> codes;
    for (const Option option : view.options()) codes.push_back(option.code());
    EXPECT_THAT(std::vector<int>(codes.begin(), codes.begin() + 6), ElementsAre(53, 54, 61, 51, 58, 59));
    return {codes.begin() + 6, codes.end()};
  }
  void configure(std::initializer_list<std::string> texts) {
    ServerOptions options = options_of({kWhole});
    for (const std::string& text : texts) options.options.push_back(*parse_option(text));
    server.configure(options, lease_table);
  }
};

TEST_F(ConfiguredOptions, AreSentInTheOrderThatTheClientAsksFor_Rfc2131_4_3_1) {
  configure({"routers 192.0.2.254", "domain-name example.net", "domain-name-servers 192.0.2.53"});
  EXPECT_THAT(codes_for(""), IsEmpty());
  EXPECT_THAT(codes_for("3703 060f03"), ElementsAre(6, 15, 3));
  EXPECT_THAT(codes_for("3704 03032a03"), ElementsAre(3));
}

TEST_F(ConfiguredOptions, AreSentUnaskedWhenTheyAreTo) {
  configure({"routers 192.0.2.254", "always interface-mtu 1460"});
  EXPECT_THAT(codes_for(""), ElementsAre(26));
  EXPECT_THAT(codes_for("3702 031a"), ElementsAre(26, 3));
}

TEST_F(ConfiguredOptions, HaveTheMaskBeforeTheRouters_Rfc2132_3_3) {
  configure({"routers 192.0.2.254", "subnet-mask 255.255.255.255"});
  EXPECT_THAT(codes_for("3702 0301"), ElementsAre(1, 3));
  EXPECT_THAT(codes_for("3701 03"), ElementsAre(3));
}

TEST_F(ConfiguredOptions, AreLeftOutWhereTheClientHasNoRoomForThem_Rfc2132_9_10) {
  const std::string octets(500, 'a');
  configure({"200 hex:" + octets, "201 hex:" + octets, "202 hex:0a"});
  EXPECT_THAT(codes_for("3703 c8c9ca"), ElementsAre(200, 202));
  EXPECT_THAT(codes_for("3703 c8c9ca", "3902 0000"), ElementsAre(200, 202));
  EXPECT_THAT(codes_for("3703 c8c9ca", "3902 05dc"), ElementsAre(200, 201, 202));
}

TEST_F(ConfiguredOptions, LeaveRoomForTheLongestIdentifier) {
  Client client = Client::sharing(1);
  client.id = Bytes(255, 0xee);
  server.configure(options_of({kShared}), lease_table);
  const Reply offer = tell(client, client.discover());
  EXPECT_EQ(offer.ports(), set_of(1));
  EXPECT_EQ(offer.option(61), client.id);
  EXPECT_LE(offer.octets.size(), 548U);
}

}  // namespace
}  // namespace softwire::controlplane::dhcp
