// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/dhcp6/s46.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dhcp6_samples.h"

namespace softwire::controlplane::dhcp6 {
namespace {

using testing::ElementsAreArray;

Rule example_rule(RuleKind kind) {
  Rule rule;
  rule.kind = kind;
  rule.ipv4 = {Ipv4Address::from_host(0xc0000200), 24};
  rule.ipv6 = {Ipv6Address::from_host(0x20010db800000000, 0), 40};
  rule.ea_len = 16;
  rule.br = Ipv6Address::from_host(0x20010db8ffff0000, 1);
  rule.dmr = {Ipv6Address::from_host(0x20010db8ffff0000, 0), 64};
  return rule;
}

const Bytes kRuleTail = hex("10 18 c0000200 28 20010db800 005d 0004 06 00 0000");

TEST(Dhcp6S46, Rfc7598Section51MapEContainerGoldenOctets) {
  const std::vector rules{example_rule(RuleKind::kMapE)};
  EXPECT_THAT(s46_container_map(rules),
              ElementsAreArray(
                  join({hex("0059 0015 00"), kRuleTail, hex("005a 0010 20010db8ffff00000000000000000001")})));
}

TEST(Dhcp6S46, Rfc7598Section52MapTContainerGoldenOctets) {
  const std::vector rules{example_rule(RuleKind::kMapT)};
  EXPECT_THAT(s46_container_map(rules),
              ElementsAreArray(join({hex("0059 0015 00"), kRuleTail, hex("005b 0009 40 20010db8ffff0000")})));
}

TEST(Dhcp6S46, RulesAfterTheFirstAreForwardingRules) {
  EXPECT_THAT(s46_rule(example_rule(RuleKind::kMapE), true), ElementsAreArray(join({hex("01"), kRuleTail})));
}

TEST(Dhcp6S46, Rfc7598Section45OnlyARuleForOneCeHasAnExplicitPsid) {
  Rule rule;
  rule.ipv4 = {Ipv4Address::from_host(0xc0000212), 32};
  rule.ipv6 = {Ipv6Address::from_host(0x20010db800123400, 0), 56};
  rule.psid_len = 8;
  rule.psid = 0x34;
  EXPECT_THAT(s46_rule(rule, false),
              ElementsAreArray(hex("00 00 20 c0000212 38 20010db8001234 005d 0004 06 08 3400")));
}

TEST(Dhcp6S46, AnExplicitPsidIsLeftJustified) {
  EXPECT_THAT(s46_port_params({6, 8}, 0x34), ElementsAreArray(hex("06083400")));
  EXPECT_THAT(s46_port_params({6, 10}, 0x3ff), ElementsAreArray(hex("060affc0")));
  EXPECT_THAT(s46_port_params({0, 16}, 0xffff), ElementsAreArray(hex("0010ffff")));
  EXPECT_THAT(s46_port_params({6, 0}, 0), ElementsAreArray(hex("06000000")));
}

TEST(Dhcp6S46, PrefixesHaveWholeOctets) {
  EXPECT_THAT(s46_prefix({Ipv6Address::from_host(0x20010db800123400, 0), 57}),
              ElementsAreArray(hex("39 20010db800123400")));
  EXPECT_THAT(s46_prefix({}), ElementsAreArray(hex("00")));
}

TEST(Dhcp6S46, Rfc7596Section51ThePrefixIsEnoughWhereTheAddressIsMadeOfIt) {
  Binding binding;
  binding.ipv4 = Ipv4Address::from_host(0xc0000212);
  binding.ports = *PortSet::make(6, 8, 0x34);
  binding.b4 = Ipv6Address::from_host(0x20010db800123400, 0x0000c00002120034);
  EXPECT_THAT(s46_v4v6_bind(binding),
              ElementsAreArray(hex("c0000212 40 20010db800123400 005d 0004 06 08 3400")));
  binding.b4 = Ipv6Address::from_host(0x20010db800123400, 0x0000c00002120035);
  EXPECT_THAT(s46_v4v6_bind(binding),
              ElementsAreArray(hex("c0000212 80 20010db8001234000000c00002120035 005d 0004 06 08 3400")));
}

TEST(Dhcp6S46, Rfc7598Section53LwContainerHasPortParametersOnlyWhenShared) {
  Binding binding;
  binding.ipv4 = Ipv4Address::from_host(0xc0000212);
  binding.b4 = Ipv6Address::from_host(0x20010db800123400, 5);
  binding.br = Ipv6Address::from_host(0x20010db8ffff0000, 2);
  const Bytes br = hex("005a 0010 20010db8ffff00000000000000000002");
  const Bytes bind = hex("c0000212 80 20010db8001234000000000000000005");
  EXPECT_THAT(s46_container_lw(binding), ElementsAreArray(join({br, hex("005c 0015"), bind})));
  binding.ports = *PortSet::make(0, 6, 5);
  EXPECT_THAT(s46_container_lw(binding),
              ElementsAreArray(join({br, hex("005c 001d"), bind, hex("005d 0004 00 06 1400")})));
}

}  // namespace
}  // namespace softwire::controlplane::dhcp6
