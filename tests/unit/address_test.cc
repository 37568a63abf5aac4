// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "softwire/address_text.h"

namespace softwire {
namespace {

TEST(Ipv4Address, ReadsOnlyTheStrictDottedQuad) {
  EXPECT_EQ(parse_ipv4("192.0.2.18")->host(), 0xc0000212U);
  EXPECT_EQ(parse_ipv4("255.255.255.255"), Ipv4Address(255, 255, 255, 255));
  for (const char* text : {"", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "0x1.2.3.4", " 1.2.3.4",
                           "1.2.3.4 ", "1.2.3.4/24", "1.2.3.-4", "::1"}) {
    EXPECT_FALSE(parse_ipv4(text)) << text;
  }
  EXPECT_FALSE(parse_ipv4(std::string_view("1.2.3.4\0", 8)));
}

TEST(Ipv4Address, HoldsWireOrder) {
  const Ipv4Address address(192, 0, 2, 18);
  EXPECT_EQ(std::memcmp(&address, "\xc0\x00\x02\x12", 4), 0);
  EXPECT_EQ(address, Ipv4Address::from_host(0xc0000212));
  EXPECT_EQ(to_string(address), "192.0.2.18");
}

TEST(Ipv4Address, OrdersAsNumbers) {
  EXPECT_LT(Ipv4Address(10, 0, 0, 2), Ipv4Address(10, 0, 1, 0));
  EXPECT_LT(Ipv4Address(9, 255, 255, 255), Ipv4Address(10, 0, 0, 0));
}

TEST(Ipv4Address, KnowsSpecialAddresses) {
  EXPECT_TRUE(Ipv4Address().is_unspecified());
  EXPECT_TRUE(Ipv4Address(255, 255, 255, 255).is_broadcast());
  EXPECT_FALSE(Ipv4Address(255, 255, 255, 254).is_broadcast());
  EXPECT_TRUE(Ipv4Address(127, 255, 0, 1).is_loopback());
  EXPECT_FALSE(Ipv4Address(128, 0, 0, 1).is_loopback());
  EXPECT_TRUE(Ipv4Address(224, 0, 0, 0).is_multicast());
  EXPECT_TRUE(Ipv4Address(239, 255, 255, 255).is_multicast());
  EXPECT_FALSE(Ipv4Address(223, 255, 255, 255).is_multicast());
  EXPECT_FALSE(Ipv4Address(240, 0, 0, 0).is_multicast());
}

// Parses the first column, and writes the second: the recommended form of RFC 5952.
TEST(Ipv6Address, WritesTheCanonicalForm) {
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"},
      {"2001:DB8::A", "2001:db8::a"},                    // 4.3: lower case
      {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},  // 4.2.2: one zero field is not shortened
      {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},           // 4.2.3: the longest run is
      {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},     // 4.2.3: of two equal ones the first
      {"2001:db8:12:3400:0:c000:212:34", "2001:db8:12:3400:0:c000:212:34"},
      {"::", "::"},
      {"::ffff:192.0.2.1", "::ffff:192.0.2.1"},  // section 5
  };
  for (const auto& [text, canonical] : cases) {
    const auto address = parse_ipv6(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(to_string(*address), canonical);
  }
}

TEST(Ipv6Address, RefusesWhatIsNoAddress) {
  for (const char* text : {"", ":", ":::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
                           "12345::", "g::", "fe80::1%eth0", "2001:db8::/32", "[::1]", " ::1", "192.0.2.1",
                           "0000:0000:0000:0000:0000:ffff:255.255.255.2555555555555555555"}) {
    EXPECT_FALSE(parse_ipv6(text)) << text;
  }
}

TEST(Ipv6Address, HalvesAndOctetsAgree) {
  constexpr Ipv6Address kAddress = Ipv6Address::from_host(0x20010db800120034, 0x0000c00002120034);
  static_assert(kAddress.high() == 0x20010db800120034 && kAddress.low() == 0x0000c00002120034);
  EXPECT_EQ(kAddress.octets()[0], 0x20);
  EXPECT_EQ(kAddress.octets()[15], 0x34);
  EXPECT_EQ(to_string(kAddress), "2001:db8:12:34:0:c000:212:34");
  EXPECT_EQ(Ipv6Address(kAddress.octets()), kAddress);
}

TEST(Ipv6Address, EqualityAndOrderSeeEveryOctet) {
  const Ipv6Address base = Ipv6Address::from_host(0x2001'0db8'0102'0304, 0x0506'0708'090a'0b0c);
  for (std::size_t i = 0; i < 16; ++i) {
    Ipv6Address::Octets octets = base.octets();
    ++octets[i];
    EXPECT_NE(Ipv6Address(octets), base) << i;
    EXPECT_LT(base, Ipv6Address(octets)) << i;
    octets[i] = 0;
    EXPECT_LT(Ipv6Address(octets), base) << i;
  }
}

TEST(Ipv6Address, KnowsSpecialAddresses) {
  EXPECT_TRUE(parse_ipv6("::")->is_unspecified());
  EXPECT_TRUE(parse_ipv6("::1")->is_loopback());
  EXPECT_FALSE(parse_ipv6("::2")->is_loopback());
  EXPECT_FALSE(parse_ipv6("1::1")->is_loopback());
  EXPECT_TRUE(parse_ipv6("ff02::1:2")->is_multicast());
  EXPECT_TRUE(parse_ipv6("fe80::1")->is_link_local());
  EXPECT_TRUE(parse_ipv6("febf::1")->is_link_local());
  EXPECT_FALSE(parse_ipv6("fec0::1")->is_link_local());
}

TEST(Ipv4Prefix, TextAndMembers) {
  const auto prefix = parse_ipv4_prefix("192.0.2.0/24");
  ASSERT_TRUE(prefix);
  EXPECT_EQ(to_string(*prefix), "192.0.2.0/24");
  EXPECT_TRUE(prefix->contains(*parse_ipv4("192.0.2.255")));
  EXPECT_FALSE(prefix->contains(*parse_ipv4("192.0.3.0")));
  EXPECT_TRUE(parse_ipv4_prefix("0.0.0.0/0")->contains(*parse_ipv4("255.1.2.3")));
  EXPECT_TRUE(parse_ipv4_prefix("192.0.2.1/32")->contains(*parse_ipv4("192.0.2.1")));
  EXPECT_FALSE(parse_ipv4_prefix("192.0.2.1/32")->contains(*parse_ipv4("192.0.2.0")));
  for (const char* text :
       {"192.0.2.0", "192.0.2.0/", "192.0.2.0/33", "192.0.2.1/24", "192.0.2.0/24/", "/24", "/"}) {
    EXPECT_FALSE(parse_ipv4_prefix(text)) << text;
  }
}

TEST(Ipv6Prefix, TextAndMembersAtEveryLength) {
  EXPECT_EQ(to_string(*parse_ipv6_prefix("2001:db8::/40")), "2001:db8::/40");
  const Ipv6Address ones = *parse_ipv6("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
  for (unsigned length = 0; length <= 128; ++length) {
    // For a prefix of ones, the last bit inside the prefix decides, and the first bit outside does not.
    Ipv6Address::Octets octets{};
    for (unsigned bit = 0; bit < length; ++bit) octets[bit / 8] |= 0x80 >> bit % 8;
    const Ipv6Prefix prefix{Ipv6Address(octets), static_cast<std::uint8_t>(length)};
    EXPECT_TRUE(prefix.is_canonical()) << length;
    EXPECT_EQ(parse_ipv6_prefix(to_string(prefix)), prefix);
    EXPECT_TRUE(prefix.contains(ones)) << length;
    EXPECT_EQ((Ipv6Prefix{ones, prefix.length}.is_canonical()), length == 128) << length;
    if (length == 0) continue;
    octets[(length - 1) / 8] ^= 0x80 >> (length - 1) % 8;
    EXPECT_FALSE(prefix.contains(Ipv6Address(octets))) << length;
  }
  for (const char* text : {"2001:db8::", "2001:db8::/129", "2001:db8::1/64", "2001:db8::/-1", "/64"}) {
    EXPECT_FALSE(parse_ipv6_prefix(text)) << text;
  }
}

TEST(MacAddress, TextAndKinds) {
  EXPECT_EQ(to_string(*parse_mac("12:34:56:78:9A:bc")), "12:34:56:78:9a:bc");
  EXPECT_FALSE(MacAddress().is_set());
  EXPECT_TRUE(parse_mac("00:00:00:00:00:01")->is_set());
  EXPECT_TRUE(MacAddress::broadcast().is_multicast());
  EXPECT_TRUE(parse_mac("01:00:5e:00:00:01")->is_multicast());
  EXPECT_FALSE(parse_mac("02:00:00:00:00:01")->is_multicast());
  for (const char* text :
       {"", "12:34:56:78:9a", "12:34:56:78:9a:bc:de", "12-34-56-78-9a-bc", "1:234:56:78:9a:bc",
        "12:34:56:78:9a:bg", "12:34:56:78:9a: c", "123456789abc", "+2:34:56:78:9a:bc"}) {
    EXPECT_FALSE(parse_mac(text)) << text;
  }
}

TEST(MacAddress, EqualitySeesEveryOctet) {
  const MacAddress base({1, 2, 3, 4, 5, 6});
  EXPECT_EQ(base, MacAddress({1, 2, 3, 4, 5, 6}));
  for (std::size_t i = 0; i < 6; ++i) {
    MacAddress::Octets octets = base.octets();
    ++octets[i];
    EXPECT_NE(MacAddress(octets), base) << i;
  }
}

TEST(Number, DigitsOnlyAndAtMost) {
  EXPECT_EQ(parse_number("0", 10), 0U);
  EXPECT_EQ(parse_number("10", 10), 10U);
  EXPECT_EQ(parse_number("4294967295", 0xffffffff), 0xffffffffU);
  EXPECT_FALSE(parse_number("11", 10));
  for (const char* text : {"", "-1", "+1", " 1", "1 ", "0x1", "4294967296", "99999999999999999999"}) {
    EXPECT_FALSE(parse_number(text, 0xffffffff)) << text;
  }
}

}  // namespace
}  // namespace softwire
