// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/dhcp/codec/option82.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dhcp_samples.h"

namespace softwire::controlplane::dhcp {
namespace {

using testing::ElementsAreArray;

constexpr Ipv6Address kClient = Ipv6Address::from_host(0x20010db800a10000, 2);
constexpr std::array<std::uint8_t, 4> kOverride = {100, 64, 0, 1};

TEST(Option82, GoldenOctetsOfABroadcastMessage) {
  Option82Builder option82;
  EXPECT_TRUE(option82.add(suboption::kRemoteId, kClient.octets()));
  EXPECT_TRUE(option82.add(suboption::kRelayAgentFlags, hex("00")));
  EXPECT_TRUE(option82.add(suboption::kServerIdentifierOverride, kOverride));
  EXPECT_THAT(option82.octets(),
              ElementsAreArray(hex("521b 0210 20010db800a100000000000000000002 0a0100 0b0464400001")));
  EXPECT_EQ(option82.octets().size(), 29U);
}

TEST(Option82, GoldenOctetsWithCircuitIdLinkSelectionAndRelayId) {
  Option82Builder option82;
  EXPECT_TRUE(option82.add(suboption::kCircuitId, hex("627231")));
  EXPECT_TRUE(option82.add(suboption::kRemoteId, kClient.octets()));
  EXPECT_TRUE(option82.add(suboption::kLinkSelection, hex("c0000200")));
  EXPECT_TRUE(option82.add(suboption::kRelayAgentFlags, hex("80")));
  EXPECT_TRUE(option82.add(suboption::kServerIdentifierOverride, kOverride));
  EXPECT_TRUE(option82.add(suboption::kRelayId, hex("627231")));
  EXPECT_THAT(option82.octets(),
              ElementsAreArray(hex("522b 0103627231 0210 20010db800a100000000000000000002 0504c0000200 0a0180"
                                   "0b0464400001 0c03627231")));
}

TEST(Option82, Rfc3046Section20SubOptionsTogetherFillAtMost255Octets) {
  Option82Builder full;
  EXPECT_TRUE(full.add(1, Bytes(253, 0xaa)));
  EXPECT_EQ(full.octets().size(), 257U);
  EXPECT_FALSE(full.add(2, {}));
  EXPECT_EQ(full.octets()[1], 255);

  Option82Builder option82;
  EXPECT_FALSE(option82.add(1, Bytes(254)));
  EXPECT_FALSE(option82.add(1, Bytes(300)));
  EXPECT_THAT(option82.octets(), ElementsAreArray(hex("5200")));
  EXPECT_TRUE(option82.add(2, kClient.octets()));
  EXPECT_FALSE(option82.add(1, Bytes(236)));
  EXPECT_TRUE(option82.add(1, Bytes(235)));
}

TEST(Option82, Rfc3046Section20SubOptionsComeInAnyOrder) {
  const Bytes sorted_by_server = hex("0103627231 0a0100 0b0464400001 0210 20010db800a100000000000000000002");
  const auto option82 = Option82View::parse(sorted_by_server);
  ASSERT_TRUE(option82);
  EXPECT_EQ(option82->ipv6(suboption::kRemoteId), kClient);
  EXPECT_THAT(*option82->sole(suboption::kServerIdentifierOverride), ElementsAreArray(kOverride));
  EXPECT_FALSE(option82->sole(suboption::kRelayId));
}

TEST(Option82, Rfc3046Section20SubOptionThatRunsPastTheOptionIsRefused) {
  EXPECT_FALSE(Option82View::parse(hex("02")));
  EXPECT_FALSE(Option82View::parse(hex("0201")));
  EXPECT_FALSE(Option82View::parse(hex("0210 20010db800a1000000000000000000")));
  EXPECT_FALSE(Option82View::parse(hex("0a0100 0b05 64400001")));
  EXPECT_FALSE(Option82View::parse(hex("0a0100 0b")));
}

TEST(Option82, Rfc3046Section20ThereAreNoPadsAndNoEnd) {
  EXPECT_FALSE(Option82View::parse(hex("0a0100 00")));
  EXPECT_FALSE(Option82View::parse(hex("0a0100 ff")));
  const Bytes octets = hex("0001aa ff01bb 0a0180");
  const auto option82 = Option82View::parse(octets);
  ASSERT_TRUE(option82);
  EXPECT_THAT(*option82->sole(0), ElementsAreArray(hex("aa")));
  EXPECT_THAT(*option82->sole(255), ElementsAreArray(hex("bb")));
}

TEST(Option82, Rfc3046Section20SubOptionMayBeEmptyAndSoMayTheOption) {
  EXPECT_TRUE(Option82View::parse({}));
  const Bytes octets = hex("1300 0a0100");
  const auto option82 = Option82View::parse(octets);
  ASSERT_TRUE(option82);
  EXPECT_TRUE(option82->sole(19)->empty());
}

TEST(Option82, RepeatedSubOptionIsNotTakenForItsFirst) {
  const Bytes twice = hex("0210 20010db800a100000000000000000002 0210 20010db800a200000000000000000002");
  const auto option82 = Option82View::parse(twice);
  ASSERT_TRUE(option82);
  EXPECT_EQ(option82->count(suboption::kRemoteId), 2U);
  EXPECT_FALSE(option82->sole(suboption::kRemoteId));
  EXPECT_FALSE(option82->ipv6(suboption::kRemoteId));
}

TEST(Option82, AddressOfAnotherLengthIsNone) {
  for (const auto* value :
       {"0200", "020f 20010db800a1000000000000000000", "0211 20010db800a10000000000000000000200"}) {
    const Bytes octets = hex(value);
    const auto option82 = Option82View::parse(octets);
    ASSERT_TRUE(option82) << value;
    EXPECT_EQ(option82->count(suboption::kRemoteId), 1U) << value;
    EXPECT_FALSE(option82->ipv6(suboption::kRemoteId)) << value;
  }
}

TEST(Option82, ConcatenationByKeaOf32OctetsIsNoAddress) {
  const Bytes octets = hex("0220 20010db800a100000000000000000002 20010db800a200000000000000000002 0a0100");
  const auto option82 = Option82View::parse(octets);
  ASSERT_TRUE(option82);
  EXPECT_EQ(option82->sole(suboption::kRemoteId)->size(), 32U);
  EXPECT_FALSE(option82->ipv6(suboption::kRemoteId));
}

TEST(Option82, WhatIsBuiltIsRead) {
  Option82Builder built;
  built.add(suboption::kCircuitId, hex("627231"));
  built.add(suboption::kRemoteId, kClient.octets());
  const auto option82 = Option82View::parse(built.octets().subspan(2));
  ASSERT_TRUE(option82);
  EXPECT_EQ(option82->ipv6(suboption::kRemoteId), kClient);
  EXPECT_THAT(*option82->sole(suboption::kCircuitId), ElementsAreArray(hex("627231")));
}

}  // namespace
}  // namespace softwire::controlplane::dhcp
