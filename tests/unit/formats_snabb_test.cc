// SPDX-License-Identifier: BSD-3-Clause
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "controlplane/softwires/statements/softwires_file.h"
#include "tools/ctl/formats/formats.h"

namespace softwire::ctl {
namespace {

using controlplane::to_statement;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr std::string_view kSoftwire =
    "softwire { ipv4 192.0.2.1; psid 52; b4-ipv6 2001:db8:1::34; br-address 2001:db8::1; "
    "port-set { psid-length 8; reserved-ports-bit-count 6; } }";

Imported imported(const std::string& text) {
  auto result = import_snabb(text, "f");
  EXPECT_TRUE(result) << result.error().text;
  return result ? std::move(*result) : Imported();
}

Imported of_table(const std::string& table) {
  return imported("softwire-config { binding-table { " + table + " } }");
}

std::string refused(const std::string& text) {
  const auto result = import_snabb(text, "f");
  EXPECT_FALSE(result) << "taken: " << text;
  return result ? "" : result.error().text;
}

std::string refused_table(const std::string& table) {
  return refused("softwire-config {\nbinding-table {\n" + table + "\n} }");
}

std::vector<std::string> statements(const Imported& from) {
  std::vector<std::string> result;
  for (const Binding& binding : from.bindings) result.push_back(to_statement(binding));
  return result;
}

constexpr const char* kStatement =
    "binding ipv4 192.0.2.1 psid-offset 6 psid-len 8 psid 52 b4 2001:db8:1::34 br 2001:db8::1";

TEST(ImportSnabb, PortSetOfASoftwire) {
  EXPECT_THAT(statements(of_table(std::string(kSoftwire))), ElementsAre(kStatement));
}

TEST(ImportSnabb, PsidLengthZeroIsAWholeAddress) {
  EXPECT_THAT(statements(of_table("softwire { ipv4 192.0.2.9; psid 0; b4-ipv6 2001:db8:1::9; br-address "
                                  "2001:db8::1; padding 0; port-set { psid-length 0; } }")),
              ElementsAre("binding ipv4 192.0.2.9 b4 2001:db8:1::9 br 2001:db8::1"));
}

TEST(ImportSnabb, PsidMapsCoverRangesAndMayFollowTheirSoftwires) {
  const std::string table =
      "br-address 2001:db8::1; br-address 2001:db8::2;"
      "softwire { ipv4 192.0.2.1; psid 52; b4-ipv6 2001:db8:1::34; }"
      "softwire { ipv4 192.0.2.3; psid 53; b4-ipv6 2001:db8:1::35; br 2; }"
      "softwire { ipv4 192.0.2.4; psid 7; b4-ipv6 2001:db8:1::36; br 2; }"
      "psid-map { addr 192.0.2.0; end-addr 192.0.2.3; psid-length 8; shift 2; }"
      "psid-map { addr 192.0.2.4; psid-length 6; }";
  EXPECT_THAT(
      statements(of_table(table)),
      ElementsAre(kStatement,
                  "binding ipv4 192.0.2.3 psid-offset 6 psid-len 8 psid 53 b4 2001:db8:1::35 br 2001:db8::2",
                  "binding ipv4 192.0.2.4 psid-len 6 psid 7 b4 2001:db8:1::36 br 2001:db8::2"));
}

TEST(ImportSnabb, CommentsQuotesAndJoinedTexts) {
  EXPECT_THAT(
      statements(of_table("/* a } */ softwire { // one }\n ipv4 '192.0.' + \"2.1\"; psid \"52\"; b4-ipv6"
                          "\n2001:db8:1::34; br-address 2001:db8::1; port-set{psid-length 8;"
                          "reserved-ports-bit-count 6;} }")),
      ElementsAre(kStatement));
}

// Snabb excludes ports below 2^a; RFC 7597 section 5.1 excludes those below 2^(16 - a). For a = 8 they are
// the same.
TEST(ImportSnabb, OtherReservedPortsAreSaidOnce) {
  const std::string other =
      "softwire { ipv4 192.0.2.1; psid 53; b4-ipv6 2001:db8:1::35; br-address 2001:db8::1; "
      "port-set { psid-length 8; reserved-ports-bit-count 6; } }";
  EXPECT_THAT(
      of_table(std::string(kSoftwire) + other).notes,
      ElementsAre(HasSubstr("Snabb leaves out ports below 64, RFC 7597 and softwired those below 1024")));
  EXPECT_THAT(of_table("softwire { ipv4 192.0.2.1; psid 3; b4-ipv6 2001:db8:1::3; br-address 2001:db8::1; "
                       "port-set { psid-length 6; reserved-ports-bit-count 8; } }")
                  .notes,
              IsEmpty());
}

TEST(ImportSnabb, Port68IsExcludedWithANote) {
  const Imported result = of_table(
      "softwire { ipv4 192.0.2.1; psid 0; b4-ipv6 2001:db8:1::3; br-address 2001:db8::1; "
      "port-set { psid-length 6; } }");
  EXPECT_THAT(result.configuration, HasSubstr("\nport-68 = exclude\n"));
  EXPECT_THAT(result.notes, ElementsAre(HasSubstr("UDP port 68 is not carried over")));
}

TEST(ImportSnabb, DefaultsThatAreOthersThanOursAreWritten) {
  const Imported result = imported(
      "softwire-config { external-interface { allow-incoming-icmp false; } "
      "internal-interface { error-rate-limiting { packets 1; period 5; } } }");
  EXPECT_THAT(result.notes, IsEmpty());
  const std::string ipv4 = result.configuration.substr(0, result.configuration.find("[ipv6]"));
  const std::string ipv6 = result.configuration.substr(result.configuration.find("[ipv6]"));
  EXPECT_THAT(ipv4, HasSubstr("\naccept-icmp = false\n"));
  EXPECT_THAT(ipv4, HasSubstr("\nmtu = 1460  #"));
  EXPECT_THAT(ipv4, HasSubstr("\nicmp-error-rate = 100  #"));
  EXPECT_THAT(ipv4, HasSubstr("\nreassembly-fragments = 20  #"));
  EXPECT_THAT(ipv6, HasSubstr("\nicmp-error-rate = 1  # 1 in 5 s\n"));
  EXPECT_THAT(ipv6, Not(HasSubstr("mtu")));
}

TEST(ImportSnabb, OneDeviceIsOnAStickAndQueuesAreWorkers) {
  const Imported result = imported(
      "softwire-config { instance { device 0000:03:00.0; queue { id 0; } queue { id 1; } queue { id 2; } } "
      "}");
  EXPECT_THAT(result.configuration, HasSubstr("\non-a-stick = true\n"));
  EXPECT_THAT(result.configuration, HasSubstr("\nworkers = 3\n"));
  EXPECT_THAT(result.configuration, HasSubstr("\nport = 0000:03:00.0\n"));
}

// The filters of both see frames without the tag of the interface.
TEST(ImportSnabb, FilterOfATaggedInterfaceStaysAsItIs) {
  const std::string filter = "external-interface { ingress-filter \"udp or tcp\"; vlan-tag 7; }";
  EXPECT_THAT(imported("softwire-config { " + filter + " }").configuration,
              HasSubstr("\ningress-filter = udp or tcp\n"));
}

TEST(ImportSnabb, WhatHasNoCounterpartIsNoted) {
  const Imported result = imported(
      "softwire-config {\n name x;\n"
      "instance { device a; softwire-state { in-ipv4-packets 1; } }\n"
      "instance { device b; }\n"
      "internal-interface { flow-label 7; mtu 500; mru 1500; ingress-filter 'a\nb'; ip fe80::1; }\n"
      "binding-table { version { number 1; } } }\n"
      "other { deep { er; } }");
  for (const char* begin :
       {"f:2: name ", "f:3: softwire-state ", "f:4: instance ", "f:5: flow-label ", "f:5: mtu ", "f:5: mru ",
        "f: ipv6.ingress-filter 'a?b' ", "f:6: ip ", "f:7: version ", "f:8: other "}) {
    EXPECT_THAT(result.notes, Contains(StartsWith(begin + std::string("is not carried over: "))));
  }
  EXPECT_EQ(result.notes.size(), 10U);
  for (const std::string& note : result.notes) {
    EXPECT_THAT(result.configuration, HasSubstr("# " + note + "\n"));
  }
}

TEST(ImportSnabb, AQueueThatDisagreesWithTheFirstIsNoted) {
  const Imported result = imported(
      "softwire-config { instance { device a; queue { id 0; internal-interface { mac 02:00:00:00:00:01; } }\n"
      "queue { id 1; internal-interface { mac 02:00:00:00:00:02; } } } }");
  EXPECT_THAT(result.notes, ElementsAre(StartsWith("f:2: mac is not carried over: ")));
  EXPECT_THAT(result.configuration, HasSubstr("\nmac = 02:00:00:00:00:01\n"));
}

TEST(ImportSnabb, WhatIsWrongAndWhatWouldBeRight) {
  EXPECT_EQ(refused(""), "f:1: there is no softwire-config; give the configuration of a Snabb lwAFTR");
  EXPECT_EQ(refused("softwire-config {\n"), "f:1: the block that begins here does not end; end it with }");
  EXPECT_EQ(refused("softwire-config { }\n}"), "f:2: there is no block for '}' to close; remove it");
  EXPECT_EQ(refused("softwire-config { x }"), "f:1: 'x' does not end; end a statement with ; or { ... }");
  EXPECT_THAT(refused("softwire-config { /* "), HasSubstr("end it with */"));
  EXPECT_THAT(refused("softwire-config { x \"y\n"), HasSubstr("end it with the quote that begins it"));
  EXPECT_EQ(refused_table("softwire { psid 1; }"), "f:3: the softwire has no ipv4; give one");
  EXPECT_EQ(refused_table("softwire { ipv4 192.0.2.1; }"), "f:3: the softwire has no b4-ipv6; give one");
  EXPECT_EQ(refused_table("softwire { ipv4 192.0.2.1;\npsid 65536; }"),
            "f:4: psid: '65536' is not a number from 0 to 65535");
  EXPECT_THAT(refused_table("softwire { ipv4 192.0.2.256; }"),
              StartsWith("f:3: ipv4: '192.0.2.256' is not "));
  EXPECT_EQ(
      refused_table("softwire { ipv4 192.0.2.1; psid 1; b4-ipv6 2001:db8::2; br-address 2001:db8::1; }"),
      "f:3: it is not defined how the ports of 192.0.2.1 are divided; give the softwire a port-set, or the "
      "address a psid-map");
  EXPECT_EQ(refused_table("softwire { ipv4 192.0.2.1; psid 9; b4-ipv6 2001:db8::2; br-address 2001:db8::1; "
                          "port-set { psid-length 3; } }"),
            "f:3: psid 9 does not fit in psid-length 3; it may be 7 at most");
  EXPECT_THAT(
      refused_table("psid-map { addr 192.0.2.1; psid-length 8; shift 4; reserved-ports-bit-count 6; }"),
      HasSubstr("do not make 16 bits"));
  EXPECT_THAT(refused_table("softwire { ipv4 192.0.2.1; psid 1; b4-ipv6 2001:db8::2; br 2; port-set { "
                            "psid-length 3; } } br-address 2001:db8::1;"),
              StartsWith("f:3: the softwire has no br-address; "));
  EXPECT_THAT(refused_table("softwire { ipv4 192.0.2.1; psid 1; b4-ipv6 2001:db8::1; br-address 2001:db8::1; "
                            "port-set { psid-length 3; } }"),
              HasSubstr("the same address"));
}

}  // namespace
}  // namespace softwire::ctl
