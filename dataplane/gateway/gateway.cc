// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/gateway/gateway.h"

#include <algorithm>
#include <utility>

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

bool Gateway::knows(const MacAddress& mac) const {
  return std::ranges::any_of(stations_, [&](const Station& one) { return one.speaker.mac == mac; });
}

GatewayPublisher::Stations Gateway::stations() const {
  GatewayPublisher::Stations result;
  std::ranges::transform(stations_, result.begin(), [](const Station& one) { return one.speaker.mac; });
  return result;
}

Instant Gateway::deadline() const {
  Instant first = request_at_;
  for (const Station& station : stations_) {
    if (station.is_wanted) first = std::min(first, station.asked_at + kRetransmit);
    if (!station.challenges || !asked_) continue;
    first = std::min(first, (resolved_ ? silent_since_ : asked_at_) + kAnswerTime);
  }
  return first;
}

Gateway::Requests Gateway::run_timers(Instant now) {
  Requests requests;
  if (now >= request_at_) request(now, requests);
  for (Station& station : stations_) {
    // At most one in kRetransmit, however often a station speaks (RFC 1122 section 2.3.2.1).
    if (!station.is_wanted || now < station.asked_at + kRetransmit) continue;
    station.is_wanted = false;
    station.asked_at = now;
    station.answer_until = now + kRetransmit;
    requests.rivals[requests.rival_count++] = station.speaker.mac;
  }
  settle(now);
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
    used_ = kNone;
    round_end_ = now + kRound;
  } else if (resolved_) {
    set_state(GatewayState::kProbe, now);
  }
  ++requests_;
  asked_at_ = now;
  request_at_ = now + kRetransmit;
  requests.gateway = true;
  requests.by_multicast = !resolved_ || is_noise_in_use(now);
  expect_answers(requests.by_multicast, now);
}

void Gateway::expect_answers(bool of_everybody, Instant now) {
  if (!of_everybody) {
    if (used_ != kNone) stations_[used_].answer_until = now + kRetransmit;
    return;
  }
  everybody_until_ = now + kRetransmit;
  for (Station& station : stations_) {
    station.answer_until = everybody_until_;
    // Those that did not answer make room for those that do.
    if (!station.is_verified(now)) station.asked_at = Instant::min();
  }
}

// Returns the place of the station. A new one takes the place of one that was not heard for long, and else of
// a noisy one. Returns null when all are in use or have just been asked.
Gateway::Station* Gateway::remember(const Speaker& speaker, Instant now) {
  Station* place = nullptr;
  const auto rank = [now](const Station& one) { return std::pair(one.is_noisy(now), one.heard_at); };
  for (Station& station : stations_) {
    if (station.speaker == speaker) {
      station.heard_at = now;
      return &station;
    }
    const bool is_asked = station.is_wanted || now < station.asked_at + kRetransmit;
    if (is_in_use(station) || is_asked || (station.is_verified(now) && !station.is_noisy(now))) continue;
    if (place == nullptr || rank(station) < rank(*place)) place = &station;
  }
  if (place != nullptr) *place = {.speaker = speaker, .answer_until = everybody_until_, .heard_at = now};
  return place;
}

void Gateway::make_noise(Station& station, Instant weight, Instant now) {
  if (now < station.counted_at + kSame) return;
  station.counted_at = now;
  station.noise_until = std::min(std::max(station.noise_until, now) + weight, now + kMostNoise);
  if (!station.is_noisy(now)) return;
  dispute_ = station.speaker.mac;
  station.is_wanted = false;
  if (resolved_) station.challenges = false;  // else it is used when nobody else answers
  if (!is_in_use(station)) return;
  // Whoever else answers is the gateway.
  if (state_ == GatewayState::kReachable) set_state(GatewayState::kStale, now);
  if (!asked_) request_at_ = std::min(request_at_, std::max(now, everybody_until_));
}

void Gateway::use(Station& station, Instant now) {
  // An address that answered a request to everybody was not asked by unicast yet.
  if (!is_in_use(station)) asked_at_ = station.asked_at;
  resolved_ = true;
  used_ = static_cast<std::size_t>(&station - stations_.data());
  mac_ = station.speaker.mac;
  confirm(station, now);
}

