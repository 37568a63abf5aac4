#include "controlplane/dhcp/server/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "dhcp_server_fixture.h"

namespace softwire::controlplane::dhcp {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::IsEmpty;

// ---- DISCOVER

TEST_F(DhcpServer, OffersAnAddressInAMessageLikeTable3_Rfc2131_4_3_1) {
  const Client client = Client::behind(1);
  const Reply offer = tell(client, client.discover());
  EXPECT_EQ(offer.outcome, Outcome::kDhcpAnswered);
  EXPECT_THAT(offer.octets, ElementsAreArray(message(
                                "02010600 953b2604 00000000 00000000 c0000201",
                                hex("350102 3604c6336401 3d020001 330400000e10 3a0400000708 3b0400000c4e"
                                    "ff"))));
  EXPECT_EQ(offer.destination, whole(1));
  EXPECT_EQ(offer.grant, std::nullopt);
}

TEST_F(DhcpServer, CountsMessagesByType) {
  (void)lease(Client::behind(1));
  std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> counts;
  server.statistics().for_each_type([&](std::string_view type, std::uint64_t received, std::uint64_t sent) {
    if (received + sent != 0) counts.emplace(type, std::pair(received, sent));
  });
  EXPECT_THAT(counts, ElementsAre(testing::Pair("ack", testing::Pair(0, 1)),
                                  testing::Pair("discover", testing::Pair(1, 0)),
                                  testing::Pair("offer", testing::Pair(0, 1)),
                                  testing::Pair("request", testing::Pair(1, 0))));
}

TEST_F(DhcpServer, OffersTheSameAgainToWhoAsksAgain) {
  const Client client = Client::behind(1);
  EXPECT_EQ(tell(client, client.discover()).yiaddr(), whole(1));
  EXPECT_EQ(tell(client, client.discover()).yiaddr(), whole(1));
}

TEST_F(DhcpServer, AClientOverDhcpv6MayMoveItsEndOnItsLink_Rfc8539) {
  Client client = Client::behind(1);
  client.moves = true;
  const auto move_to = [&client](std::uint64_t low) {
    client.subscriber.address = Ipv6Address::from_host(client.subscriber.address.high(), low);
  };
  EXPECT_EQ(tell(client, client.discover()).yiaddr(), whole(1));
  move_to(3);
  const Reply granted = tell(client, client.select(whole(1)));
  ASSERT_EQ(granted.type, MessageType::kAck);
  EXPECT_EQ(granted.grant->binding.b4, client.subscriber.address);
  move_to(4);
  const Reply renewed = tell(client, client.renew(whole(1)), true);
  ASSERT_EQ(renewed.type, MessageType::kAck);
  EXPECT_EQ(renewed.grant->binding.b4, client.subscriber.address);
  EXPECT_EQ(book.size(), 1U);
  move_to(5);
  EXPECT_EQ(tell(client, client.discover()).yiaddr(), whole(1));
  Client elsewhere = Client::behind(2);
  elsewhere.moves = true;
  EXPECT_NE(tell(elsewhere, elsewhere.discover()).yiaddr(), whole(1));
  client.moves = false;
  EXPECT_EQ(tell(client, client.renew(whole(1)), true).type, MessageType::kNak);
}

TEST_F(DhcpServer, AClientOverDhcpv6WithoutAnIdentifierHasItsEndAlone) {
  ServerOptions options = options_of({kWhole, kShared});
  options.subscriber_mask = 128;
  server.configure(options, book);
  Client client = Client::behind(1);
  client.moves = true;
  client.id = {0, 0, 0};
  EXPECT_EQ(tell(client, client.discover()).yiaddr(), whole(1));
  client.subscriber.address = Ipv6Address::from_host(client.subscriber.address.high(), 3);
  EXPECT_EQ(tell(client, client.discover()).yiaddr(), whole(2));
  EXPECT_EQ(tell(client, client.select(whole(1))).type, MessageType::kNak);
}

TEST_F(DhcpServer, KeepsAnOfferForAMinute) {
  const Client first = Client::behind(1);
  const Client second = Client::behind(2);
  EXPECT_EQ(tell(first, first.discover()).yiaddr(), whole(1));
  Client wishful = second;
  wishful.more = option_of(50, whole(1));
  EXPECT_EQ(tell(wishful, wishful.discover()).yiaddr(), whole(2));
  wait(seconds(59));
  EXPECT_EQ(tell(second, second.select(whole(1))).type, MessageType::kNak);
  wait(seconds(1));
  EXPECT_EQ(tell(second, second.select(whole(1))).type, MessageType::kAck);
}

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
  server.configure(options_of({kShared}), book);
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
  const Client late = Client::behind(5);
  EXPECT_EQ(tell(late, late.discover()).outcome, Outcome::kDhcpNoAddress);
  wait(seconds(1800));
  const Client third = Client::behind(3);
  (void)tell(third, third.renew(whole(3)));
  wait(seconds(1800));  // the others have ended
  EXPECT_EQ(book.size(), 1U);
  EXPECT_EQ(tell(late, late.discover()).yiaddr(), whole(1));
  EXPECT_EQ(lease(Client::behind(6)).binding.ipv4, whole(2));
  EXPECT_EQ(lease(Client::behind(7)).binding.ipv4, whole(4));
}

