// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/gateway/gateway.h"

#include <algorithm>

namespace softwire::dataplane {

Gateway::Gateway(const MacAddress& fixed, bool has_address) : resolved_(fixed.is_set()), mac_(fixed) {
  if (resolved_ || !has_address) return;
  state_ = State::kUnprobed;
  deadline_ = Instant::min();
}

bool Gateway::probe(Instant now) {
  bool round_failed = false;
  if (state_ == State::kUnprobed || state_ == State::kReachable) {
    state_ = resolved_ ? State::kProbe : State::kIncomplete;
    round_end_ = now + kRound;
  } else if (now >= round_end_) {
    round_failed = state_ == State::kIncomplete;
    state_ = State::kIncomplete;
    resolved_ = false;
    round_end_ = now + kRound;
  }
  probed_at_ = now;
  deadline_ = now + kRetransmit;
  return round_failed;
}

void Gateway::confirm(const MacAddress& mac, Instant now) {
  resolved_ = true;
  mac_ = mac;
  state_ = State::kReachable;
  deadline_ = now + kReachable;
}

void Gateway::hear(const MacAddress& mac, Instant now) {
  if (resolved_ && mac == mac_) return;
  resolved_ = true;
  mac_ = mac;
  start_probing(now);
}

void Gateway::doubt(Instant now) {
  if (state_ == State::kReachable) start_probing(now);
}

// Sends at most one probe in kRetransmit, however often other stations speak (RFC 1122 section 2.3.2.1).
void Gateway::start_probing(Instant now) {
  state_ = State::kProbe;
  deadline_ = std::max(now, probed_at_ + kRetransmit);
  round_end_ = deadline_ + kRound;
}

}  // namespace softwire::dataplane
