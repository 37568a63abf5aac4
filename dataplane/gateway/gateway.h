// SPDX-License-Identifier: BSD-3-Clause
// The state of a side's gateway: its MAC address, and whether it still answers. One state machine serves ARP
// and Neighbor Discovery: RFC 4861 section 7.3 specifies it, and RFC 1122 section 2.3.2.1 (2) requires the
// same of ARP. The gateway is asked even when no packets wait for it.
//
// Only an answer to a request of ours says that the gateway is there. Whoever else names a MAC address for
// the gateway makes a candidate: the hub asks the candidate and the gateway. It uses the candidate when the
// candidate answers and the gateway does not.
#pragma once

#include <cstdint>

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
  // How long the gateway in use may take to answer before a candidate that has answered replaces it.
  static constexpr Instant kAnswerTime = std::chrono::milliseconds(500);

  // `fixed`: the MAC address that the policy gives; when it is not set, the address is resolved.
  // `has_address`: whether the gateway has an IP address that can be resolved.
  Gateway(const MacAddress& fixed, bool has_address);

  [[nodiscard]] GatewayState state() const { return state_; }
  [[nodiscard]] Instant since() const { return since_; }  // when state() began
  [[nodiscard]] bool is_resolved() const { return resolved_; }
  [[nodiscard]] const MacAddress& mac() const { return mac_; }  // requires: is_resolved()
  [[nodiscard]] bool is_probed() const { return state_ != GatewayState::kStatic; }
  // Returns the MAC address that is being verified, or one that is not set.
  [[nodiscard]] const MacAddress& candidate() const { return candidate_; }

  // --- the worker that asks ---

  // Returns the time at which run_timers() has something to do.
  [[nodiscard]] Instant deadline() const;
  // What to send: a request to the gateway, by unicast to mac() when is_resolved(), else by multicast; and a
  // request by unicast to candidate().
  struct Requests {
    bool gateway = false;
    bool candidate = false;
    bool round_failed = false;  // a round of requests found no gateway; packets that wait are dropped
  };
  [[nodiscard]] Requests run_timers(Instant now);

  // Takes a message that has the form of an answer to a request of ours.
  void take_answer(const MacAddress& mac, Instant now);
  // Takes a message that names the gateway's MAC address without being an answer.
  void take_claim(const MacAddress& mac, Instant now);
  // Takes an advertisement that gives another MAC address without the override flag (RFC 4861 section 7.2.5).
  void doubt(Instant now);

  // --- the other workers ---

  // Takes over what the worker that asks has found out. Requires: is_probed().
  void follow(const GatewayPublisher::News& news);

 private:
  void set_state(GatewayState state, Instant now);
  void use(const MacAddress& mac, Instant now);
  void forget_candidate();
  void request(Instant now, Requests& requests);
  // Returns when to decide about the candidate. Requires: it was asked.
  [[nodiscard]] Instant decision_at() const;

  GatewayState state_ = GatewayState::kStatic;
  Instant since_{};
  bool resolved_ = false;
  MacAddress mac_;

  bool asked_ = false;                   // a request to the gateway has no answer yet
  Instant silent_since_{};               // the first request without an answer; valid when asked_
  unsigned requests_ = 0;                // without an answer
  Instant asked_at_ = Instant::min();    // the last request to mac_, or by multicast
  Instant round_end_{};                  // while it is not resolved
  Instant request_at_ = Instant::max();  // the next request

  MacAddress candidate_;  // not set: none
  bool candidate_asked_ = false;
  bool candidate_answered_ = false;
  Instant candidate_asked_at_ = Instant::min();  // also of earlier candidates
};

}  // namespace softwire::dataplane
