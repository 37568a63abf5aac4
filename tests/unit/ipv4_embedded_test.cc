// SPDX-License-Identifier: BSD-3-Clause
#include "softwire/ipv4_embedded.h"

#include <gtest/gtest.h>

#include <utility>

#include "softwire/address_text.h"

namespace softwire {
namespace {

TEST(Ipv4Embedded, TheVectors_Rfc6052_2_4) {
  const Ipv4Address address(192, 0, 2, 33);
  for (const auto& [prefix, embedded] : {std::pair("2001:db8::/32", "2001:db8:c000:221::"),
                                         std::pair("2001:db8:100::/40", "2001:db8:1c0:2:21::"),
                                         std::pair("2001:db8:122::/48", "2001:db8:122:c000:2:2100::"),
                                         std::pair("2001:db8:122:300::/56", "2001:db8:122:3c0:0:221::"),
                                         std::pair("2001:db8:122:344::/64", "2001:db8:122:344:c0:2:2100:0"),
                                         std::pair("2001:db8:122:344::/96", "2001:db8:122:344::c000:221")}) {
    const Ipv6Prefix in = *parse_ipv6_prefix(prefix);
    EXPECT_TRUE(is_embedding_prefix(in)) << prefix;
    EXPECT_EQ(to_string(embed_ipv4(in, address)), to_string(*parse_ipv6(embedded))) << prefix;
    EXPECT_EQ(embedded_ipv4(in, *parse_ipv6(embedded)), address) << prefix;
  }
}

TEST(Ipv4Embedded, TheVector_Rfc7599_A) {
  EXPECT_EQ(embed_ipv4(*parse_ipv6_prefix("2001:db8:ffff::/64"), {10, 2, 3, 4}),
            *parse_ipv6("2001:db8:ffff:0:a:203:400:0"));
}

TEST(Ipv4Embedded, WhatIsBeyondTheAddressDoesNotMatter_Rfc6052_2_3) {
  EXPECT_EQ(embedded_ipv4(*parse_ipv6_prefix("2001:db8:ffff::/64"),
                          *parse_ipv6("2001:db8:ffff:0:ff0a:203:4ff:ffff")),
            Ipv4Address(10, 2, 3, 4));
}

TEST(Ipv4Embedded, PrefixesOfSixLengths_Rfc6052_2_2) {
  for (unsigned length = 0; length <= 128; ++length) {
    const bool is_one =
        length == 32 || length == 40 || length == 48 || length == 56 || length == 64 || length == 96;
    EXPECT_EQ(is_embedding_prefix(Ipv6Prefix::of(*parse_ipv6("2001:db8::"), std::uint8_t(length))), is_one)
        << length;
  }
  EXPECT_FALSE(is_embedding_prefix({*parse_ipv6("2001:db8:0:0:100::"), 96}));  // bits 64 to 71
  EXPECT_FALSE(is_embedding_prefix({*parse_ipv6("2001:db8::1"), 64}));
}

}  // namespace
}  // namespace softwire
