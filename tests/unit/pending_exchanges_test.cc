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
constexpr Instant kStart = std::chrono::seconds(100);

TEST(PendingExchanges, AreForgottenAfterTheirLifetime) {
  Table table;
  ASSERT_NE(table.add(key_of(1), {host(1), true}, 7, kStart), nullptr);
  ASSERT_NE(table.find(key_of(1), kStart + Table::kLifetime - Instant(1)), nullptr);
  EXPECT_EQ(*table.find(key_of(1), kStart), 7);
  EXPECT_EQ(table.find(key_of(1), kStart + Table::kLifetime), nullptr);
  EXPECT_EQ(*table.add(key_of(1), {host(1), true}, 8, kStart + Instant(1)), 7) << "it is kept";
  EXPECT_NE(table.find(key_of(1), kStart + Table::kLifetime), nullptr);
}

TEST(PendingExchanges, OfOneSenderAreLimited) {
  Table table;
  for (std::uint32_t xid = 0; xid < 20; ++xid) {
    EXPECT_EQ(table.add(key_of(1, xid), {host(1), true}, 1, kStart) != nullptr,
              xid < Table::kMaxOfSubscriber);
  }
  EXPECT_NE(table.add(key_of(2), {host(2), true}, 1, kStart), nullptr);
}

TEST(PendingExchanges, StrangersLeaveHalfOfThePlacesToSubscribers) {
  Table table;
  for (std::uint64_t site = 0; site < 2 * Table::kMaxExchanges; ++site) {
    ASSERT_NE(table.add(key_of(site), {host(site), false}, 1, kStart + Instant(site)), nullptr)
        << "the oldest stranger makes room";
  }
  const Instant now = kStart + Instant(2 * Table::kMaxExchanges);
  const std::uint64_t first_kept = 2 * Table::kMaxExchanges - Table::kMaxOfStrangers;
  EXPECT_EQ(table.find(key_of(first_kept - 1), now), nullptr);
  EXPECT_NE(table.find(key_of(first_kept), now), nullptr);
  EXPECT_NE(table.find(key_of(2 * Table::kMaxExchanges - 1), now), nullptr);
  for (std::uint64_t site = 0; site < Table::kMaxExchanges; ++site) {
    const std::uint64_t subscriber = 1'000'000 + site;
    ASSERT_NE(table.add(key_of(subscriber), {host(subscriber), true}, 1, now), nullptr) << site;
  }
  // Subscribers alone fill the table. None of them loses its place.
  EXPECT_EQ(table.add(key_of(9), {host(9), false}, 1, now), nullptr);
  EXPECT_EQ(table.add(key_of(2'000'000), {host(2'000'000), true}, 1, now), nullptr);
  EXPECT_NE(table.find(key_of(1'000'000), now), nullptr);
  EXPECT_NE(table.add(key_of(9), {host(9), false}, 1, now + Table::kLifetime), nullptr);
}

}  // namespace
}  // namespace softwire::controlplane::dhcp
