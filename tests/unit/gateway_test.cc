// SPDX-License-Identifier: BSD-3-Clause
// Tests the states of a gateway, what workers tell each other about it, and claims of the hub's own
// addresses.
#include "dataplane/gateway/gateway.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "dataplane/gateway/address_conflicts.h"
#include "softwire/address_text.h"

namespace softwire::dataplane {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using State = GatewayState;

const MacAddress kTheirs({0x02, 0, 0, 0, 1, 0x06});
const MacAddress kOthers({0x02, 0, 0, 0, 2, 0x06});
const MacAddress kThird({0x02, 0, 0, 0, 3, 0x06});
const Ipv6Address kHub = *parse_ipv6("2001:db8:6::1");

class GatewayTest : public ::testing::Test {
 protected:
  Instant now = seconds(1000);
  Gateway gateway{MacAddress(), true};

  struct Sent {
    bool gateway;
    bool rival;
    friend bool operator==(const Sent&, const Sent&) = default;
  };
  // Runs the timers that are due, as the worker does. Returns the requests.
  Sent run() {
    if (now < gateway.deadline()) return {false, false};
    const Gateway::Requests requests = gateway.run_timers(now);
    return {requests.gateway, requests.rival_count != 0};
  }
  void resolve() {
    EXPECT_EQ(run(), (Sent{true, false}));
    gateway.take_answer({kTheirs}, now);
    EXPECT_EQ(gateway.state(), State::kReachable);
  }
  // Advances the time to the next request, and sends it. Expects it at that time. Returns whether a round
  // failed.
  bool ask_after(Instant time) {
    now += time - Instant(1);
    EXPECT_LT(now, gateway.deadline());
    now += Instant(1);
    EXPECT_GE(now, gateway.deadline());
    const Gateway::Requests requests = gateway.run_timers(now);
    EXPECT_TRUE(requests.gateway);
    return requests.round_failed;
  }
  void expect(State state, const MacAddress& mac) {
    EXPECT_EQ(to_text(gateway.state()), to_text(state));
    ASSERT_EQ(gateway.is_resolved(), has_mac(state));
    if (has_mac(state)) {
      EXPECT_EQ(gateway.mac(), mac);
    }
  }
};

TEST_F(GatewayTest, FixedIsNeverAsked) {
  Gateway fixed(kTheirs, true);
  EXPECT_TRUE(fixed.is_resolved());
  EXPECT_EQ(fixed.mac(), kTheirs);
  EXPECT_FALSE(fixed.is_probed());
  EXPECT_EQ(fixed.state(), State::kStatic);
  EXPECT_EQ(fixed.deadline(), Instant::max());
  const Gateway none(MacAddress(), false);
  EXPECT_FALSE(none.is_resolved());
  EXPECT_FALSE(none.is_probed());
  EXPECT_EQ(none.deadline(), Instant::max());
}

// RFC 4861 section 7.2.2: every RETRANS_TIMER. Waiting packets are dropped after MAX_MULTICAST_SOLICIT.
TEST_F(GatewayTest, IsAskedEverySecondUntilItAnswers) {
  EXPECT_EQ(gateway.deadline(), Instant::min());
  EXPECT_EQ(run(), (Sent{true, false}));
  const Instant start = now;
  for (int round = 0; round < 3; ++round) {
    EXPECT_FALSE(ask_after(seconds(1)));
    EXPECT_FALSE(ask_after(seconds(1)));
    EXPECT_EQ(gateway.state(), round == 0 ? State::kIncomplete : State::kFailed);
    if (round == 0) {
      EXPECT_EQ(gateway.since(), start);
    }
    EXPECT_TRUE(ask_after(seconds(1)));
    expect(State::kFailed, {});
    EXPECT_EQ(gateway.since(), start + seconds(3));
  }
  gateway.take_answer({kTheirs}, now);
  expect(State::kReachable, kTheirs);
  EXPECT_EQ(gateway.since(), now);
}

// RFC 4861 section 7.3.3: still used while it is probed, and no longer after MAX_UNICAST_SOLICIT probes
// without an answer.
TEST_F(GatewayTest, IsProbedAfterReachableTime) {
  resolve();
  EXPECT_FALSE(ask_after(Gateway::kReachable));
  expect(State::kReachable, kTheirs);
  EXPECT_FALSE(ask_after(seconds(1)));
  expect(State::kProbe, kTheirs);
  EXPECT_FALSE(ask_after(seconds(1)));
  expect(State::kProbe, kTheirs);
  EXPECT_FALSE(ask_after(seconds(1)));  // no packet has waited long
  expect(State::kFailed, {});
  EXPECT_FALSE(ask_after(seconds(1)));
  EXPECT_FALSE(ask_after(seconds(1)));
  EXPECT_TRUE(ask_after(seconds(1)));
}

TEST_F(GatewayTest, AnAnswerEndsTheProbe) {
  resolve();
  const Instant since = gateway.since();
  EXPECT_FALSE(ask_after(Gateway::kReachable));
  gateway.take_answer({kTheirs}, now);
  EXPECT_EQ(gateway.deadline(), now + Gateway::kReachable);
  EXPECT_EQ(gateway.since(), since) << "a gateway that answers each request does not change its state";
  EXPECT_FALSE(ask_after(Gateway::kReachable));
  EXPECT_FALSE(ask_after(seconds(1)));
  gateway.take_answer({kTheirs}, now);
  expect(State::kReachable, kTheirs);
  EXPECT_EQ(gateway.since(), now);
}

// RFC 4861 section 7.2.5: only an answer to a request is a confirmation.
TEST_F(GatewayTest, AnAnswerThatNobodyAskedForConfirmsNothing) {
  resolve();
  const Instant due = gateway.deadline();
  now += seconds(20);
  gateway.take_answer({kTheirs}, now);
  gateway.take_claim({kTheirs}, now);
  EXPECT_EQ(gateway.deadline(), due);
  Gateway fresh(MacAddress(), true);
  fresh.take_answer({kTheirs}, now);  // before the first request
  EXPECT_FALSE(fresh.is_resolved());
}

TEST_F(GatewayTest, WhileTheOldMacAddressAnswersItStays) {
  for (const bool by_answer : {false, true}) {
    gateway = Gateway(MacAddress(), true);
    resolve();
    now += seconds(5);
    by_answer ? gateway.take_answer({kOthers}, now) : gateway.take_claim({kOthers}, now);
    expect(State::kStale, kTheirs);
    EXPECT_TRUE(gateway.knows(kOthers));
    EXPECT_EQ(run(), (Sent{true, true}));
    gateway.take_answer({kOthers}, now);
    expect(State::kStale, kTheirs);
    now += Gateway::kAnswerTime - Instant(1);
    EXPECT_EQ(run(), (Sent{false, false}));
    gateway.take_answer({kTheirs}, now);
    expect(State::kReachable, kTheirs);
    now += Gateway::kReachable - Instant(1);
    EXPECT_EQ(run(), (Sent{false, false}));
    expect(State::kReachable, kTheirs);
  }
}

TEST_F(GatewayTest, ANewMacAddressThatAnswersIsUsedWhenTheOldOneIsSilent) {
  resolve();
  now += seconds(5);
  gateway.take_claim({kOthers}, now);
  EXPECT_EQ(run(), (Sent{true, true}));
  gateway.take_answer({kOthers}, now + milliseconds(1));
  now += Gateway::kAnswerTime;
  EXPECT_EQ(run(), (Sent{false, false}));
  expect(State::kReachable, kOthers);
  EXPECT_EQ(gateway.deadline(), now + Gateway::kReachable);
  // The answer may come later than the gateway's time to answer.
  gateway.take_claim({kTheirs}, now += seconds(5));
  EXPECT_EQ(run(), (Sent{true, true}));
  now += Gateway::kAnswerTime + milliseconds(100);
  EXPECT_EQ(run(), (Sent{false, false}));
  expect(State::kStale, kOthers);
  gateway.take_answer({kTheirs}, now);
  expect(State::kReachable, kTheirs);
}

TEST_F(GatewayTest, ANewMacAddressThatDoesNotAnswerIsForgotten) {
  resolve();
  now += seconds(5);
  gateway.take_claim({kOthers}, now);
  EXPECT_EQ(run(), (Sent{true, true}));
  gateway.take_answer({kTheirs}, now);
  gateway.take_claim({kOthers}, now);
  EXPECT_EQ(run(), (Sent{false, false})) << "asked at most once a second (RFC 1122 section 2.3.2.1)";
  now += Gateway::kRetransmit;
  EXPECT_EQ(run(), (Sent{true, true}));
  now += Gateway::kRetransmit;
  EXPECT_EQ(run(), (Sent{true, false}));
  expect(State::kProbe, kTheirs);
}

// However often other stations speak, a few are asked once a second each (RFC 1122 section 2.3.2.1), and
// these are heard to the end.
TEST_F(GatewayTest, AFloodOfClaimsChangesNothing) {
  resolve();
  now += seconds(5);
  unsigned asked = 0;
  for (unsigned i = 0; i < 10'000; ++i, now += milliseconds(1)) {
    gateway.take_claim(
        {MacAddress({2, 9, 9, 9, static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)})}, now);
    gateway.take_claim({kOthers}, now);
    const Sent sent = run();
    if (sent.gateway) gateway.take_answer({kTheirs}, now);
    asked += sent.gateway + sent.rival;
    ASSERT_EQ(gateway.mac(), kTheirs);
  }
  EXPECT_LE(asked, 44U);
}

