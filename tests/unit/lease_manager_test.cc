// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/lease/lease_manager.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "dhcp_samples.h"
#include "softwire/address_text.h"

namespace softwire::controlplane {
namespace {

using dhcp::Bytes;
using dhcp::hex;
using dhcp::MessageView;
using dhcp::Subscriber;
using std::chrono::seconds;

const Ipv6Address kBr = *parse_ipv6("2001:db8::1");
const Subscriber kFirst{*parse_ipv6("2001:db8:1::2"), kBr};
const Subscriber kSecond{*parse_ipv6("2001:db8:2::2"), kBr};
constexpr Ipv4Address kServer(10, 99, 0, 1);
constexpr Ipv4Address kLeased(192, 0, 2, 100);
constexpr WallTime kNow{seconds(1'000'000)};
const std::string kClient = "3d03 aabbcc ";
const std::string kTime = "3304 00000258 ";    // 600 seconds
const std::string kPsid5 = "9f04 0006 1400 ";  // offset 0, length 6, PSID 5
const std::string kPsid6 = "9f04 0006 1800 ";

Bytes ack(const std::string& options) {
  return dhcp::message("02010601 953b2604 00000000 00000000 c0000264 00000000 00000000",
                       hex("350105 " + options + "ff"));
}
Bytes release(const std::string& options) {
  return dhcp::message("01010600 953b2604 00000000 c0000264", hex("350107 " + options + "ff"));
}

class LeaseManagerTest : public testing::Test {
 protected:
  explicit LeaseManagerTest(LeaseOptions options = shared())
      : manager_(std::move(options), looker(), keeper()) {}

  static LeaseOptions shared() { return {.pools = {{{Ipv4Address(192, 0, 2, 0), 24}, {0, 6}}}}; }
  LeaseManager::LookUp looker() {
    return [this](const Binding& binding) {
      if (!operators_ || operators_->ipv4 != binding.ipv4 || operators_->ports != binding.ports) {
        return Occupancy::kFree;
      }
      return *operators_ == binding ? Occupancy::kSame : Occupancy::kOther;
    };
  }
  KeepLeases keeper() {
    return [this](const LeaseChange& change, std::function<void(bool)> done) {
      for (const auto& end : {change.end, change.replaced}) {
        if (end) ended_.push_back(*end);
      }
      waiting_.push_back([this, change, done = std::move(done)](bool kept) {
        if (kept && change.end) manager_.table().erase(change.end->key);
        if (kept && change.replaced) manager_.table().erase(change.replaced->key);
        if (kept && change.grant) manager_.table().put(*change.grant);
        done(kept);
      });
    };
  }
  void answer(bool kept) {
    for (const auto& done : std::exchange(waiting_, {})) done(kept);
  }
  Result<LeaseChange, Outcome> hear(const Bytes& message, const Subscriber& subscriber = kFirst,
                                    WallTime now = kNow, Ipv4Address server = kServer) {
    return manager_.from_server(*MessageView::parse(message), subscriber, server, now);
  }
  // A lease of a server, stored at once.
  void give(const Bytes& message, const Subscriber& subscriber = kFirst, WallTime now = kNow) {
    auto change = hear(message, subscriber, now);
    ASSERT_TRUE(change);
    ASSERT_TRUE(change->grant);
    manager_.keep(std::move(*change), now, [](bool) {});
    answer(true);
  }
  Outcome refused(const Bytes& message, const Subscriber& subscriber = kFirst, WallTime now = kNow) {
    const auto change = hear(message, subscriber, now);
    return change ? Outcome::kDhcpDelivered : change.error();
  }

