// SPDX-License-Identifier: BSD-3-Clause
// Tests the engine's answers for its own addresses: ARP and Neighbor Discovery.
#include "neighbor_fixture.h"

namespace softwire {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Neighbor : public EngineTest {
 protected:
  void expect_answered(Side side, const Octets& frame, const Octets& answer, Outcome handled, Outcome sent,
                       const dataplane::Policy& with = answering()) {
    EngineHarness hub(with, bindings());
    const auto result = run(hub, side, frame);
    EXPECT_EQ(result.outcomes[handled], frames());
    EXPECT_EQ(result.outcomes[sent], frames());
    EXPECT_EQ(hub.engine().counters().generated, frames());
    const auto& out = side == Side::kIpv4 ? result.ipv4 : result.ipv6;
    EXPECT_EQ(out.size(), frames());
    EXPECT_THAT(out, Each(answer));
  }
  void expect_arp(const Octets& frame, const Octets& answer, const dataplane::Policy& with = answering()) {
    expect_answered(Side::kIpv4, frame, answer, Outcome::kArpHandled, Outcome::kArpReply, with);
  }
  void expect_nd(const Octets& frame, const Octets& answer, const dataplane::Policy& with = answering()) {
    expect_answered(Side::kIpv6, frame, answer, Outcome::kNdHandled, Outcome::kNdAdvertisement, with);
  }
};

INSTANTIATE_TEST_SUITE_P(Burst, Neighbor, ::testing::Values(1, 4, 64));

// --- answers ---

TEST_P(Neighbor, Rfc826AnswersForItsOwnAddress) {
  expect_arp(arp_request(kRelay), arp_reply_of_hub(kRelay));
}

TEST_P(Neighbor, Rfc826AnswersForTheRelaysAddress) {
  auto with = answering();
  with.dhcp_relay.address = Ipv4Address(198, 51, 100, 3);
  expect_arp(arp_request(with.dhcp_relay.address), arp_reply_of_hub(with.dhcp_relay.address), with);
  with.dhcp_relay.enabled = false;
  expect_dropped(Side::kIpv4, arp_request(with.dhcp_relay.address), Outcome::kArpNotOurs, with);
}

TEST_P(Neighbor, Rfc5227DefendsItsOwnAddressAgainstAProbe) {
  expect_arp(arp_request(kRelay, {}), arp_reply_of_hub(kRelay, {}));
  auto nameless = answering();
  nameless.ipv4_address = {};
  nameless.dhcp_relay = {};
  expect_dropped(Side::kIpv4, arp_request({}), Outcome::kArpNotOurs, nameless);
}

TEST_P(Neighbor, Rfc1027ProxyArpIsForBoundAddresses) {
  auto with = answering();
  expect_dropped(Side::kIpv4, arp_request(kShared), Outcome::kArpNotOurs, with);
  with.proxy_arp = true;
  expect_arp(arp_request(kShared), arp_reply_of_hub(kShared), with);
  expect_arp(arp_request(kWhole), arp_reply_of_hub(kWhole), with);
  expect_dropped(Side::kIpv4, arp_request(kHost), Outcome::kArpNotOurs, with);
}

TEST_P(Neighbor, ProxyArpLeavesProbesAndAnnouncementsAlone) {
  auto with = answering();
  with.proxy_arp = true;
  expect_dropped(Side::kIpv4, arp_request(kWhole, {}), Outcome::kArpNotOurs, with);
  expect_dropped(Side::kIpv4, arp_request(kWhole, kWhole), Outcome::kArpNotOurs, with);
  with.ipv4_gateway = kWhole;
  expect_dropped(Side::kIpv4, arp_request(kWhole), Outcome::kArpNotOurs, with);
}

TEST_P(Neighbor, AnswersToEachStationAreLimited) {
  auto with = answering();
  with.ipv4.answer_source_rate = with.ipv6.answer_source_rate = 5;
  EngineHarness hub(with, bindings());
  const std::vector<Octets> arps(20, arp_request(kRelay));
  auto result = hub.run(Side::kIpv4, arps, GetParam());
  EXPECT_EQ(result.outcomes[Outcome::kArpReply], 5);
  EXPECT_EQ(result.outcomes[Outcome::kAnswerRate], 15);
  const Octets other = arp_frame(MacAddress::broadcast(), make_arp(ArpPacket::kRequest, kNewMac,
                                                                   Ipv4Address(198, 51, 100, 8), {}, kRelay));
  EXPECT_EQ(hub.run(Side::kIpv4, {other}).outcomes[Outcome::kArpReply], 1);
  result = hub.run(Side::kIpv6, std::vector<Octets>(20, solicitation(kOwn)), GetParam());
  EXPECT_EQ(result.outcomes[Outcome::kNdAdvertisement], 5);
  EXPECT_EQ(result.outcomes[Outcome::kAnswerRate], 15);
  hub.now += std::chrono::seconds(1);
  EXPECT_EQ(hub.run(Side::kIpv4, arps, GetParam()).outcomes[Outcome::kArpReply], 5);
}

// Whoever names the gateway's MAC address as its own must not silence the hub towards the gateway.
TEST_P(Neighbor, TheGatewayAlwaysGetsItsAnswer) {
  auto with = answering();
  with.ipv4.answer_source_rate = 5;
  with.ipv4.gateway_mac = kRouterIpv4Mac;
  EngineHarness hub(with, bindings());
  const Octets arp = arp_frame(MacAddress::broadcast(),
                               make_arp(ArpPacket::kRequest, kRouterIpv4Mac, kRouterIpv4, {}, kRelay));
  EXPECT_EQ(hub.run(Side::kIpv4, std::vector<Octets>(20, arp), GetParam()).outcomes[Outcome::kArpReply], 20);
}

TEST_P(Neighbor, ArpOnTheIpv6SideIsNone) {
  expect_dropped(Side::kIpv6, arp_request(kRelay), Outcome::kUnknownEtherType, answering());
}

TEST_P(Neighbor, ArpThatIsCutShort) {
  Octets frame = arp_request(kRelay);
  frame.pop_back();
  expect_dropped(Side::kIpv4, frame, Outcome::kArpInvalid, answering());
}

TEST_P(Neighbor, Rfc5227ConflictIsCounted) {
  expect_dropped(Side::kIpv4, arp_request(kRelay, kRelay), Outcome::kNeighborConflict, answering());
  const auto own = nd_frame(kHubIpv6Mac, kAskerMac, make_advertisement(kAllNodes, kOwn, 0, kAskerMac));
  expect_dropped(Side::kIpv6, own, Outcome::kNeighborConflict, answering());
  expect_dropped(Side::kIpv6, solicitation(kBr, kOwn), Outcome::kNeighborConflict, answering());
}

// RFC 5227 section 2.4 (c): the hub keeps its address, and tells the link whose it is, every ten seconds at
// most.
TEST_P(Neighbor, Rfc5227Section24AConflictIsListedAndAnswered) {
  dataplane::AddressConflicts conflicts;
  EngineHarness hub(answering(), bindings(), conflicts);
  const Octets claim4 = arp_request(kRelay, kRelay);
  const Octets claim6 = nd_frame(kHubIpv6Mac, kAskerMac, make_advertisement(kAllNodes, kOwn, 0, kAskerMac));
  for (int round = 0; round < 2; ++round) {
    EXPECT_THAT(run(hub, Side::kIpv4, claim4).ipv4,
                ElementsAre(arp_frame(MacAddress::broadcast(),
                                      make_arp(ArpPacket::kRequest, kHubIpv4Mac, kRelay, {}, kRelay))));
    constexpr std::uint32_t kFlags = NeighborMessage::kRouter | NeighborMessage::kOverride;
    EXPECT_THAT(run(hub, Side::kIpv6, claim6).ipv6,
                ElementsAre(nd_frame(multicast_mac(kAllNodes), kHubIpv6Mac,
                                     make_advertisement(kAllNodes, kOwn, kFlags, kHubIpv6Mac))));
    hub.now += std::chrono::seconds(9);
    EXPECT_THAT(run(hub, Side::kIpv4, claim4).ipv4, IsEmpty());
    EXPECT_THAT(run(hub, Side::kIpv6, solicitation(kBr, kOwn)).ipv6, IsEmpty());
    hub.now += std::chrono::seconds(1);
  }
  const auto list = conflicts.list();
  ASSERT_EQ(list.size(), 2U);
  for (const auto& conflict : list) {
    EXPECT_EQ(conflict.station, kAskerMac);
    EXPECT_EQ(conflict.frames, 4 * frames());
    EXPECT_EQ(conflict.address,
              conflict.side == Side::kIpv6 ? kOwn : Ipv6Address::from_host(0, kRelay.host()));
  }
}

// RFC 4861 section 7.2.7: several hubs may have a BR address. One that overrides claims to be the only one.
TEST_P(Neighbor, AnotherHubWithTheSameBrAddressIsNoConflict) {
  const auto of_other_hub = [](std::uint32_t flags) {
    return nd_frame(kHubIpv6Mac, kAskerMac, make_advertisement(kAllNodes, kBr, flags, kAskerMac));
  };
  expect_dropped(Side::kIpv6, of_other_hub(NeighborMessage::kRouter), Outcome::kNdNotOurs, answering());
  expect_dropped(Side::kIpv6, of_other_hub(NeighborMessage::kOverride), Outcome::kNeighborConflict,
                 answering());
}

TEST_P(Neighbor, Rfc4861Section727ABrAddressIsDefendedWithoutOverride) {
  dataplane::AddressConflicts conflicts;
  EngineHarness hub(answering(), bindings(), conflicts);
  const auto claim = nd_frame(kHubIpv6Mac, kAskerMac,
                              make_advertisement(kAllNodes, kBr, NeighborMessage::kOverride, kAskerMac));
  EXPECT_THAT(
      run(hub, Side::kIpv6, claim).ipv6,
      ElementsAre(nd_frame(multicast_mac(kAllNodes), kHubIpv6Mac,
                           make_advertisement(kAllNodes, kBr, NeighborMessage::kRouter, kHubIpv6Mac))));
  // Another hub asks from the BR address that both have.
  expect_dropped(Side::kIpv6, solicitation(kOwn, kBr), Outcome::kNdNotOurs, answering());
}

TEST_P(Neighbor, ProxiedAnswersHaveALimitOfTheirOwn) {
  auto with = answering();
  with.proxy_arp = true;
  with.ipv4.answer_source_rate = 5;
  EngineHarness hub(with, bindings());
  const std::vector<Octets> scan(20, arp_request(kWhole));
  EXPECT_EQ(hub.run(Side::kIpv4, scan, GetParam()).outcomes[Outcome::kArpReply], 5);
  EXPECT_EQ(hub.run(Side::kIpv4, {arp_request(kRelay)}).outcomes[Outcome::kArpReply], 1);
}

TEST_P(Neighbor, OwnFramesThatComeBackSayNothing) {
  expect_dropped(Side::kIpv4, arp_question(MacAddress::broadcast()), Outcome::kArpNotOurs, answering());
  const Ipv6Address group = solicited_node_group(kOwn);
  const auto own =
      nd_frame(multicast_mac(group), kHubIpv6Mac, make_solicitation(kOwn, group, kOwn, kHubIpv6Mac));
  expect_dropped(Side::kIpv6, own, Outcome::kNdNotOurs, answering());
}

TEST_P(Neighbor, Rfc4861Section724AnswersForItsOwnAddresses) {
  constexpr std::uint32_t kFlags = NeighborMessage::kRouter | NeighborMessage::kSolicited;
  expect_nd(solicitation(kOwn), advertisement_of_hub(kOwn, kFlags | NeighborMessage::kOverride));
  const Ipv6Address link_local = link_local_address(kHubIpv6Mac);
  expect_nd(solicitation(link_local), advertisement_of_hub(link_local, kFlags | NeighborMessage::kOverride));
  // RFC 4861 7.2.7: another hub may have the same BR address.
  expect_nd(solicitation(kBr), advertisement_of_hub(kBr, kFlags));
}

TEST_P(Neighbor, Rfc4861Section733AnswersAUnicastProbe) {
  const auto frame = nd_frame(kHubIpv6Mac, kAskerMac, make_solicitation(kNode, kOwn, kOwn, kAskerMac));
  constexpr std::uint32_t kFlags =
      NeighborMessage::kRouter | NeighborMessage::kSolicited | NeighborMessage::kOverride;
  expect_nd(frame, advertisement_of_hub(kOwn, kFlags));
}

TEST_P(Neighbor, Rfc4862Section543DefendsItsAddresses) {
  constexpr std::uint32_t kFlags = NeighborMessage::kRouter | NeighborMessage::kOverride;
  expect_nd(nd_probe(kOwn), nd_frame(multicast_mac(kAllNodes), kHubIpv6Mac,
                                     make_advertisement(kAllNodes, kOwn, kFlags, kHubIpv6Mac)));
  expect_dropped(Side::kIpv6, nd_probe(kNode), Outcome::kNdNotOurs, answering());
}

TEST_P(Neighbor, SolicitationForAnotherNode) {
  expect_dropped(Side::kIpv6, solicitation(kB4Whole), Outcome::kNdNotOurs, answering());
  // The target is ours, but the destination is another node's group.
  const Ipv6Address group = solicited_node_group(kNode);
  const auto frame =
      nd_frame(multicast_mac(group), kAskerMac, make_solicitation(kNode, group, kOwn, kAskerMac));
  expect_dropped(Side::kIpv6, frame, Outcome::kNdNotOurs, answering());
}

TEST_P(Neighbor, MessageThatMayNotBe) {
  Octets frame = solicitation(kOwn);
  frame[sizeof(EthernetHeader) + offsetof(Ipv6Header, hop_limit)] = 64;
  expect_dropped(Side::kIpv6, frame, Outcome::kNdInvalid, answering());
}

// RFC 6980 section 5: not in fragments, not even in a single one, and not after any other header.
TEST_P(Neighbor, NothingComesBeforeTheMessage) {
  const NdPacket nd = make_solicitation(kNode, kOwn, kOwn, kAskerMac);
  const Octets message(reinterpret_cast<const std::uint8_t*>(&nd.message),
                       reinterpret_cast<const std::uint8_t*>(&nd) + sizeof nd);
  for (const std::uint8_t next_header : {ip_protocol::kFragment, ip_protocol::kDestinationOptions}) {
    testing::Ipv6Fields fields{.source = kNode, .destination = kOwn, .hop_limit = 255};
    fields.next_header = next_header;
    fields.extension_headers = {ip_protocol::kIcmpv6, 0, 0, 0, 0, 0, 0, 0};
    if (next_header == ip_protocol::kDestinationOptions) fields.extension_headers[2] = 1;  // PadN
    if (next_header == ip_protocol::kDestinationOptions) fields.extension_headers[3] = 4;
    const auto frame =
        ethernet_frame({kHubIpv6Mac, kAskerMac}, ether_type::kIpv6, ipv6_packet(fields, message));
    expect_dropped(Side::kIpv6, frame, Outcome::kNdInvalid, answering());
  }
}

TEST_P(Neighbor, OtherIcmpv6IsNotSoftwire) {
  Octets frame = solicitation(kOwn);
  frame[sizeof(EthernetHeader) + sizeof(Ipv6Header)] = 133;  // router solicitation
  expect_dropped(Side::kIpv6, frame, Outcome::kIpv6NotSoftwire, answering());
}

// The group has its own MAC address (RFC 2464 7). A packet to a group address is not forwarded (RFC 1812
// 5.3.4).
TEST_P(Neighbor, MulticastMacIsForNeighborsOnly) {
  Octets frame = solicitation(kOwn);
  frame[5] ^= 1;
  expect_dropped(Side::kIpv6, frame, Outcome::kForeignMac, answering());
  frame = from_b4(kB4Whole, kUp);
  const MacAddress mac = multicast_mac(solicited_node_group(kBr));
  std::copy(mac.octets().begin(), mac.octets().end(), frame.begin());
  expect_dropped(Side::kIpv6, frame, Outcome::kForeignMac, answering());
  frame = arp_request(kRelay);
  std::copy(mac.octets().begin(), mac.octets().end(), frame.begin());
  expect_dropped(Side::kIpv4, frame, Outcome::kForeignMac, answering());
}

TEST_P(Neighbor, TagOfTheSideIsKept) {
  auto with = answering();
  with.ipv4.vlan_id = 4;
  with.ipv6.vlan_id = 6;
  const auto tagged = [](const Octets& frame, std::uint16_t vlan) {
    Octets result = frame;
    const std::uint8_t tag[] = {0x81, 0, 0, static_cast<std::uint8_t>(vlan)};
    result.insert(result.begin() + 12, std::begin(tag), std::end(tag));
    return result;
  };
  expect_arp(tagged(arp_request(kRelay), 4), tagged(arp_reply_of_hub(kRelay), 4), with);
  expect_nd(tagged(solicitation(kBr), 6),
            tagged(advertisement_of_hub(kBr, NeighborMessage::kRouter | NeighborMessage::kSolicited), 6),
            with);
}

TEST_P(Neighbor, InManySegments) {
  for (const std::size_t octets : {7, 41}) {
    EngineHarness hub(answering(), bindings());
    const auto arp = hub.run(Side::kIpv4, {frames(), arp_request(kRelay)}, GetParam(), octets);
    EXPECT_THAT(arp.ipv4, Each(arp_reply_of_hub(kRelay)));
    EXPECT_EQ(arp.ipv4.size(), frames());
    EXPECT_EQ(hub.run(Side::kIpv6, {frames(), solicitation(kOwn)}, GetParam(), octets).ipv6.size(), frames());
  }
}

// --- no buffer is free ---

TEST(NeighborPool, ARequestWithoutAnAnswerIsDroppedForLackOfABuffer) {
  auto with = answering();
  with.ipv4_gateway = kAsker;
  EngineHarness hub(with, bindings());
  const TakenBuffers taken(1);  // for the request
  const auto arp = hub.run(Side::kIpv4, {arp_request(kRelay)});
  EXPECT_EQ(arp.outcomes[Outcome::kNoBuffer], 1);
  EXPECT_EQ(arp.outcomes[Outcome::kArpHandled] + arp.outcomes[Outcome::kArpReply], 0);
  const auto nd = hub.run(Side::kIpv6, {solicitation(kOwn)});
  EXPECT_EQ(nd.outcomes[Outcome::kNoBuffer], 1);
  EXPECT_EQ(nd.outcomes[Outcome::kNdHandled] + nd.outcomes[Outcome::kNdAdvertisement], 0);
  EXPECT_EQ(hub.engine().counters().generated, 0);
  EXPECT_EQ(hub.engine().counters().side(Side::kIpv4).dropped.packets, 1);
  EXPECT_EQ(hub.engine().counters().side(Side::kIpv6).dropped.packets, 1);
}

TEST(NeighborPool, AMessageOfTheHubThatCannotBeMadeIsCounted) {
  EngineHarness hub(asking(), bindings());
  {
    const TakenBuffers taken(0);
    const auto questions = hub.poll();
    EXPECT_EQ(questions.outcomes[Outcome::kNoBuffer], 2) << "one on each side";
    EXPECT_EQ(questions.outcomes[Outcome::kArpRequest] + questions.outcomes[Outcome::kNdSolicitation], 0);
    EXPECT_EQ(hub.engine().counters().generated, 2);
  }
  dataplane::AddressConflicts conflicts;
  EngineHarness defending(answering(), bindings(), conflicts);
  const TakenBuffers taken(1);
  const auto claim = defending.run(Side::kIpv4, {arp_request(kRelay, kRelay)});
  EXPECT_EQ(claim.outcomes[Outcome::kNeighborConflict], 1);
  EXPECT_EQ(claim.outcomes[Outcome::kNoBuffer], 1) << "the announcement";
}

}  // namespace
}  // namespace softwire
