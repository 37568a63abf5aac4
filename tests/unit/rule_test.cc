// SPDX-License-Identifier: BSD-3-Clause
#include "softwire/rule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "softwire/address_text.h"

namespace softwire {
namespace {

const Ipv6Address kBr = *parse_ipv6("2001:db8:ffff::1");

Rule rule(std::string_view ipv6, std::string_view ipv4, unsigned ea_len, unsigned psid_offset = 6) {
  Rule result;
  result.ipv6 = *parse_ipv6_prefix(ipv6);
  result.ipv4 = *parse_ipv4_prefix(ipv4);
  result.ea_len = static_cast<std::uint8_t>(ea_len);
  result.psid_offset = static_cast<std::uint8_t>(psid_offset);
  result.br = kBr;
  return result;
}

Rule with_psid(Rule rule, unsigned psid_len, unsigned psid) {
  rule.psid_len = static_cast<std::uint8_t>(psid_len);
  rule.psid = static_cast<Psid>(psid);
  return rule;
}

struct Vector {
  const char* name;
  Rule rule;
  Rule::Ce ce;
  const char* end_user_prefix;
  const char* ce_address;
};

const Ipv4Address k18(192, 0, 2, 18);
const Vector kVectors[] = {
    {"RFC 7597 appendix A example 1",
     rule("2001:db8::/40", "192.0.2.0/24", 16),
     {k18, 0x34},
     "2001:db8:12:3400::/56",
     "2001:db8:12:3400:0:c000:212:34"},
    {"RFC 7597 appendix A example 4",
     rule("2001:db8:12:3400::/56", "192.0.2.18/32", 0),
     {k18, 0},
     "2001:db8:12:3400::/56",
     "2001:db8:12:3400:0:c000:212:0"},
    {"RFC 7597 appendix A example 5",
     with_psid(rule("2001:db8:12:3400::/56", "192.0.2.18/32", 0), 8, 0x34),
     {k18, 0x34},
     "2001:db8:12:3400::/56",
     "2001:db8:12:3400:0:c000:212:34"},
    {"end-user prefix beyond 64 bits",
     rule("2001:db8::/56", "192.0.2.0/24", 16),
     {k18, 0x34},
     "2001:db8:0:12:3400::/72",
     "2001:db8:0:12:3400:c000:212:34"},
    {"CE with an IPv4 prefix",
     rule("2001:db8::/40", "192.0.0.0/16", 8),
     {{192, 0, 18, 0}, 0},
     "2001:db8:12::/48",
     "2001:db8:12:0:0:c000:1200:0"},
    {"end-user prefix of 128 bits",
     rule("2001:db8::/112", "192.0.2.0/24", 16),
     {k18, 0x34},
     "2001:db8::1234/128",
     "2001:db8::1234"},
};

TEST(Rule, Vectors_Rfc7597_A) {
  for (const Vector& v : kVectors) {
    ASSERT_TRUE(v.rule.is_valid()) << v.name;
    EXPECT_EQ(to_string(v.rule.end_user_prefix(v.ce.ipv4, v.ce.psid)), v.end_user_prefix) << v.name;
    EXPECT_EQ(v.rule.ce_address(v.ce.ipv4, v.ce.psid), *parse_ipv6(v.ce_address)) << v.name;
    EXPECT_EQ(v.rule.ce_of(*parse_ipv6(v.ce_address)), v.ce) << v.name;
  }
}

TEST(Rule, PortsOfTheFirstVector_Rfc7597_A) {
  const PortSet ports{kVectors[0].rule.port_parameters(), 0x34};
  EXPECT_EQ(ports.range_count(), 63U);
  EXPECT_EQ(ports.size(), 252U);
  EXPECT_EQ(ports.range(0), (PortRange{1232, 1235}));
  EXPECT_EQ(ports.range(1), (PortRange{2256, 2259}));
  EXPECT_EQ(ports.range(61), (PortRange{63696, 63699}));
  EXPECT_EQ(ports.range(62), (PortRange{64720, 64723}));
  EXPECT_EQ(kVectors[2].rule.port_parameters(), ports.parameters);
  EXPECT_FALSE(kVectors[1].rule.is_shared());
  EXPECT_FALSE(kVectors[4].rule.is_shared());
}

TEST(Rule, EveryAddressOfAPrefixLeadsToItsCe_Rfc7597_5_2) {
  const Rule& prefix = kVectors[4].rule;
  for (unsigned last = 0; last < 256; ++last) {
    EXPECT_EQ(prefix.ce_address({192, 0, 18, std::uint8_t(last)}, 0), *parse_ipv6(kVectors[4].ce_address));
  }
}

TEST(Rule, AnAddressThatDiffersInOneBitIsNoCe_Rfc7597_8_1) {
  for (const Vector& v : kVectors) {
    const Ipv6Address ce = *parse_ipv6(v.ce_address);
    for (unsigned bit = 0; bit < 128; ++bit) {
      Ipv6Address::Octets octets = ce.octets();
      octets[bit / 8] ^= static_cast<std::uint8_t>(0x80U >> bit % 8);
      const auto other = v.rule.ce_of(Ipv6Address(octets));
      // If no interface identifier is left, every single EA bit makes another CE.
      const bool is_ea = v.rule.ipv6.length == 112 && bit >= 112;
      EXPECT_EQ(other.has_value(), is_ea) << v.name << ", bit " << bit;
    }
  }
}

TEST(Rule, InverseOfForward) {
  std::mt19937 random(7597);
  const auto upto = [&](unsigned most) { return std::uniform_int_distribution<unsigned>(0, most)(random); };
  unsigned shared = 0;
  unsigned prefixes = 0;
  for (unsigned i = 0; i < 20000;) {
    Rule r;
    r.ipv4.length = static_cast<std::uint8_t>(upto(32));
    r.ipv4.address = Ipv4Address::from_host(random() & r.ipv4.mask());
    r.ipv6 = {Ipv6Address::from_host(0x2001'0db8'0000'0000, 0), static_cast<std::uint8_t>(32 + upto(96))};
    r.ea_len = static_cast<std::uint8_t>(upto(48));
    r.psid_offset = static_cast<std::uint8_t>(upto(16));
    r.br = *parse_ipv6("2001:db9::1");
    if (r.ipv4.length == 32 && r.ea_len == 0 && upto(1) != 0) {
      r.psid_len = static_cast<std::uint8_t>(upto(10));
      r.psid = static_cast<Psid>(r.psid_len == 0 ? 0 : upto((1U << r.psid_len) - 1));
    }
    if (!r.is_valid()) continue;
    ++i;
    shared += r.is_shared() ? 1 : 0;
    prefixes += r.ce_ipv4_length() < 32 ? 1 : 0;
    const Ipv4Address address = Ipv4Address::from_host(r.ipv4.address.host() | (random() & ~r.ipv4.mask()));
    const Psid psid = r.psid_len != 0 ? r.psid : Psid(random() & r.port_parameters().psid_mask());
    const Ipv6Address ce = r.ce_address(address, psid);
    const Rule::Ce expected{Ipv4Address::from_host(address.host() & r.ce_ipv4_mask()), psid};
    ASSERT_EQ(r.ce_of(ce), expected);
    const Ipv6Prefix prefix = r.end_user_prefix(address, psid);
    ASSERT_TRUE(prefix.contains(ce) && prefix.is_canonical() && r.ipv6.contains(prefix.address));
  }
  EXPECT_GT(shared, 1000U);
  EXPECT_GT(prefixes, 1000U);
}

TEST(Rule, WhatIsNotValid) {
  const Rule good = kVectors[0].rule;
  const auto valid = [&](auto change) {
    Rule r = good;
    change(r);
    return r.is_valid();
  };
  EXPECT_FALSE(valid([](Rule& r) { r.ipv4.length = 16; }));  // bits beyond the prefix
  EXPECT_FALSE(valid([](Rule& r) { r.ipv6.length = 24; }));
  EXPECT_FALSE(valid([](Rule& r) { r.ea_len = 25; }));  // PSID of 17 bits
  EXPECT_FALSE(valid([](Rule& r) { r.ea_len = 49; }));
  EXPECT_FALSE(valid([](Rule& r) { r.ipv6.length = 113; }));
  EXPECT_FALSE(valid([](Rule& r) { r.psid_offset = 9; }));  // 9 + 8 bits of port
  EXPECT_FALSE(valid([](Rule& r) { r.psid_len = 8; }));     // explicit beside EA bits
  EXPECT_FALSE(valid([](Rule& r) { r.psid = 1; }));
  EXPECT_FALSE(valid([](Rule& r) { r.br = {}; }));
  EXPECT_FALSE(valid([](Rule& r) { r.ipv6 = {}; }));
  EXPECT_FALSE(valid([](Rule& r) { r.br = r.ce_address(k18, 0x34); }));  // a CE must not have the BR address
  EXPECT_FALSE(with_psid(rule("2001:db8::/56", "192.0.2.18/32", 0), 8, 256).is_valid());
  EXPECT_FALSE(with_psid(rule("2001:db8::/56", "192.0.2.0/24", 0), 8, 1).is_valid());
  for (const char* ipv4 : {"0.0.0.0/8", "0.0.0.0/1", "127.0.0.0/8", "64.0.0.0/2", "126.0.0.0/7",
                           "224.0.0.0/4", "192.0.0.0/2", "255.255.255.255/32"}) {
    EXPECT_FALSE(rule("2001:db8::/40", ipv4, 16).is_valid()) << ipv4;
  }
  EXPECT_TRUE(rule("2001:db8::/40", "128.0.0.0/2", 16).is_valid());
  EXPECT_TRUE(rule("2001:db8::/40", "64.0.0.0/3", 16).is_valid());
}

TEST(Rule, ContainsTheDhcpClientPort_DhcV4Configuration_5_1_Item3) {
  for (unsigned offset = 0; offset <= 16; ++offset) {
    const Rule r = rule("2001:db8::/40", "192.0.2.0/24", 8 + 16 - std::max(offset, 8U), offset);
    if (!r.is_shared()) continue;
    EXPECT_EQ(r.contains_dhcp_client_port(), offset == 0 || offset >= 10) << offset;
  }
  const Rule one = rule("2001:db8::/56", "192.0.2.18/32", 0, 0);
  EXPECT_TRUE(with_psid(one, 6, 0).contains_dhcp_client_port());
  EXPECT_FALSE(with_psid(one, 6, 1).contains_dhcp_client_port());
}

}  // namespace
}  // namespace softwire