TEST_F(DhcpServer, WhatWasGivenBackIsTheLastToBeGivenAgainAfterAReloadToo) {
  const Client client = Client::behind(1);
  (void)lease(client);
  (void)tell(client, client.give_back(whole(1)), true);
  server.configure(options_of({kShared, kWhole}), book);
  EXPECT_EQ(tell(client, client.discover()).yiaddr(), whole(2));
}

TEST_F(DhcpServer, PassesOverItsOwnAddressAndWhatIsBoundToSomethingElse) {
  ServerOptions options = options_of({kWhole});
  options.address = whole(1);
  options.occupancy = [](const Binding& binding) {
    return binding.ipv4 == whole(2) ? Occupancy::kOther : Occupancy::kFree;
  };
  server.configure(options, book);
  Client client = Client::behind(1);
  EXPECT_EQ(tell(client, client.discover()).yiaddr(), whole(3));
  client = Client::behind(2);
  client.more = option_of(50, whole(2));
  EXPECT_EQ(tell(client, client.discover()).yiaddr(), whole(4));
}

TEST_F(DhcpServer, GivesNothingOnAnAddressThatIsDividedOtherwise) {
  const Binding otherwise{shared(1), {{4, 4}, 9}, Ipv6Address::from_host(0x20010db800990000, 1), kBr};
  book.put({otherwise, {0, 9}, now + seconds(1000), Ipv4Address(10, 0, 0, 1)});
  EXPECT_EQ(lease(Client::sharing(1)).key(), (LeaseKey{shared(2), 1}));
}

TEST_F(DhcpServer, KeepsAStaticLeaseForItsPrefix) {
  ServerOptions options = options_of({kWhole, kShared});
  options.static_leases = {{*parse_ipv6_prefix("2001:db8::/32"), whole(1), {}},
                           {Ipv6Prefix::of(Client::behind(7).subscriber.address, 56), whole(9), {}},
                           {Ipv6Prefix::of(Client::behind(8).subscriber.address, 56), shared(1), set_of(1)}};
  server.configure(options, book);
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
  server.configure(options, book);
  EXPECT_EQ(lease(Client::behind(7)).binding.ipv4, whole(1));
  wait(seconds(3600));
  EXPECT_EQ(book.size(), 0U);
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
  server.configure(options, book);
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
  EXPECT_EQ(tell(first, first.renew(whole(1)), true).type, MessageType::kAck);  // an offer takes nothing
  EXPECT_EQ(tell(third, third.discover()).outcome, Outcome::kDhcpLeaseLimit);   // one at a time
  const Reply ack = tell(second, second.select(whole(1)));
  EXPECT_EQ(ack.type, MessageType::kAck);
  EXPECT_EQ(ack.release, (LeaseKey{whole(1), 0}));
  EXPECT_EQ(book.size(), 1U);
  EXPECT_EQ(tell(first, first.renew(whole(1)), true).type, MessageType::kNak);
  wait(seconds(59));
  EXPECT_EQ(tell(first, first.discover()).outcome, Outcome::kDhcpLeaseLimit);
  EXPECT_EQ(tell(first, first.select(whole(3))).type, MessageType::kNak);
  wait(seconds(1));
  EXPECT_EQ(tell(first, first.discover()).type, MessageType::kOffer);
  EXPECT_EQ(tell(second, second.renew(whole(1)), true).type, MessageType::kAck);
}

TEST_F(DhcpServer, OfAFullPoolTheNewestClientGetsThePlaceThatItTakesOver) {
  server.configure(options_of({{whole(1), whole(1), {}}}), book);
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
  server.not_kept(*ack.grant, ack.release, book);
  EXPECT_EQ(ask(first, first.renew(whole(1)), true).type, MessageType::kAck);
  EXPECT_EQ(ask(second, second.select(whole(1))).release, (LeaseKey{whole(1), 0}));  // and at once again
}

TEST_F(DhcpServer, OfSeveralLeasesTheOneIsTakenOverThatWasNotRenewedForLongest) {
  ServerOptions options = options_of({kWhole});
  options.leases_per_subscriber = 2;
  server.configure(options, book);
  const Client renewing = Client::behind(1);
  const Client silent = Client::behind(1, 2);
  const Client newest = Client::behind(1, 3);
  (void)lease(renewing);
  (void)lease(silent);
  wait(seconds(100));
  (void)tell(renewing, renewing.renew(whole(1)), true);
  (void)tell(newest, newest.discover());
  EXPECT_EQ(tell(newest, newest.select(whole(3))).release, (LeaseKey{whole(2), 0}));
  EXPECT_EQ(tell(renewing, renewing.renew(whole(1)), true).type, MessageType::kAck);
  EXPECT_EQ(book.size(), 2U);
}

TEST_F(DhcpServer, WhatWasTakenOverIsNotRenewedWhileItsEndIsOnItsWay) {
  const Client first = Client::behind(1);
  const Client second = Client::behind(1, 2);
  (void)lease(first);
  wait(seconds(100));
  (void)ask(second, second.discover());
  const Reply ack = ask(second, second.select(whole(2)));
  EXPECT_EQ(ask(first, first.renew(whole(1)), true).type, MessageType::kNak);
  apply(ack);
  EXPECT_EQ(book.size(), 1U);
}