  std::optional<Binding> operators_;
  std::vector<LeaseEnding> ended_;
  std::vector<std::function<void(bool)>> waiting_;
  LeaseManager manager_;
};

TEST_F(LeaseManagerTest, Rfc7596Section61AnAckGivesTheSoftwireAddressAndPortsForAsLongAsTheLease) {
  const auto change = hear(ack(kClient + kTime + kPsid5));
  ASSERT_TRUE(change);
  ASSERT_TRUE(change->grant);
  EXPECT_FALSE(change->end);
  EXPECT_EQ(change->grant->binding, (Binding{kLeased, PortSet{{0, 6}, 5}, kFirst.address, kBr}));
  EXPECT_EQ(change->grant->expires, kNow + seconds(600));
  EXPECT_EQ(change->grant->client, (ClientId{0, 0xaa, 0xbb, 0xcc}));
  EXPECT_EQ(change->grant->server, kServer);
}

TEST_F(LeaseManagerTest, Rfc2131Section33ATimeOfAllOnesNeverEnds) {
  EXPECT_EQ(hear(ack(kClient + "3304 ffffffff " + kPsid5))->grant->expires, WallTime::max());
}

TEST_F(LeaseManagerTest, Rfc2131Section435AnAckWithoutLeaseTimeAnswersAnInformAndChangesNothing) {
  const auto change = hear(ack(kClient + kPsid5));
  ASSERT_TRUE(change);
  EXPECT_FALSE(change->grant);
}

TEST_F(LeaseManagerTest, AnOfferChangesNothing) {
  Bytes offer = ack(kClient + kTime + kPsid5);
  offer[242] = 2;
  const auto change = hear(offer);
  ASSERT_TRUE(change);
  EXPECT_FALSE(change->grant);
}

TEST_F(LeaseManagerTest, RefusesAddressesAndPortsThatNoPoolAllows) {
  EXPECT_EQ(refused(ack(kClient + kTime)), Outcome::kDhcpLeaseNotAllowed);
  EXPECT_EQ(refused(ack(kClient + kTime + "9f04 0008 0500 ")), Outcome::kDhcpLeaseNotAllowed);
  EXPECT_EQ(refused(ack(kClient + kTime + "9f03 000605 ")), Outcome::kDhcpLeaseNotAllowed);
  EXPECT_EQ(refused(ack(kClient + kTime + "9f04 0911 0000 ")), Outcome::kDhcpLeaseNotAllowed);
  Bytes elsewhere = ack(kClient + kTime + kPsid5);
  elsewhere[18] = 3;
  EXPECT_EQ(refused(elsewhere), Outcome::kDhcpLeaseNotAllowed);
}

// A pool may be around addresses that are not forwarded. A server that leases one gives no binding.
TEST_F(LeaseManagerTest, Rfc3927Section7ALinkLocalAddressIsNotLeased) {
  LeaseOptions wide = shared();
  wide.pools.front().ipv4 = {Ipv4Address(168, 0, 0, 0), 7};
  manager_.configure(wide);
  Bytes local = ack(kClient + kTime + kPsid5);
  local[16] = 169;
  local[17] = 254;
  EXPECT_EQ(refused(local), Outcome::kDhcpLeaseNotAllowed);
  local[17] = 253;
  EXPECT_EQ(refused(local), Outcome::kDhcpDelivered);
}

TEST_F(LeaseManagerTest, DraftSection51RefusesThePortSetThatHoldsTheDhcpClientPort) {
  EXPECT_EQ(refused(ack(kClient + kTime + "9f04 0006 0000 ")), Outcome::kDhcpLeaseNotAllowed);
}

TEST_F(LeaseManagerTest, KeepsTheOlderSoftwireWhenAnotherIsLeasedTheSame) {
  give(ack(kClient + kTime + kPsid5));
  EXPECT_EQ(refused(ack(kClient + kTime + kPsid5), kSecond), Outcome::kDhcpLeaseConflict);
  EXPECT_EQ(refused(ack(kClient + kTime + kPsid6), kSecond), Outcome::kDhcpDelivered);
  // An expired lease is free, whether or not its end is durable yet.
  EXPECT_EQ(refused(ack(kClient + kTime + kPsid5), kSecond, kNow + seconds(600)), Outcome::kDhcpDelivered);
}

// The machine was off: the server may have given the address of a lease that has ended to somebody else.
TEST_F(LeaseManagerTest, ADoubtedLeaseGivesWayUntilItIsRenewed) {
  give(ack(kClient + kTime + kPsid5));
  manager_.doubt_all();
  EXPECT_EQ(refused(ack(kClient + kTime + kPsid5), kSecond), Outcome::kDhcpDelivered);
  manager_.granted(Lease(*manager_.table().within({}).front()));
  EXPECT_EQ(refused(ack(kClient + kTime + kPsid5), kSecond), Outcome::kDhcpLeaseConflict);
}

TEST_F(LeaseManagerTest, KeepsALeaseThatIsBeingMadeDurableFromOthers) {
  manager_.keep(std::move(*hear(ack(kClient + kTime + kPsid5))), kNow, [](bool) {});
  EXPECT_EQ(refused(ack(kClient + kTime + kPsid5), kSecond), Outcome::kDhcpLeaseConflict);
  answer(false);
  EXPECT_EQ(refused(ack(kClient + kTime + kPsid5), kSecond), Outcome::kDhcpDelivered);
}

TEST_F(LeaseManagerTest, ALeaseIsBeingMadeDurableUntilTheLastGrantOfItIs) {
  std::vector<std::function<void(bool)>> first;
  manager_.keep(std::move(*hear(ack(kClient + kTime + kPsid5))), kNow, [](bool) {});
  first.swap(waiting_);
  manager_.keep(std::move(*hear(ack(kClient + kTime + kPsid5))), kNow, [](bool) {});
  for (const auto& done : first) done(false);
  EXPECT_TRUE(manager_.is_granting({kLeased, 5}));
  EXPECT_EQ(refused(ack(kClient + kTime + kPsid5), kSecond), Outcome::kDhcpLeaseConflict);
  answer(true);
  EXPECT_FALSE(manager_.is_granting({kLeased, 5}));
}

TEST_F(LeaseManagerTest, RenewsALeaseOfTheSameSoftwireWhoeverItsClientSaysItIs) {
  give(ack(kClient + kTime + kPsid5));
  give(ack("3d03 000001 " + kTime + kPsid5), kFirst, kNow + seconds(300));
  EXPECT_EQ(manager_.table().size(), 1U);
  EXPECT_EQ(manager_.table().next_end(), kNow + seconds(900));
}

TEST_F(LeaseManagerTest, EndsTheFormerLeaseOfAClientThatGetsAnother) {
  give(ack(kClient + kTime + kPsid5));
  const auto change = hear(ack(kClient + kTime + kPsid6));
  ASSERT_TRUE(change->end);
  EXPECT_EQ(change->end->key, (LeaseKey{kLeased, 5}));
  EXPECT_EQ(change->end->reason, EndReason::kReplaced);
}

TEST_F(LeaseManagerTest, Rfc8539AnEndThatMovesOnItsLinkTakesItsLeaseAlong) {
  const Subscriber moved{*parse_ipv6("2001:db8:1::66"), kBr};
  const auto hear_moved = [&](const Bytes& message) {
    return manager_.from_server(*MessageView::parse(message), moved, kServer, kNow, true);
  };
  give(ack(kClient + kTime + kPsid5));
  EXPECT_EQ(refused(ack(kClient + kTime + kPsid5), moved), Outcome::kDhcpLeaseConflict);
  const auto renewed = hear_moved(ack(kClient + kTime + kPsid5));
  ASSERT_TRUE(renewed);
  ASSERT_TRUE(renewed->grant);
  EXPECT_EQ(renewed->grant->binding.b4, moved.address);
  EXPECT_FALSE(renewed->end);
  // A new lease ends the lease of the earlier end. Another client has no lease on the link.
  const auto replaced = hear_moved(ack(kClient + kTime + kPsid6));
  ASSERT_TRUE(replaced);
  ASSERT_TRUE(replaced->end);
  EXPECT_EQ(replaced->end->b4, kFirst.address);
  EXPECT_FALSE(hear_moved(ack("3d03 000001 " + kTime + kPsid5)));
}

TEST_F(LeaseManagerTest, Rfc8539AMoveIsNoNewLease) {
  LeaseOptions one = shared();
  one.per_subscriber = 1;
  one.grants_per_hour = 1;
  manager_.configure(one);
  give(ack(kClient + kTime + kPsid5));
  const Subscriber moved{*parse_ipv6("2001:db8:1::66"), kBr};
  const Bytes request =
      dhcp::message("01010600 953b2604 00000000 c0000264", hex("350103 " + kClient + kPsid5 + "ff"));
  const MessageView message = *MessageView::parse(request);
  EXPECT_TRUE(manager_.reason_not_to_relay({message, moved}));
  EXPECT_FALSE(manager_.reason_not_to_relay({.message = message, .subscriber = moved, .may_move = true}));
  EXPECT_TRUE(manager_.is_out_of_grants({message, moved}, kNow));
  EXPECT_FALSE(manager_.is_out_of_grants({.message = message, .subscriber = moved, .may_move = true}, kNow));
  EXPECT_TRUE(
      manager_.from_server(*MessageView::parse(ack(kClient + kTime + kPsid5)), moved, kServer, kNow, true));
}

TEST_F(LeaseManagerTest, AnEndThatIsOnItsWayIsNotSentAgain) {
  give(ack(kClient + kTime + kPsid5));
  const auto end = [this] {
    const Bytes message = release(kClient + kPsid5);
    manager_.keep(manager_.from_client({*MessageView::parse(message), kFirst}), kNow, [](bool) {});
  };
  end();
  end();
  EXPECT_EQ(waiting_.size(), 1U);
}

TEST_F(LeaseManagerTest, WhatTheOperatorBoundIsNobodyElses) {
  operators_ = Binding{kLeased, PortSet{{0, 6}, 5}, kSecond.address, kBr};
  EXPECT_EQ(refused(ack(kClient + kTime + kPsid5)), Outcome::kDhcpLeaseConflict);
  // A binding of the same subscriber may be leased to it. Nothing changes then.
  const auto change = hear(ack(kClient + kTime + kPsid5), kSecond);
  ASSERT_TRUE(change);
  EXPECT_FALSE(change->grant);
}

TEST_F(LeaseManagerTest, ASoftwireHasNoMoreLeasesThanItMay) {
  LeaseOptions few = shared();
  few.per_subscriber = 1;
  manager_.configure(few);
  give(ack(kClient + kTime + kPsid5));
  EXPECT_EQ(refused(ack("3d03 000001 " + kTime + kPsid6)), Outcome::kDhcpLeaseLimit);
}

TEST_F(LeaseManagerTest, NoServerIsAskedForALeaseBeyondThoseThatASubscriberMayHave) {
  const auto refusal = [this](const std::string& options, const Subscriber& subscriber = kFirst) {
    const Bytes octets = dhcp::message("01010600 953b2604", hex(options + "ff"));
    return manager_.reason_not_to_relay({*MessageView::parse(octets), subscriber});
  };
  const Subscriber sibling{*parse_ipv6("2001:db8:1::3"), kBr};
  const std::string discover = "350101 ";
  const std::string request = "350103 ";
  const std::string other = "3d03 000001 ";
  LeaseOptions few = shared();
  few.per_subscriber = 1;
  manager_.configure(few);
  EXPECT_EQ(refusal(discover + kClient), std::nullopt);
  manager_.keep(std::move(*hear(ack(kClient + kTime + kPsid5))), kNow, [](bool) {});
  for (const bool is_kept : {false, true}) {  // on its way to the store, and in the lease table
    if (is_kept) answer(true);
    EXPECT_EQ(refusal(discover + other), Outcome::kDhcpClientLimit);
    EXPECT_EQ(refusal(request + other), Outcome::kDhcpClientLimit);
    EXPECT_EQ(refusal(discover + kClient, sibling), Outcome::kDhcpClientLimit);
    EXPECT_EQ(refusal(discover + kClient), std::nullopt);
    EXPECT_EQ(refusal(request + other + "3204 c0000264 "), std::nullopt);  // that very lease
    EXPECT_EQ(refusal("350107 " + other), std::nullopt);
    EXPECT_EQ(refusal(discover + other, kSecond), std::nullopt);
  }
  manager_.configure({});
  EXPECT_EQ(refusal(discover + other), std::nullopt);
}

TEST_F(LeaseManagerTest, ASubscriberIsGivenSoManyNewLeasesInAnHourAndRenewsAsOftenAsItLikes) {
  LeaseOptions few = shared();
  few.grants_per_hour = 2;
  manager_.configure(few);
  const auto is_out = [this](const std::string& options, const Subscriber& subscriber, WallTime now) {
    const Bytes octets = dhcp::message("01010600 953b2604", hex(options + "ff"));
    return manager_.is_out_of_grants({*MessageView::parse(octets), subscriber}, now);
  };
  const std::string discover = "350101 3d03 000001 ";
  const std::string request = "350103 3d03 000001 3204 c0000264 ";
  const Subscriber sibling{*parse_ipv6("2001:db8:1::3"), kBr};
  const Bytes lease = ack(kClient + kTime + kPsid5);
  give(lease);
  for (int i = 1; i <= 5; ++i) give(lease, kFirst, kNow + seconds(i));
  EXPECT_FALSE(is_out(discover, sibling, kNow + seconds(10)));
  give(ack(kClient + kTime + kPsid6), sibling, kNow + seconds(10));
  for (const Subscriber& subscriber : {kFirst, sibling}) {
    EXPECT_TRUE(is_out(discover, subscriber, kNow + seconds(11)));
  }
  EXPECT_TRUE(is_out(request + "9f04 0006 1c00 ", kFirst, kNow + seconds(11)));
  EXPECT_TRUE(is_out(request, kFirst, kNow + seconds(11)));  // the whole address
  EXPECT_TRUE(is_out(request + kPsid6, kFirst, kNow + seconds(11)));
  EXPECT_EQ(refused(ack("3d03 000001 " + kTime + "9f04 0006 1c00 "), kFirst, kNow + seconds(11)),
            Outcome::kDhcpGrantLimit);
  EXPECT_FALSE(is_out(request + kPsid5, kFirst, kNow + seconds(11)));
  EXPECT_FALSE(is_out("350101 " + kClient, kFirst,
                      kNow + seconds(11)));  // a client with a lease is offered that lease
  EXPECT_FALSE(is_out("350107 " + kClient, kFirst, kNow + seconds(11)));
  EXPECT_FALSE(is_out(discover, kSecond, kNow + seconds(11)));
  operators_ = Binding{kLeased, PortSet{{0, 6}, 7}, kFirst.address, kBr};
  EXPECT_FALSE(is_out(request + "9f04 0006 1c00 ", kFirst, kNow + seconds(11)));
  EXPECT_TRUE(is_out(discover, kFirst, kNow + seconds(3599)));
  EXPECT_FALSE(is_out(discover, kFirst, kNow + seconds(3600)));
}

TEST_F(LeaseManagerTest, WhatTheOperatorHasBoundIsNoNewLeaseHoweverOftenItIsGranted) {
  LeaseOptions few = shared();
  few.grants_per_hour = 1;
  manager_.configure(few);
  operators_ = Binding{kLeased, PortSet{{0, 6}, 5}, kFirst.address, kBr};
  LeaseChange change;
  change.grant = Lease{*operators_, {0, 1}, kNow + seconds(600), kServer};
  for (int i = 0; i < 3; ++i) manager_.keep(change, kNow, [](bool) {});
  const Bytes discover = dhcp::message("01010600 953b2604", hex("350101 ff"));
  EXPECT_FALSE(manager_.is_out_of_grants({*MessageView::parse(discover), kFirst}, kNow));
}

TEST_F(LeaseManagerTest, Rfc7785ASubscriberIsThePrefixThatItHasNotOneAddress) {
  LeaseOptions few = shared();
  few.per_subscriber = 1;
  manager_.configure(few);
  const Subscriber sibling{*parse_ipv6("2001:db8:1::3"), kBr};
  give(ack(kClient + kTime + kPsid5));
  EXPECT_EQ(refused(ack(kClient + kTime + kPsid6), sibling), Outcome::kDhcpLeaseLimit);
  few.subscriber_mask = 128;
  manager_.configure(few);
  EXPECT_EQ(refused(ack(kClient + kTime + kPsid6), sibling), Outcome::kDhcpDelivered);
}

TEST_F(LeaseManagerTest, MovesALeaseWhenToldToButNotAtOnceAgain) {
  LeaseOptions moving = shared();
  moving.conflict = LeaseConflict::kMove;
  manager_.configure(moving);
  const Bytes message = ack(kClient + "3304 00010000 " + kPsid5);
  give(message);
  give(message, kSecond);
  ASSERT_EQ(ended_.size(), 1U);  // by name
  EXPECT_EQ(ended_.front().b4, kFirst.address);
  EXPECT_EQ(manager_.table().find({kLeased, 5})->binding.b4, kSecond.address);
  EXPECT_EQ(refused(message, kFirst, kNow + seconds(59)), Outcome::kDhcpLeaseConflict);
  EXPECT_EQ(refused(message, kFirst, kNow + seconds(60)), Outcome::kDhcpDelivered);
}

// The message may still be refused after from_server(), or by the store.
TEST_F(LeaseManagerTest, AMoveCountsWhenItIsKeptAndNotBefore) {
  LeaseOptions moving = shared();
  moving.conflict = LeaseConflict::kMove;
  manager_.configure(moving);
  const Bytes message = ack(kClient + "3304 00010000 " + kPsid5);
  const Subscriber third{*parse_ipv6("2001:db8:9::2"), kBr};
  give(message);
  ASSERT_TRUE(hear(message, kSecond));
  EXPECT_EQ(refused(message, third), Outcome::kDhcpDelivered) << "the first move was not kept";
  manager_.keep(std::move(*hear(message, kSecond)), kNow, [](bool) {});
  EXPECT_EQ(refused(message, third), Outcome::kDhcpLeaseConflict) << "the move is on its way to the store";
  answer(false);
  EXPECT_EQ(manager_.table().find({kLeased, 5})->binding.b4, kFirst.address);
  EXPECT_EQ(refused(message, third), Outcome::kDhcpDelivered) << "the store has refused the move";
  manager_.keep(std::move(*hear(message, kSecond)), kNow, [](bool) {});
  manager_.keep(std::move(*hear(message, kSecond)), kNow, [](bool) {});  // renewed meanwhile
  EXPECT_EQ(refused(message, third), Outcome::kDhcpLeaseConflict);
  answer(true);
  EXPECT_EQ(refused(message, third), Outcome::kDhcpLeaseConflict);
  EXPECT_EQ(refused(message, third, kNow + seconds(60)), Outcome::kDhcpDelivered);
}

TEST_F(LeaseManagerTest, AGrantThatTheStoreRefusesDoesNotCountForTheHour) {
  LeaseOptions few = shared();
  few.grants_per_hour = 1;
  manager_.configure(few);
  const Bytes message = ack(kClient + kTime + kPsid5);
  manager_.keep(std::move(*hear(message)), kNow, [](bool) {});
  EXPECT_EQ(refused(ack(kClient + kTime + kPsid6)), Outcome::kDhcpGrantLimit) << "one is on its way";
  answer(false);
  EXPECT_EQ(refused(message), Outcome::kDhcpDelivered);
  give(message);
  EXPECT_EQ(refused(ack(kClient + kTime + kPsid6)), Outcome::kDhcpGrantLimit);
}

TEST_F(LeaseManagerTest, WithoutPoolsLeasesAreNotItsBusiness) {
  manager_.configure({});
  const auto change = hear(ack(kClient + kTime));
  ASSERT_TRUE(change);
  EXPECT_FALSE(change->grant);
}

TEST_F(LeaseManagerTest, AReleaseEndsTheLeaseOfItsPortsOrElseOfItsClient) {
  give(ack(kClient + kTime + kPsid5));
  const auto end_by = [this](const std::string& options, const Ipv6Address& subscriber) {
    const Bytes message = release(options);
    return manager_.from_client({*MessageView::parse(message), {subscriber, kBr}}).end;
  };
  EXPECT_TRUE(end_by(kPsid5, kFirst.address));
  EXPECT_TRUE(end_by(kClient, kFirst.address));
  EXPECT_FALSE(end_by(kPsid6, kFirst.address));
  EXPECT_FALSE(end_by("3d03 000001 ", kFirst.address));
  EXPECT_FALSE(end_by(kPsid5, kSecond.address));
  EXPECT_EQ(end_by(kPsid5, kFirst.address)->reason, EndReason::kReleased);
}

TEST_F(LeaseManagerTest, ADeclineEndsTheLeaseOfTheRequestedAddress) {
  give(ack(kClient + kTime + kPsid5));
  const Bytes message = dhcp::message("01010600 953b2604", hex("350104 3204 c0000264 " + kPsid5 + "ff"));
  const auto change = manager_.from_client({*MessageView::parse(message), kFirst});
  ASSERT_TRUE(change.end);
  EXPECT_EQ(change.end->reason, EndReason::kDeclined);
}

TEST_F(LeaseManagerTest, ANakEndsALeaseOfThatServerOnly) {
  give(ack(kClient + kTime + kPsid5));
  const Bytes nak = dhcp::message("02010601 953b2604", hex("350106 " + kClient + "ff"));
  const auto other = hear(nak, kFirst, kNow, Ipv4Address(10, 99, 0, 2));
  EXPECT_FALSE(other->end);
  const auto change = hear(nak);
  ASSERT_TRUE(change->end);
  EXPECT_EQ(change->end->reason, EndReason::kRefused);
}

TEST_F(LeaseManagerTest, EndsWhatHasExpiredOnceAndAgainLaterWhenItCouldNot) {
  give(ack(kClient + kTime + kPsid5));
  manager_.expire(kNow + seconds(599));
  EXPECT_TRUE(ended_.empty());
  const WallTime end = kNow + seconds(600);
  manager_.expire(end);
  manager_.expire(end);
  ASSERT_EQ(ended_.size(), 1U);
  EXPECT_EQ(ended_.front().reason, EndReason::kExpired);
  answer(false);
  manager_.expire(end + seconds(9));
  EXPECT_EQ(ended_.size(), 1U);
  manager_.expire(end + seconds(10));
  EXPECT_EQ(ended_.size(), 2U);
  answer(true);
  EXPECT_EQ(manager_.table().size(), 0U);
}

}  // namespace
}  // namespace softwire::controlplane