// The first answer to a request to everybody may be the wrong one.
TEST_F(GatewayTest, OneBadAnswerCostsLessThanASecond) {
  EXPECT_EQ(run(), (Sent{true, false}));
  gateway.take_answer({kOthers}, now);  // of nobody
  expect(State::kReachable, kOthers);
  now += milliseconds(1);
  gateway.take_answer({kTheirs}, now);
  EXPECT_EQ(run(), (Sent{true, true}));
  gateway.take_answer({kTheirs}, now);
  now += Gateway::kAnswerTime;
  run();
  expect(State::kReachable, kTheirs);
}

// RFC 4861 section 7.2.3: an unknown gateway that announces itself is asked at once.
TEST_F(GatewayTest, AClaimOfAnUnknownGatewayIsAskedFirst) {
  run();
  ask_after(seconds(1));
  now += milliseconds(10);
  gateway.take_claim({kTheirs}, now);
  EXPECT_EQ(run(), (Sent{false, true}));
  expect(State::kIncomplete, {});
  gateway.take_answer({kTheirs}, now);
  expect(State::kReachable, kTheirs);
}

// RFC 4861 7.2.5 (I): an advertisement that must not override, of another MAC address.
TEST_F(GatewayTest, DoubtLeadsToAQuestion) {
  resolve();
  now += seconds(10);
  gateway.doubt(now);
  expect(State::kStale, kTheirs);
  EXPECT_EQ(run(), (Sent{true, false}));
  now += milliseconds(500);
  gateway.doubt(now);  // it is being asked already
  EXPECT_FALSE(ask_after(milliseconds(500)));
  expect(State::kProbe, kTheirs);
}

