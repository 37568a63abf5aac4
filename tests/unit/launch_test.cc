// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/runtime/running_hub.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "softwire/address_text.h"
#include "softwire/derived_address.h"

namespace softwire::controlplane {
namespace {

TEST(MulticastGroups, AreTheNeighborsAndThoseOfItsAddresses_Rfc4291_2_8) {
  Config config;
  config.ipv6.mac = MacAddress({2, 0, 0, 0, 0, 6});
  config.ipv6_address = *parse_ipv6("2001:db8:6::1");
  EXPECT_THAT(multicast_groups(config, {*parse_ipv6("2001:db8:ff::1"), *parse_ipv6("2001:db8:ff::2")}),
              ::testing::UnorderedElementsAre(
                  MacAddress({0x33, 0x33, 0, 0, 0, 1}), MacAddress({0x33, 0x33, 0xff, 0, 0, 6}),
                  MacAddress({0x33, 0x33, 0xff, 0, 0, 1}), MacAddress({0x33, 0x33, 0xff, 0, 0, 2})));
}

TEST(MulticastGroups, HaveThatOfDhcpv6AgentsWhereDhcpv6IsTaken_Rfc8415_7_1) {
  Config config;
  const MacAddress agents({0x33, 0x33, 0, 1, 0, 2});
  EXPECT_THAT(multicast_groups(config, {}), ::testing::Not(::testing::Contains(agents)));
  config.dhcp_over_ipv6.dhcpv6 = true;
  EXPECT_THAT(multicast_groups(config, {}), ::testing::Contains(agents));
}

}  // namespace
}  // namespace softwire::controlplane