TEST_F(DhcpServer, AnOfferOfWhatWasTakenOverSinceIsWorthNothing) {
  const Client first = Client::behind(1);
  const Client second = Client::behind(1, 2);
  (void)lease(first);
  (void)tell(second, second.discover());
  (void)tell(first, first.discover());  // is offered the lease that it has
  const Reply ack = ask(second, second.select(whole(2)));
  EXPECT_EQ(ask(first, first.select(whole(1))).type, MessageType::kNak);
  apply(ack);
  EXPECT_EQ(ask(first, first.select(whole(1))).type, MessageType::kNak);
  EXPECT_EQ(book.size(), 1U);
}

TEST_F(DhcpServer, ReplacedEquipmentGetsTheStaticLeaseOfItsSubscriber) {
  ServerOptions options = options_of({});
  options.static_leases = {{Ipv6Prefix::of(Client::behind(1).subscriber.address, 56), whole(9), {}}};
  server.configure(options, book);
  (void)lease(Client::behind(1));
  Client newer = Client::behind(1, 2);
  newer.subscriber.address = Ipv6Address::from_host(newer.subscriber.address.high(), 7);
  EXPECT_EQ(tell(newer, newer.discover()).yiaddr(), whole(9));
  const Reply ack = tell(newer, newer.select(whole(9)));
  EXPECT_EQ(ack.grant->binding.b4, newer.subscriber.address);
  EXPECT_EQ(ack.release, (LeaseKey{whole(9), 0}));
  EXPECT_EQ(book.size(), 1U);
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
  (void)tell(sibling, sibling.discover());  // to take it over
  const Client youngest = sibling_of(sibling);
  EXPECT_EQ(tell(youngest, youngest.discover()).outcome, Outcome::kDhcpLeaseLimit);
  EXPECT_EQ(tell(Client::behind(2), Client::behind(2).discover()).outcome, Outcome::kDhcpAnswered);
  ServerOptions options = options_of({kWhole});
  options.subscriber_mask = 128;
  server.configure(options, book);
  EXPECT_EQ(tell(youngest, youngest.discover()).outcome, Outcome::kDhcpAnswered);
}

TEST_F(DhcpServer, CountsDeclinesByThePrefixOfASubscriber_Rfc7785_3) {
  server.configure(options_of({{whole(1), whole(10), {}}}), book);
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
  options.most_offers = 2;
  server.configure(options, book);
  const Client third = Client::behind(3);
  (void)tell(Client::behind(1), Client::behind(1).discover());
  (void)tell(Client::behind(2), Client::behind(2).discover());
  EXPECT_EQ(tell(third, third.discover()).outcome, Outcome::kDhcpOffersFull);
  EXPECT_EQ(lease(Client::behind(1)).binding.ipv4, whole(1));
  EXPECT_EQ(tell(third, third.discover()).outcome, Outcome::kDhcpAnswered);
}

TEST_F(DhcpServer, TellsClientsApartByTheirSoftwire) {
  const Client first = Client::behind(1);
  const Client same_id = Client::behind(2);
  EXPECT_EQ(lease(first).binding.ipv4, whole(1));
  EXPECT_EQ(lease(same_id).binding.ipv4, whole(2));
  EXPECT_EQ(tell(same_id, same_id.reboot(whole(1))).type, MessageType::kNak);
  EXPECT_EQ(tell(same_id, same_id.give_back(whole(1))).outcome, Outcome::kDhcpNoLease);
  EXPECT_EQ(book.size(), 2U);
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
  server.configure(options, book);
  EXPECT_EQ(tell(Client::behind(1), Client::behind(1).discover()).outcome, Outcome::kDhcpAnswered);
  EXPECT_EQ(tell(Client::behind(2), Client::behind(2).discover()).outcome, Outcome::kDhcpUnauthorised);
  options.subscribers.clear();
  server.configure(options, book);
  Client nobody = Client::behind(3);
  nobody.subscriber.address = *parse_ipv6("fe80::1");
  EXPECT_EQ(tell(nobody, nobody.discover()).outcome, Outcome::kDhcpUnauthorised);
}

// ---- REQUEST

TEST_F(DhcpServer, AcknowledgesWhatItHasOffered_Rfc2131_4_3_2) {
  const Client client = Client::behind(1);
  (void)tell(client, client.discover());
  const Reply ack = tell(client, client.select(whole(1)));
  EXPECT_THAT(ack.octets, ElementsAreArray(message(
                              "02010600 953b2604 00000000 00000000 c0000201",
                              hex("350105 3604c6336401 3d020001 330400000e10 3a0400000708 3b0400000c4e"
                                  "ff"))));
  EXPECT_EQ(ack.destination, whole(1));
  EXPECT_EQ(ack.release, std::nullopt);
  const Lease expected{
      {whole(1), {}, client.subscriber.address, kBr}, hex("000001"), now + seconds(3600), kServerAddress};
  EXPECT_EQ(ack.grant, expected);
}

