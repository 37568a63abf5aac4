// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/dhcp/service/pending_exchanges.h"

#include <gtest/gtest.h>

namespace softwire::controlplane::dhcp {
namespace {

using Table = PendingExchanges<int>;

Ipv6Address host(std::uint64_t site) {
  return Ipv6Address::from_host(0x20010db8'00000000 + site, 1);
}
ExchangeKey key_of(std::uint64_t site, std::uint32_t xid = 1) {
  Header header{};
  header.xid = be32(xid);
  return {header, host(site), {}};
}
Source from(std::uint64_t site, SourceKind kind = SourceKind::kBound) {
  return {kind, {host(site), 64}};
}
constexpr Instant kStart = std::chrono::seconds(100);

TEST(PendingExchanges, AreForgottenAfterTheirLifetime) {
  Table table;
  ASSERT_NE(table.add(key_of(1), from(1), 7, kStart), nullptr);
  ASSERT_NE(table.find(key_of(1), kStart + Table::kLifetime - Instant(1)), nullptr);
  EXPECT_EQ(*table.find(key_of(1), kStart), 7);
  EXPECT_EQ(table.find(key_of(1), kStart + Table::kLifetime), nullptr);
  EXPECT_EQ(*table.add(key_of(1), from(1), 8, kStart + Instant(1)), 7) << "it is kept";
  EXPECT_NE(table.find(key_of(1), kStart + Table::kLifetime), nullptr);
}

TEST(PendingExchanges, OfOneSenderAreLimited) {
  Table table;
  for (std::uint32_t xid = 0; xid < 20; ++xid) {
    EXPECT_EQ(table.add(key_of(1, xid), from(1), 1, kStart) != nullptr, xid < Table::kMaxOfSender);
  }
  EXPECT_NE(table.add(key_of(2), from(2), 1, kStart), nullptr);
}

// Adds the exchanges of this many sites. Returns how many have got a place.
std::size_t add_many(Table& table, SourceKind kind, std::uint64_t first, std::size_t sites, Instant now) {
  std::size_t count = 0;
  for (std::uint64_t site = first; site < first + sites; ++site) {
    count += table.add(key_of(site), from(site, kind), 1, now + Instant(site)) != nullptr ? 1 : 0;
  }
  return count;
}
bool has(const Table& table, std::uint64_t site, Instant now) {
  return table.find(key_of(site), now) != nullptr;
}

TEST(PendingExchanges, EachKindHasPlacesThatLowerKindsCannotTake) {
  constexpr std::size_t kMost = Table::kMaxExchanges;
  constexpr std::uint64_t kRules = 1'000'000;
  constexpr std::uint64_t kBound = 2'000'000;
  Table table;
  const Instant now = kStart + std::chrono::seconds(1);
  // The oldest exchange of the kind makes room.
  EXPECT_EQ(add_many(table, SourceKind::kStranger, 0, kMost, kStart), kMost);
  EXPECT_FALSE(has(table, kMost / 2 - 1, now));
  EXPECT_TRUE(has(table, kMost / 2, now));
  // A higher kind takes places of its own first, then those of lower kinds.
  EXPECT_EQ(add_many(table, SourceKind::kRule, kRules, kMost / 4, kStart), kMost / 4);
  EXPECT_TRUE(has(table, kMost / 2, now));
  EXPECT_EQ(add_many(table, SourceKind::kRule, kRules + kMost, kMost, kStart), kMost);
  EXPECT_FALSE(has(table, kMost - 1, now));
  EXPECT_FALSE(has(table, kRules, now));
  EXPECT_EQ(add_many(table, SourceKind::kBound, kBound, kMost / 4, kStart), kMost / 4);
  EXPECT_TRUE(has(table, kRules + 2 * kMost - 1, now));
  EXPECT_TRUE(has(table, kRules + 2 * kMost - kMost * 3 / 4, now));
  // Exchanges of senders with a binding fill the table. None of them loses its place.
  EXPECT_EQ(add_many(table, SourceKind::kBound, kBound + kMost, kMost, kStart), kMost * 3 / 4);
  EXPECT_EQ(add_many(table, SourceKind::kBound, 2, 1, now), 0U);
  EXPECT_EQ(add_many(table, SourceKind::kRule, 2, 1, now), 0U);
  EXPECT_EQ(add_many(table, SourceKind::kStranger, 2, 1, now), 0U);
  EXPECT_TRUE(has(table, kBound, now));
  EXPECT_EQ(add_many(table, SourceKind::kStranger, 2, 1, now + Table::kLifetime), 1U);
}

}  // namespace
}  // namespace softwire::controlplane::dhcp