// Packets do not wait longer if the timers ran late, and a gateway in use has three chances.
TEST_F(GatewayTest, TimeMayJump) {
  EXPECT_EQ(run(), (Sent{true, false}));
  EXPECT_TRUE(gateway.run_timers(now + seconds(3600)).round_failed);
  gateway.take_answer({kTheirs}, now + seconds(3600));
  for (int hour = 2; hour < 5; ++hour) {
    EXPECT_FALSE(gateway.run_timers(now + seconds(3600 * hour)).round_failed);
    EXPECT_TRUE(gateway.is_resolved());
  }
  EXPECT_FALSE(gateway.run_timers(now + seconds(3600 * 5)).round_failed);
  EXPECT_FALSE(gateway.is_resolved());
}

TEST_F(GatewayTest, OtherWorkersFollow) {
  gateway.follow({kTheirs, State::kStale, 1});
  expect(State::kStale, kTheirs);
  EXPECT_EQ(gateway.deadline(), Instant::max());
  gateway.follow({{}, State::kFailed, 1});
  expect(State::kFailed, {});
}

// --- between workers ---

TEST(GatewayPublisher, SaysEveryPieceOfNewsOnce) {
  GatewayPublisher publisher;
  EXPECT_EQ(publisher.latest(Side::kIpv4), 0U);
  const auto first = publisher.post(Side::kIpv4, {kTheirs, State::kReachable, 127});
  const auto again = publisher.post(Side::kIpv4, {kTheirs, State::kReachable, 127});
  EXPECT_NE(first, again);
  EXPECT_EQ(publisher.latest(Side::kIpv4), again);
  EXPECT_EQ(publisher.latest(Side::kIpv6), 0U);
  for (const State state :
       {State::kIncomplete, State::kReachable, State::kStale, State::kProbe, State::kFailed}) {
    const auto news = GatewayPublisher::read(publisher.post(Side::kIpv4, {kTheirs, state, 127}));
    EXPECT_EQ(news.mac, kTheirs);
    EXPECT_EQ(news.state, state);
    EXPECT_EQ(news.gateway, 127);
  }
  for (int i = 0; i < 200; ++i) {
    const auto before = publisher.latest(Side::kIpv4);
    EXPECT_NE(publisher.post(Side::kIpv4, {{}, State::kFailed, 0}), before);
  }
}

