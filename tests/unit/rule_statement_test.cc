// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/softwires/statements/rule_statement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "controlplane/softwires/statements/softwires_file.h"
#include "softwire/address_text.h"

namespace softwire::controlplane {
namespace {

const std::string kFirst =
    "rule map-e ipv4 192.0.2.0/24 ipv6 2001:db8::/40 ea-len 16 psid-offset 6 br 2001:db8:ffff::1";
const std::string kOne =
    "rule map-e ipv4 192.0.2.18/32 ipv6 2001:db8:12:3400::/56 ea-len 0 psid-offset 6 psid-len 8 psid 52 br "
    "2001:db8:ffff::1";

TEST(RuleStatement, ReadsAndWrites) {
  Rule rule;
  rule.ipv4 = *parse_ipv4_prefix("192.0.2.0/24");
  rule.ipv6 = *parse_ipv6_prefix("2001:db8::/40");
  rule.ea_len = 16;
  rule.br = *parse_ipv6("2001:db8:ffff::1");
  EXPECT_EQ(*parse_rule(kFirst, Port68::kRefuse), rule);
  EXPECT_EQ(to_statement(rule), kFirst);
  EXPECT_EQ(*parse_rule("rule map-e br 2001:db8:ffff::1 ea-len 16 ipv6 2001:db8::/40 ipv4 192.0.2.0/24",
                        Port68::kRefuse),
            rule);
  const auto one = parse_rule(kOne, Port68::kRefuse);
  ASSERT_TRUE(one) << one.error().text;
  EXPECT_EQ(one->psid_len, 8);
  EXPECT_EQ(one->psid, 52);
  EXPECT_EQ(to_statement(*one), kOne);
}

TEST(RuleStatement, InAFileWithBindings) {
  const std::string binding = "binding ipv4 192.0.2.9 b4 2001:db8:1::9 br 2001:db8::1\n";
  const auto result =
      parse_softwires(binding + "\t" + kFirst + " # a rule\n" + binding, "f", Port68::kRefuse);
  ASSERT_TRUE(result) << result.error().text;
  EXPECT_EQ(result->bindings.size(), 2U);
  ASSERT_EQ(result->rules.size(), 1U);
  EXPECT_EQ(result->rules[0].line, 2U);
  EXPECT_EQ(to_statement(result->rules[0].rule), kFirst);
  const auto bad = parse_softwires(binding + "rule map-e\n", "f", Port68::kRefuse);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().text, "f:2: the rule has no ipv4; add ipv4 and the rule's IPv4 prefix");
}

TEST(RuleStatement, ErrorsSayWhatWouldBeRight) {
  const auto shared = [](const std::string& ipv4, const std::string& ipv6, const std::string& rest) {
    return "rule map-e ipv4 " + ipv4 + " ipv6 " + ipv6 + " " + rest + " br 2001:db8:ffff::1";
  };
  const std::string v4 = "192.0.2.0/24";
  const std::string v6 = "2001:db8::/40";
  struct {
    std::string statement;
    const char* error;
  } const cases[] = {
      {"rule", "'' is not a kind of rule; a rule begins with 'rule map-e' or 'rule map-t'"},
      {"rule map-e ipv4 192.0.2.0/24", "the rule has no ipv6; add ipv6 and the rule's IPv6 prefix"},
      {"rule map-e ipv4 192.0.2.0/24 ipv6 2001:db8::/40",
       "the rule has no ea-len; add ea-len and the number of EA bits"},
      {"rule map-e ipv4 192.0.2.0/24 ipv6 2001:db8::/40 ea-len 16",
       "the rule has no br; add br and the IPv6 address of the BR"},
      {shared("192.0.2.1/24", v6, "ea-len 16"),
       "ipv4: '192.0.2.1/24' is not an IPv4 prefix such as 192.0.2.0/24, with no bit set beyond its length"},
      {shared(v4, "2001:db8::1/40", "ea-len 16"),
       "ipv6: '2001:db8::1/40' is not an IPv6 prefix such as 2001:db8::/40, with no bit set beyond its "
       "length"},
      {shared(v4, v6, "ea-len 49"), "ea-len: '49' is not a number of bits from 0 to 48"},
      {shared(v4, v6, "ea-len 16 dmr x"),
       "unknown word 'dmr'; a rule map-e has ipv4, ipv6, ea-len, psid-offset, psid-len, psid and br"},
      {shared(v4, v6, "ea-len 16 ea-len 16"), "ea-len is given twice; give it once"},
      {shared(v4, v6, "ea-len 16 psid 1"),
       "psid and a psid-len above 0 belong together; give both, or neither"},
      {shared(v4, v6, "ea-len 16 psid-len 8"),
       "psid and a psid-len above 0 belong together; give both, or neither"},
      {shared(v4, v6, "ea-len 16 psid-len 8 psid 1"),
       "psid is only for a rule of one CE, with an IPv4 /32 and ea-len 0; leave psid-len and psid out"},
      {shared("192.0.2.1/32", v6, "ea-len 0 psid-len 8 psid 256"),
       "psid 256 does not fit in psid-len 8; it may be 255 at most"},
      {shared(v4, v6, "ea-len 19"), "psid-offset 6 and a PSID of 11 bits are 17 bits; a port has 16"},
      {shared(v4, v6, "ea-len 48"), "psid-offset 6 and a PSID of 40 bits are 46 bits; a port has 16"},
      {shared(v4, "2001:db8::/120", "ea-len 16"),
       "ea-len 16 after an IPv6 prefix of 120 bits is longer than an address; it may be 8 at most"},
      {shared("96.0.0.0/3", v6, "ea-len 16"),
       "ipv4: 96.0.0.0/3 contains addresses that subscribers must not have; leave out 0.0.0.0/8, "
       "127.0.0.0/8, 169.254.0.0/16 and 224.0.0.0/3"},
      {shared("169.254.7.0/24", v6, "ea-len 16"),
       "ipv4: 169.254.7.0/24 contains addresses that subscribers must not have; leave out 0.0.0.0/8, "
       "127.0.0.0/8, 169.254.0.0/16 and 224.0.0.0/3"},
      {shared("168.0.0.0/7", v6, "ea-len 16"),
       "ipv4: 168.0.0.0/7 contains addresses that subscribers must not have; leave out 0.0.0.0/8, "
       "127.0.0.0/8, 169.254.0.0/16 and 224.0.0.0/3"},
      {shared(v4, "ff00::/40", "ea-len 16"),
       "ipv6: ff00::/40 is not a prefix for subscribers; give one of unicast addresses that is not "
       "link-local"},
      {"rule map-e ipv4 192.0.2.0/24 ipv6 2001:db8::/40 ea-len 16 br 2001:db8:12:3400:0:c000:212:34",
       "br: 2001:db8:12:3400:0:c000:212:34 is the address of a CE of the rule; give the BR another address"},
  };
  for (const auto& c : cases) {
    const auto result = parse_rule(c.statement, Port68::kRefuse);
    ASSERT_FALSE(result) << "taken: " << c.statement;
    EXPECT_EQ(result.error().text, c.error);
  }
}

TEST(RuleStatement, ReadsAndWritesMapT) {
  const std::string statement =
      "rule map-t ipv4 192.0.2.0/24 ipv6 2001:db8::/40 ea-len 16 psid-offset 6 dmr 2001:db8:ffff::/64";
  Rule rule;
  rule.kind = RuleKind::kMapT;
  rule.ipv4 = *parse_ipv4_prefix("192.0.2.0/24");
  rule.ipv6 = *parse_ipv6_prefix("2001:db8::/40");
  rule.ea_len = 16;
  rule.dmr = *parse_ipv6_prefix("2001:db8:ffff::/64");
  const auto result = parse_rule(statement, Port68::kRefuse);
  ASSERT_TRUE(result) << result.error().text;
  EXPECT_EQ(*result, rule);
  EXPECT_TRUE(rule.is_valid());
  EXPECT_EQ(to_statement(rule), statement);
}

TEST(RuleStatement, ErrorsOfMapTSayWhatWouldBeRight) {
  struct {
    std::string rest;
    const char* error;
  } const cases[] = {
      {"ea-len 16", "the rule has no dmr; add dmr and the prefix that IPv4 addresses are embedded in"},
      {"ea-len 16 br 2001:db8::1",
       "unknown word 'br'; a rule map-t has ipv4, ipv6, ea-len, psid-offset, psid-len, psid and dmr"},
      {"ea-len 16 dmr 2001:db8:ffff::1/64",
       "dmr: '2001:db8:ffff::1/64' is not an IPv6 prefix such as 2001:db8:ffff::/64, with no bit set beyond "
       "its "
       "length"},
      {"ea-len 16 dmr 2001:db8:ffff::/72",
       "dmr: 2001:db8:ffff::/72 cannot embed IPv4 addresses; its length must be 64 or 96 (or 32, 40, 48 or "
       "56), and bits 64 to 71 must be zero"},
      {"ea-len 16 dmr fe80::/64",
       "dmr: fe80::/64 is not a prefix of unicast addresses; give one that is not link-local"},
      {"ea-len 16 dmr 2001:db8:12::/64",
       "dmr: 2001:db8:12::/64 and 2001:db8::/40 overlap; give the Internet and the CEs separate prefixes"},
      {"ea-len 16 dmr 2001:db8::/32",
       "dmr: 2001:db8::/32 and 2001:db8::/40 overlap; give the Internet and the CEs separate prefixes"},
      {"ea-len 7 dmr 2001:db8:ffff::/64",
       "ea-len 7 gives each CE an IPv4 prefix, which map-t cannot translate; it must be 8 at least"},
  };
  for (const auto& c : cases) {
    const auto result =
        parse_rule("rule map-t ipv4 192.0.2.0/24 ipv6 2001:db8::/40 " + c.rest, Port68::kRefuse);
    ASSERT_FALSE(result) << "taken: " << c.rest;
    EXPECT_EQ(result.error().text, c.error);
  }
}

// draft-ietf-dhc-v4configuration-06 section 5.1 item 3: offset 0, or 10 and more.
TEST(RuleStatement, Port68) {
  const auto with = [](unsigned offset, Port68 port_68) {
    return parse_rule(
        "rule map-e ipv4 192.0.2.0/24 ipv6 2001:db8::/40 ea-len 13 br 2001:db8:ffff::1 "
        "psid-offset " +
            std::to_string(offset),
        port_68);
  };
  for (unsigned offset = 0; offset <= 11; ++offset) {
    EXPECT_EQ(with(offset, Port68::kRefuse).ok(), offset >= 1 && offset <= 9) << offset;
    EXPECT_TRUE(with(offset, Port68::kExclude).ok()) << offset;
  }
  EXPECT_EQ(
      with(0, Port68::kRefuse).error().text,
      "a port set of the rule contains UDP port 68, the DHCPv4 client port; use a psid-offset from 1 to "
      "9, or set port-68 = exclude");
  // A whole address has every port.
  EXPECT_TRUE(
      parse_rule("rule map-e ipv4 192.0.2.0/24 ipv6 2001:db8::/40 ea-len 8 psid-offset 0 br "
                 "2001:db8:ffff::1",
                 Port68::kRefuse));
}

}  // namespace
}  // namespace softwire::controlplane
