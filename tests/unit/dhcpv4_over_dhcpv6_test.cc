// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/dhcp6/dhcpv4_over_dhcpv6.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dhcp6_samples.h"

namespace softwire::controlplane::dhcp6 {
namespace {

using testing::ElementsAreArray;

constexpr Ipv6Address kBr = Ipv6Address::from_host(0x20010db8ffff0000, 2);
const Endpoint kSource{sample::kRelay, 547};

Outcome query_error(const Bytes& octets) {
  const auto query = open_query(*unwrap(octets, kSource));
  return query ? Outcome::kDhcp6Answered : query.error();
}

Outcome response_error(const Bytes& octets) {
  const auto response = open_response(octets);
  return response ? Outcome::kDhcp6Answered : response.error();
}

TEST(Dhcpv4OverDhcpv6, Rfc7341Section62FlagUIsUnicast) {
  const Bytes unicast = hex("14 800000 0057 0002 aabb");
  const auto query = open_query(*unwrap(unicast, kSource));
  ASSERT_TRUE(query.ok());
  EXPECT_TRUE(query->unicast);
  EXPECT_THAT(query->dhcpv4, ElementsAreArray(hex("aabb")));
  const Bytes broadcast = hex("14 7fffff 0057 0002 aabb");
  EXPECT_FALSE(open_query(*unwrap(broadcast, kSource))->unicast);
}

TEST(Dhcpv4OverDhcpv6, Rfc7341Section8QueryWithoutExactlyOneMessageIsDropped) {
  EXPECT_EQ(query_error(hex("14 000000")), Outcome::kDhcp6Dhcpv4Message);
  EXPECT_EQ(query_error(hex("14 000000 0057 0001 aa 0057 0001 bb")), Outcome::kDhcp6Dhcpv4Message);
  EXPECT_EQ(query_error(hex("15 000000 0057 0001 aa")), Outcome::kDhcp6MessageType);
}

TEST(Dhcpv4OverDhcpv6, Rfc8539ResponseHasBrAndBindPrefixOnlyWhenAskedFor) {
  const Ipv6Prefix bind{Ipv6Address::from_host(0x20010db800123400, 0), 56};
  const Bytes plain = hex("14 800000 0057 0001 aa");
  EXPECT_THAT(*answer_query(open_query(*unwrap(plain, kSource))->origin, hex("cc"), kBr, bind),
              ElementsAreArray(hex("15 000000 0057 0001 cc")));
  const Bytes asking = hex("14 000000 0057 0001 aa 0006 0004 005a 0089");
  EXPECT_THAT(*answer_query(open_query(*unwrap(asking, kSource))->origin, hex("cc"), kBr, bind),
              ElementsAreArray(hex("15 000000 0057 0001 cc 005a 0010 20010db8ffff00000000000000000002"
                                   "0089 0008 38 20010db8001234")));
}

TEST(Dhcpv4OverDhcpv6, Rfc7341Section10RelayedQueryIsAnsweredInARelayReply) {
  const Bytes octets =
      join({sample::relay_header(12, 0), hex("0012 0001 07 0009 0009 14 000000 0057 0001 aa")});
  const auto query = open_query(*unwrap(octets, kSource));
  ASSERT_TRUE(query.ok());
  EXPECT_THAT(*answer_query(query->origin, hex("cc"), {}, {}),
              ElementsAreArray(
                  join({sample::relay_header(13, 0), hex("0012 0001 07 0009 0009 15 000000 0057 0001 cc")})));
}

const Bytes kInterfaceId = hex("0012 0010 fe800000000000000000000000000017");

TEST(Dhcpv4OverDhcpv6, Rfc9928ForwardNamesBrAndSubscriber) {
  EXPECT_THAT(*forward_4o6(hex("aa"), true, sample::kLink, sample::kClient),
              ElementsAreArray(join(
                  {sample::relay_header(12, 0), kInterfaceId, hex("0009 0009 14 800000 0057 0001 aa")})));
  EXPECT_EQ((*forward_4o6(hex("aa"), false, sample::kLink, sample::kClient))[59], 0);
}

TEST(Dhcpv4OverDhcpv6, Rfc9928ResponseIsForThePeerThatTheInterfaceIdNames) {
  const Bytes octets =
      join({sample::relay_header(13, 0), kInterfaceId, hex("0009 0009 15 800000 0057 0001 cc")});
  const auto response = open_response(octets);
  ASSERT_TRUE(response.ok());
  EXPECT_EQ(response->subscriber, sample::kClient);
  EXPECT_EQ(response->br, sample::kLink);
  EXPECT_THAT(response->dhcpv4, ElementsAreArray(hex("cc")));
  EXPECT_EQ(response_error(join({sample::relay_header(13, 0), hex("0009 0009 15 000000 0057 0001 cc")})),
            Outcome::kDhcp6RelayReply);
  EXPECT_EQ(response_error(join({sample::relay_header(12, 0), kInterfaceId})), Outcome::kDhcp6MessageType);
}

TEST(Dhcpv4OverDhcpv6, Rfc7341Section9ResponseWithoutExactlyOneMessageIsDropped) {
  EXPECT_EQ(response_error(join({sample::relay_header(13, 0), kInterfaceId, hex("0009 0004 15 000000")})),
            Outcome::kDhcp6Dhcpv4Message);
  EXPECT_EQ(response_error(join({sample::relay_header(13, 0), kInterfaceId,
                                 hex("0009 000e 15 000000 0057 0001 cc 0057 0001 cc")})),
            Outcome::kDhcp6Dhcpv4Message);
}

}  // namespace
}  // namespace softwire::controlplane::dhcp6
