// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/dhcp/server/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "dhcp_server_fixture.h"

namespace softwire::controlplane::dhcp {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::ElementsAreArray;

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
  client.may_move = true;
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
  EXPECT_EQ(lease_table.size(), 1U);
  move_to(5);
  EXPECT_EQ(tell(client, client.discover()).yiaddr(), whole(1));
  Client elsewhere = Client::behind(2);
  elsewhere.may_move = true;
  EXPECT_NE(tell(elsewhere, elsewhere.discover()).yiaddr(), whole(1));
  client.may_move = false;
  EXPECT_EQ(tell(client, client.renew(whole(1)), true).type, MessageType::kNak);
}

TEST_F(DhcpServer, AClientOverDhcpv6WithoutAnIdentifierHasItsEndAlone) {
  ServerOptions options = options_of({kWhole, kShared});
  options.subscriber_mask = 128;
  server.configure(options, lease_table);
  Client client = Client::behind(1);
  client.may_move = true;
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
  EXPECT_EQ(tell(wishful, wishful.discover()).yiaddr(), whole(2));
  wait(seconds(1));
  EXPECT_EQ(tell(first, first.select(whole(1))).type, MessageType::kNak);
  (void)tell(second, second.select(whole(2)));  // ends the offer
  Client third = Client::behind(3);
  third.more = option_of(50, whole(1));
  EXPECT_EQ(tell(third, third.discover()).yiaddr(), whole(1));
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
  // A client that has an address gets its answer there. A NAK is broadcast.
  EXPECT_EQ(tell(client, client.renew(whole(1)), true).destination, whole(1));
  EXPECT_EQ(tell(client, client.say(MessageType::kInform, {}, whole(1))).destination, whole(1));
  EXPECT_EQ(tell(client, client.renew(whole(2)), true).destination, kEverybody);
}

TEST_F(DhcpServer, ForgetsTheOfferOfAClientThatTakesAnotherServers) {
  const Client client = Client::behind(1);
  (void)tell(client, client.discover());
  EXPECT_EQ(tell(client, client.select(Ipv4Address(10, 0, 0, 9), {}, Ipv4Address(10, 0, 0, 1))).outcome,
            Outcome::kDhcpNotOurs);
  EXPECT_EQ(tell(client, client.select(whole(1))).type, MessageType::kNak);
  Client second = Client::behind(2);
  second.more = option_of(50, whole(1));
  EXPECT_EQ(tell(second, second.discover()).yiaddr(), whole(1));
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
  server.configure(options, lease_table);
  EXPECT_EQ(ask(client, client.select(whole(1))).type, MessageType::kAck);  // and no lease is made
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
  server.configure(options, lease_table);
  wish(other, whole(2));
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
    const Lease* lease = lease_table.any_of(binding.ipv4);
    if (lease == nullptr) return Occupancy::kFree;
    return lease->binding == binding ? Occupancy::kSame : Occupancy::kOther;
  };
  server.configure(options, lease_table);
  (void)lease(client);
  client.subscriber.br = Ipv6Address::from_host(kBr.high(), kBr.low() + 1);
  EXPECT_EQ(tell(client, client.renew(whole(1)), true).type, MessageType::kAck);
  EXPECT_EQ(lease_table.any_of(whole(1))->binding.br, client.subscriber.br);
}

TEST_F(DhcpServer, WhereASubscriberIsOneAddressNoEndMoves_Rfc7785_3) {
  Client client = Client::behind(1);
  client.may_move = true;
  lease_table.set_subscriber_mask(128);
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
    const auto answer =
        server.answer_not_owned({*MessageView::parse(octets), client.subscriber, unicast}, now, lease_table);
    EXPECT_FALSE(answer.grant || answer.release);
    const Bytes message(answer.message.begin(), answer.message.end());
    return message.empty() ? std::nullopt : MessageView::parse(message)->message_type();
  };
  EXPECT_EQ(ask_not_owned(client.renew(whole(1)), true), MessageType::kNak);
  EXPECT_EQ(ask_not_owned(client.renew(whole(1)), false),
            std::nullopt);  // REBINDING: another server may know it
  EXPECT_EQ(ask_not_owned(client.reboot(whole(1)), true), std::nullopt);
  EXPECT_EQ(ask_not_owned(client.discover(), true), std::nullopt);
  EXPECT_EQ(ask_not_owned(client.give_back(whole(1)), true), std::nullopt);
}

