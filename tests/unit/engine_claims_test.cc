// SPDX-License-Identifier: BSD-3-Clause
// Tests messages of others about the gateways of an engine: ARP and Neighbor Discovery that nobody asked for.
#include "neighbor_fixture.h"

namespace softwire {
namespace {

using dataplane::Gateway;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Claims : public ResolvedGateways {};

INSTANTIATE_TEST_SUITE_P(Burst, Claims, ::testing::Values(1, 4, 64));

TEST_P(Claims, AClaimOfTheGatewaysAddressIsAskedAndNotBelieved) {
  const Octets claims[] = {
      arp_frame(MacAddress::broadcast(),
                make_arp(ArpPacket::kRequest, kNewMac, kRouterIpv4, {}, kRouterIpv4)),  // announcement
      arp_frame(MacAddress::broadcast(), make_arp(ArpPacket::kReply, kNewMac, kRouterIpv4, {}, kRouterIpv4)),
      arp_frame(kHubIpv4Mac, make_arp(ArpPacket::kRequest, kNewMac, kRouterIpv4, {}, kRelay)),  // question
      arp_reply_of_router(kNewMac),  // answer to no question
  };
  for (const Octets& claim : claims) {
    hub.now += seconds(5);
    const auto result = hub.run(Side::kIpv4, {claim}, GetParam());
    EXPECT_EQ(result.outcomes[Outcome::kArpHandled], 1U);
    // Both are asked at once.
    EXPECT_EQ(result.outcomes[Outcome::kArpRequest], 2U);
    EXPECT_THAT(result.ipv4, ::testing::IsSupersetOf({arp_question(kRouterIpv4Mac), arp_question(kNewMac)}));
    expect_gateways(kRouterIpv4Mac, kRouterIpv6Mac);
    run(hub, Side::kIpv4, arp_reply_of_router());
    hub.now += Gateway::kReachable - Instant(1);
    EXPECT_THAT(hub.poll().ipv4, IsEmpty());
    expect_gateways(kRouterIpv4Mac, kRouterIpv6Mac);
    run(hub, Side::kIpv6, advertisement_of_router());
    hub.now += Instant(1);
    hub.poll();
    run(hub, Side::kIpv4, arp_reply_of_router());
    run(hub, Side::kIpv6, advertisement_of_router());
  }
}

TEST_P(Claims, Rfc826ANewMacAddressIsUsedAfterAnAnswerFromThere) {
  hub.now += seconds(5);
  run(hub, Side::kIpv4,
      arp_frame(MacAddress::broadcast(),
                make_arp(ArpPacket::kRequest, kNewMac, kRouterIpv4, {}, kRouterIpv4)));
  run(hub, Side::kIpv4, arp_reply_of_router(kNewMac));
  expect_gateways(kRouterIpv4Mac, kRouterIpv6Mac);
  // The old one does not answer.
  hub.now += Gateway::kAnswerTime;
  hub.poll();
  expect_gateways(kNewMac, kRouterIpv6Mac);
  hub.now += Gateway::kReachable - Instant(1);
  EXPECT_THAT(hub.poll().ipv4, IsEmpty());
  hub.now += Instant(1);
  EXPECT_THAT(hub.poll().ipv4, ElementsAre(arp_question(kNewMac)));
}

TEST_P(Claims, WhileTheOldMacAddressAnswersItStays) {
  hub.now += seconds(5);
  run(hub, Side::kIpv6, advertisement_of_router(NeighborMessage::kOverride, kNewMac, kAllNodes));
  run(hub, Side::kIpv6, advertisement_of_router(kSolicitedOverride, kNewMac));
  hub.now += std::chrono::milliseconds(100);
  run(hub, Side::kIpv6, advertisement_of_router());
  hub.now += seconds(2);
  hub.poll();
  expect_gateways(kRouterIpv4Mac, kRouterIpv6Mac);
}

// RFC 4861 section 7.2.5: only an answer to a request of the hub confirms.
TEST_P(Claims, Rfc4861Section725AnAnswerThatNobodyAskedForConfirmsNothing) {
  hub.now += seconds(20);
  EXPECT_EQ(run(hub, Side::kIpv4, arp_reply_of_router()).outcomes[Outcome::kArpHandled], frames());
  EXPECT_EQ(run(hub, Side::kIpv6, advertisement_of_router()).outcomes[Outcome::kNdHandled], frames());
  hub.now += seconds(10);
  const auto result = hub.poll();
  EXPECT_THAT(result.ipv4, ElementsAre(arp_question(kRouterIpv4Mac)));
  EXPECT_THAT(result.ipv6, ElementsAre(nd_question_to(kRouterIpv6Mac)));
}

// RFC 4861 sections 6.1.2 and 8.1: a router advertisement or a redirect does not change the gateway.
TEST_P(Claims, RouterAdvertisementsAndRedirectsSayNothing) {
  for (const std::uint8_t type : {134, 137}) {
    Octets message = advertisement_of_router(kSolicitedOverride, kNewMac);
    message[sizeof(EthernetHeader) + sizeof(Ipv6Header)] = type;
    hub.now += seconds(1);
    EXPECT_EQ(run(hub, Side::kIpv6, message).outcomes[Outcome::kNdHandled], 0U);
    EXPECT_THAT(hub.poll().ipv6, IsEmpty());
    expect_gateways(kRouterIpv4Mac, kRouterIpv6Mac);
  }
}

// RFC 4861 section 7.1.2: it has passed a router.
TEST_P(Claims, AdvertisementsFromAfarSayNothing) {
  Octets frame = advertisement_of_router(kSolicitedOverride, kNewMac);
  frame[sizeof(EthernetHeader) + offsetof(Ipv6Header, hop_limit)] = 254;
  EXPECT_EQ(run(hub, Side::kIpv6, frame).outcomes[Outcome::kNdInvalid], frames());
  EXPECT_THAT(hub.poll().ipv6, IsEmpty());
}

TEST_P(Claims, Rfc4861Section725OverrideIsTakenOverAfterAnAnswer) {
  hub.now += seconds(5);
  const auto claimed =
      run(hub, Side::kIpv6, advertisement_of_router(NeighborMessage::kOverride, kNewMac, kAllNodes));
  EXPECT_EQ(claimed.outcomes[Outcome::kNdSolicitation], 2U);
  EXPECT_THAT(claimed.ipv6,
              ::testing::IsSupersetOf({nd_question_to(kRouterIpv6Mac), nd_question_to(kNewMac)}));
  expect_gateways(kRouterIpv4Mac, kRouterIpv6Mac);
  run(hub, Side::kIpv6, advertisement_of_router(kSolicitedOverride, kNewMac));
  hub.now += Gateway::kAnswerTime;
  hub.poll();
  expect_gateways(kRouterIpv4Mac, kNewMac);
  hub.now += Gateway::kReachable - Instant(1);
  EXPECT_THAT(hub.poll().ipv6, IsEmpty());
}

TEST_P(Claims, Rfc4861Section723SolicitationOfTheGatewayIsNoAnswer) {
  hub.now += seconds(5);
  const Ipv6Address group = solicited_node_group(kBr);
  const auto frame =
      nd_frame(multicast_mac(group), kNewMac, make_solicitation(kRouterIpv6, group, kBr, kNewMac));
  const auto result = run(hub, Side::kIpv6, frame);
  EXPECT_EQ(result.outcomes[Outcome::kNdAdvertisement], frames());
  EXPECT_EQ(result.outcomes[Outcome::kNdSolicitation], 2U);
  EXPECT_THAT(result.ipv6, ::testing::Contains(nd_question_to(kNewMac)));
  expect_gateways(kRouterIpv4Mac, kRouterIpv6Mac);
}

TEST_P(Claims, AnnouncementOfAnotherSaysNothing) {
  const auto other =
      arp_frame(MacAddress::broadcast(), make_arp(ArpPacket::kRequest, kNewMac, kAsker, {}, kAsker));
  EXPECT_EQ(run(hub, Side::kIpv4, other).outcomes[Outcome::kArpNotOurs], frames());
  const auto nd =
      nd_frame(kHubIpv6Mac, kNewMac, make_advertisement(kOwn, kNode, kSolicitedOverride, kNewMac));
  EXPECT_EQ(run(hub, Side::kIpv6, nd).outcomes[Outcome::kNdNotOurs], frames());
  expect_gateways(kRouterIpv4Mac, kRouterIpv6Mac);
}

}  // namespace
}  // namespace softwire
