// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/tables/b4_addresses.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "dataplane/tables/binding_table.h"
#include "dataplane/tables/reclaimer.h"
#include "softwire/address_text.h"
#include "softwire/martian.h"

namespace softwire::dataplane {
namespace {

Ipv6Address b4(std::uint64_t number) {
  return Ipv6Address::from_host(0x20010db8'00000000 + number, number);
}

TEST(B4Addresses, HasWhatWasAddedAsOftenAsItWas) {
  B4Addresses set(7);
  EXPECT_FALSE(set.contains(b4(1)));
  set.add(b4(1));
  set.add(b4(1));
  set.remove(b4(2));
  set.remove(b4(1));
  EXPECT_TRUE(set.contains(b4(1)));
  set.remove(b4(1));
  EXPECT_FALSE(set.contains(b4(1)));
  set.remove(b4(1));
  EXPECT_FALSE(set.contains(b4(1)));
}

// Compares with a map, through random changes of a published set.
TEST(B4Addresses, AgreesWithAModel) {
  const auto reclaimer = Reclaimer::create(1);
  B4Addresses set(7);
  set.publish(*reclaimer);
  std::map<std::uint64_t, unsigned> model;
  std::mt19937 random(1);
  for (int round = 0; round < 300'000; ++round) {
    const std::uint64_t number = random() % 20'000;
    if (random() % 2 == 0) {
      set.add(b4(number));
      ++model[number];
    } else if (model.contains(number)) {
      set.remove(b4(number));
      if (--model[number] == 0) model.erase(number);
    }
    ASSERT_EQ(set.contains(b4(number)), model.contains(number));
  }
  for (std::uint64_t number = 0; number < 40'000; ++number) {
    ASSERT_EQ(set.contains(b4(number)), model.contains(number));
  }
  // Removed addresses leave no room taken for ever.
  EXPECT_LT(set.bytes(), std::size_t{1} << 20);
  reclaimer->synchronize();
}

TEST(BindingTable, KnowsTheB4OfEachBinding) {
  const auto table = BindingTable::create();
  const Ipv6Address br = *parse_ipv6("2001:db8:ff::1");
  const Binding one{Ipv4Address(192, 0, 2, 1), *PortSet::make(0, 6, 1), b4(1), br};
  const Binding two{Ipv4Address(192, 0, 2, 1), *PortSet::make(0, 6, 2), b4(1), br};
  Binding moved = two;
  moved.b4 = b4(2);
  ASSERT_EQ(table->add(one).error, TableError::kNone);
  ASSERT_EQ(table->add(two).error, TableError::kNone);
  ASSERT_EQ(table->add(two).error, TableError::kDuplicate);
  ASSERT_EQ(table->replace(two, moved).error, TableError::kNone);
  EXPECT_TRUE(table->is_b4(b4(1)));
  EXPECT_TRUE(table->is_b4(b4(2)));
  ASSERT_EQ(table->remove(one).error, TableError::kNone);
  EXPECT_FALSE(table->is_b4(b4(1)));
  EXPECT_TRUE(table->is_b4(b4(2)));
  EXPECT_FALSE(table->is_b4(br));
}

// A subscriber's DHCP messages may come from another address of its prefix (RFC 7341, RFC 8539).
TEST(BindingTable, KnowsTheKindOfASourceByItsPrefix) {
  const Ipv6Address br = *parse_ipv6("2001:db8:ff::1");
  const Binding one{Ipv4Address(192, 0, 2, 1), {}, *parse_ipv6("2001:db8:1:100::1"), br};
  const Binding two{Ipv4Address(192, 0, 2, 2), {}, *parse_ipv6("2001:db8:1:100::2"), br};
  const Ipv6Address same_64 = *parse_ipv6("2001:db8:1:100::abcd");
  const Ipv6Address same_56 = *parse_ipv6("2001:db8:1:1ff::1");
  for (const std::uint8_t mask : {56, 64, 128}) {
    const auto table = BindingTable::create();
    table->index_subscribers(mask);
    const auto kind_of = [&](const Ipv6Address& address) { return table->source_of(address, mask).kind; };
    EXPECT_EQ(kind_of(one.b4), SourceKind::kStranger);
    ASSERT_EQ(table->add(one).error, TableError::kNone);
    ASSERT_EQ(table->add(two).error, TableError::kNone);
    ASSERT_EQ(table->remove(one).error, TableError::kNone);
    EXPECT_EQ(kind_of(two.b4), SourceKind::kBound);
    EXPECT_EQ(kind_of(one.b4) == SourceKind::kBound, mask != 128);
    EXPECT_EQ(kind_of(same_64) == SourceKind::kBound, mask != 128);
    EXPECT_EQ(kind_of(same_56) == SourceKind::kBound, mask == 56);
    EXPECT_EQ(kind_of(*parse_ipv6("2001:db8:2::1")), SourceKind::kStranger);
    Binding moved = two;
    moved.b4 = *parse_ipv6("2001:db8:2::1");
    ASSERT_EQ(table->replace(two, moved).error, TableError::kNone);
    EXPECT_EQ(kind_of(two.b4), SourceKind::kStranger);
    EXPECT_EQ(kind_of(moved.b4), SourceKind::kBound);
    ASSERT_EQ(table->remove(moved).error, TableError::kNone);
    EXPECT_EQ(kind_of(moved.b4), SourceKind::kStranger);
    Rule rule;
    rule.ipv4 = {Ipv4Address(10, 0, 0, 0), 24};
    rule.ipv6 = {*parse_ipv6("2001:db8:4000::"), 40};
    rule.ea_len = 8;
    rule.br = br;
    ASSERT_EQ(table->add(rule).error, TableError::kNone);
    // An exact binding counts more than the rule around it. Addresses near the binding do not: the rule tells
    // where one subscriber ends.
    Binding inside = two;
    inside.b4 = *parse_ipv6("2001:db8:4001:1::8");
    ASSERT_EQ(table->add(inside).error, TableError::kNone);
    EXPECT_EQ(table->source_of(inside.b4, mask), (Source{SourceKind::kBound, {inside.b4, 128}}));
    EXPECT_EQ(table->source_of(*parse_ipv6("2001:db8:4001:1::7"), mask),
              (Source{SourceKind::kRule, {*parse_ipv6("2001:db8:4001::"), 48}}));
    EXPECT_EQ(table->source_of(*parse_ipv6("2001:db8:3:1ff::1"), mask),
              (Source{SourceKind::kStranger, Ipv6Prefix::of(*parse_ipv6("2001:db8:3:1ff::1"), mask)}));
    EXPECT_EQ(table->source_of(*parse_ipv6("fe80::1"), mask).prefix,
              (Ipv6Prefix{*parse_ipv6("fe80::1"), 128}));
  }
}

// No martian and no address of a subscriber may pass without a closer look.
TEST(BindingTable, SpecialRegionsCoverMartiansBindingsAndRules) {
  const auto table = BindingTable::create();
  const Ipv6Address br = *parse_ipv6("2001:db8:ff::1");
  const auto misses = [&] {
    std::mt19937 random(1);
    unsigned count = 0;
    for (int i = 0; i < 200'000; ++i) {
      const auto address = static_cast<std::uint32_t>(random());
      const bool is_special = is_martian(address) || table->find(address).kind != BindingTable::Kind::kNone;
      count += is_special && !table->is_in_special_region(address) ? 1 : 0;
    }
    return count;
  };
  EXPECT_EQ(misses(), 0U);
  EXPECT_TRUE(table->is_in_special_region(Ipv4Address(169, 254, 1, 1).host()));
  EXPECT_FALSE(table->is_in_special_region(Ipv4Address(192, 0, 2, 1).host()));
  Rule wide;
  wide.ipv4 = {Ipv4Address(10, 0, 0, 0), 8};
  wide.ipv6 = {*parse_ipv6("2001:db8::"), 32};
  wide.ea_len = 24;
  wide.br = br;
  ASSERT_EQ(table->add(wide).error, TableError::kNone);
  const Binding binding{Ipv4Address(192, 0, 2, 1), {}, b4(1), br};
  ASSERT_EQ(table->add(binding).error, TableError::kNone);
  EXPECT_EQ(misses(), 0U);
  EXPECT_TRUE(table->is_in_special_region(binding.ipv4.host()));
  EXPECT_TRUE(table->is_in_special_region(Ipv4Address(10, 255, 0, 1).host()));
  EXPECT_FALSE(table->is_in_special_region(Ipv4Address(11, 0, 0, 1).host()));
  ASSERT_EQ(table->remove(binding).error, TableError::kNone);
  ASSERT_EQ(table->remove(wide).error, TableError::kNone);
  EXPECT_FALSE(table->is_in_special_region(binding.ipv4.host()));
  EXPECT_FALSE(table->is_in_special_region(Ipv4Address(10, 255, 0, 1).host()));
  EXPECT_EQ(misses(), 0U);
}

}  // namespace
}  // namespace softwire::dataplane