TEST_F(DhcpServer, IsSilentAboutAnotherServersLease) {
  const Client client = Client::behind(1);
  const Ipv4Address address(10, 0, 0, 9);
  lease_table.put(
      {{address, {}, client.subscriber.address, kBr}, hex("000001"), now + seconds(99), {10, 0, 0, 1}});
  EXPECT_EQ(tell(client, client.renew(address)).outcome, Outcome::kDhcpNotOurs);
  EXPECT_EQ(tell(client, client.reboot(address)).outcome, Outcome::kDhcpNotOurs);
  // The client has one lease: from the server that it chose last.
  wish(client, whole(1));
  const Reply ack = tell(client, client.select(whole(1)));
  ASSERT_TRUE(ack.grant);
  EXPECT_EQ(ack.grant->binding.ipv4, whole(1));
  EXPECT_EQ(ack.release, (LeaseKey{address, 0}));
}

TEST_F(DhcpServer, DoesNotRenewWhatItDoesNotGiveAnyMore) {
  const Client client = Client::behind(1);
  (void)lease(client);
  server.configure(options_of({{whole(100), whole(101), {}}}), lease_table);
  EXPECT_EQ(tell(client, client.renew(whole(1)), true).type, MessageType::kNak);
  const Reply offer = tell(client, client.discover());
  EXPECT_EQ(offer.yiaddr(), whole(100));
  const Reply ack = tell(client, client.select(whole(100)));
  EXPECT_EQ(ack.release, (LeaseKey{whole(1), 0}));
  EXPECT_EQ(lease_table.size(), 1U);
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
  server.not_kept(*grant.grant, grant.release, lease_table);
  EXPECT_EQ(ask(first, first.discover()).yiaddr(), whole(2));
  wish(second, whole(1));
  EXPECT_EQ(ask(second, second.select(whole(1))).type, MessageType::kAck);
  server.not_kept(*grant.grant, grant.release, lease_table);  // late: another subscriber has the place now
  EXPECT_EQ(ask(first, first.select(whole(1))).type, MessageType::kNak);
}

TEST_F(DhcpServer, AGrantIsNobodyElsesHoweverLongItsWayToTheBookIs) {
  bool is_granting = true;
  ServerOptions options = options_of({kWhole});
  options.is_granting = [&is_granting](LeaseKey) { return is_granting; };
  server.configure(options, lease_table);
  const Client first = Client::behind(1);
  const Client second = Client::behind(2);
  const Client third = Client::behind(3);
  wish(first, whole(1));
  const Reply grant = ask(first, first.select(whole(1)));
  ASSERT_TRUE(grant.grant);
  wait(seconds(600));
  wish(second, whole(1));
  EXPECT_EQ(ask(second, second.select(whole(1))).type, MessageType::kNak);
  server.not_kept(*grant.grant, grant.release, lease_table);  // an earlier grant
  EXPECT_EQ(ask(second, second.select(whole(1))).type, MessageType::kNak);
  is_granting = false;
  wish(third, whole(1));
  EXPECT_EQ(ask(third, third.select(whole(1))).type, MessageType::kAck);
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
  wish(second, shared(1), set_of(1));
  EXPECT_EQ(tell(second, second.select(shared(1), set_of(1))).type, MessageType::kAck);
  EXPECT_EQ(tell(client, client.give_back(shared(1), set_of(1)), true).outcome, Outcome::kDhcpNoLease);
}

TEST_F(DhcpServer, ReleasesAGrantThatIsOnItsWay) {
  const Client client = Client::behind(1);
  wish(client, whole(1));
  const Reply grant = ask(client, client.select(whole(1)));
  const Reply released = ask(client, client.give_back(whole(1)), true);
  EXPECT_EQ(released.release, (LeaseKey{whole(1), 0}));
  apply(grant);
  apply(released);
  EXPECT_EQ(lease_table.size(), 0U);
  const Client second = Client::behind(2);
  wish(second, whole(1));
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
  wish(client, whole(1));
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
  server.configure(options_of({{whole(1), whole(10), {}}}), lease_table);
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
  server.configure(options, lease_table);
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
  EXPECT_EQ(lease_table.size(), 1U);
}

// ---- messages without an answer

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

}  // namespace
}  // namespace softwire::controlplane::dhcp