TEST_F(DhcpServer, SendsToEverybodyWhatAClientWantsBroadcast_Rfc2131_4_1) {
  Client client = Client::behind(1);
  client.flags = 0x8000;
  const Reply offer = tell(client, client.discover());
  EXPECT_EQ(offer.destination, kEverybody);
  EXPECT_EQ(offer.view().header().flags.value(), 0x8000);
  EXPECT_EQ(tell(client, client.select(whole(1))).destination, kEverybody);
  // But not when it has an address already; a NAK is for who has none.
  EXPECT_EQ(tell(client, client.renew(whole(1)), true).destination, whole(1));
  EXPECT_EQ(tell(client, client.say(MessageType::kInform, {}, whole(1))).destination, whole(1));
  EXPECT_EQ(tell(client, client.renew(whole(2)), true).destination, kEverybody);
}

TEST_F(DhcpServer, ForgetsTheOfferOfAClientThatTakesAnotherServers) {
  const Client client = Client::behind(1);
  (void)tell(client, client.discover());
  EXPECT_EQ(tell(client, client.select(Ipv4Address(10, 0, 0, 9), {}, Ipv4Address(10, 0, 0, 1))).outcome,
            Outcome::kDhcpNotOurs);
  const Client second = Client::behind(2);
  EXPECT_EQ(tell(second, second.select(whole(1))).type, MessageType::kAck);
}

TEST_F(DhcpServer, GivesWhatIsFreeWithoutARecordOfTheOffer) {
  const Client client = Client::behind(1);
  EXPECT_EQ(tell(client, client.select(whole(4))).grant->binding.ipv4, whole(4));
}

TEST_F(DhcpServer, RefusesAloudWhatIsNotToBeHad_Rfc2131_4_3_2) {
  (void)lease(Client::behind(1));
  const Client second = Client::behind(2);
  const Reply nak = tell(second, second.select(whole(1)));
  EXPECT_EQ(nak.type, MessageType::kNak);
  EXPECT_EQ(nak.destination, kEverybody);
  EXPECT_EQ(nak.grant, std::nullopt);
  EXPECT_TRUE(nak.yiaddr().is_unspecified());
  EXPECT_EQ(nak.option(51), std::nullopt);
  EXPECT_THAT(*nak.option(54), ElementsAreArray(octets_of(kServerAddress)));
  EXPECT_THAT(*nak.option(61), ElementsAre(0, 1));  // RFC 6842
  EXPECT_EQ(tell(second, second.select(Ipv4Address(10, 0, 0, 1))).type, MessageType::kNak);
}

TEST_F(DhcpServer, APortSetHasToBeNamedAgainWithItsAddress_Rfc7618_7) {
  const Client client = Client::sharing(1);
  (void)tell(client, client.discover());
  EXPECT_EQ(tell(client, client.select(shared(1))).type, MessageType::kNak);
  EXPECT_EQ(tell(client, client.select(shared(1), {{0, 3}, 1})).type, MessageType::kNak);
  const Reply ack = tell(client, client.select(shared(1), set_of(1)));
  EXPECT_EQ(ack.type, MessageType::kAck);
  EXPECT_EQ(ack.ports(), set_of(1));
  EXPECT_EQ(tell(client, client.renew(shared(1)), true).type, MessageType::kNak);
  EXPECT_EQ(tell(client, client.renew(shared(1), set_of(2)), true).type, MessageType::kNak);
  EXPECT_EQ(tell(client, client.renew(shared(1), set_of(1)), true).type, MessageType::kAck);
  EXPECT_EQ(tell(client, client.reboot(shared(1), set_of(1))).type, MessageType::kAck);
}

TEST_F(DhcpServer, IsSilentAboutTheRebootOfAClientThatItDoesNotKnow_Rfc2131_4_3_2) {
  const Client client = Client::behind(1);
  EXPECT_EQ(tell(client, client.reboot(whole(1))).outcome, Outcome::kDhcpNoLease);
  (void)lease(client);
  EXPECT_EQ(tell(client, client.reboot(whole(1))).type, MessageType::kAck);
  EXPECT_EQ(tell(client, client.reboot(whole(2))).type, MessageType::kNak);
}

TEST_F(DhcpServer, ARenewalMakesTheLeaseLast) {
  const Client client = Client::behind(1);
  (void)lease(client);
  wait(seconds(1800));
  const Reply ack = tell(client, client.renew(whole(1)), true);
  EXPECT_EQ(ack.type, MessageType::kAck);
  EXPECT_EQ(ack.view().header().ciaddr, whole(1));
  EXPECT_EQ(ack.yiaddr(), whole(1));
  EXPECT_EQ(ack.destination, whole(1));
  EXPECT_EQ(ack.grant->expires, now + seconds(3600));
  wait(seconds(3599));
  EXPECT_EQ(tell(client, client.renew(whole(1))).type, MessageType::kAck);  // REBINDING
}

TEST_F(DhcpServer, RenewsWhatTheOperatorHasBoundToTheSubscriber) {
  const Client client = Client::behind(1);
  ServerOptions options = options_of({kWhole});
  options.occupancy = [&client](const Binding& binding) {
    if (binding.ipv4 != whole(1)) return Occupancy::kFree;
    return binding.b4 == client.subscriber.address ? Occupancy::kSame : Occupancy::kOther;
  };
  server.configure(options, book);
  EXPECT_EQ(ask(client, client.select(whole(1))).type, MessageType::kAck);  // and no lease comes of it
  wait(seconds(1800));
  EXPECT_EQ(ask(client, client.renew(whole(1)), true).type, MessageType::kAck);
  wait(seconds(1800));
  EXPECT_EQ(ask(client, client.reboot(whole(1))).type, MessageType::kAck);
  EXPECT_EQ(ask(Client::behind(2), Client::behind(2).renew(whole(1)), true).type, MessageType::kNak);
}

