// SPDX-License-Identifier: BSD-3-Clause
// Tests which address and ports the embedded server offers to a client.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "controlplane/dhcp/server/server.h"
#include "dhcp_server_fixture.h"

namespace softwire::controlplane::dhcp {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::ElementsAreArray;

TEST_F(DhcpServer, OffersTheLeaseThatTheClientHas) {
  const Client other = Client::behind(2);
  (void)tell(other, other.discover());
  const Client client = Client::behind(1);
  EXPECT_EQ(lease(client).binding.ipv4, whole(2));
  wait(seconds(100));
  EXPECT_EQ(tell(client, client.discover()).yiaddr(), whole(2));
}

TEST_F(DhcpServer, OffersWhatIsAskedForWhenItIsFree) {
  Client client = Client::behind(1);
  client.more = option_of(50, whole(3));
  EXPECT_EQ(tell(client, client.discover()).yiaddr(), whole(3));
  Client sharing = Client::sharing(2);
  sharing.more = join({option_of(50, shared(2)), Client::ports(set_of(2))});
  const Reply offer = tell(sharing, sharing.discover());
  EXPECT_EQ(offer.yiaddr(), shared(2));
  EXPECT_EQ(offer.ports(), set_of(2));
  Client stranger = Client::behind(3);
  stranger.more = option_of(50, Ipv4Address(10, 0, 0, 1));
  EXPECT_EQ(tell(stranger, stranger.discover()).yiaddr(), whole(1));
}

TEST_F(DhcpServer, GivesPortSetsToClientsThatAskForThem_Rfc7618_8) {
  const Client client = Client::sharing(1);
  const Reply offer = tell(client, client.discover());
  EXPECT_EQ(offer.yiaddr(), shared(1));
  EXPECT_THAT(*offer.option(159), ElementsAre(0, 2, 0x40, 0));
  EXPECT_EQ(lease(client).binding, (Binding{shared(1), set_of(1), client.subscriber.address, kBr}));
}

TEST_F(DhcpServer, GivesWholeAddressesToClientsThatSharedAddressesAreExhaustedFor) {
  for (std::uint64_t site = 0; site < 6; ++site) {
    EXPECT_FALSE(lease(Client::sharing(site)).binding.ports.parameters.is_whole());
  }
  const Client client = Client::sharing(6);
  const Reply offer = tell(client, client.discover());
  EXPECT_EQ(offer.yiaddr(), whole(1));
  EXPECT_EQ(offer.option(159), std::nullopt);
}

TEST_F(DhcpServer, DropsWhatCannotShareWhereAllIsShared_Rfc7618_8) {
  server.configure(options_of({kShared}), lease_table);
  const Client client = Client::behind(1);
  EXPECT_EQ(tell(client, client.discover()).outcome, Outcome::kDhcpPortSetNotAsked);
  EXPECT_EQ(tell(Client::sharing(1), Client::sharing(1).discover()).outcome, Outcome::kDhcpAnswered);
}

TEST_F(DhcpServer, NeverGivesSystemPortsOrPort68_Rfc7618_8) {
  std::set<LeaseKey> given;
  for (std::uint64_t site = 0; site < 6; ++site) given.insert(lease(Client::sharing(site)).key());
  EXPECT_THAT(given, ElementsAre(LeaseKey{shared(1), 1}, LeaseKey{shared(1), 2}, LeaseKey{shared(1), 3},
                                 LeaseKey{shared(2), 1}, LeaseKey{shared(2), 2}, LeaseKey{shared(2), 3}));
  Client client = Client::sharing(7);
  client.more = join({option_of(50, shared(1)), Client::ports(set_of(0))});
  EXPECT_EQ(tell(client, client.discover()).yiaddr(), whole(1));
  client.more.clear();
  EXPECT_EQ(tell(client, client.select(shared(1), set_of(0))).type, MessageType::kNak);
}

TEST_F(DhcpServer, GivesAgainWhatHasBecomeFree) {
  for (std::uint8_t site = 1; site <= 4; ++site)
    EXPECT_EQ(lease(Client::behind(site)).binding.ipv4, whole(site));
  const std::size_t free = server.free_slots();
  const Client late = Client::behind(5);
  EXPECT_EQ(tell(late, late.discover()).outcome, Outcome::kDhcpNoAddress);
  wait(seconds(1800));
  const Client third = Client::behind(3);
  (void)tell(third, third.renew(whole(3)));
  wait(seconds(1800));  // the other leases have ended
  EXPECT_EQ(lease_table.size(), 1U);
  EXPECT_EQ(server.free_slots(), free + 3);
  EXPECT_EQ(tell(late, late.discover()).yiaddr(), whole(1));
  EXPECT_EQ(lease(Client::behind(6)).binding.ipv4, whole(2));
  EXPECT_EQ(lease(Client::behind(7)).binding.ipv4, whole(4));
}

TEST_F(DhcpServer, WhatWasGivenBackIsTheLastToBeGivenAgainAfterAReloadToo) {
  const Client client = Client::behind(1);
  (void)lease(client);
  (void)tell(client, client.give_back(whole(1)), true);
  server.configure(options_of({kShared, kWhole}), lease_table);
  EXPECT_EQ(tell(client, client.discover()).yiaddr(), whole(2));
}

TEST_F(DhcpServer, PassesOverItsOwnAddressAndWhatIsBoundToSomethingElse) {
  ServerOptions options = options_of({kWhole});
  options.address = whole(1);
  options.occupancy = [](const Binding& binding) {
    return binding.ipv4 == whole(2) ? Occupancy::kOther : Occupancy::kFree;
  };
  server.configure(options, lease_table);
  Client client = Client::behind(1);
  EXPECT_EQ(tell(client, client.discover()).yiaddr(), whole(3));
  client = Client::behind(2);
  client.more = option_of(50, whole(2));
  EXPECT_EQ(tell(client, client.discover()).yiaddr(), whole(4));
}

TEST_F(DhcpServer, GivesNothingOnAnAddressThatIsDividedOtherwise) {
  const Binding otherwise{shared(1), {{4, 4}, 9}, Ipv6Address::from_host(0x20010db800990000, 1), kBr};
  lease_table.put({otherwise, {0, 9}, now + seconds(1000), Ipv4Address(10, 0, 0, 1)});
  EXPECT_EQ(lease(Client::sharing(1)).key(), (LeaseKey{shared(2), 1}));
}

TEST_F(DhcpServer, KeepsAStaticLeaseForItsPrefix) {
  ServerOptions options = options_of({kWhole, kShared});
  options.static_leases = {{*parse_ipv6_prefix("2001:db8::/32"), whole(1), {}},
                           {Ipv6Prefix::of(Client::behind(7).subscriber.address, 56), whole(9), {}},
                           {Ipv6Prefix::of(Client::behind(8).subscriber.address, 56), shared(1), set_of(1)}};
  server.configure(options, lease_table);
  EXPECT_EQ(lease(Client::behind(7)).binding.ipv4, whole(9));  // the longest prefix; in no pool
  EXPECT_EQ(lease(Client::behind(1)).binding.ipv4, whole(1));  // the first within the prefix
  EXPECT_EQ(lease(Client::behind(2)).binding.ipv4, whole(2));  // the next gets what is free
  EXPECT_EQ(lease(Client::sharing(3)).key(), (LeaseKey{shared(1), 2}));
  EXPECT_EQ(lease(Client::sharing(8)).key(), (LeaseKey{shared(1), 1}));
  Client wishful = Client::behind(4);
  wishful.more = option_of(50, whole(9));
  EXPECT_EQ(tell(wishful, wishful.discover()).yiaddr(), whole(3));
  wishful.more.clear();
  EXPECT_EQ(tell(wishful, wishful.select(whole(9))).type, MessageType::kNak);
}

TEST_F(DhcpServer, AStaticLeaseOutlastsItsHoldersInThePool) {
  ServerOptions options = options_of({{whole(1), whole(1), {}}});
  options.static_leases = {{Ipv6Prefix::of(Client::behind(7).subscriber.address, 56), whole(1), {}}};
  server.configure(options, lease_table);
  EXPECT_EQ(lease(Client::behind(7)).binding.ipv4, whole(1));
  wait(seconds(3600));
  EXPECT_EQ(lease_table.size(), 0U);
  EXPECT_EQ(tell(Client::behind(1), Client::behind(1).discover()).outcome, Outcome::kDhcpNoAddress);
}

TEST_F(DhcpServer, FindsWhatIsFreeAmongManyStaticLeases) {
  const auto address = [](std::uint32_t i) {
    return Ipv4Address::from_host(Ipv4Address(10, 0, 0, 0).host() + i);
  };
  constexpr std::uint32_t kStatic = 1000;
  ServerOptions options = options_of({{address(0), address(kStatic), {}}});
  for (std::uint32_t i = 0; i < kStatic; ++i) {
    options.static_leases.push_back(
        {Ipv6Prefix::of(Client::behind(i).subscriber.address, 56), address(i), {}});
  }
  server.configure(options, lease_table);
  for (std::uint32_t i = 0; i < kStatic; ++i) (void)lease(Client::behind(i));
  wait(seconds(3600));
  const Client stranger = Client::behind(kStatic);
  EXPECT_EQ(tell(stranger, stranger.discover()).yiaddr(), address(kStatic));
}

TEST_F(DhcpServer, TheNewestClientOfASubscriberTakesOverItsOldestLeaseButNotAtOnceAgain) {
  const Client first = Client::behind(1);
  const Client second = Client::behind(1, 2);
  const Client third = Client::behind(1, 3);
  (void)lease(first);
  EXPECT_EQ(tell(second, second.discover()).yiaddr(), whole(1));
  EXPECT_EQ(tell(first, first.renew(whole(1)), true).type, MessageType::kAck);  // an offer uses no address
  EXPECT_EQ(tell(third, third.discover()).outcome, Outcome::kDhcpLeaseLimit);   // one at a time
  const Reply ack = tell(second, second.select(whole(1)));
  EXPECT_EQ(ack.type, MessageType::kAck);
  EXPECT_EQ(ack.release, (LeaseKey{whole(1), 0}));
  EXPECT_EQ(lease_table.size(), 1U);
  EXPECT_EQ(tell(first, first.renew(whole(1)), true).type, MessageType::kNak);
  wait(seconds(59));
  EXPECT_EQ(tell(first, first.discover()).outcome, Outcome::kDhcpLeaseLimit);
  EXPECT_EQ(tell(first, first.select(whole(3))).type, MessageType::kNak);
  wait(seconds(1));
  EXPECT_EQ(tell(first, first.discover()).type, MessageType::kOffer);
  EXPECT_EQ(tell(second, second.renew(whole(1)), true).type, MessageType::kAck);
}

TEST_F(DhcpServer, OfAFullPoolTheNewestClientGetsThePlaceThatItTakesOver) {
  server.configure(options_of({{whole(1), whole(1), {}}}), lease_table);
  (void)lease(Client::behind(1));
  const Client second = Client::behind(1, 2);
  EXPECT_EQ(tell(second, second.discover()).yiaddr(), whole(1));
  EXPECT_EQ(tell(second, second.select(whole(1))).type, MessageType::kAck);
}

TEST_F(DhcpServer, ATakeoverThatWasNotKeptLeavesEverythingAsItWas) {
  const Client first = Client::behind(1);
  const Client second = Client::behind(1, 2);
  (void)lease(first);
  (void)ask(second, second.discover());
  const Reply ack = ask(second, second.select(whole(1)));
  ASSERT_EQ(ack.type, MessageType::kAck);
  server.not_kept(*ack.grant, ack.release, lease_table);
  EXPECT_EQ(ask(first, first.renew(whole(1)), true).type, MessageType::kAck);
  EXPECT_EQ(ask(second, second.select(whole(1))).type, MessageType::kNak) << "it starts again";
  (void)ask(second, second.discover());
  EXPECT_EQ(ask(second, second.select(whole(1))).release, (LeaseKey{whole(1), 0}));  // immediately again
}

TEST_F(DhcpServer, OfSeveralLeasesTheOneIsTakenOverThatWasNotRenewedForLongest) {
  ServerOptions options = options_of({kWhole});
  options.leases_per_subscriber = 2;
  server.configure(options, lease_table);
  const Client renewing = Client::behind(1);
  const Client silent = Client::behind(1, 2);
  const Client newest = Client::behind(1, 3);
  (void)lease(renewing);
  (void)lease(silent);
  wait(seconds(100));
  (void)tell(renewing, renewing.renew(whole(1)), true);
  wish(newest, whole(3));
  EXPECT_EQ(tell(newest, newest.select(whole(3))).release, (LeaseKey{whole(2), 0}));
  EXPECT_EQ(tell(renewing, renewing.renew(whole(1)), true).type, MessageType::kAck);
  EXPECT_EQ(lease_table.size(), 2U);
}

TEST_F(DhcpServer, WhatWasTakenOverIsNotRenewedWhileItsEndIsOnItsWay) {
  const Client first = Client::behind(1);
  const Client second = Client::behind(1, 2);
  (void)lease(first);
  wait(seconds(100));
  wish(second, whole(2));
  const Reply ack = ask(second, second.select(whole(2)));
  ASSERT_TRUE(ack.grant);
  EXPECT_EQ(ask(first, first.renew(whole(1)), true).type, MessageType::kNak);
  apply(ack);
  EXPECT_EQ(lease_table.size(), 1U);
}

TEST_F(DhcpServer, AnOfferOfWhatWasTakenOverSinceIsWorthNothing) {
  const Client first = Client::behind(1);
  const Client second = Client::behind(1, 2);
  (void)lease(first);
  wish(second, whole(2));
  (void)tell(first, first.discover());  // gets an offer of its own lease
  const Reply ack = ask(second, second.select(whole(2)));
  EXPECT_EQ(ask(first, first.select(whole(1))).type, MessageType::kNak);
  apply(ack);
  EXPECT_EQ(ask(first, first.select(whole(1))).type, MessageType::kNak);
  EXPECT_EQ(lease_table.size(), 1U);
}

TEST_F(DhcpServer, ReplacedEquipmentGetsTheStaticLeaseOfItsSubscriber) {
  ServerOptions options = options_of({});
  options.static_leases = {{Ipv6Prefix::of(Client::behind(1).subscriber.address, 56), whole(9), {}}};
  server.configure(options, lease_table);
  (void)lease(Client::behind(1));
  Client newer = Client::behind(1, 2);
  newer.subscriber.address = Ipv6Address::from_host(newer.subscriber.address.high(), 7);
  EXPECT_EQ(tell(newer, newer.discover()).yiaddr(), whole(9));
  const Reply ack = tell(newer, newer.select(whole(9)));
  EXPECT_EQ(ack.grant->binding.b4, newer.subscriber.address);
  EXPECT_EQ(ack.release, (LeaseKey{whole(9), 0}));
  EXPECT_EQ(lease_table.size(), 1U);
}

// Another softwire of the same subscriber, whose prefix is a /64.
Client sibling_of(const Client& client) {
  Client sibling = client;
  sibling.subscriber.address =
      Ipv6Address::from_host(client.subscriber.address.high(), client.subscriber.address.low() + 1);
  return sibling;
}

TEST_F(DhcpServer, CountsLeasesAndOffersByThePrefixOfASubscriber_Rfc7785_3) {
  const Client client = Client::behind(1);
  const Client sibling = sibling_of(client);
  (void)tell(client, client.discover());
  EXPECT_EQ(tell(sibling, sibling.discover()).outcome, Outcome::kDhcpLeaseLimit);
  (void)lease(client);
  (void)tell(sibling, sibling.discover());  // takes it over
  const Client youngest = sibling_of(sibling);
  EXPECT_EQ(tell(youngest, youngest.discover()).outcome, Outcome::kDhcpLeaseLimit);
  EXPECT_EQ(tell(Client::behind(2), Client::behind(2).discover()).outcome, Outcome::kDhcpAnswered);
  ServerOptions options = options_of({kWhole});
  options.subscriber_mask = 128;
  server.configure(options, lease_table);
  EXPECT_EQ(tell(youngest, youngest.discover()).outcome, Outcome::kDhcpAnswered);
}

TEST_F(DhcpServer, CountsDeclinesByThePrefixOfASubscriber_Rfc7785_3) {
  server.configure(options_of({{whole(1), whole(10), {}}}), lease_table);
  Client client = Client::behind(1);
  for (int i = 0; i < 100; ++i, client = sibling_of(client)) {
    const Reply offer = tell(client, client.discover());
    ASSERT_EQ(offer.type, MessageType::kOffer);
    (void)tell(client, client.reject(offer.yiaddr()));
  }
}

TEST_F(DhcpServer, ASoftwireCannotTakeAllOffersForItself) {
  for (std::uint8_t id = 1; id < 100; ++id) {
    const Client client = Client::behind(1, id);
    EXPECT_EQ(tell(client, client.discover()).outcome,
              id == 1 ? Outcome::kDhcpAnswered : Outcome::kDhcpLeaseLimit);
  }
}

TEST_F(DhcpServer, RemembersNoMoreOffersThanItIsTo) {
  ServerOptions options = options_of({kWhole});
  options.max_offers = 4;  // strangers may use half
  server.configure(options, lease_table);
  const Client third = Client::behind(3);
  (void)tell(Client::behind(1), Client::behind(1).discover());
  (void)tell(Client::behind(2), Client::behind(2).discover());
  EXPECT_EQ(tell(third, third.discover()).outcome, Outcome::kDhcpOffersFull);
  EXPECT_EQ(lease(Client::behind(1)).binding.ipv4, whole(1));
  EXPECT_EQ(tell(third, third.discover()).outcome, Outcome::kDhcpAnswered);
}

// A network of many prefixes that requests nothing holds every slot with offers.
TEST_F(DhcpServer, AFullPoolTakesBackTheOffersOfTheGreediestNetwork) {
  server.configure(options_of({kWhole}), lease_table);
  for (std::uint64_t site = 1; site <= 8; ++site) {
    const Client greedy = Client::behind(site);
    EXPECT_EQ(tell(greedy, greedy.discover()).outcome,
              site <= 4 ? Outcome::kDhcpAnswered : Outcome::kDhcpNoAddress);
  }
  const Client newcomer = Client::behind(0x1'000'000);
  EXPECT_EQ(tell(newcomer, newcomer.discover()).outcome, Outcome::kDhcpNoAddress)
      << "a client may be about to request";
  wait(AddressAllocator::kUnrequestedTime);
  EXPECT_EQ(tell(Client::behind(5), Client::behind(5).discover()).outcome, Outcome::kDhcpNoAddress)
      << "a network takes nothing from itself";
  EXPECT_EQ(lease(newcomer).binding.ipv4, whole(1));
  const Client late = Client::behind(1);
  EXPECT_EQ(tell(late, late.select(whole(1))).type, MessageType::kNak);
  EXPECT_EQ(lease(Client::behind(2)).binding.ipv4, whole(2)) << "an offer that was not taken back holds";
}

TEST_F(DhcpServer, AFullTableOfOffersTakesBackThoseOfTheGreediestNetwork) {
  ServerOptions options = options_of({kWhole, kShared});
  options.max_offers = 6;  // strangers may use half
  server.configure(options, lease_table);
  for (std::uint64_t site = 1; site <= 3; ++site) {
    const Client greedy = Client::sharing(site);
    EXPECT_EQ(tell(greedy, greedy.discover()).outcome, Outcome::kDhcpAnswered);
  }
  const Client newcomer = Client::behind(0x1'000'000);
  EXPECT_EQ(tell(newcomer, newcomer.discover()).outcome, Outcome::kDhcpOffersFull);
  wait(AddressAllocator::kUnrequestedTime);
  EXPECT_NE(lease(newcomer).binding.ipv4, Ipv4Address());
}

// Each client is of another network, so that no network is greedier than another.
Client of_kind(SourceKind kind, std::uint64_t number) {
  Client client = Client::sharing((static_cast<std::uint64_t>(kind) * 1000 + number) << 24);
  client.kind = kind;
  return client;
}

TEST_F(DhcpServer, EachKindOfSourceHasAPartOfTheOffers) {
  ServerOptions options = options_of({kWhole, kShared});
  options.max_offers = 8;
  server.configure(options, lease_table);
  const auto offered = [&](SourceKind kind, std::uint64_t first = 1) {
    unsigned count = 0;
    for (std::uint64_t number = first; number < first + 10; ++number) {
      const Client client = of_kind(kind, number);
      count += tell(client, client.discover()).outcome == Outcome::kDhcpAnswered ? 1 : 0;
    }
    return count;
  };
  EXPECT_EQ(offered(SourceKind::kStranger), 4U);
  EXPECT_EQ(offered(SourceKind::kRule), 2U);
  EXPECT_EQ(offered(SourceKind::kBound), 2U);
  // A higher kind takes back the offers of lower kinds that were not requested within a second.
  wait(AddressAllocator::kUnrequestedTime);
  EXPECT_EQ(offered(SourceKind::kStranger, 100), 0U);
  EXPECT_EQ(offered(SourceKind::kRule, 100), 4U);
  EXPECT_EQ(offered(SourceKind::kBound, 100), 0U) << "a client may be about to request";
  wait(AddressAllocator::kUnrequestedTime);
  EXPECT_EQ(offered(SourceKind::kBound, 100), 6U);
  EXPECT_EQ(offered(SourceKind::kRule, 200), 0U);
  const Client stranger = of_kind(SourceKind::kStranger, 1);
  EXPECT_EQ(tell(stranger, stranger.discover()).outcome, Outcome::kDhcpOffersFull);
}

TEST_F(DhcpServer, OfAFullPoolTheOffersOfLowerKindsGoFirst) {
  server.configure(options_of({kWhole}), lease_table);
  for (std::uint64_t number = 1; number <= 2; ++number) {
    for (const SourceKind kind : {SourceKind::kRule, SourceKind::kStranger}) {
      const Client client = of_kind(kind, number);
      EXPECT_EQ(tell(client, client.discover()).outcome, Outcome::kDhcpAnswered);
    }
  }
  wait(AddressAllocator::kUnrequestedTime);
  for (std::uint64_t number = 1; number <= 2; ++number) {
    EXPECT_NE(lease(of_kind(SourceKind::kBound, number)).binding.ipv4, Ipv4Address());
  }
  for (std::uint64_t number = 1; number <= 2; ++number) {
    const Client stranger = of_kind(SourceKind::kStranger, number);
    EXPECT_EQ(tell(stranger, stranger.discover()).outcome, Outcome::kDhcpNoAddress);
    EXPECT_NE(lease(of_kind(SourceKind::kRule, number)).binding.ipv4, Ipv4Address());
  }
}

// A slot that does not suit the newcomer stays with its offer.
TEST_F(DhcpServer, TakesBackOnlyWhatTheNewcomerCanUse) {
  server.configure(options_of({kShared}), lease_table);
  for (std::uint64_t site = 1; site <= 6; ++site) {
    const Client greedy = Client::sharing(site);
    EXPECT_EQ(tell(greedy, greedy.discover()).outcome, Outcome::kDhcpAnswered);
  }
  wait(AddressAllocator::kUnrequestedTime);
  const Client newcomer = Client::behind(0x1'000'000);
  EXPECT_EQ(tell(newcomer, newcomer.discover()).outcome, Outcome::kDhcpPortSetNotAsked);
  for (std::uint64_t site = 1; site <= 6; ++site) {
    EXPECT_NE(lease(Client::sharing(site)).binding.ipv4, Ipv4Address());
  }
}

TEST_F(DhcpServer, TellsClientsApartByTheirSoftwire) {
  const Client first = Client::behind(1);
  const Client same_id = Client::behind(2);
  EXPECT_EQ(lease(first).binding.ipv4, whole(1));
  EXPECT_EQ(lease(same_id).binding.ipv4, whole(2));
  EXPECT_EQ(tell(same_id, same_id.reboot(whole(1))).type, MessageType::kNak);
  EXPECT_EQ(tell(same_id, same_id.give_back(whole(1))).outcome, Outcome::kDhcpNoLease);
  EXPECT_EQ(lease_table.size(), 2U);
}

TEST_F(DhcpServer, AClientWithoutAnIdentifierIsItsHardwareAddress_Rfc2131_4_2) {
  const Bytes octets = message("01060600 953b2604 00000000 00000000 00000000 00000000 00000000 0a0b0c0d0e0f",
                               hex("350101 ff"));
  const Client client = Client::behind(1);
  const Reply offer = tell(client, octets);
  EXPECT_EQ(offer.option(61), std::nullopt);
  EXPECT_THAT(Bytes(offer.octets.begin() + 28, offer.octets.begin() + 34),
              ElementsAreArray(hex("0a0b0c0d0e0f")));
  const Bytes request = message("01060600 953b2604 00000000 00000000 00000000 00000000 00000000 0a0b0c0d0e0f",
                                join({hex("350103"), option_of(50, whole(1)), hex("ff")}));
  Bytes select =
      message("01060600 953b2604 00000000 00000000 00000000 00000000 00000000 0a0b0c0d0e0f",
              join({hex("350103"), option_of(50, whole(1)), option_of(54, kServerAddress), hex("ff")}));
  EXPECT_EQ(tell(client, select).grant->client, hex("0106 0a0b0c0d0e0f"));
  EXPECT_EQ(tell(client, request).type, MessageType::kAck);
}

TEST_F(DhcpServer, ServesTheSubscribersThatItIsTo) {
  ServerOptions options = options_of({kWhole});
  options.subscribers = {Ipv6Prefix::of(Client::behind(1).subscriber.address, 56)};
  server.configure(options, lease_table);
  EXPECT_EQ(tell(Client::behind(1), Client::behind(1).discover()).outcome, Outcome::kDhcpAnswered);
  EXPECT_EQ(tell(Client::behind(2), Client::behind(2).discover()).outcome, Outcome::kDhcpUnauthorised);
  options.subscribers.clear();
  server.configure(options, lease_table);
  Client nobody = Client::behind(3);
  nobody.subscriber.address = *parse_ipv6("fe80::1");
  EXPECT_EQ(tell(nobody, nobody.discover()).outcome, Outcome::kDhcpUnauthorised);
}

}  // namespace
}  // namespace softwire::controlplane::dhcp
