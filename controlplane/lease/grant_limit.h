// SPDX-License-Identifier: BSD-3-Clause
// Limits the new leases that a subscriber gets in an hour. Each new lease adds a row to the history, which
// the store keeps for a long time, and ending a lease costs a client nothing.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <unordered_map>
#include <utility>

#include "softwire/address.h"
#include "softwire/wall_time.h"

namespace softwire::controlplane {

// A subscriber's hour begins with its first grant. Requires: the times of the calls do not decrease.
class GrantLimit {
 public:
  static constexpr std::chrono::hours kWindow{1};

  void count(const Ipv6Address& subscriber, WallTime now) {
    while (!hours_.empty() && hours_.front().first + kWindow <= now) {
      granted_.erase(hours_.front().second);
      hours_.pop_front();
    }
    const auto [hour, is_new] = granted_.try_emplace(subscriber, Hour{now, 0});
    if (is_new) hours_.emplace_back(now, subscriber);
    ++hour->second.grants;
  }
  // Takes back one that count() counted, because it did not become durable.
  void take_back(const Ipv6Address& subscriber) {
    const auto hour = granted_.find(subscriber);
    if (hour != granted_.end() && hour->second.grants != 0) --hour->second.grants;
  }
  // Returns whether the subscriber has got `most` grants within its hour.
  [[nodiscard]] bool is_spent(const Ipv6Address& subscriber, std::uint32_t most, WallTime now) const {
    const auto hour = granted_.find(subscriber);
    return hour != granted_.end() && hour->second.since + kWindow > now && hour->second.grants >= most;
  }

 private:
  struct Hour {
    WallTime since;
    std::uint32_t grants;
  };
  std::unordered_map<Ipv6Address, Hour> granted_;
  std::deque<std::pair<WallTime, Ipv6Address>> hours_;  // in the order of their begin
};

}  // namespace softwire::controlplane