// The station in use has answered a request.
void Gateway::confirm(Station& station, Instant now) {
  asked_ = false;
  requests_ = 0;
  station.is_wanted = station.challenges = false;
  if (station.is_noisy(now)) {
    set_state(GatewayState::kStale, now);
    request_at_ = std::max(now, everybody_until_);
    for (Station& other : stations_) other.challenges = other.challenges && !other.is_noisy(now);
    return;
  }
  set_state(GatewayState::kReachable, now);
  request_at_ = now + kReachable;
  for (Station& other : stations_) {
    if (other.challenges) dispute_ = other.speaker.mac;
    other.is_wanted = other.challenges = false;
  }
}

// Returns the station that must replace the one in use, or null.
Gateway::Station* Gateway::successor(Instant now) {
  const bool is_noise = is_noise_in_use(now);
  const bool is_silent = asked_ && now >= (resolved_ ? silent_since_ : asked_at_) + kAnswerTime;
  Station* best = nullptr;
  for (Station& station : stations_) {
    if (is_in_use(station)) continue;
    const bool is_noisy = station.is_noisy(now);
    const bool may =
        resolved_ ? !is_noisy && ((is_noise && station.is_verified(now)) || (is_silent && station.challenges))
                  : is_silent && station.challenges;
    if (may && (best == nullptr || station.answered_at > best->answered_at)) best = &station;
  }
  return best;
}

void Gateway::settle(Instant now) {
  if (Station* const next = successor(now); next != nullptr) use(*next, now);
}

void Gateway::take_answer(const Speaker& speaker, Instant now, bool overrides) {
  Station* const station = remember(speaker, now);
  if (station == nullptr) return;
  if (now >= station->answer_until) {
    make_noise(*station, kAnswerNoise, now);
    if (overrides) {
      take_news(*station, now);
    } else if (!station->is_noisy(now)) {
      doubt(now);
    }
    settle(now);
    return;
  }
  station->answer_until = Instant::min();
  station->counted_at = now;
  const bool is_noisy = station->is_noisy(now);
  if (is_in_use(*station)) {
    station->answered_at = now;
    confirm(*station, now);
  } else if (resolved_ && !overrides && !is_noise_in_use(now)) {
    doubt(now);
  } else {
    const bool is_asked = now < station->asked_at + kRetransmit;
    station->answered_at = now;
    station->challenges = !resolved_ || !is_noisy;
    if (!resolved_ && !is_noisy) return use(*station, now);
    if (resolved_ && !is_noisy && !is_asked) take_news(*station, now);
  }
  settle(now);
}

void Gateway::take_claim(const Speaker& speaker, Instant now) {
  Station* const station = remember(speaker, now);
  if (station == nullptr) return;
  make_noise(*station, kClaimNoise, now);
  take_news(*station, now);
  settle(now);
}

void Gateway::take_question(const Speaker& speaker, Instant now) {
  if (Station* const station = remember(speaker, now); station != nullptr) take_news(*station, now);
}

// Asks a station that names its MAC address for the gateway's.
void Gateway::take_news(Station& station, Instant now) {
  if (is_in_use(station) || station.is_noisy(now)) return;
  if (!station.challenges || now >= station.asked_at + kRetransmit) station.is_wanted = true;
  doubt(now);
}

void Gateway::doubt(Instant now) {
  if (state_ != GatewayState::kReachable || asked_) return;
  set_state(GatewayState::kStale, now);
  request_at_ = std::max(now, asked_at_ + kRetransmit);
}

std::optional<MacAddress> Gateway::take_dispute() {
  const std::optional<MacAddress> result = dispute_;
  dispute_.reset();
  return result;
}

void Gateway::follow(const GatewayPublisher::News& news) {
  state_ = news.state;
  resolved_ = has_mac(news.state);
  if (resolved_) mac_ = news.mac;
  request_at_ = Instant::max();
}

}  // namespace softwire::dataplane
