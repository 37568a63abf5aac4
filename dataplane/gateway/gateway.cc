// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/gateway/gateway.h"

#include <algorithm>

namespace softwire::dataplane {

Gateway::Gateway(const MacAddress& fixed, bool has_address) : resolved_(fixed.is_set()), mac_(fixed) {
  if (resolved_ || !has_address) return;
  state_ = GatewayState::kIncomplete;
  request_at_ = Instant::min();
}

void Gateway::set_state(GatewayState state, Instant now) {
  if (state_ == state) return;
  state_ = state;
  since_ = now;
}

Instant Gateway::deadline() const {
  if (!candidate_.is_set()) return request_at_;
  return std::min(request_at_, candidate_asked_ ? decision_at() : candidate_asked_at_ + kRetransmit);
}

Instant Gateway::decision_at() const {
  if (!candidate_answered_) return candidate_asked_at_ + kRetransmit;
  return (asked_ ? silent_since_ : request_at_) + kAnswerTime;
}

Gateway::Requests Gateway::run_timers(Instant now) {
  Requests requests;
  if (now >= request_at_) request(now, requests);
  if (!candidate_.is_set()) return requests;
  if (!candidate_asked_) {
    // At most one in kRetransmit, however often other stations speak (RFC 1122 section 2.3.2.1).
    if (now < candidate_asked_at_ + kRetransmit) return requests;
    candidate_asked_ = requests.candidate = true;
    candidate_asked_at_ = now;
  } else if (now >= decision_at()) {
    if (candidate_answered_) {
      use(candidate_, now);
    } else {
      forget_candidate();
    }
  }
  return requests;
}

// A state lasts until a request has had no answer for kRetransmit, so that a gateway that answers each of
// them stays reachable.
void Gateway::request(Instant now, Requests& requests) {
  const bool is_round_over = resolved_ ? requests_ >= kRequests : now >= round_end_;
  if (!asked_) {
    if (state_ == GatewayState::kIncomplete) since_ = now;
    asked_ = true;
    silent_since_ = now;
    requests_ = 0;
    round_end_ = now + kRound;
  } else if (is_round_over) {
    requests.round_failed = !resolved_;
    set_state(GatewayState::kFailed, now);
    resolved_ = false;
    round_end_ = now + kRound;
  } else if (resolved_) {
    set_state(GatewayState::kProbe, now);
  }
  ++requests_;
  asked_at_ = now;
  request_at_ = now + kRetransmit;
  requests.gateway = true;
}

void Gateway::use(const MacAddress& mac, Instant now) {
  // An address that answered a request to everybody was not asked by unicast yet.
  if (!resolved_ || !(mac == mac_)) {
    asked_at_ = candidate_asked_ && mac == candidate_ ? candidate_asked_at_ : Instant::min();
  }
  resolved_ = true;
  mac_ = mac;
  asked_ = false;
  request_at_ = now + kReachable;
  set_state(GatewayState::kReachable, now);
  forget_candidate();
}

void Gateway::forget_candidate() {
  candidate_ = {};
  candidate_asked_ = candidate_answered_ = false;
}

void Gateway::take_answer(const MacAddress& mac, Instant now) {
  const bool is_candidate = candidate_asked_ && mac == candidate_;
  if (resolved_ && mac == mac_) {
    if (asked_) use(mac, now);
  } else if (!resolved_ && (asked_ || is_candidate)) {
    use(mac, now);
  } else if (is_candidate) {
    candidate_answered_ = true;
    if (asked_ && now >= decision_at()) use(mac, now);
  } else {
    take_claim(mac, now);
  }
}

void Gateway::take_claim(const MacAddress& mac, Instant now) {
  if (candidate_.is_set() || (resolved_ && mac == mac_)) return;
  candidate_ = mac;
  doubt(now);
}

void Gateway::doubt(Instant now) {
  if (state_ != GatewayState::kReachable || asked_) return;
  set_state(GatewayState::kStale, now);
  request_at_ = std::max(now, asked_at_ + kRetransmit);
}

void Gateway::follow(const GatewayPublisher::News& news) {
  state_ = news.state;
  resolved_ = has_mac(news.state);
  if (resolved_) mac_ = news.mac;
  request_at_ = Instant::max();
}

}  // namespace softwire::dataplane
