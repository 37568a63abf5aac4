// SPDX-License-Identifier: BSD-3-Clause
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "controlplane/softwires/statements/rule_statement.h"
#include "controlplane/softwires/statements/softwires_file.h"
#include "softwire/address_text.h"
#include "tools/ctl/formats/formats.h"

namespace softwire::ctl {
namespace {

using controlplane::Port68;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;
using testing::UnorderedElementsAreArray;

Binding binding(std::string_view statement) {
  return *controlplane::parse_binding(statement, Port68::kExclude);
}

Rule rule(std::string_view statement) {
  return *controlplane::parse_rule(statement, Port68::kExclude);
}

std::string in_instance(const std::string& what) {
  return R"({"ietf-softwire-br:br-instances": {"binding": {"bind-instance": [{"name": "a", )" + what +
         "}]}}}";
}

std::string with_entry(const std::string& entry) {
  return in_instance("\"binding-table\": {\"binding-entry\": [\n{" + entry + "}]}");
}

std::string with_algorithm(const std::string& instance) {
  return "{\"ietf-softwire-br:br-instances\": {\"algorithm\": {\"algo-instance\": [\n{\"name\": \"a\", " +
         instance + "}]}}}";
}

Imported imported(const std::string& text) {
  auto result = import_rfc8676(text, "f");
  EXPECT_TRUE(result) << result.error().text;
  return result ? std::move(*result) : Imported();
}

std::string refused(const std::string& text) {
  const auto result = import_rfc8676(text, "f");
  EXPECT_FALSE(result) << "taken: " << text;
  return result ? "" : result.error().text;
}

const std::string kEnds = R"("binding-ipv4-addr": "192.0.2.1", "br-ipv6-addr": "2001:db8::1")";
const std::string kRule =
    R"("rule-ipv4-prefix": "192.0.2.0/24", "rule-ipv6-prefix": "2001:db8::/40", "forwarding": true)";

TEST(Rfc8676Import, RefusesWhatIsNestedTooDeep) {
  for (const auto& [open, close] : {std::pair{"{\"a\":", "}"}, std::pair{"[", "]"}}) {
    std::string text = "{\"a\":";
    for (int i = 0; i < 200'000; ++i) text += open;
    text += "1";
    for (int i = 0; i < 200'000; ++i) text += close;
    EXPECT_THAT(refused(text + "}"), HasSubstr("more than 64 objects and lists within each other"));
  }
}

TEST(Rfc8676, WhatIsExportedIsImportedTheSame) {
  const std::vector bindings = {
      binding("binding ipv4 192.0.2.1 psid-offset 6 psid-len 8 psid 52 b4 2001:db8:1::34 br 2001:db8::1"),
      binding("binding ipv4 192.0.2.9 b4 2001:db8:1::9 br 2001:db8::2"),
      // The same subscriber's end needs another instance, because binding-ipv6info is a key.
      binding("binding ipv4 192.0.2.1 psid-offset 6 psid-len 8 psid 53 b4 2001:db8:1::34 br 2001:db8::1"),
      binding("binding ipv4 192.0.2.3 psid-len 15 psid 32767 b4 2001:db8:1::3 br 2001:db8::1"),
  };
  const std::vector rules = {
      rule(
          "rule map-e ipv4 198.18.0.0/24 ipv6 2001:db8:e00::/40 ea-len 16 psid-offset 4 br 2001:db8:ffff::1"),
      rule("rule map-e ipv4 198.18.1.18/32 ipv6 2001:db8:d00:3400::/56 ea-len 0 psid-len 8 psid 52 br "
           "2001:db8:ffff::1"),
      rule("rule map-e ipv4 198.19.0.0/16 ipv6 2001:db8:c00::/40 ea-len 8 br 2001:db8:ffff::1"),
      rule("rule map-t ipv4 198.18.2.0/24 ipv6 2001:db8:f00::/40 ea-len 8 dmr 2001:db8:ffff::/64"),
  };
  std::ostringstream text;
  EXPECT_EQ(export_rfc8676(text, bindings, rules).size(), 2U);
  const Imported result = imported(text.str());
  EXPECT_THAT(result.bindings, UnorderedElementsAreArray(bindings));
  EXPECT_EQ(result.rules, rules);
  EXPECT_THAT(result.notes, IsEmpty());
}

TEST(Rfc8676, NothingIsAnEmptyContainer) {
  std::ostringstream text;
  EXPECT_THAT(export_rfc8676(text, {}, {}), IsEmpty());
  const Imported result = imported(text.str());
  EXPECT_TRUE(result.bindings.empty() && result.rules.empty());
}

TEST(Rfc8676, PsidLen16IsBeyondItsRangeAndSaid) {
  std::ostringstream text;
  const std::vector bindings = {
      binding("binding ipv4 192.0.2.1 psid-len 16 psid 9 b4 2001:db8:1::34 br 2001:db8::1")};
  EXPECT_THAT(export_rfc8676(text, bindings, {}), ElementsAre(HasSubstr("allows at most 15")));
  EXPECT_EQ(imported(text.str()).bindings, bindings);
}

// RFC 7596 section 5.1: for a prefix, the address is formed as in RFC 7597 section 6.
TEST(Rfc8676, APrefixAsBindingIpv6infoStandsForTheAddressMadeOfIt) {
  const std::string ports = R"(, "port-set": {"psid-len": 8, "psid": 52})";
  EXPECT_THAT(
      imported(with_entry(R"("binding-ipv6info": "2001:db8:12:3400::/56", )" + kEnds + ports)).bindings,
      ElementsAre(binding("binding ipv4 192.0.2.1 psid-len 8 psid 52 b4 2001:db8:12:3400:0:c000:201:34 br "
                          "2001:db8::1")));
}

TEST(Rfc8676, PsidOffsetIsZeroOfBindingsAndSixOfRules) {
  EXPECT_THAT(
      imported(with_entry(R"("binding-ipv6info": "2001:db8:1::9", "port-set": {"psid-len": 6, "psid": 9}, )" +
                          kEnds))
          .bindings,
      ElementsAre(binding("binding ipv4 192.0.2.1 psid-len 6 psid 9 b4 2001:db8:1::9 br 2001:db8::1")));
  EXPECT_THAT(imported(with_algorithm(kRule + R"(, "ea-len": 16, "br-ipv6-addr": "2001:db8:ffff::1")")).rules,
              ElementsAre(rule("rule map-e ipv4 192.0.2.0/24 ipv6 2001:db8::/40 ea-len 16 psid-offset 6 br "
                               "2001:db8:ffff::1")));
}

TEST(Rfc8676, PoliciesOfTheInstanceAreSettings) {
  const Imported result = imported(in_instance(
      R"("enable-hairpinning": false, "softwire-payload-mtu": 1500, "softwire-num-max": 0,
         "icmp-policy": {"icmpv4-errors": {"allow-incoming-icmpv4": false, "generate-icmpv4-errors": false},
                         "icmpv6-errors": {"generate-icmpv6-errors": false, "icmpv6-rate": 50}})"));
  EXPECT_THAT(result.notes, IsEmpty());
  EXPECT_THAT(
      result.configuration,
      HasSubstr("hairpinning = false\n\n[ipv4]\naccept-icmp = false\ngenerate-icmp-errors = false\n\n[ipv6]\n"
                "generate-icmp-errors = false\nicmp-error-rate = 50\nmtu = 1540\n"));
}

TEST(Rfc8676, WhatHasNoCounterpartIsNoted) {
  const Imported result = imported(
      "{\"ietf-interfaces:interfaces\": {\"interface\": [{\"name\": "
      "\"a\"}]},\n\"ietf-softwire-br:br-instances\": "
      "{\"algorithm\": {\"algo-instance\": [\n{\"name\": \"a\", \"enable\": false},\n{" +
      kRule + R"(, "ea-len": 8, "dmr-ipv6-prefix": "2001:db8:ffff::/64",)" + "\n" +
      R"("algo-versioning": {"version": "9"}}]},
      "binding": {"bind-instance": [{"softwire-num-max": 7,
      "traffic-stat": {"sent-ipv4-packets": "9", "x": [1, [2, {"psid": 3}]]},
      "icmp-policy": {"icmpv4-errors": {"icmpv4-rate": 7}}}]}}})");
  EXPECT_THAT(result.notes,
              ElementsAre(StartsWith("f:1: interfaces "), StartsWith("f:3: algo-instance "),
                          StartsWith("f:5: algo-versioning "), StartsWith("f:7: traffic-stat "),
                          StartsWith("f:8: icmpv4-rate "), StartsWith("f:6: softwire-num-max ")));
  EXPECT_EQ(result.rules.size(), 1U);
}

TEST(Rfc8676, WhatIsWrongAndWhatWouldBeRight) {
  EXPECT_THAT(refused(""), StartsWith("f:1: the text is not JSON (RFC 8259) from "));
  EXPECT_THAT(refused("{\n\"a\": }"), StartsWith("f:2: the text is not JSON (RFC 8259) from "));
  EXPECT_THAT(refused("{}"), HasSubstr("there is no ietf-softwire-br:br-instances; "));
  EXPECT_THAT(refused("[]"), HasSubstr("the text is a list; "));
  EXPECT_THAT(refused("7"), HasSubstr("the text is one value; "));
  EXPECT_EQ(refused(with_entry(kEnds)), "f:2: the binding-entry has no binding-ipv6info; give one");
  EXPECT_THAT(refused(with_entry(R"("binding-ipv6info": "2001:db8:1::g")")),
              StartsWith("f:2: binding-ipv6info: '2001:db8:1::g' is not "));
  EXPECT_EQ(refused(with_entry("\"port-set\": {\n\"psid-len\": 17\n}")),
            "f:3: psid-len: '17' is not a number from 0 to 16");
  EXPECT_EQ(refused(with_entry("\"port-set\": {\n\"psid-len\": -1\n}")),
            "f:3: psid-len: '-1' is not a number from 0");
  EXPECT_THAT(refused(with_entry(
                  R"("binding-ipv6info": "2001:db8::9", "port-set": {"psid-len": 3, "psid": 9}, )" + kEnds)),
              StartsWith("f:2: psid-offset, psid-len and psid make no port set; "));
  EXPECT_THAT(refused(with_entry(R"("binding-ipv6info": "2001:db8::1", )" + kEnds)),
              HasSubstr("other than br-ipv6-addr"));
  EXPECT_THAT(refused(with_algorithm(R"("ea-len": 8)")), StartsWith("f:2: the algo-instance lacks "));
  EXPECT_THAT(refused(with_algorithm(kRule + R"(, "ea-len": 8)")), HasSubstr("one of them"));
  EXPECT_THAT(refused(with_algorithm(kRule + R"(, "ea-len": 16, "br-ipv6-addr": "2001:db8:ffff::1",
                                              "port-set": {"psid-len": 4, "psid": 0})")),
              HasSubstr("psid-len is 4, but ea-len and rule-ipv4-prefix leave 8 bits for the PSID"));
}

}  // namespace
}  // namespace softwire::ctl