TEST_F(DhcpServer, WhatTheOperatorHasBoundTakesNoOtherClientsPlace) {
  const Client bound = Client::behind(1);
  const Client other = Client::behind(1, 2);
  ServerOptions options = options_of({kWhole});
  options.occupancy = [&bound](const Binding& binding) {
    if (binding.ipv4 != whole(1)) return Occupancy::kFree;
    return binding.b4 == bound.subscriber.address ? Occupancy::kSame : Occupancy::kOther;
  };
  server.configure(options, book);
  (void)tell(other, other.discover());
  EXPECT_EQ(tell(other, other.select(whole(2))).type, MessageType::kAck);
  const Reply renewed = ask(bound, bound.renew(whole(1)), true);
  EXPECT_EQ(renewed.type, MessageType::kAck);
  EXPECT_FALSE(renewed.release);
  EXPECT_EQ(tell(other, other.renew(whole(2)), true).type, MessageType::kAck);
}

TEST_F(DhcpServer, AClientThatUsesAnotherBrAddressKeepsItsLease) {
  Client client = Client::behind(1);
  ServerOptions options = options_of({kWhole});
  options.occupancy = [this](const Binding& binding) {
    const Lease* lease = book.any_of(binding.ipv4);
    if (lease == nullptr) return Occupancy::kFree;
    return lease->binding == binding ? Occupancy::kSame : Occupancy::kOther;
  };
  server.configure(options, book);
  (void)lease(client);
  client.subscriber.br = Ipv6Address::from_host(kBr.high(), kBr.low() + 1);
  EXPECT_EQ(tell(client, client.renew(whole(1)), true).type, MessageType::kAck);
  EXPECT_EQ(book.any_of(whole(1))->binding.br, client.subscriber.br);
}

TEST_F(DhcpServer, WhereASubscriberIsOneAddressNoEndMoves_Rfc7785_3) {
  Client client = Client::behind(1);
  client.moves = true;
  book.set_subscriber_mask(128);
  (void)lease(client);
  Client neighbor = client;
  neighbor.subscriber.address = Ipv6Address::from_host(client.subscriber.address.high(), 99);
  EXPECT_EQ(tell(neighbor, neighbor.renew(whole(1)), true).type, MessageType::kNak);
  EXPECT_EQ(tell(client, client.renew(whole(1)), true).type, MessageType::kAck);
}

TEST_F(DhcpServer, ToldOfALeaseThatItDoesNotKnowItRefusesOnlyWhoAskedItAlone) {
  const Client client = Client::behind(1);
  EXPECT_EQ(tell(client, client.renew(whole(1))).outcome, Outcome::kDhcpNoLease);
  EXPECT_EQ(tell(client, client.renew(whole(1)), true).type, MessageType::kNak);
  (void)lease(client);
  EXPECT_EQ(tell(client, client.renew(whole(2))).type, MessageType::kNak);
}

TEST_F(DhcpServer, OfWhatIsNotTheSubscribersItSaysNoMoreThanThatToWhoRenews_Rfc2131_4_3_2) {
  const Client client = Client::behind(1);
  const auto ask_not_owned = [&](const Bytes& octets, bool unicast) {
    const auto answer = server.answer_not_owned(octets, client.subscriber, unicast, now, book);
    EXPECT_FALSE(answer.grant || answer.release);
    const Bytes message(answer.message.begin(), answer.message.end());
    return message.empty() ? std::nullopt : MessageView::parse(message)->message_type();
  };
  EXPECT_EQ(ask_not_owned(client.renew(whole(1)), true), MessageType::kNak);
  EXPECT_EQ(ask_not_owned(client.renew(whole(1)), false), std::nullopt);  // REBINDING: another may know
  EXPECT_EQ(ask_not_owned(client.reboot(whole(1)), true), std::nullopt);
  EXPECT_EQ(ask_not_owned(client.discover(), true), std::nullopt);
  EXPECT_EQ(ask_not_owned(client.give_back(whole(1)), true), std::nullopt);
}

TEST_F(DhcpServer, IsSilentAboutAnotherServersLease) {
  const Client client = Client::behind(1);
  const Ipv4Address address(10, 0, 0, 9);
  book.put({{address, {}, client.subscriber.address, kBr}, hex("000001"), now + seconds(99), {10, 0, 0, 1}});
  EXPECT_EQ(tell(client, client.renew(address)).outcome, Outcome::kDhcpNotOurs);
  EXPECT_EQ(tell(client, client.reboot(address)).outcome, Outcome::kDhcpNotOurs);
  // The client has one lease: that of the server that it chose last.
  const Reply ack = tell(client, client.select(whole(1)));
  EXPECT_EQ(ack.grant->binding.ipv4, whole(1));
  EXPECT_EQ(ack.release, (LeaseKey{address, 0}));
}

