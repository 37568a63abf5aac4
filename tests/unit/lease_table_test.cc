// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/lease/lease_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "softwire/address_text.h"

namespace softwire::controlplane {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

const Ipv6Address kBr = *parse_ipv6("2001:db8::1");
const Ipv6Address kFirst = *parse_ipv6("2001:db8:1::2");
const Ipv6Address kSecond = *parse_ipv6("2001:db8:2::2");

Ipv4Address shared() {
  return {192, 0, 2, 1};
}

Lease lease(Psid psid, const Ipv6Address& b4, std::uint8_t client, int end) {
  return {Binding{shared(), PortSet{{0, 6}, psid}, b4, kBr}, {0, client}, WallTime(seconds(end)), {}};
}

TEST(LeaseTable, FindsALeaseByItsAddressAndPsidAndByWhoHasIt) {
  LeaseTable table;
  table.put(lease(3, kFirst, 7, 100));
  ASSERT_NE(table.find({shared(), 3}), nullptr);
  EXPECT_EQ(table.find({shared(), 4}), nullptr);
  EXPECT_EQ(table.find(kFirst, {0, 7}), table.find({shared(), 3}));
  EXPECT_EQ(table.any_of(shared()), table.find({shared(), 3}));
  EXPECT_EQ(table.any_of(Ipv4Address(192, 0, 2, 2)), nullptr);
}

TEST(LeaseTable, TakesTheSameClientIdentifierBehindAnotherEndForAnotherClient) {
  LeaseTable table;
  table.put(lease(3, kFirst, 7, 100));
  EXPECT_EQ(table.find(kSecond, {0, 7}), nullptr);
  EXPECT_EQ(table.find(kFirst, {0, 8}), nullptr);
}

TEST(LeaseTable, FindsAClientBehindAnotherEndOnTheSameLinkIfNotBehindThisOne) {
  LeaseTable table;
  const Ipv6Address neighbor = *parse_ipv6("2001:db8:1::1");
  table.put(lease(3, kFirst, 7, 100));
  EXPECT_EQ(table.find_on_link(neighbor, {0, 7}, table.link_of(neighbor)), table.find({shared(), 3}));
  EXPECT_EQ(table.find_on_link(neighbor, {0, 8}, table.link_of(neighbor)), nullptr);
  EXPECT_EQ(table.find_on_link(*parse_ipv6("2001:db8:1:1::2"), {0, 7},
                               table.link_of(*parse_ipv6("2001:db8:1:1::2"))),
            nullptr);
  EXPECT_EQ(table.find_on_link(kSecond, {0, 7}, table.link_of(kSecond)), nullptr);
  Lease of_many = lease(5, kFirst, 0, 100);
  for (const ClientId& zeros : {ClientId{0, 0}, ClientId{1, 1, 0, 0, 0, 0, 0, 0}, ClientId{1, 1}}) {
    of_many.client = zeros;
    table.put(of_many);
    EXPECT_EQ(table.find_on_link(neighbor, zeros, table.link_of(neighbor)), nullptr);
    EXPECT_EQ(table.find_on_link(kFirst, zeros, table.link_of(kFirst)), table.find({shared(), 5}));
  }
  table.put(lease(4, neighbor, 7, 100));
  EXPECT_EQ(table.find_on_link(neighbor, {0, 7}, table.link_of(neighbor)), table.find({shared(), 4}));
  EXPECT_EQ(table.find_on_link(kFirst, {0, 7}, table.link_of(kFirst)), table.find({shared(), 3}));
}

TEST(LeaseTable, PutsALeaseInThePlaceOfTheOneWithTheSameKey) {
  LeaseTable table;
  table.put(lease(3, kFirst, 7, 100));
  table.put(lease(3, kSecond, 8, 50));
  EXPECT_EQ(table.size(), 1U);
  EXPECT_THAT(table.of_subscriber(kFirst), IsEmpty());
  EXPECT_EQ(table.count_of_subscriber(kSecond), 1U);
  EXPECT_EQ(table.next_end(), WallTime(seconds(50)));
}

TEST(LeaseTable, FindsWhatIsBehindAllEndsInAPrefix) {
  LeaseTable table;
  table.put(lease(1, *parse_ipv6("2001:db8:1::2"), 1, 100));
  table.put(lease(2, *parse_ipv6("2001:db8:1::2"), 2, 100));
  table.put(lease(3, *parse_ipv6("2001:db8:1:0:ffff:ffff:ffff:ffff"), 3, 100));
  table.put(lease(4, *parse_ipv6("2001:db8:1:1::"), 4, 100));
  table.put(lease(5, *parse_ipv6("2001:db8:0:ffff::1"), 5, 100));
  const auto count = [&table](const char* prefix) { return table.count_within(*parse_ipv6_prefix(prefix)); };
  EXPECT_EQ(count("2001:db8:1::/64"), 3U);
  EXPECT_EQ(count("2001:db8:1::/48"), 4U);
  EXPECT_EQ(count("2001:db8:1::2/128"), 2U);
  EXPECT_EQ(count("2001:db8:2::/48"), 0U);
  EXPECT_EQ(count("2001:db8::/32"), 5U);
  EXPECT_EQ(table.within(*parse_ipv6_prefix("2001:db8:1::/64")).size(), 3U);
  table.erase({shared(), 3});
  EXPECT_EQ(count("2001:db8:1::/64"), 2U);
}

TEST(LeaseTable, NamesWhatHasEndedTheEarliestFirstAndNoMoreThanAsked) {
  LeaseTable table;
  table.put(lease(1, kFirst, 1, 30));
  table.put(lease(2, kFirst, 2, 10));
  table.put(lease(3, kFirst, 3, 20));
  EXPECT_THAT(table.ended(WallTime(seconds(9)), 10), IsEmpty());
  EXPECT_THAT(table.ended(WallTime(seconds(20)), 10),
              ElementsAre(LeaseKey{shared(), 2}, LeaseKey{shared(), 3}));
  EXPECT_THAT(table.ended(WallTime(seconds(90)), 1), ElementsAre(LeaseKey{shared(), 2}));
  EXPECT_TRUE(table.erase({shared(), 2}));
  EXPECT_FALSE(table.erase({shared(), 2}));
  EXPECT_EQ(table.next_end(), WallTime(seconds(20)));
}

TEST(LeaseTable, GoesThroughTheLeasesFromWhereItIsTold) {
  LeaseTable table;
  for (const Psid psid : {5, 1, 3}) table.put(lease(psid, kFirst, static_cast<std::uint8_t>(psid), 10));
  std::vector<Psid> seen;
  table.for_each(LeaseKey{shared(), 1}, [&](const Lease& next) {
    seen.push_back(next.key().psid);
    return seen.size() < 2;
  });
  EXPECT_THAT(seen, ElementsAre(3, 5));
}

}  // namespace
}  // namespace softwire::controlplane
