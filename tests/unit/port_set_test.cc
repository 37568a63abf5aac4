// SPDX-License-Identifier: BSD-3-Clause
#include "softwire/port_set.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <ostream>
#include <vector>

namespace softwire {

// NOLINTNEXTLINE(readability-identifier-naming): the name that GoogleTest looks for
void PrintTo(const PortRange& range, std::ostream* out) {
  *out << range.first << "-" << range.last;
}

namespace {

// Tests membership bit by bit, as in the figure of RFC 7597 section 5.1.
bool is_member(unsigned a, unsigned k, unsigned psid, unsigned port) {
  const unsigned m = 16 - a - k;
  unsigned middle = 0;
  for (unsigned bit = 0; bit < k; ++bit) middle |= ((port >> (m + bit)) & 1) << bit;
  unsigned top = 0;
  for (unsigned bit = 0; bit < a; ++bit) top |= ((port >> (16 - a + bit)) & 1) << bit;
  return middle == psid && (a == 0 || top != 0);
}

struct Vector {
  unsigned a, k, psid;
  unsigned ranges, ports;
  PortRange first;
  std::optional<PortRange> second;
  PortRange last;
  unsigned option_field;
  bool has_68;
};

// The first is example 1 of RFC 7597 appendix A. (6, 8, 0) and (0, 6, 0) are of its appendix B.2.
const std::vector<Vector> kVectors = {
    {6, 8, 0x34, 63, 252, {1232, 1235}, {{2256, 2259}}, {64720, 64723}, 0x3400, false},
    {6, 8, 0x00, 63, 252, {1024, 1027}, {{2048, 2051}}, {64512, 64515}, 0x0000, false},
    {6, 8, 0x20, 63, 252, {1152, 1155}, {{2176, 2179}}, {64640, 64643}, 0x2000, false},
    {6, 6, 0x2a, 63, 1008, {1696, 1711}, {{2720, 2735}}, {65184, 65199}, 0xa800, false},
    {6, 10, 0x3ff, 63, 63, {2047, 2047}, {{3071, 3071}}, {65535, 65535}, 0xffc0, false},
    {6, 0, 0, 63, 64512, {1024, 2047}, {{2048, 3071}}, {64512, 65535}, 0x0000, false},
    {4, 8, 0x34, 15, 240, {4928, 4943}, {{9024, 9039}}, {62272, 62287}, 0x3400, false},
    {4, 8, 0xff, 15, 240, {8176, 8191}, {{12272, 12287}}, {65520, 65535}, 0xff00, false},
    {4, 6, 5, 15, 960, {4416, 4479}, {{8512, 8575}}, {61760, 61823}, 0x1400, false},
    {4, 4, 0xf, 15, 3840, {7936, 8191}, {{12032, 12287}}, {65280, 65535}, 0xf000, false},
    {0, 6, 0, 1, 1024, {0, 1023}, {}, {0, 1023}, 0x0000, true},
    {0, 6, 1, 1, 1024, {1024, 2047}, {}, {1024, 2047}, 0x0400, false},
    {0, 6, 63, 1, 1024, {64512, 65535}, {}, {64512, 65535}, 0xfc00, false},
    {0, 8, 4, 1, 256, {1024, 1279}, {}, {1024, 1279}, 0x0400, false},
    {0, 8, 0x34, 1, 256, {13312, 13567}, {}, {13312, 13567}, 0x3400, false},
    {0, 0, 0, 1, 65536, {0, 65535}, {}, {0, 65535}, 0x0000, true},
    {8, 8, 1, 255, 255, {257, 257}, {{513, 513}}, {65281, 65281}, 0x0100, false},
    {10, 6, 4, 1023, 1023, {68, 68}, {{132, 132}}, {65476, 65476}, 0x1000, true},
};

TEST(PortSet, Vectors) {
  for (const Vector& v : kVectors) {
    SCOPED_TRACE(testing::Message() << "a " << v.a << " k " << v.k << " psid " << v.psid);
    const auto set = PortSet::make(v.a, v.k, v.psid);
    ASSERT_TRUE(set);
    EXPECT_EQ(set->range_count(), v.ranges);
    EXPECT_EQ(set->size(), v.ports);
    EXPECT_EQ(set->range(0), v.first);
    if (v.second) {
      EXPECT_EQ(set->range(1), *v.second);
    }
    EXPECT_EQ(set->range(v.ranges - 1), v.last);
    EXPECT_EQ(set->option_field(), v.option_field);
    EXPECT_EQ(set->contains_dhcp_client_port(), v.has_68);
  }
}

TEST(PortSet, PsidOfAPort) {
  struct {
    Port port;
    std::uint8_t a, k;
    Psid psid;
  } const cases[] = {{1232, 6, 8, 0x34}, {64723, 6, 8, 0x34}, {1236, 6, 8, 0x35}, {4928, 4, 8, 0x34},
                     {2047, 0, 6, 1},    {68, 0, 6, 0},       {68, 0, 12, 4},     {68, 10, 6, 4}};
  for (const auto& c : cases) {
    const PortParameters parameters{c.a, c.k};
    EXPECT_EQ(parameters.psid_of(c.port), c.psid) << c.port;
    EXPECT_FALSE(parameters.excludes(c.port)) << c.port;
  }
  // The PSID bits are 0xff, but A is 0: in no port set.
  EXPECT_EQ((PortParameters{6, 8}.psid_of(1023)), 0xff);
  EXPECT_TRUE((PortParameters{6, 8}.excludes(1023)));
  EXPECT_FALSE(PortSet::make(6, 8, 0xff)->contains(1023));
}

TEST(PortSet, RefusesWhatDoesNotFit) {
  EXPECT_TRUE(PortSet::make(16, 0, 0));
  EXPECT_TRUE(PortSet::make(0, 16, 65535));
  EXPECT_FALSE(PortSet::make(6, 11, 0));
  EXPECT_FALSE(PortSet::make(17, 0, 0));
  EXPECT_FALSE(PortSet::make(0, 17, 0));
  EXPECT_FALSE(PortSet::make(4294967295, 1, 0));
  EXPECT_FALSE(PortSet::make(6, 8, 256));
  EXPECT_FALSE(PortSet::make(0, 0, 1));
  EXPECT_FALSE(PortSet::make(0, 16, 65536));
}

// Compares the predicates of a port set with a walk over all ports.
void check_by_walking(unsigned a, unsigned k, unsigned psid) {
  SCOPED_TRACE(testing::Message() << "a " << a << " k " << k << " psid " << psid);
  const auto set = PortSet::make(a, k, psid);
  ASSERT_TRUE(set);
  unsigned members = 0;
  unsigned disagreements = 0;
  unsigned lowest = 65536;
  std::vector<PortRange> runs;  // by A, so that runs which touch stay apart
  for (unsigned port = 0; port < 65536; ++port) {
    const bool member = is_member(a, k, psid, port);
    disagreements += member != set->contains(static_cast<Port>(port)) ? 1 : 0;
    if (!member) continue;
    ++members;
    lowest = std::min(lowest, port);
    const bool continues = !runs.empty() && runs.back().last + 1U == port &&
                           (port & ((1U << set->parameters.suffix_bits()) - 1)) != 0;
    if (continues) {
      runs.back().last = static_cast<Port>(port);
    } else {
      runs.push_back({static_cast<Port>(port), static_cast<Port>(port)});
    }
  }
  EXPECT_EQ(disagreements, 0U);
  EXPECT_EQ(set->size(), members);
  EXPECT_EQ(set->contains_dhcp_client_port(), is_member(a, k, psid, 68));
  EXPECT_EQ(set->contains_system_ports(), lowest < 1024);
  ASSERT_EQ(set->range_count(), runs.size());
  for (unsigned i = 0; i < runs.size(); ++i) ASSERT_EQ(set->range(i), runs[i]) << i;
}

TEST(PortSet, AgreesWithAWalkOverAllPorts) {
  for (unsigned a = 0; a <= 16; ++a) {
    for (unsigned k = 0; a + k <= 16; ++k) {
      const unsigned last = (1U << k) - 1;
      check_by_walking(a, k, 0);
      if (last >= 1) check_by_walking(a, k, last);
      if (last >= 2) check_by_walking(a, k, 0x5555 & last);
      if (const unsigned p = (68 >> (16 - a - k)) & last; p != 0 && p != last) check_by_walking(a, k, p);
    }
  }
}

// Every port that is not excluded has exactly one owner, for every way to divide.
TEST(PortSet, TheSetsOfAnAddressAreDisjointAndComplete) {
  for (unsigned a = 0; a <= 16; ++a) {
    for (unsigned k = 0; a + k <= 16; ++k) {
      const PortParameters parameters{static_cast<std::uint8_t>(a), static_cast<std::uint8_t>(k)};
      unsigned wrong = 0;
      unsigned owned = 0;
      for (unsigned port = 0; port < 65536; ++port) {
        const Psid psid = parameters.psid_of(static_cast<Port>(port));
        const bool contained = PortSet{parameters, psid}.contains(static_cast<Port>(port));
        wrong += psid > parameters.psid_mask() || contained == parameters.excludes(static_cast<Port>(port));
        owned += contained ? 1 : 0;
      }
      EXPECT_EQ(wrong, 0U) << a << " " << k;
      EXPECT_EQ(owned, PortSet::make(a, k, 0)->size() << k) << a << " " << k;
    }
  }
}

// The remedies that the error about a port set names.
TEST(PortSet, WhoHasTheDhcpClientPort) {
  for (unsigned a = 1; a <= 9; ++a) {
    for (unsigned k = 0; a + k <= 16; ++k) {
      for (unsigned psid = 0; psid < 1U << k; ++psid) {
        ASSERT_FALSE(PortSet::make(a, k, psid)->contains_dhcp_client_port()) << a << " " << k << " " << psid;
      }
    }
  }
  for (unsigned k = 1; k <= 9; ++k) EXPECT_TRUE(PortSet::make(0, k, 0)->contains_dhcp_client_port()) << k;
  EXPECT_TRUE(PortSet::make(0, 10, 1)->contains_dhcp_client_port());
  EXPECT_TRUE(PortSet::make(0, 11, 2)->contains_dhcp_client_port());
  EXPECT_TRUE(PortSet::make(0, 12, 4)->contains_dhcp_client_port());
  EXPECT_TRUE(PortSet::make(0, 13, 8)->contains_dhcp_client_port());
  EXPECT_TRUE(PortSet::make(0, 14, 17)->contains_dhcp_client_port());
  EXPECT_TRUE(PortSet::make(0, 15, 34)->contains_dhcp_client_port());
  EXPECT_TRUE(PortSet::make(0, 16, 68)->contains_dhcp_client_port());
}

}  // namespace
}  // namespace softwire