TEST_F(DhcpServer, DoesNotRenewWhatItDoesNotGiveAnyMore) {
  const Client client = Client::behind(1);
  (void)lease(client);
  server.configure(options_of({{whole(100), whole(101), {}}}), book);
  EXPECT_EQ(tell(client, client.renew(whole(1)), true).type, MessageType::kNak);
  const Reply offer = tell(client, client.discover());
  EXPECT_EQ(offer.yiaddr(), whole(100));
  const Reply ack = tell(client, client.select(whole(100)));
  EXPECT_EQ(ack.release, (LeaseKey{whole(1), 0}));
  EXPECT_EQ(book.size(), 1U);
}

TEST_F(DhcpServer, AGrantIsNobodyElsesBeforeItIsInTheBook) {
  const Client first = Client::behind(1);
  const Client second = Client::behind(2);
  (void)ask(first, first.discover());
  const Reply grant = ask(first, first.select(whole(1)));
  (void)ask(first, first.select(Ipv4Address(10, 0, 0, 1), {}, Ipv4Address(10, 0, 0, 1)));
  EXPECT_EQ(ask(second, second.select(whole(1))).type, MessageType::kNak);
  EXPECT_EQ(ask(first, first.renew(whole(1)), true).type, MessageType::kAck);
  EXPECT_EQ(ask(Client::behind(1, 2), Client::behind(1, 2).discover()).outcome, Outcome::kDhcpLeaseLimit);
  apply(grant);
  EXPECT_EQ(ask(second, second.select(whole(1))).type, MessageType::kNak);
}

TEST_F(DhcpServer, WhatWasNotKeptIsFreeAtOnceAndTheNextPlaceIsTried) {
  const Client first = Client::behind(1);
  const Client second = Client::behind(2);
  (void)ask(first, first.discover());
  const Reply grant = ask(first, first.select(whole(1)));
  server.not_kept(*grant.grant, grant.release, book);
  EXPECT_EQ(ask(first, first.discover()).yiaddr(), whole(2));
  EXPECT_EQ(ask(second, second.select(whole(1))).type, MessageType::kAck);
  server.not_kept(*grant.grant, grant.release, book);  // late: the place is another's by now
  EXPECT_EQ(ask(first, first.select(whole(1))).type, MessageType::kNak);
}

TEST_F(DhcpServer, AGrantIsNobodyElsesHoweverLongItsWayToTheBookIs) {
  bool is_granting = true;
  ServerOptions options = options_of({kWhole});
  options.is_granting = [&is_granting](LeaseKey) { return is_granting; };
  server.configure(options, book);
  const Client first = Client::behind(1);
  const Client second = Client::behind(2);
  const Reply grant = ask(first, first.select(whole(1)));
  wait(seconds(600));
  EXPECT_EQ(ask(second, second.select(whole(1))).type, MessageType::kNak);
  server.not_kept(*grant.grant, grant.release, book);  // an earlier one
  EXPECT_EQ(ask(second, second.select(whole(1))).type, MessageType::kNak);
  is_granting = false;
  EXPECT_EQ(ask(second, second.select(whole(1))).type, MessageType::kAck);
}

// ---- RELEASE, DECLINE, INFORM

TEST_F(DhcpServer, ReleasesALease_Rfc2131_4_3_4) {
  const Client client = Client::sharing(1);
  (void)lease(client);
  EXPECT_EQ(tell(client, client.give_back(shared(2), set_of(1)), true).outcome, Outcome::kDhcpNoLease);
  EXPECT_EQ(tell(client, client.give_back(shared(1), set_of(2)), true).outcome, Outcome::kDhcpNoLease);
  const Reply released = tell(client, client.give_back(shared(1), set_of(1)), true);
  EXPECT_EQ(released.outcome, Outcome::kDhcpReleased);
  EXPECT_EQ(released.release, (LeaseKey{shared(1), 1}));
  const Client second = Client::sharing(2);
  EXPECT_EQ(tell(second, second.select(shared(1), set_of(1))).type, MessageType::kAck);
  EXPECT_EQ(tell(client, client.give_back(shared(1), set_of(1)), true).outcome, Outcome::kDhcpNoLease);
}

TEST_F(DhcpServer, ReleasesAGrantThatIsOnItsWay) {
  const Client client = Client::behind(1);
  const Reply grant = ask(client, client.select(whole(1)));
  const Reply released = ask(client, client.give_back(whole(1)), true);
  EXPECT_EQ(released.release, (LeaseKey{whole(1), 0}));
  apply(grant);
  apply(released);
  EXPECT_EQ(book.size(), 0U);
  const Client second = Client::behind(2);
  EXPECT_EQ(tell(second, second.select(whole(1))).type, MessageType::kAck);
}

TEST_F(DhcpServer, KeepsWhatWasDeclinedOutOfUseForAnHour_Rfc2131_4_3_3) {
  const Client client = Client::behind(1);
  (void)lease(client);
  const Reply declined = tell(client, client.reject(whole(1)));
  EXPECT_EQ(declined.outcome, Outcome::kDhcpDeclined);
  EXPECT_EQ(declined.release, (LeaseKey{whole(1), 0}));
  EXPECT_EQ(tell(client, client.select(whole(1))).type, MessageType::kNak);
  EXPECT_EQ(tell(client, client.reject(whole(1))).outcome, Outcome::kDhcpNoLease);
  wait(seconds(3599));
  EXPECT_EQ(tell(client, client.select(whole(1))).type, MessageType::kNak);
  wait(seconds(1));
  EXPECT_EQ(tell(client, client.select(whole(1))).type, MessageType::kAck);
}

