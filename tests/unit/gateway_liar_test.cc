// SPDX-License-Identifier: BSD-3-Clause
// Tests which of several stations the hub takes for the gateway, on a simulated link: ARP has no
// authentication, but a station that answers because it was asked wins over one that talks unasked.
#include <gtest/gtest.h>

#include <ostream>
#include <vector>

#include "dataplane/gateway/gateway.h"

namespace softwire::dataplane {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Speaker = Gateway::Speaker;

const MacAddress kReal({0x02, 0, 0, 0, 1, 0x06});
const MacAddress kBackup({0x02, 0, 0, 0, 2, 0x06});
const MacAddress kLiar({0x02, 0, 0, 0, 9, 0x06});

// A station on the link. It answers requests if `answers`, after `delay`; and sends by itself.
struct Peer {
  Speaker speaker;
  bool answers = true;
  Instant delay = milliseconds(1);
  unsigned unasked_per_second = 0;  // messages in the form of an answer
  unsigned claims_per_second = 0;
  bool overrides = true;
};

class GatewayLink : public ::testing::Test {
 protected:
  Instant now = seconds(1000);
  Gateway gateway{MacAddress(), true};
  std::vector<Peer> peers;
  unsigned requests = 0;

  Peer& real() { return peers.at(0); }
  Peer& liar() { return peers.at(1); }

  void run(Instant time) {
    for (const Instant end = now + time; now < end; now += milliseconds(1)) step();
  }
  // Returns after how long the hub uses the station: at most `limit`.
  Instant time_until(const MacAddress& mac, Instant limit) {
    const Instant start = now;
    while (now < start + limit && !uses(mac)) {
      step();
      now += milliseconds(1);
    }
    EXPECT_TRUE(uses(mac));
    return now - start;
  }
  // Expects that the hub uses the station all the time.
  void expect_kept(const MacAddress& mac, Instant time) {
    unsigned wrong = 0;
    for (const Instant end = now + time; now < end; now += milliseconds(1)) {
      step();
      wrong += uses(mac) ? 0 : 1;
    }
    EXPECT_EQ(wrong, 0U) << "milliseconds with another one";
  }
  [[nodiscard]] bool uses(const MacAddress& mac) const {
    return gateway.is_resolved() && gateway.mac() == mac;
  }

 private:
  struct Reply {
    Instant at;
    Speaker speaker;
    bool overrides;
  };
  static bool is_due(unsigned per_second, Instant at) {
    const auto ms = static_cast<std::uint64_t>(at / milliseconds(1));
    return per_second != 0 && ms * per_second / 1000 != (ms + 1) * per_second / 1000;
  }
  void ask(const MacAddress* to) {
    ++requests;
    for (const Peer& peer : peers) {
      if (!peer.answers || (to != nullptr && !(*to == peer.speaker.mac))) continue;
      replies_.push_back({now + peer.delay, peer.speaker, peer.overrides});
    }
  }
  void run_timers() {
    if (now < gateway.deadline()) return;
    const Gateway::Requests due = gateway.run_timers(now);
    if (due.gateway) {
      const MacAddress mac = due.by_multicast ? MacAddress() : gateway.mac();
      ask(due.by_multicast ? nullptr : &mac);
    }
    for (unsigned i = 0; i < due.rival_count; ++i) ask(&due.rivals[i]);
    EXPECT_GT(gateway.deadline(), now) << "the timers would run all the time";
  }
  void step() {
    for (const Peer& peer : peers) {
      if (is_due(peer.unasked_per_second, now)) gateway.take_answer(peer.speaker, now, peer.overrides);
      if (is_due(peer.claims_per_second, now)) gateway.take_claim(peer.speaker, now);
      run_timers();
    }
    for (std::size_t i = 0; i < replies_.size();) {
      if (replies_[i].at > now) {
        ++i;
        continue;
      }
      const Reply reply = replies_[i];
      replies_.erase(replies_.begin() + static_cast<std::ptrdiff_t>(i));
      gateway.take_answer(reply.speaker, now, reply.overrides);
      run_timers();
    }
    run_timers();
  }