TEST(GatewayPublisher, AFloodOfClaimsDoesNotPushOutAnAnswer) {
  using Report = GatewayPublisher::Report;
  GatewayPublisher publisher;
  publisher.tell(Side::kIpv6, Report::kAnswer, {kTheirs}, 99);
  for (int i = 0; i < 10'000; ++i) publisher.tell(Side::kIpv6, Report::kClaim, {kThird}, 99);
  EXPECT_EQ(publisher.reports(Side::kIpv6), 10'001U);
  EXPECT_EQ(publisher.reports(Side::kIpv4), 0U);
  const auto answer = publisher.report(Side::kIpv6, Report::kAnswer);
  EXPECT_EQ(GatewayPublisher::mac_of(answer), kTheirs);
  EXPECT_EQ(GatewayPublisher::gateway_of(answer), 99);
  publisher.tell(Side::kIpv6, Report::kAnswer, {kTheirs}, 99);
  EXPECT_NE(publisher.report(Side::kIpv6, Report::kAnswer), answer) << "the same again is news too";
}

// --- claims of the hub's own addresses ---

TEST(AddressConflicts, Rfc5227Section24AreListedAndDefendedEveryTenSeconds) {
  AddressConflicts conflicts;
  const Instant start = seconds(7);
  EXPECT_TRUE(conflicts.list().empty());
  EXPECT_TRUE(conflicts.add(Side::kIpv6, kHub, kTheirs, start));
  EXPECT_FALSE(conflicts.add(Side::kIpv6, kHub, kTheirs, start + seconds(9)));
  EXPECT_TRUE(conflicts.add(Side::kIpv4, kHub, kTheirs, start + seconds(9)));
  EXPECT_TRUE(conflicts.add(Side::kIpv6, kHub, kTheirs, start + seconds(10)));
  const auto list = conflicts.list();
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0].address, kHub);
  EXPECT_EQ(list[0].station, kTheirs);
  EXPECT_EQ(list[0].frames, 3U);
  EXPECT_EQ(list[0].last, start + seconds(10));
}

// A station that claims more addresses than there are places does not make the hub speak more often, nor
// about those of the other side less often.
TEST(AddressConflicts, Rfc5227Section24OfManyAddressesAreDefendedEveryTenSecondsToo) {
  AddressConflicts conflicts;
  const auto address = [](std::uint64_t number) {
    return Ipv6Address::from_host(0x2001'0db8'00ff'0000, number);
  };
  constexpr std::uint64_t kAddresses = 3 * AddressConflicts::kConflicts;
  std::uint64_t defended = 0;
  for (int round = 0; round < 50; ++round) {
    for (std::uint64_t number = 0; number < kAddresses; ++number) {
      defended += conflicts.add(Side::kIpv6, address(number), kTheirs, seconds(7) + milliseconds(100 * round))
                      ? 1
                      : 0;
    }
  }
  EXPECT_EQ(defended, AddressConflicts::kConflicts);
  EXPECT_TRUE(conflicts.add(Side::kIpv4, kHub, kTheirs, seconds(12)));
  EXPECT_TRUE(conflicts.add(Side::kIpv6, address(kAddresses), kTheirs, seconds(17)));
}

TEST(AddressConflicts, StationsThatDisputeAGatewayAreListed) {
  AddressConflicts conflicts;
  conflicts.add_to_gateway(Side::kIpv6, kHub, kTheirs, seconds(7));
  conflicts.add_to_gateway(Side::kIpv6, kHub, kTheirs, seconds(8));
  const auto list = conflicts.list();
  ASSERT_EQ(list.size(), 1U);
  EXPECT_TRUE(list[0].is_of_gateway);
  EXPECT_EQ(list[0].station, kTheirs);
  EXPECT_EQ(list[0].frames, 2U);
}

TEST(AddressConflicts, AClaimOfOneAddressDoesNotHideAnother) {
  AddressConflicts conflicts;
  EXPECT_TRUE(conflicts.add(Side::kIpv4, kHub, kTheirs, seconds(7)));
  EXPECT_TRUE(conflicts.add(Side::kIpv4, Ipv6Address::from_host(0, 2), kTheirs, seconds(8)));
  EXPECT_FALSE(conflicts.add(Side::kIpv4, kHub, kTheirs, seconds(9)));
}

TEST(AddressConflicts, TheOneThatWasSilentLongestMakesRoom) {
  AddressConflicts conflicts;
  const auto station = [](unsigned number) {
    return MacAddress(
        {2, 0, 0, 0, static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)});
  };
  for (unsigned i = 0; i < 1000; ++i) {
    (void)conflicts.add(Side::kIpv4, kHub, station(i), seconds(2 * i));
    (void)conflicts.add(Side::kIpv4, kHub, kTheirs, seconds(2 * i + 1));
  }
  const auto list = conflicts.list();
  EXPECT_EQ(list.size(), AddressConflicts::kConflicts);
  EXPECT_EQ(std::ranges::count(list, kTheirs, &AddressConflicts::Conflict::station), 1);
  EXPECT_EQ(std::ranges::count(list, station(999), &AddressConflicts::Conflict::station), 1);
}

}  // namespace
}  // namespace softwire::dataplane