TEST_F(DhcpServer, AnOfferCanBeDeclinedToo) {
  const Client client = Client::behind(1);
  (void)tell(client, client.discover());
  EXPECT_EQ(tell(client, client.reject(whole(2))).outcome, Outcome::kDhcpNoLease);
  const Reply declined = tell(client, client.reject(whole(1)));
  EXPECT_EQ(declined.outcome, Outcome::kDhcpDeclined);
  EXPECT_EQ(declined.release, std::nullopt);
  EXPECT_EQ(tell(client, client.discover()).yiaddr(), whole(2));
}

TEST_F(DhcpServer, ASubscriberCannotDeclineThePoolAway) {
  server.configure(options_of({{whole(1), whole(10), {}}}), book);
  const Client client = Client::behind(1);
  for (int i = 0; i < 100; ++i) {
    const Reply offer = tell(client, client.discover());
    ASSERT_EQ(offer.type, MessageType::kOffer);
    (void)tell(client, client.reject(offer.yiaddr()));
  }
}

TEST_F(DhcpServer, InformsWithoutALease_Rfc2131_4_3_5) {
  ServerOptions options = options_of({kWhole});
  options.options = {*parse_option("routers 192.0.2.254")};
  server.configure(options, book);
  const Client client = Client::behind(1);
  const Ipv4Address own(10, 1, 2, 3);
  const Reply ack = tell(client, client.say(MessageType::kInform, {}, own));
  EXPECT_THAT(ack.octets, ElementsAreArray(message("02010600 953b2604 00000000 0a010203",
                                                   hex("350105 3604c6336401 3d020001 0304c00002fe ff"))));
  EXPECT_EQ(ack.destination, own);
  EXPECT_EQ(ack.grant, std::nullopt);
  EXPECT_EQ(tell(client, client.say(MessageType::kInform, {})).outcome, Outcome::kDhcpSourceNotOwned);
}

TEST_F(DhcpServer, IsNotSpokenToInAnotherServersName) {
  const Client client = Client::behind(1);
  (void)lease(client);
  const Bytes other = option_of(54, Ipv4Address(10, 0, 0, 1));
  EXPECT_EQ(tell(client, client.say(MessageType::kRelease, other, whole(1))).outcome, Outcome::kDhcpNotOurs);
  EXPECT_EQ(tell(client, client.say(MessageType::kDecline, join({other, option_of(50, whole(1))}))).outcome,
            Outcome::kDhcpNotOurs);
  EXPECT_EQ(book.size(), 1U);
}

// ---- what a rule gives

class DhcpServerByRule : public DhcpServer {
 protected:
  Reply ask_by_rule(const Client& client, const Bytes& octets, bool unicast = false) {
    const Reply reply =
        ask(client, octets, unicast, Binding{shared(9), ports, client.subscriber.address, kBr});
    EXPECT_EQ(reply.grant, std::nullopt);
    EXPECT_EQ(reply.release, std::nullopt);
    return reply;
  }
  PortSet ports{{6, 8}, 0x34};
};

TEST_F(DhcpServerByRule, IsOfferedToWhoSharesAndWithoutALease_Rfc7618_8) {
  const Client client = Client::sharing(1);
  const Reply offer = ask_by_rule(client, client.discover());
  EXPECT_EQ(offer.type, MessageType::kOffer);
  EXPECT_EQ(offer.yiaddr(), shared(9));
  EXPECT_EQ(offer.ports(), ports);
  EXPECT_EQ(offer.option(51), hex("00000e10"));
  const Client whole_only = Client::behind(1);
  EXPECT_EQ(ask_by_rule(whole_only, whole_only.discover()).outcome, Outcome::kDhcpPortSetNotAsked);
  ports = {};
  EXPECT_EQ(ask_by_rule(whole_only, whole_only.discover()).yiaddr(), shared(9));
  EXPECT_EQ(book.size(), 0U);
}

TEST_F(DhcpServerByRule, IsAcknowledgedAndNothingElseIs_Rfc2131_4_3_2) {
  const Client client = Client::sharing(1);
  for (const Bytes& request : {client.select(shared(9), ports), client.reboot(shared(9), ports)}) {
    const Reply ack = ask_by_rule(client, request);
    EXPECT_EQ(ack.type, MessageType::kAck);
    EXPECT_EQ(ack.yiaddr(), shared(9));
    EXPECT_EQ(ack.ports(), ports);
  }
  const Reply renewed = ask_by_rule(client, client.renew(shared(9), ports), true);
  EXPECT_EQ(renewed.type, MessageType::kAck);
  EXPECT_EQ(renewed.view().header().ciaddr, shared(9));
  for (const Bytes& request : {client.select(shared(9)), client.select(shared(9), {{6, 8}, 0x35}),
                               client.select(whole(1)), client.renew(shared(8), ports)}) {
    EXPECT_EQ(ask_by_rule(client, request).type, MessageType::kNak);
  }
  EXPECT_EQ(ask_by_rule(client, client.select(shared(9), ports, {192, 0, 2, 200})).outcome,
            Outcome::kDhcpNotOurs);
  EXPECT_EQ(ask_by_rule(client, client.say(MessageType::kRequest, {})).outcome, Outcome::kDhcpOptions);
}

