// SPDX-License-Identifier: BSD-3-Clause
// The state of a side's gateway: its MAC address, and whether it still answers. One state machine serves ARP
// and Neighbor Discovery: RFC 4861 section 7.3 specifies it, and RFC 1122 section 2.3.2.1 (2) requires the
// same of ARP. The gateway is asked even when no packets wait for it.
//
// Only an answer to a request of ours says that the gateway is there. Several stations may say that they are
// the gateway. The hub remembers a few of them, asks each, and keeps the one in use while it answers. A
// station that often sends what nobody asked for may answer by chance: it confirms nothing, and gives way to
// a station that answers when it is asked.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "dataplane/gateway/gateway_publisher.h"
#include "softwire/address.h"
#include "softwire/time.h"

namespace softwire::dataplane {

class Gateway {
 public:
  // RFC 4861 section 10. kRetransmit: RETRANS_TIMER. kRequests: MAX_MULTICAST_SOLICIT and
  // MAX_UNICAST_SOLICIT. kReachable: REACHABLE_TIME.
  static constexpr Instant kRetransmit = std::chrono::seconds(1);
  static constexpr unsigned kRequests = 3;
  static constexpr Instant kRound = kRequests * kRetransmit;
  static constexpr Instant kReachable = std::chrono::seconds(30);
  // How long the gateway in use may take to answer before another station that has answered replaces it.
  static constexpr Instant kAnswerTime = std::chrono::milliseconds(500);
  static constexpr std::size_t kStations = GatewayPublisher::kStations;  // that are remembered

  // Noise: messages that nobody asked for. A message of weight `w` seconds is forgotten after `w` seconds. A
  // router that takes over the address (VRRP) announces it some ten times in a few seconds.
  static constexpr Instant kAnswerNoise = std::chrono::seconds(4);  // of an answer
  static constexpr Instant kClaimNoise = std::chrono::seconds(1);   // of an announcement
  static constexpr Instant kNoisy = std::chrono::seconds(16);
  static constexpr Instant kMostNoise = std::chrono::seconds(40);
  // Messages of a station within this time count once: a link may deliver a frame twice, and routers repeat
  // their announcements.
  static constexpr Instant kSame = std::chrono::milliseconds(20);

  using Speaker = GatewayPublisher::Speaker;

  // `fixed`: the MAC address that the policy gives; when it is not set, the address is resolved.
  // `has_address`: whether the gateway has an IP address that can be resolved.
  Gateway(const MacAddress& fixed, bool has_address);

  [[nodiscard]] GatewayState state() const { return state_; }
  [[nodiscard]] Instant since() const { return since_; }  // when state() began
  [[nodiscard]] bool is_resolved() const { return resolved_; }
  [[nodiscard]] const MacAddress& mac() const { return mac_; }  // requires: is_resolved()
  [[nodiscard]] bool is_probed() const { return state_ != GatewayState::kStatic; }

  // --- the worker that asks ---

  // Returns the MAC addresses of the stations that are remembered; those of free places are not set.
  [[nodiscard]] GatewayPublisher::Stations stations() const;
  // Returns whether a station is remembered that names this MAC address.
  [[nodiscard]] bool knows(const MacAddress& mac) const;
  // Returns the time at which run_timers() has something to do.
  [[nodiscard]] Instant deadline() const;
  // What to send.
  struct Requests {
    bool gateway = false;                 // a request to the gateway
    bool by_multicast = false;            // to everybody, instead of by unicast to mac()
    GatewayPublisher::Stations rivals{};  // requests by unicast to these stations
    unsigned rival_count = 0;
    bool round_failed = false;  // a round of requests found no gateway; packets that wait are dropped
  };
  [[nodiscard]] Requests run_timers(Instant now);

  // Takes a message that has the form of an answer to a request of ours. `overrides`: false for an
  // advertisement without the override flag (RFC 4861 section 7.2.5).
  void take_answer(const Speaker& speaker, Instant now, bool overrides = true);
  // Takes a message that tells everybody the gateway's MAC address.
  void take_claim(const Speaker& speaker, Instant now);
  // Takes a question of the gateway, which names its MAC address.
  void take_question(const Speaker& speaker, Instant now);
  // Takes an advertisement that gives another MAC address without the override flag (RFC 4861 section 7.2.5).
  void doubt(Instant now);

  // Returns the station of the message taken last, if it is noisy or answers beside the one in use. Returns
  // the same only once.
  [[nodiscard]] std::optional<MacAddress> take_dispute();

  // --- the other workers ---

  // Takes over what the worker that asks has found out. Requires: is_probed().
  void follow(const GatewayPublisher::News& news);

 private:
  static constexpr Instant kVerified = std::chrono::seconds(2);  // how long an answer counts
  static constexpr std::size_t kNone = kStations;

  struct Station {
    Speaker speaker;                        // mac is not set: a free place
    Instant answer_until = Instant::min();  // until then, one answer is an answer to a request
    Instant asked_at = Instant::min();      // the last request by unicast as a rival
    Instant answered_at = Instant::min();   // the last answer to a request
    Instant heard_at = Instant::min();
    Instant noise_until = Instant::min();
    Instant counted_at = Instant::min();  // the last answer to a request, or the last noise
    bool is_wanted = false;               // must be asked by unicast
    bool challenges = false;              // has answered, and the one in use has not answered since

    [[nodiscard]] bool is_noisy(Instant now) const { return noise_until >= now + kNoisy; }
    [[nodiscard]] bool is_verified(Instant now) const {
      return answered_at != Instant::min() && answered_at + kVerified > now;
    }
  };

  void set_state(GatewayState state, Instant now);
  [[nodiscard]] bool is_in_use(const Station& station) const {
    return &station == &stations_[used_ % kStations] && used_ != kNone;
  }
  [[nodiscard]] bool is_noise_in_use(Instant now) const {
    return used_ != kNone && stations_[used_].is_noisy(now);
  }
  [[nodiscard]] Station* remember(const Speaker& speaker, Instant now);
  void make_noise(Station& station, Instant weight, Instant now);
  void take_news(Station& station, Instant now);
  void use(Station& station, Instant now);
  void confirm(Station& station, Instant now);
  void settle(Instant now);
  [[nodiscard]] Station* successor(Instant now);
  void request(Instant now, Requests& requests);
  void expect_answers(bool of_everybody, Instant now);

  GatewayState state_ = GatewayState::kStatic;
  Instant since_{};
  bool resolved_ = false;
  MacAddress mac_;

  bool asked_ = false;                        // a request to the gateway has no answer yet
  Instant silent_since_{};                    // the first request without an answer; valid when asked_
  unsigned requests_ = 0;                     // without an answer
  Instant asked_at_ = Instant::min();         // the last request to mac_, or by multicast
  Instant round_end_{};                       // while it is not resolved
  Instant request_at_ = Instant::max();       // the next request
  Instant everybody_until_ = Instant::min();  // until then, a station may answer a request by multicast

  std::array<Station, kStations> stations_{};
  std::size_t used_ = kNone;  // the place of the station in use
  std::optional<MacAddress> dispute_;
};

}  // namespace softwire::dataplane
