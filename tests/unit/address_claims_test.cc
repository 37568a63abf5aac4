// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/runtime/address_claims.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "softwire/address_text.h"

namespace softwire::controlplane {
namespace {

using Conflict = dataplane::AddressConflicts::Conflict;
using std::chrono::hours;
using std::chrono::minutes;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr WallTime kStart{hours(1'000'000)};
MacAddress station(std::uint8_t number) {
  return MacAddress({2, 0, 0, 0, 0, number});
}
Conflict of_ipv4(std::uint8_t number, std::uint64_t frames) {
  return {Side::kIpv4,
          Ipv6Address::from_host(0, Ipv4Address(198, 51, 100, 1).host()),
          station(number),
          frames,
          {},
          false};
}
Conflict of_ipv6(std::uint8_t number, std::uint64_t frames) {
  return {Side::kIpv6, *parse_ipv6("2001:db8:6::1"), station(number), frames, {}, false};
}

TEST(AddressClaims, HaveTheTimesOfTheirFrames) {
  AddressClaims claims;
  claims.update({of_ipv4(1, 3)}, kStart);
  claims.update({of_ipv4(1, 3)}, kStart + minutes(1));
  const auto list = claims.update({of_ipv4(1, 4), of_ipv6(2, 1)}, kStart + minutes(2));
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0].address, "198.51.100.1");
  EXPECT_EQ(list[0].frames, 4U);
  EXPECT_EQ(list[0].since, kStart);
  EXPECT_EQ(list[0].last, kStart + minutes(2));
  EXPECT_EQ(list[1].address, "2001:db8:6::1");
  EXPECT_EQ(list[1].station, station(2));
  EXPECT_THAT(claims.update({}, kStart), IsEmpty());
}

TEST(ClaimLog, NamesEachClaimOnceUntilItWasSilentForAnHour) {
  AddressClaims claims;
  ClaimLog log;
  const auto look = [&](std::uint64_t frames, WallTime now) {
    return log.look(claims.update({of_ipv4(1, frames)}, now), now);
  };
  EXPECT_THAT(look(1, kStart), ElementsAre(HasSubstr("02:00:00:00:00:01 claims our address 198.51.100.1")));
  for (int minute = 1; minute < 200; ++minute)
    EXPECT_THAT(look(1 + minute, kStart + minutes(minute)), IsEmpty());
  EXPECT_THAT(look(200, kStart + hours(5)), IsEmpty()) << "no frame came";
  EXPECT_EQ(look(201, kStart + hours(6)).size(), 1U);
}

// Two stations say that they are the gateway.
TEST(ClaimLog, NamesAStationThatDisputesAGateway) {
  AddressClaims claims;
  ClaimLog log;
  Conflict conflict = of_ipv4(1, 1);
  conflict.is_of_gateway = true;
  const auto list = claims.update({conflict}, kStart);
  ASSERT_EQ(list.size(), 1U);
  EXPECT_TRUE(list[0].is_of_gateway);
  EXPECT_THAT(log.look(list, kStart),
              ElementsAre(HasSubstr("02:00:00:00:00:01 says that it is the gateway 198.51.100.1, ")));
  conflict.frames = 2;
  EXPECT_THAT(log.look(claims.update({conflict}, kStart + minutes(1)), kStart + minutes(1)), IsEmpty());
}

TEST(ClaimLog, SaysNoMoreThanAFewLinesInAnHour) {
  AddressClaims claims;
  ClaimLog log;
  std::size_t lines = 0;
  for (std::uint8_t number = 0; number < 200; ++number) {
    lines += log.look(claims.update({of_ipv6(number, 1)}, kStart), kStart).size();
  }
  EXPECT_EQ(lines, ClaimLog::kMostInAnHour + 1);
  EXPECT_EQ(log.look(claims.update({of_ipv6(201, 1)}, kStart + hours(1)), kStart + hours(1)).size(), 1U);
  // The clock was set back.
  EXPECT_EQ(log.look(claims.update({of_ipv6(202, 1)}, kStart - hours(5)), kStart - hours(5)).size(), 1U);
}

}  // namespace
}  // namespace softwire::controlplane