TEST_F(DhcpServerByRule, HasNoLeaseToEnd_Rfc2131_4_3_4) {
  const Client client = Client::sharing(1);
  EXPECT_EQ(ask_by_rule(client, client.give_back(shared(9), ports)).outcome, Outcome::kDhcpNoLease);
  EXPECT_EQ(ask_by_rule(client, client.reject(shared(9), ports)).outcome, Outcome::kDhcpNoLease);
}

// ---- what is no question

TEST_F(DhcpServer, DropsWhatIsNoMessageOfAClientOnThisSoftwire) {
  const Client client = Client::behind(1);
  const auto outcome = [&](const Bytes& octets) { return tell(client, octets).outcome; };
  const auto with = [&](const char* options) { return client.say(MessageType::kDiscover, hex(options)); };
  Bytes reply = client.discover();
  reply[0] = 2;
  Bytes relayed = client.discover();
  relayed[24] = 10;
  EXPECT_EQ(outcome(Bytes(239)), Outcome::kDhcpTruncated);
  EXPECT_EQ(outcome(reply), Outcome::kDhcpOp);
  EXPECT_EQ(outcome(client.say(MessageType::kOffer, {})), Outcome::kDhcpMessageType);
  EXPECT_EQ(outcome(relayed), Outcome::kDhcpForeignGiaddr);
  EXPECT_EQ(outcome(with("5203 010161")), Outcome::kDhcpOption82Present);
  for (const char* malformed : {"3203 010203", "3605 0102030405", "9f03 000240", "9f04 09080000",
                                "9f04 00110000", "3200", "3d02 0001", "9f04 00024000 9f04 00024000"}) {
    EXPECT_EQ(outcome(with(malformed)), Outcome::kDhcpOptions) << malformed;
  }
  EXPECT_EQ(outcome(client.say(MessageType::kRequest, {})), Outcome::kDhcpOptions);
  EXPECT_EQ(outcome(client.say(MessageType::kDecline, {})), Outcome::kDhcpOptions);
}

// ---- configured options

class ConfiguredOptions : public DhcpServer {
 protected:
  // The codes of the options behind those of the lease.
  std::vector<int> codes_for(const char* option55, const char* more = "") {
    const Bytes octets =
        message("01010600 00000000", join({hex("350101 3d020001"), hex(option55), hex(more), hex("ff")}));
    const Reply offer = tell(Client::behind(1), octets);
    const MessageView view = offer.view();
    std::vector<int> codes;
    for (const Option option : view.options()) codes.push_back(option.code());
    EXPECT_THAT(std::vector<int>(codes.begin(), codes.begin() + 6), ElementsAre(53, 54, 61, 51, 58, 59));
    return {codes.begin() + 6, codes.end()};
  }
  void configure(std::initializer_list<std::string> texts) {
    ServerOptions options = options_of({kWhole});
    for (const std::string& text : texts) options.options.push_back(*parse_option(text));
    server.configure(options, book);
  }
};

TEST_F(ConfiguredOptions, AreSentInTheOrderThatTheClientAsksFor_Rfc2131_4_3_1) {
  configure({"routers 192.0.2.254", "domain-name example.net", "domain-name-servers 192.0.2.53"});
  EXPECT_THAT(codes_for(""), IsEmpty());
  EXPECT_THAT(codes_for("3703 060f03"), ElementsAre(6, 15, 3));
  EXPECT_THAT(codes_for("3704 03032a03"), ElementsAre(3));
}

TEST_F(ConfiguredOptions, AreSentUnaskedWhenTheyAreTo) {
  configure({"routers 192.0.2.254", "always interface-mtu 1460"});
  EXPECT_THAT(codes_for(""), ElementsAre(26));
  EXPECT_THAT(codes_for("3702 031a"), ElementsAre(26, 3));
}

TEST_F(ConfiguredOptions, HaveTheMaskBeforeTheRouters_Rfc2132_3_3) {
  configure({"routers 192.0.2.254", "subnet-mask 255.255.255.255"});
  EXPECT_THAT(codes_for("3702 0301"), ElementsAre(1, 3));
  EXPECT_THAT(codes_for("3701 03"), ElementsAre(3));
}

TEST_F(ConfiguredOptions, AreLeftOutWhereTheClientHasNoRoomForThem_Rfc2132_9_10) {
  const std::string octets(500, 'a');
  configure({"200 hex:" + octets, "201 hex:" + octets, "202 hex:0a"});
  EXPECT_THAT(codes_for("3703 c8c9ca"), ElementsAre(200, 202));
  EXPECT_THAT(codes_for("3703 c8c9ca", "3902 0000"), ElementsAre(200, 202));
  EXPECT_THAT(codes_for("3703 c8c9ca", "3902 05dc"), ElementsAre(200, 201, 202));
}

TEST_F(ConfiguredOptions, LeaveRoomForTheLongestIdentifier) {
  Client client = Client::sharing(1);
  client.id = Bytes(255, 0xee);
  server.configure(options_of({kShared}), book);
  const Reply offer = tell(client, client.discover());
  EXPECT_EQ(offer.ports(), set_of(1));
  EXPECT_EQ(offer.option(61), client.id);
  EXPECT_LE(offer.octets.size(), 548U);
}

}  // namespace
}  // namespace softwire::controlplane::dhcp
