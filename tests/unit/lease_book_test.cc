// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/lease/lease_book.h"

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

TEST(LeaseBook, FindsALeaseByItsAddressAndPsidAndByWhoHasIt) {
  LeaseBook book;
  book.put(lease(3, kFirst, 7, 100));
  ASSERT_NE(book.find({shared(), 3}), nullptr);
  EXPECT_EQ(book.find({shared(), 4}), nullptr);
  EXPECT_EQ(book.find(kFirst, {0, 7}), book.find({shared(), 3}));
  EXPECT_EQ(book.any_of(shared()), book.find({shared(), 3}));
  EXPECT_EQ(book.any_of(Ipv4Address(192, 0, 2, 2)), nullptr);
}

TEST(LeaseBook, TakesTheSameClientIdentifierBehindAnotherEndForAnotherClient) {
  LeaseBook book;
  book.put(lease(3, kFirst, 7, 100));
  EXPECT_EQ(book.find(kSecond, {0, 7}), nullptr);
  EXPECT_EQ(book.find(kFirst, {0, 8}), nullptr);
}

TEST(LeaseBook, FindsAClientBehindAnotherEndOnTheSameLinkIfNotBehindThisOne) {
  LeaseBook book;
  const Ipv6Address neighbor = *parse_ipv6("2001:db8:1::1");
  book.put(lease(3, kFirst, 7, 100));
  EXPECT_EQ(book.find_on_link(neighbor, {0, 7}, book.link_of(neighbor)), book.find({shared(), 3}));
  EXPECT_EQ(book.find_on_link(neighbor, {0, 8}, book.link_of(neighbor)), nullptr);
  EXPECT_EQ(
      book.find_on_link(*parse_ipv6("2001:db8:1:1::2"), {0, 7}, book.link_of(*parse_ipv6("2001:db8:1:1::2"))),
      nullptr);
  EXPECT_EQ(book.find_on_link(kSecond, {0, 7}, book.link_of(kSecond)), nullptr);
  Lease of_many = lease(5, kFirst, 0, 100);
  for (const ClientId& zeros : {ClientId{0, 0}, ClientId{1, 1, 0, 0, 0, 0, 0, 0}, ClientId{1, 1}}) {
    of_many.client = zeros;
    book.put(of_many);
    EXPECT_EQ(book.find_on_link(neighbor, zeros, book.link_of(neighbor)), nullptr);
    EXPECT_EQ(book.find_on_link(kFirst, zeros, book.link_of(kFirst)), book.find({shared(), 5}));
  }
  book.put(lease(4, neighbor, 7, 100));
  EXPECT_EQ(book.find_on_link(neighbor, {0, 7}, book.link_of(neighbor)), book.find({shared(), 4}));
  EXPECT_EQ(book.find_on_link(kFirst, {0, 7}, book.link_of(kFirst)), book.find({shared(), 3}));
}

TEST(LeaseBook, PutsALeaseInThePlaceOfTheOneWithTheSameKey) {
  LeaseBook book;
  book.put(lease(3, kFirst, 7, 100));
  book.put(lease(3, kSecond, 8, 50));
  EXPECT_EQ(book.size(), 1U);
  EXPECT_THAT(book.of_subscriber(kFirst), IsEmpty());
  EXPECT_EQ(book.count_of_subscriber(kSecond), 1U);
  EXPECT_EQ(book.next_end(), WallTime(seconds(50)));
}

TEST(LeaseBook, FindsWhatIsBehindAllEndsInAPrefix) {
  LeaseBook book;
  book.put(lease(1, *parse_ipv6("2001:db8:1::2"), 1, 100));
  book.put(lease(2, *parse_ipv6("2001:db8:1::2"), 2, 100));
  book.put(lease(3, *parse_ipv6("2001:db8:1:0:ffff:ffff:ffff:ffff"), 3, 100));
  book.put(lease(4, *parse_ipv6("2001:db8:1:1::"), 4, 100));
  book.put(lease(5, *parse_ipv6("2001:db8:0:ffff::1"), 5, 100));
  const auto count = [&book](const char* prefix) { return book.count_within(*parse_ipv6_prefix(prefix)); };
  EXPECT_EQ(count("2001:db8:1::/64"), 3U);
  EXPECT_EQ(count("2001:db8:1::/48"), 4U);
  EXPECT_EQ(count("2001:db8:1::2/128"), 2U);
  EXPECT_EQ(count("2001:db8:2::/48"), 0U);
  EXPECT_EQ(count("2001:db8::/32"), 5U);
  EXPECT_EQ(book.within(*parse_ipv6_prefix("2001:db8:1::/64")).size(), 3U);
  book.erase({shared(), 3});
  EXPECT_EQ(count("2001:db8:1::/64"), 2U);
}

TEST(LeaseBook, NamesWhatHasEndedTheEarliestFirstAndNoMoreThanAsked) {
  LeaseBook book;
  book.put(lease(1, kFirst, 1, 30));
  book.put(lease(2, kFirst, 2, 10));
  book.put(lease(3, kFirst, 3, 20));
  EXPECT_THAT(book.ended(WallTime(seconds(9)), 10), IsEmpty());
  EXPECT_THAT(book.ended(WallTime(seconds(20)), 10),
              ElementsAre(LeaseKey{shared(), 2}, LeaseKey{shared(), 3}));
  EXPECT_THAT(book.ended(WallTime(seconds(90)), 1), ElementsAre(LeaseKey{shared(), 2}));
  EXPECT_TRUE(book.erase({shared(), 2}));
  EXPECT_FALSE(book.erase({shared(), 2}));
  EXPECT_EQ(book.next_end(), WallTime(seconds(20)));
}

TEST(LeaseBook, GoesThroughTheLeasesFromWhereItIsTold) {
  LeaseBook book;
  for (const Psid psid : {5, 1, 3}) book.put(lease(psid, kFirst, static_cast<std::uint8_t>(psid), 10));
  std::vector<Psid> seen;
  book.for_each(LeaseKey{shared(), 1}, [&](const Lease& next) {
    seen.push_back(next.key().psid);
    return seen.size() < 2;
  });
  EXPECT_THAT(seen, ElementsAre(3, 5));
}

}  // namespace
}  // namespace softwire::controlplane
