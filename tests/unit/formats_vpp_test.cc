// SPDX-License-Identifier: BSD-3-Clause
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "controlplane/softwires/statements/rule_statement.h"
#include "controlplane/softwires/statements/softwires_file.h"
#include "tools/ctl/formats/formats.h"

namespace softwire::ctl {
namespace {

using controlplane::to_statement;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

const std::string kDomain = "map add domain ip4-pfx 192.0.2.0/24 ip6-pfx 2001:db8::/40 ip6-src ";
const std::string kShared = "map add domain ip4-pfx 192.0.2.1/32 ip6-pfx ::/0 ip6-src 2001:db8:ff::1 ";
const std::string kMapE = kDomain + "2001:db8:ffff::1 ea-bits-len 16 psid-offset 6 psid-len 8\n";
const std::string kMapT = kDomain + "2001:db8:ffff::/64 ea-bits-len 16 psid-offset 6 psid-len 8\n";
const std::string kMapERule =
    "rule map-e ipv4 192.0.2.0/24 ipv6 2001:db8::/40 ea-len 16 psid-offset 6 br 2001:db8:ffff::1";
const std::string kMapTRule =
    "rule map-t ipv4 192.0.2.0/24 ipv6 2001:db8::/40 ea-len 16 psid-offset 6 dmr 2001:db8:ffff::/64";

Imported imported(const std::string& text) {
  auto result = import_vpp(text, "f");
  EXPECT_TRUE(result) << result.error().text;
  return result ? std::move(*result) : Imported();
}

std::vector<std::string> statements(const Imported& from) {
  std::vector<std::string> result;
  for (const Rule& rule : from.rules) result.push_back(to_statement(rule));
  for (const Binding& binding : from.bindings) result.push_back(to_statement(binding));
  return result;
}

std::string refused(const std::string& text) {
  const auto result = import_vpp(text, "f");
  EXPECT_FALSE(result) << "taken: " << text;
  return result ? "" : result.error().text;
}

TEST(ImportVpp, InterfacesSayWhetherADomainIsTranslated) {
  EXPECT_THAT(statements(imported(kMapE + "map interface eth0\n")), ElementsAre(kMapERule));
  EXPECT_THAT(statements(imported(kMapT + "map interface eth0 map-t\n")), ElementsAre(kMapTRule));
}

TEST(ImportVpp, WithoutInterfacesOrWithBothTheLengthOfIp6SrcSays) {
  for (const char* interfaces : {"", "map interface eth0 map-t\nmap interface eth1\n"}) {
    const std::string other =
        "map add domain ip4-pfx 198.18.0.0/24 ip6-pfx 2001:db8:e00::/40 ip6-src 2001:db8:ffff::/64 "
        "ea-bits-len 8\n";
    EXPECT_THAT(
        statements(imported(kMapE + other + interfaces)),
        ElementsAre(kMapERule, HasSubstr("rule map-t ipv4 198.18.0.0/24 ipv6 2001:db8:e00::/40 ea-len 8 ")));
  }
}

TEST(ImportVpp, OlderVersionsSayMapTAtTheDomain) {
  EXPECT_THAT(statements(imported(kMapT.substr(0, kMapT.size() - 1) + " map-t\nmap interface eth0\n")),
              ElementsAre(kMapTRule));
}

// The default psid-offset of VPP is 0; that of RFC 7597 is 6.
TEST(ImportVpp, PsidOffsetIsZeroUnlessGiven) {
  EXPECT_THAT(statements(imported(kDomain + "2001:db8:ffff::1 ea-bits-len 16 psid-len 8\n")),
              ElementsAre(HasSubstr("ea-len 16 psid-offset 0 ")));
}

TEST(ImportVpp, PsidLenAndPrefixDecideOverEaBitsLen) {
  const Imported result = imported(kDomain + "2001:db8:ffff::1 ea-bits-len 16 psid-len 4\n");
  EXPECT_THAT(statements(result), ElementsAre(HasSubstr("ea-len 12 ")));
  EXPECT_THAT(result.notes,
              ElementsAre(StartsWith("f:1: ea-bits-len 16 is not carried over: "), HasSubstr("UDP port 68")));
}

TEST(ImportVpp, RulesAreBindingsTheLastOfAPsidWins) {
  EXPECT_THAT(
      statements(imported(kShared + "psid-offset 6 psid-len 8\n" +
                          "map add rule index 0 psid 0x35 ip6-dst 2001:db8:1::35\n"
                          "map add rule index 0 psid 52 ip6-dst 2001:db8:1::99\n"
                          "map add rule index 0 psid 52 ip6-dst 2001:db8:1::34\n")),
      ElementsAre(
          "binding ipv4 192.0.2.1 psid-offset 6 psid-len 8 psid 52 b4 2001:db8:1::34 br 2001:db8:ff::1",
          "binding ipv4 192.0.2.1 psid-offset 6 psid-len 8 psid 53 b4 2001:db8:1::35 br 2001:db8:ff::1"));
}

TEST(ImportVpp, ADomainOfOneAddressAndOneIpv6AddressIsABinding) {
  EXPECT_THAT(statements(imported(
                  "map add domain ip4-pfx 192.0.2.9/32 ip6-pfx 2001:db8:1::9/128 ip6-src 2001:db8::1\n")),
              ElementsAre("binding ipv4 192.0.2.9 b4 2001:db8:1::9 br 2001:db8::1"));
}

// VPP gives the index that was freed last to the next domain.
TEST(ImportVpp, IndicesOfDeletedDomainsAreUsedAgain) {
  const std::string other = "map add domain ip4-pfx 192.0.2.2/32 ip6-pfx ::/0 ip6-src 2001:db8:ff::2\n";
  EXPECT_THAT(statements(imported(kShared + "\n" + kShared + "\n" + "map del domain index 0\n" + other +
                                  "map add rule index 0 psid 0 ip6-dst 2001:db8:1::9\n" +
                                  "map del domain index 1\n")),
              ElementsAre("binding ipv4 192.0.2.2 b4 2001:db8:1::9 br 2001:db8:ff::2"));
}

TEST(ImportVpp, ParametersAndNextHops) {
  const Imported result = imported(
      "# comment\ncomment { more }\nmap params pre-resolve ip4-nh 198.51.100.254 ip6-nh fe80::1\n"
      "map params tcp-mss 1300\nmap params icmp source-address 198.51.100.1\nmap params icmp6 unreachables "
      "off\n"
      "map params traffic-class copy\n");
  EXPECT_THAT(result.notes, IsEmpty());
  for (const char* line : {"gateway = 198.51.100.254", "gateway = fe80::1", "tcp-mss = 1300",
                           "address = 198.51.100.1", "generate-icmp-errors = false"}) {
    EXPECT_THAT(result.configuration, HasSubstr("\n" + std::string(line) + "\n"));
  }
}

// Each has one line, causes a note, and makes no statement.
TEST(ImportVpp, WhatHasNoCounterpartIsNoted) {
  for (const std::string& line :
       {std::string("set interface state eth0 up"), std::string("ip route add 0.0.0.0/0 via 192.0.2.254"),
        std::string("map params security-check enable fragments on"),
        std::string("map params fragment inner ignore-df"),
        std::string("map params reassembly ip4 lifetime 100"), std::string("map params traffic-class 0x10"),
        std::string("map params tcp-mss 100"), std::string("map del rule index 0"),
        std::string("show version"), kDomain + "2001:db8:ffff::/96 ea-bits-len 16 psid-len 8",
        kDomain + "2001:db8:ffff::/56 ea-bits-len 8",
        // The EA bits end beyond the first 64 bits: VPP makes no such domain.
        std::string(
            "map add domain ip4-pfx 192.0.2.0/24 ip6-pfx 2001:db8::/56 ip6-src 2001:db8:ffff::1 ea-bits-len "
            "16 psid-len 8"),
        // A shared address without rules for its PSIDs.
        kShared + "psid-len 8",
        // A CE has the BR address.
        kDomain + "2001:db8:12:3400:0:c000:212:34 ea-bits-len 16 psid-offset 6 psid-len 8"}) {
    const Imported result = imported(line);
    EXPECT_EQ(result.notes.size(), 1U) << line;
    EXPECT_THAT(result.notes, ElementsAre(StartsWith("f:1: "))) << line;
    EXPECT_THAT(statements(result), IsEmpty()) << line;
  }
}

TEST(ImportVpp, WhatIsWrongAndWhatWouldBeRight) {
  EXPECT_EQ(refused("\nmap add domain ip4-pfx 192.0.2.0/24\n"),
            "f:2: the domain lacks ip4-pfx, ip6-pfx or ip6-src; give all three");
  EXPECT_EQ(refused("map add domain ip4-pfx 192.0.2.1/24"),
            "f:1: ip4-pfx: '192.0.2.1/24' is not an IPv4 prefix such as 192.0.2.0/24");
  EXPECT_EQ(refused(kShared + "psid-offset 10 psid-len 8"),
            "f:1: psid-offset and psid-len are 18 bits; a port has 16");
  EXPECT_EQ(refused(kShared + "psid-len 17"), "f:1: psid-len: '17' is not a number from 0 to 16");
  EXPECT_THAT(refused(kShared + "x 1"), StartsWith("f:1: 'x' is not known; a domain has "));
  EXPECT_EQ(refused("map add rule index 0 psid 1 ip6-dst 2001:db8::2"),
            "f:1: there is no domain 0 yet; domains are counted from 0");
  EXPECT_EQ(refused(kShared + "psid-len 3\nmap add rule index 0 psid 9 ip6-dst 2001:db8::2"),
            "f:2: psid 9 does not fit in psid-len 3; it may be 7 at most");
  EXPECT_EQ(refused(kMapE + "map add rule index 0 psid 1 ip6-dst 2001:db8::2"),
            "f:2: a domain with ea-bits-len has no rules; give it ea-bits-len 0");
  EXPECT_EQ(refused(kMapE + "map interface eth0 map-t"),
            "f:1: ip6-src is an address, but the interface is map-t; give the prefix of the DMR, a /64");
  EXPECT_EQ(refused(kShared + "\nmap add rule index 0 psid 0 ip6-dst 2001:db8:ff::1"),
            "f:2: ip6-src and ip6-dst are the same address; give each end its own address");
  EXPECT_THAT(refused("map del domain index 0"), HasSubstr("has no index"));
  EXPECT_THAT(refused("map params pre-resolve ip4-nh x"), HasSubstr("is not the address of a next hop"));
}

}  // namespace
}  // namespace softwire::ctl
