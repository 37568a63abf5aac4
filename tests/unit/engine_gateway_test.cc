// SPDX-License-Identifier: BSD-3-Clause
// Tests how the engine resolves its gateways, and which packets wait for them: ARP and Neighbor Discovery.
#include <cstring>

#include "neighbor_fixture.h"

namespace softwire {
namespace {

using dataplane::Gateway;
using dataplane::WaitingQueue;
using std::chrono::seconds;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Asking : public EngineTest {};

INSTANTIATE_TEST_SUITE_P(Burst, Asking, ::testing::Values(1, 4, 64));

// --- requests ---

TEST_P(Asking, GatewaysAreAskedAtTheStartAndEverySecond) {
  EngineHarness hub(asking(), bindings());
  for (int second = 0; second < 5; ++second) {
    const auto result = hub.poll();
    EXPECT_THAT(result.ipv4, ElementsAre(arp_question(MacAddress::broadcast())));
    EXPECT_THAT(result.ipv6, ElementsAre(nd_question()));
    EXPECT_EQ(result.outcomes[Outcome::kArpRequest], 1U);
    EXPECT_EQ(result.outcomes[Outcome::kNdSolicitation], 1U);
    hub.now += Gateway::kRetransmit - Instant(1);
    EXPECT_THAT(hub.poll().ipv4, IsEmpty());
    hub.now += Instant(1);
  }
}

TEST_P(Asking, GivenMacAddressIsNeverAskedFor) {
  auto with = asking();
  with.ipv4.gateway_mac = kRouterIpv4Mac;
  with.ipv6.gateway_mac = kRouterIpv6Mac;
  EngineHarness hub(with, bindings());
  hub.now += seconds(100);
  EXPECT_EQ(hub.engine().counters().generated, 0U);
  // The hub does not take it for another gateway.
  EXPECT_EQ(run(hub, Side::kIpv4, arp_reply_of_router(kNewMac)).outcomes[Outcome::kArpNotOurs], frames());
  EXPECT_EQ(run(hub, Side::kIpv6, advertisement_of_router()).outcomes[Outcome::kNdNotOurs], frames());
  EXPECT_THAT(run(hub, Side::kIpv6, from_b4(kB4Whole, kUp)).ipv4, Each(to_internet(kUpSent)));
  EXPECT_EQ(hub.engine().counters().generated, 0U);
}

TEST_P(Asking, LinkLocalGatewayIsAskedFromALinkLocalAddress) {
  auto with = asking();
  with.ipv6_gateway = *parse_ipv6("fe80::254");
  const Ipv6Address group = solicited_node_group(with.ipv6_gateway);
  const auto question =
      nd_frame(multicast_mac(group), kHubIpv6Mac,
               make_solicitation(link_local_address(kHubIpv6Mac), group, with.ipv6_gateway, kHubIpv6Mac));
  EXPECT_THAT(EngineHarness(with, bindings()).poll().ipv6, ElementsAre(question));
  with.ipv6_gateway = kRouterIpv6;
  with.ipv6_address = {};
  const Ipv6Address other = solicited_node_group(kRouterIpv6);
  const auto other_question =
      nd_frame(multicast_mac(other), kHubIpv6Mac,
               make_solicitation(link_local_address(kHubIpv6Mac), other, kRouterIpv6, kHubIpv6Mac));
  EXPECT_THAT(EngineHarness(with, bindings()).poll().ipv6, ElementsAre(other_question));
}

// --- waiting packets ---

TEST_P(Asking, Rfc4861Section722PacketsWaitForTheAnswer) {
  EngineHarness hub(asking(), bindings());
  hub.poll();
  const auto up = run(hub, Side::kIpv6, from_b4(kB4Whole, kUp));
  EXPECT_THAT(up.ipv4, IsEmpty());
  const auto down = run(hub, Side::kIpv4, from_internet(kDown));
  EXPECT_THAT(down.ipv6, IsEmpty());
  EXPECT_EQ(hub.engine().counters().held, 2U * frames());
  EXPECT_EQ(hub.engine().held_buffers(), 2U * frames());

  const auto arp = hub.run(Side::kIpv4, {arp_reply_of_router()});
  EXPECT_EQ(arp.outcomes[Outcome::kArpHandled], 1U);
  EXPECT_EQ(arp.outcomes[Outcome::kDecapsulated], frames());
  EXPECT_EQ(arp.ipv4.size(), frames());
  EXPECT_THAT(arp.ipv4, Each(to_internet(kUpSent)));
  const auto nd = hub.run(Side::kIpv6, {advertisement_of_router()});
  EXPECT_EQ(nd.outcomes[Outcome::kNdHandled], 1U);
  EXPECT_EQ(nd.outcomes[Outcome::kEncapsulated], frames());
  EXPECT_EQ(nd.ipv6.size(), frames());
  EXPECT_THAT(nd.ipv6, Each(to_b4(kB4Whole, kDownSent)));
  EXPECT_EQ(hub.engine().counters().held, 0U);

  // From now on no packet waits.
  EXPECT_THAT(run(hub, Side::kIpv6, from_b4(kB4Whole, kUp)).ipv4, Each(to_internet(kUpSent)));
  EXPECT_EQ(run(hub, Side::kIpv4, from_internet(kDown)).ipv6.size(), frames());
}

TEST_P(Asking, AnswerInTheMiddleOfABurstKeepsTheOrder) {
  EngineHarness hub(asking(), bindings());
  hub.poll();
  std::vector<Octets> in;
  std::vector<Octets> expected;
  for (std::uint16_t port = 1; port <= 9; ++port) {
    if (port == 5) in.push_back(advertisement_of_router());
    Ipv4Fields fields{.source = kWhole, .destination = kShared};
    fields.source_port = port;
    fields.destination_port = 1024;
    in.push_back(from_b4(kB4Whole, fields));
    fields.ttl = 63;
    expected.push_back(to_b4(kB4One, fields));
  }
  EXPECT_THAT(hub.run(Side::kIpv6, in, GetParam()).ipv6, ::testing::ElementsAreArray(expected));
}

TEST_P(Asking, Rfc1122Section3226WhoAsksTheHubItselfIsAnsweredWithoutAGateway) {
  EngineHarness hub(asking(), bindings());
  const Ipv4Fields request{.source = kAsker,
                           .destination = kRelay,
                           .protocol = ip_protocol::kIcmp,
                           .icmp_type = IcmpEcho::kRequest};
  const auto to_hub = [](const MacAddress& from, const Ipv4Fields& fields) {
    return ethernet_frame({kHubIpv4Mac, from}, ether_type::kIpv4, ipv4_packet(fields));
  };
  // Also after the gateway was known and became unreachable.
  for (int round = 0; round < 2; ++round) {
    hub.poll();
    const auto result = run(hub, Side::kIpv4, to_hub(kAskerMac, request));
    EXPECT_EQ(result.outcomes[Outcome::kIcmpv4EchoReply], frames());
    ASSERT_EQ(result.ipv4.size(), frames());
    for (const Octets& frame : result.ipv4) {
      EXPECT_EQ(std::memcmp(frame.data(), kAskerMac.octets().data(), 6), 0);
    }
    EXPECT_EQ(hub.engine().counters().held, 0U);
    hub.run(Side::kIpv4, {arp_reply_of_router()});
    hub.now += Gateway::kReachable;
    for (int second = 0; second < 4; ++second, hub.now += seconds(1)) hub.poll();
    run(hub, Side::kIpv6, from_b4(kB4Whole, kUp));
    EXPECT_EQ(hub.engine().counters().held, frames()) << "the gateway has not gone";
    for (int second = 0; second < 4; ++second, hub.now += seconds(1)) hub.poll();
    EXPECT_EQ(hub.engine().counters().held, 0U);
  }
}

TEST_P(Asking, FragmentsAndInjectedPacketsWaitToo) {
  auto with = asking();
  with.ipv6.mtu = 1280;
  EngineHarness hub(with, bindings());
  hub.poll();
  Ipv4Fields fields = kDown;
  fields.payload_octets = 2000;
  const unsigned packets = GetParam() + 1;  // of which two fragments each fit
  hub.run(Side::kIpv4, {packets, from_internet(fields)}, GetParam());
  EXPECT_EQ(hub.engine().counters().held, 2U * packets);
  hub.inject(ipv4_packet(kDown), Side::kIpv6, kBr, kB4Whole);
  const auto injected = hub.run(Side::kIpv4, {});
  EXPECT_THAT(injected.ipv6, IsEmpty());
  EXPECT_EQ(hub.engine().counters().held, 2U * packets + 1);
  const auto nd = hub.run(Side::kIpv6, {advertisement_of_router()});
  EXPECT_EQ(nd.outcomes[Outcome::kEncapsulated], packets);
  EXPECT_EQ(nd.outcomes[Outcome::kFragment], packets);
  EXPECT_EQ(nd.outcomes[Outcome::kInjectedSoftwire], 1U);
  ASSERT_EQ(nd.ipv6.size(), 2U * packets + 1);
  for (const Octets& frame : nd.ipv6) {
    EXPECT_EQ(std::memcmp(frame.data(), kRouterIpv6Mac.octets().data(), 6), 0);
  }
}

TEST_P(Asking, Rfc4861Section722TheOldestMakeRoom) {
  EngineHarness hub(asking(), bindings());
  hub.poll();
  std::vector<Octets> in;
  std::vector<Octets> expected;
  constexpr unsigned kMore = 10;
  for (std::uint16_t port = 0; port < WaitingQueue::kPackets + kMore; ++port) {
    Ipv4Fields fields = kUp;
    fields.source_port = port;
    in.push_back(from_b4(kB4Whole, fields));
    fields.ttl = 63;
    if (port >= kMore) expected.push_back(to_internet(fields));
  }
  const auto up = hub.run(Side::kIpv6, in, GetParam());
  EXPECT_EQ(up.outcomes[Outcome::kNeighborQueueFull], kMore);
  EXPECT_EQ(hub.engine().counters().held, WaitingQueue::kPackets);
  EXPECT_EQ(hub.engine().counters().side(Side::kIpv6).dropped.packets, kMore);
  EXPECT_EQ(hub.engine().counters().side(Side::kIpv6).dropped.bytes, kMore * in[0].size());
  EXPECT_THAT(hub.run(Side::kIpv4, {arp_reply_of_router()}).ipv4, ::testing::ElementsAreArray(expected));
}

TEST_P(Asking, Rfc4861Section722PacketsAreGivenUpAfterThreeQuestions) {
  EngineHarness hub(asking(), bindings());
  hub.poll();
  run(hub, Side::kIpv6, from_b4(kB4Whole, kUp));
  for (int second = 1; second < 3; ++second) {
    hub.now += seconds(1);
    EXPECT_EQ(hub.poll().outcomes[Outcome::kNeighborUnresolved], 0U);
  }
  hub.now += seconds(1);
  const auto result = hub.poll();
  EXPECT_EQ(result.outcomes[Outcome::kNeighborUnresolved], frames());
  EXPECT_EQ(result.outcomes[Outcome::kArpRequest], 1U);
  EXPECT_EQ(hub.engine().counters().held, 0U);
  EXPECT_EQ(hub.engine().counters().side(Side::kIpv6).dropped.packets, frames());
  // Later packets wait again for the whole time.
  run(hub, Side::kIpv6, from_b4(kB4Whole, kUp));
  EXPECT_EQ(hub.run(Side::kIpv4, {arp_reply_of_router()}).ipv4.size(), frames());
}

// --- learned MAC addresses ---

class Resolved : public ResolvedGateways {};

INSTANTIATE_TEST_SUITE_P(Burst, Resolved, ::testing::Values(1, 4, 64));

TEST_P(Resolved, Rfc4861Section733IsProbedByUnicastWhileInUse) {
  hub.now += Gateway::kReachable - Instant(1);
  EXPECT_THAT(hub.poll().ipv4, IsEmpty());
  hub.now += Instant(1);
  for (int second = 0; second < 3; ++second) {
    const auto probe = hub.poll();
    EXPECT_THAT(probe.ipv4, ElementsAre(arp_question(kRouterIpv4Mac)));
    EXPECT_THAT(probe.ipv6, ElementsAre(nd_question_to(kRouterIpv6Mac)));
    expect_gateways(kRouterIpv4Mac, kRouterIpv6Mac);
    hub.now += seconds(1);
  }
  const auto question = hub.poll();
  EXPECT_THAT(question.ipv4, ElementsAre(arp_question(MacAddress::broadcast())));
  EXPECT_THAT(question.ipv6, ElementsAre(nd_question()));
  expect_gateways({}, {});
  EXPECT_EQ(hub.engine().counters().held, 2U * frames());
}

// RFC 4861 7.2.5, every case for an entry that is reachable.
TEST_P(Resolved, Rfc4861Section725WithoutOverrideANewMacIsDoubted) {
  hub.now += seconds(5);
  const auto doubted = run(hub, Side::kIpv6, advertisement_of_router(NeighborMessage::kSolicited, kNewMac));
  EXPECT_EQ(doubted.outcomes[Outcome::kNdSolicitation], 1U);
  EXPECT_THAT(doubted.ipv6, ElementsAre(nd_question_to(kRouterIpv6Mac)));
  expect_gateways(kRouterIpv4Mac, kRouterIpv6Mac);
}

TEST_P(Resolved, Rfc4861Section725SolicitedConfirms) {
  hub.now += Gateway::kReachable;
  hub.poll();
  run(hub, Side::kIpv4, arp_reply_of_router());
  run(hub, Side::kIpv6, advertisement_of_router(NeighborMessage::kSolicited));
  hub.now += Gateway::kReachable - Instant(1);
  const auto result = hub.poll();
  EXPECT_THAT(result.ipv4, IsEmpty());
  EXPECT_THAT(result.ipv6, IsEmpty());
}

TEST_P(Resolved, Rfc4861Section725UnsolicitedConfirmsNothing) {
  hub.now += seconds(20);
  run(hub, Side::kIpv6, advertisement_of_router(NeighborMessage::kOverride));
  hub.now += seconds(10);
  EXPECT_THAT(hub.poll().ipv6, ElementsAre(nd_question_to(kRouterIpv6Mac)));
}

// --- several engines ---

TEST_P(Asking, OneEngineAsksForAllAndAllLearnWhateverOneHears) {
  dataplane::GatewayPublisher publisher;
  EngineHarness asks(asking(), bindings(), publisher, true);
  EngineHarness listens(asking(), bindings(), publisher, false);
  for (int second = 0; second < 5; ++second) {
    EXPECT_THAT(asks.poll().ipv4, ElementsAre(arp_question(MacAddress::broadcast())));
    EXPECT_THAT(listens.poll().ipv4, IsEmpty());
    asks.now = listens.now += seconds(1);
  }
  // The engine that did not send the request receives the answers. Packets wait at both engines.
  run(asks, Side::kIpv6, from_b4(kB4Whole, kUp));
  run(listens, Side::kIpv4, from_internet(kDown));
  EXPECT_THAT(listens.run(Side::kIpv4, {arp_reply_of_router()}).ipv4, IsEmpty());
  EXPECT_THAT(asks.poll().ipv4, ::testing::Contains(to_internet(kUpSent)));
  EXPECT_EQ(asks.engine().counters().held, 0U);
  listens.run(Side::kIpv6, {advertisement_of_router()});
  asks.poll();
  EXPECT_EQ(listens.poll().ipv6.size(), frames());
  EXPECT_EQ(listens.engine().counters().held, 0U);
  EXPECT_THAT(run(asks, Side::kIpv4, from_internet(kDown)).ipv6, Each(to_b4(kB4Whole, kDownSent)));
  // A new MAC address is verified by the one that asks, whoever hears of it and of its answer.
  asks.now = listens.now += seconds(5);
  run(listens, Side::kIpv4,
      arp_frame(MacAddress::broadcast(),
                make_arp(ArpPacket::kRequest, kNewMac, kRouterIpv4, {}, kRouterIpv4)));
  EXPECT_THAT(asks.poll().ipv4,
              ::testing::UnorderedElementsAre(arp_question(kRouterIpv4Mac), arp_question(kNewMac)));
  run(listens, Side::kIpv4, arp_reply_of_router(kNewMac));
  asks.poll();
  asks.now = listens.now += Gateway::kAnswerTime;
  asks.poll();
  const auto moved = run(listens, Side::kIpv6, from_b4(kB4Whole, kUp)).ipv4;
  EXPECT_EQ(moved.size(), frames());
  for (const Octets& frame : moved) {
    EXPECT_EQ(std::memcmp(frame.data(), kNewMac.octets().data(), 6), 0);
  }
}

// A flood at one engine does not hide the answer that another received.
TEST_P(Asking, AnAnswerAtAnotherEngineCountsDuringAFloodOfClaims) {
  dataplane::GatewayPublisher publisher;
  EngineHarness asks(asking(), bindings(), publisher, true);
  EngineHarness listens(asking(), bindings(), publisher, false);
  asks.poll();
  listens.run(Side::kIpv4, {arp_reply_of_router()});
  asks.poll();
  listens.poll();
  for (int second = 0; second < 100; ++second) {
    asks.now = listens.now += seconds(1);
    asks.poll();
    listens.run(Side::kIpv4, {arp_reply_of_router()});
    run(listens, Side::kIpv4, arp_reply_of_router(kNewMac));
    run(listens, Side::kIpv4,
        arp_frame(MacAddress::broadcast(),
                  make_arp(ArpPacket::kReply, kNewMac, kRouterIpv4, {}, kRouterIpv4)));
    asks.poll();
    EXPECT_EQ(dataplane::GatewayPublisher::read(publisher.latest(Side::kIpv4)).mac, kRouterIpv4Mac);
  }
}

TEST_P(Asking, Rfc4861Section722PacketsAtAllEnginesAreGivenUpAfterThreeQuestions) {
  dataplane::GatewayPublisher publisher;
  EngineHarness asks(asking(), bindings(), publisher, true);
  EngineHarness listens(asking(), bindings(), publisher, false);
  asks.poll();
  run(listens, Side::kIpv6, from_b4(kB4Whole, kUp));
  for (int second = 0; second < 3; ++second) {
    EXPECT_EQ(listens.engine().counters().held, frames());
    asks.now = listens.now += seconds(1);
    asks.poll();
    listens.poll();
  }
  EXPECT_EQ(listens.engine().counters().held, 0U);
  EXPECT_EQ(listens.engine().counters().outcomes[Outcome::kNeighborUnresolved], frames());
}

// The engine that receives it sends no request. The other does, and both learn that the gateway still
// answers.
TEST_P(Asking, Rfc4861Section725DoubtOfAnyEngineIsAskedAbout) {
  dataplane::GatewayPublisher publisher;
  EngineHarness asks(asking(), bindings(), publisher, true);
  EngineHarness listens(asking(), bindings(), publisher, false);
  asks.poll();
  listens.run(Side::kIpv6, {advertisement_of_router()});
  asks.poll();
  asks.now = listens.now += seconds(5);
  listens.poll();
  listens.run(Side::kIpv6, {advertisement_of_router(NeighborMessage::kSolicited, kNewMac)});
  EXPECT_THAT(asks.poll().ipv6, ElementsAre(nd_question_to(kRouterIpv6Mac)));
  asks.run(Side::kIpv6, {advertisement_of_router()});
  listens.poll();
  asks.now = listens.now += seconds(10);
  listens.poll();
  EXPECT_THAT(run(listens, Side::kIpv4, from_internet(kDown)).ipv6, Each(to_b4(kB4Whole, kDownSent)));
  EXPECT_EQ(listens.engine().counters().held, 0U);
}

// Two engines do not change to another policy at the same time.
TEST_P(Asking, NewsOfOneGatewayIsNotTakenForAnothers) {
  dataplane::GatewayPublisher publisher;
  EngineHarness ahead(asking(), bindings(), publisher, true);
  EngineHarness behind(asking(), bindings(), publisher, false);
  auto with = asking();
  with.ipv4_gateway = kAsker;
  ahead.activate(with, bindings());
  ahead.poll();
  behind.run(Side::kIpv4, {arp_reply_of_router()});
  EXPECT_THAT(run(ahead, Side::kIpv6, from_b4(kB4Whole, kUp)).ipv4,
              ::testing::Not(::testing::Contains(to_internet(kUpSent))));
  EXPECT_EQ(ahead.engine().counters().held, frames());
  const auto answer =
      arp_frame(kHubIpv4Mac, make_arp(ArpPacket::kReply, kAskerMac, kAsker, kHubIpv4Mac, kRelay));
  EXPECT_EQ(ahead.run(Side::kIpv4, {answer}).ipv4.size(), frames());
  // What one engine learned about the new gateway is not lost on the engine that changes later.
  run(behind, Side::kIpv6, from_b4(kB4Whole, kUp));
  behind.activate(with, bindings());
  const auto sent = run(behind, Side::kIpv6, from_b4(kB4Whole, kUp)).ipv4;
  EXPECT_EQ(sent.size(), 2U * frames()) << "the packets before it waited";
  for (const Octets& frame : sent) {
    EXPECT_EQ(std::memcmp(frame.data(), kAskerMac.octets().data(), 6), 0);
  }
}

// --- changes of the policy ---

TEST_P(Resolved, AnotherPolicyAndTableAreAdoptedAndTheGatewayIsStillKnown) {
  auto with = asking();
  with.hop_limit = 99;
  std::vector<Binding> moved = bindings();
  std::erase_if(moved, [](const Binding& binding) { return binding.ipv4 == kShared; });
  hub.activate(with, moved);
  const auto down = run(hub, Side::kIpv4, from_internet(kDown));
  ASSERT_EQ(down.ipv6.size(), frames());
  for (const Octets& frame : down.ipv6) EXPECT_EQ(frame[sizeof(EthernetHeader) + 7], 99);
  const Ipv4Fields to_shared{.source = kHost, .destination = kShared, .ttl = 64};
  EXPECT_EQ(run(hub, Side::kIpv4, from_internet(to_shared)).outcomes[Outcome::kNoBindingDestination],
            frames());
}

TEST_P(Asking, PacketsThatWaitLeaveWhenAPolicyNamesTheMacAddress) {
  EngineHarness hub(asking(), bindings());
  hub.poll();
  run(hub, Side::kIpv6, from_b4(kB4Whole, kUp));
  EXPECT_EQ(hub.engine().counters().held, frames());
  auto with = asking();
  with.ipv4.gateway_mac = kRouterIpv4Mac;
  hub.activate(with, bindings());
  const auto sent = hub.poll().ipv4;
  EXPECT_EQ(sent.size(), frames());
  EXPECT_THAT(sent, Each(to_internet(kUpSent)));
  EXPECT_EQ(hub.engine().counters().held, 0U);
}

TEST_P(Resolved, AnotherGatewayIsAskedForAnew) {
  auto with = asking();
  with.ipv4_gateway = kAsker;
  hub.activate(with, bindings());
  EXPECT_THAT(run(hub, Side::kIpv6, from_b4(kB4Whole, kUp)).ipv4,
              ElementsAre(arp_frame(MacAddress::broadcast(),
                                    make_arp(ArpPacket::kRequest, kHubIpv4Mac, kRelay, {}, kAsker))));
  EXPECT_EQ(hub.engine().counters().held, frames());
}

TEST_P(Resolved, GatewayOnAnotherVlanIsAskedForAnew) {
  auto with = asking();
  with.ipv4.vlan_id = 7;
  hub.activate(with, bindings());
  EXPECT_EQ(run(hub, Side::kIpv6, from_b4(kB4Whole, kUp)).outcomes[Outcome::kArpRequest], 1U);
  EXPECT_EQ(hub.engine().counters().held, frames());
  // Waiting packets have the VLAN tag of the policy under which they were made.
  hub.activate(asking(), bindings());
  EXPECT_EQ(hub.engine().counters().held, 0U);
  EXPECT_EQ(hub.engine().counters().outcomes[Outcome::kNeighborUnresolved], frames());
  EXPECT_TRUE(hub.engine().counters().add_up());
}

TEST_P(Asking, Rfc4861Section723AGatewayThatAnnouncesItselfIsAskedAtOnce) {
  for (const std::uint32_t flags : {std::uint32_t{0}, std::uint32_t{NeighborMessage::kOverride}}) {
    EngineHarness hub(asking(), bindings());
    hub.poll();
    run(hub, Side::kIpv4, from_internet(kDown));
    const auto nd = hub.run(Side::kIpv6, {advertisement_of_router(flags, kRouterIpv6Mac, kAllNodes)});
    EXPECT_EQ(nd.outcomes[Outcome::kEncapsulated], 0U);
    EXPECT_THAT(nd.ipv6, ElementsAre(nd_question_to(kRouterIpv6Mac)));
    EXPECT_EQ(hub.run(Side::kIpv6, {advertisement_of_router()}).outcomes[Outcome::kEncapsulated], frames());
  }
}

}  // namespace
}  // namespace softwire