  std::vector<Reply> replies_;
};

struct Lies {
  unsigned unasked;
  unsigned claims;
  bool answers;  // the liar answers requests too
};
std::ostream& operator<<(std::ostream& out, const Lies& lies) {
  return out << lies.unasked << " answers and " << lies.claims << " claims a second"
             << (lies.answers ? ", and answers to requests" : "");
}

class LiarOnTheLink : public GatewayLink, public ::testing::WithParamInterface<Lies> {
 protected:
  LiarOnTheLink() {
    peers.push_back({.speaker = {kReal}});
    peers.push_back({.speaker = {kLiar},
                     .answers = GetParam().answers,
                     .unasked_per_second = GetParam().unasked,
                     .claims_per_second = GetParam().claims});
  }
};

INSTANTIATE_TEST_SUITE_P(Rates, LiarOnTheLink,
                         ::testing::Values(Lies{10, 0, false}, Lies{10, 0, true}, Lies{100, 0, false},
                                           Lies{100, 10, true}, Lies{1000, 0, false}, Lies{1000, 0, true},
                                           Lies{1000, 1000, true}, Lies{0, 20, true}, Lies{0, 1000, false}));

TEST_P(LiarOnTheLink, AtTheStartTheOneThatAnswersWins) {
  for (int phase = 0; phase < 100; phase += 7) {
    gateway = Gateway(MacAddress(), true);
    now += milliseconds(phase);
    run(milliseconds(3));
    EXPECT_TRUE(gateway.is_resolved()) << "the first answer is used at once";
    run(milliseconds(2500));
    expect_kept(kReal, seconds(90));
  }
}

// The gateway answers later than the liar, and is quicker than a request is repeated.
TEST_P(LiarOnTheLink, AtTheStartASlowGatewayWins) {
  real().delay = milliseconds(300);
  liar().delay = milliseconds(0);
  run(milliseconds(3500));
  expect_kept(kReal, seconds(90));
}

TEST_P(LiarOnTheLink, AfterASilenceTheOneThatAnswersWins) {
  for (const int silence : {5, 20, 61}) {
    gateway = Gateway(MacAddress(), true);
    real().answers = true;
    run(seconds(50));
    EXPECT_TRUE(uses(kReal));
    real().answers = false;
    run(seconds(silence));
    real().answers = true;
    const Instant took = time_until(kReal, seconds(40));
    EXPECT_LE(took, milliseconds(1100)) << "after a silence of " << silence << " s";
    expect_kept(kReal, seconds(90));
  }
}

// Nobody else answers: ARP cannot tell.
TEST_P(LiarOnTheLink, AloneItIsUsed) {
  if (GetParam().unasked == 0 && !GetParam().answers) return;
  real().answers = false;
  run(seconds(3));
  expect_kept(kLiar, seconds(60));
  EXPECT_LE(requests, 63U * 2);
}

TEST_P(LiarOnTheLink, DuringASilenceItIsUsed) {
  if (GetParam().unasked == 0 && !GetParam().answers) return;
  run(seconds(50));
  real().answers = false;
  time_until(kLiar, seconds(36));
  expect_kept(kLiar, seconds(60));
}

TEST_P(LiarOnTheLink, ItDoesNotDelayTheTakeover_Rfc5798) {
  peers.push_back({.speaker = {kBackup}, .answers = false});
  run(seconds(45));
  EXPECT_TRUE(uses(kReal));
  real().answers = false;
  peers.at(2).answers = true;
  for (int i = 0; i < 5; ++i) gateway.take_claim({kBackup}, now);
  EXPECT_LE(time_until(kBackup, seconds(40)), milliseconds(1050));
  expect_kept(kBackup, seconds(60));
}

TEST_P(LiarOnTheLink, RequestsAreLimited_Rfc1122_2_3_2_1) {
  run(seconds(60));
  EXPECT_LE(requests, 60U * 3);
}

TEST_P(LiarOnTheLink, ItIsToldApart) {
  run(seconds(5));
  const auto is_told = [&](const MacAddress& mac) {
    for (int i = 0; i < 2000; ++i) {
      run(milliseconds(1));
      if (gateway.take_dispute() == mac) return true;
    }
    return false;
  };
  if (GetParam().unasked == 0 && !GetParam().answers && GetParam().claims == 0) return;
  EXPECT_TRUE(is_told(kLiar));
  EXPECT_FALSE(is_told(kReal));
}

TEST_F(GatewayLink, TakeoverWithoutALiar_Rfc5798) {
  peers.push_back({.speaker = {kReal}});
  peers.push_back({.speaker = {kBackup}, .answers = false});
  run(seconds(10));
  for (int change = 0; change < 4; ++change) {
    const int next = 1 - change % 2;
    peers.at(static_cast<std::size_t>(1 - next)).answers = false;
    peers.at(static_cast<std::size_t>(next)).answers = true;
    const Speaker speaker = peers.at(static_cast<std::size_t>(next)).speaker;
    for (int i = 0; i < 5; ++i) gateway.take_claim(speaker, now);
    EXPECT_LE(time_until(speaker.mac, seconds(40)), milliseconds(1050));
    EXPECT_EQ(gateway.state(), GatewayState::kReachable);
    EXPECT_FALSE(gateway.take_dispute()) << "announcements of a takeover are no lies";
    expect_kept(speaker.mac, seconds(5));
    for (int i = 0; i < 5; ++i) gateway.take_claim(speaker, now);  // keepalived repeats them
    expect_kept(speaker.mac, seconds(40));
    EXPECT_EQ(gateway.state(), GatewayState::kReachable);
  }
}

// Two stations talk unasked, and answer requests now and then.
TEST_F(GatewayLink, AmongLiarsTheTimersRest) {
  peers.push_back({.speaker = {kReal}, .answers = false, .unasked_per_second = 100});
  peers.push_back({.speaker = {kLiar}, .unasked_per_second = 100});
  for (int round = 0; round < 10; ++round) {
    run(seconds(10));
    EXPECT_TRUE(gateway.is_resolved());
    for (Peer& peer : peers) {
      peer.answers = !peer.answers;
      peer.unasked_per_second = 100 - peer.unasked_per_second;
    }
  }
  EXPECT_LE(requests, 100U * 4);
}

// A link that delivers frames twice, or an announcement that is sent many times at once.
TEST_F(GatewayLink, DuplicatesAreNoNoise) {
  peers.push_back({.speaker = {kReal}});
  peers.push_back({.speaker = {kReal}});
  peers.push_back({.speaker = {kReal}, .delay = milliseconds(5)});
  for (int i = 0; i < 20; ++i) {
    run(seconds(5));
    for (int j = 0; j < 100; ++j) gateway.take_claim({kReal}, now);
    for (int j = 0; j < 3; ++j) gateway.take_claim({kBackup}, now);  // makes the hub ask
    EXPECT_FALSE(gateway.take_dispute());
    expect_kept(kReal, seconds(1));
    EXPECT_EQ(gateway.state(), GatewayState::kReachable);
  }
}

// One announcement makes the hub ask at once.
TEST_F(GatewayLink, OneAnnouncementIsAskedAtOnce_Rfc5227_3) {
  peers.push_back({.speaker = {kReal}});
  run(seconds(5));
  requests = 0;
  gateway.take_claim({kBackup}, now);
  run(milliseconds(1));
  EXPECT_EQ(requests, 2U) << "both are asked";
  expect_kept(kReal, seconds(60));
}

// Who forges frames that name the gateway's MAC address does not make the gateway noisy.
TEST_F(GatewayLink, ForgedNoiseIsNotTheGateways) {
  peers.push_back({.speaker = {kReal}});
  peers.push_back({.speaker = {kReal, true}, .answers = false, .unasked_per_second = 100});
  peers.push_back({.speaker = {kLiar}});  // speaks only when it is asked
  run(seconds(5));
  const MacAddress first = gateway.mac();
  expect_kept(first, seconds(60));
}

// The answers name other MAC addresses all the time.
TEST_F(GatewayLink, AFloodOfMacAddressesDoesNotKeepTheGatewayOut) {
  peers.push_back({.speaker = {kReal}});
  unsigned number = 0;
  const auto flood = [&](Instant time) {
    for (const Instant end = now + time; now < end;) {
      gateway.take_answer(
          {MacAddress({2, 9, 9, static_cast<std::uint8_t>(number >> 16),
                       static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)})},
          now);
      ++number;
      run(milliseconds(3));
    }
  };
  flood(seconds(5));
  EXPECT_TRUE(uses(kReal));
  real().answers = false;
  flood(seconds(20));
  real().answers = true;
  flood(seconds(10));
  EXPECT_TRUE(uses(kReal));
  flood(seconds(60));
  EXPECT_TRUE(uses(kReal));
}

// RFC 4861 section 7.2.5: an advertisement without the override flag does not replace an address, except one
// that nobody confirms.
TEST_F(GatewayLink, WithoutOverrideOnlyANoisyOneIsReplaced_Rfc4861_7_2_5) {
  peers.push_back({.speaker = {kReal}, .answers = false, .overrides = false});
  peers.push_back({.speaker = {kLiar}, .answers = false, .unasked_per_second = 100});
  run(seconds(5));
  EXPECT_TRUE(uses(kLiar));
  real().answers = true;
  EXPECT_LE(time_until(kReal, seconds(40)), milliseconds(1100));
}

}  // namespace
}  // namespace softwire::dataplane
