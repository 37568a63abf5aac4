// SPDX-License-Identifier: BSD-3-Clause
// How many new leases a subscriber is given in an hour: each leaves a row in the history, which is kept for
// long, and ending one costs a client nothing.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <unordered_map>
#include <utility>

#include "softwire/address.h"
#include "softwire/wall_time.h"

namespace softwire::controlplane {

// An hour begins with the first grant in it. Time does not go back from one call to the next.
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
  // Whether it was given `most` within its hour.
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
  std::deque<std::pair<WallTime, Ipv6Address>> hours_;  // as they began
};

}  // namespace softwire::controlplane
