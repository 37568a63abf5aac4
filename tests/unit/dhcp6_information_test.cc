// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/dhcp6/information_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dhcp6_samples.h"

namespace softwire::controlplane::dhcp6 {
namespace {

using testing::ElementsAreArray;

Provision nothing(const Requester&) {
  return {};
}

Provision lw(const Requester&) {
  Provision has;
  has.binding = Binding{};
  has.binding->b4 = sample::kRelay;
  return has;
}

Result<Bytes, Outcome> ask(const Bytes& octets, const InformationServer::Lookup& lookup) {
  InformationServer::Options options;
  options.server_duid = hex("00030001aa");
  options.priority = {96, 94};
  options.dhcp4o6_servers.emplace();
  return InformationServer(options).answer(*unwrap(octets, {sample::kClient, 546}), lookup);
}

TEST(Dhcp6Information, Rfc8415Section1836ReplyHasOnlyWhatWasAskedFor) {
  EXPECT_THAT(*ask(hex("0b 123456 0001 0002 abcd"), lw),
              ElementsAreArray(hex("07 123456 0002 0005 00030001aa 0001 0002 abcd")));
  EXPECT_THAT(*ask(hex("0b 123456 0006 0006 0020 0058 006f"), lw),
              ElementsAreArray(
                  hex("07 123456 0002 0005 00030001aa 0020 0004 00015180 0058 0000 006f 0004 0060005e")));
}

TEST(Dhcp6Information, Rfc8415Section2123RefreshTimeIsNeverBelowTheMinimum) {
  InformationServer::Options options;
  const auto reply_with = [&](std::chrono::seconds refresh_time) {
    options.refresh_time = refresh_time;
    const Bytes octets = hex("0b 123456 0006 0002 0020");
    return *InformationServer(options).answer(*unwrap(octets, {sample::kClient, 546}), nothing);
  };
  EXPECT_THAT(reply_with(std::chrono::seconds(599)),
              ElementsAreArray(hex("07 123456 0002 0000 0020 0004 00000258")));
  EXPECT_THAT(reply_with(std::chrono::seconds(601)),
              ElementsAreArray(hex("07 123456 0002 0000 0020 0004 00000259")));
}

TEST(Dhcp6Information, Rfc8415Section193RelayedRequestIsLookedUpByItsLinkAndAnsweredThroughTheRelay) {
  const Bytes octets = join({sample::relay_header(12, 0), hex("0012 0002 beef 0009 0004 0b123456")});
  Requester asked_by;
  const auto reply = ask(octets, [&](const Requester& requester) {
    asked_by = requester;
    return Provision();
  });
  EXPECT_EQ(asked_by.peer_address, sample::kClient);
  EXPECT_EQ(asked_by.link_address, sample::kLink);
  EXPECT_THAT(*reply,
              ElementsAreArray(join({sample::relay_header(13, 0),
                                     hex("0012 0002 beef 0009 000d 07 123456 0002 0005 00030001aa")})));
}

TEST(Dhcp6Information, DirectRequestHasNoLink) {
  Requester asked_by{sample::kLink, sample::kLink};
  const auto reply = ask(hex("0b 123456"), [&](const Requester& requester) {
    asked_by = requester;
    return Provision();
  });
  EXPECT_TRUE(reply.ok());
  EXPECT_EQ(asked_by.peer_address, sample::kClient);
  EXPECT_EQ(asked_by.link_address, Ipv6Address());
}

TEST(Dhcp6Information, Rfc3646Section3DnsServersInOrderWhereThereAreSome) {
  InformationServer::Options options;
  const Bytes octets = hex("0b 123456 0006 0002 0017");
  const auto request = *unwrap(octets, {sample::kClient, 546});
  EXPECT_THAT(*InformationServer(options).answer(request, nothing),
              ElementsAreArray(hex("07 123456 0002 0000")));
  options.dns_servers = {sample::kRelay, sample::kLink};
  EXPECT_THAT(*InformationServer(options).answer(request, nothing),
              ElementsAreArray(hex("07 123456 0002 0000 0017 0020 20010db800ff00000000000000000010"
                                   "20010db800a100000000000000000001")));
}

TEST(Dhcp6Information, Rfc7598Section51MapEContainerOfTheRulesThatTheLookupGives) {
  Rule rule;
  rule.ipv4 = {Ipv4Address::from_host(0xc0000200), 24};
  rule.ipv6 = {Ipv6Address::from_host(0x20010db800000000, 0), 40};
  rule.ea_len = 16;
  rule.br = Ipv6Address::from_host(0x20010db8ffff0000, 1);
  const auto map_e = [&](const Requester&) {
    Provision has;
    has.map_e = {rule};
    return has;
  };
  // In hub-and-spoke mode F is clear on the BMR (RFC 7598 section 4.1).
  EXPECT_THAT(*ask(hex("0b 123456 0006 0002 005e"), map_e),
              ElementsAreArray(hex("07 123456 0002 0005 00030001aa 005e 002d 0059 0015 00 10 18 c0000200 28"
                                   "20010db800 005d 0004 06 00 0000"
                                   "005a 0010 20010db8ffff00000000000000000001")));
}

TEST(Dhcp6Information, ContainerOnlyForASubscriberThatHasOne) {
  const Bytes octets = hex("0b 123456 0006 0002 0060");
  EXPECT_EQ(ask(octets, lw)->size(), 13U + 4U + 20U + 25U);
  EXPECT_THAT(*ask(octets, nothing), ElementsAreArray(hex("07 123456 0002 0005 00030001aa")));
}

TEST(Dhcp6Information, Rfc8415Section1612OtherServerOrIaIsDropped) {
  EXPECT_TRUE(ask(hex("0b 123456 0002 0005 00030001aa"), lw).ok());
  EXPECT_EQ(ask(hex("0b 123456 0002 0005 00030001ab"), lw).error(), Outcome::kDhcp6ServerId);
  EXPECT_EQ(ask(hex("0b 123456 0003 0000"), lw).error(), Outcome::kDhcp6Ia);
  EXPECT_EQ(ask(hex("0b 123456 0019 0000"), lw).error(), Outcome::kDhcp6Ia);
  EXPECT_EQ(ask(hex("01 123456"), lw).error(), Outcome::kDhcp6MessageType);
}

}  // namespace
}  // namespace softwire::controlplane::dhcp6
