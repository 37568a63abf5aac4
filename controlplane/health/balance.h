// SPDX-License-Identifier: BSD-3-Clause
// Tells whether a worker receives nothing although another one is busy: then the port does not spread its
// frames, or all traffic has the same addresses.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "dataplane/counters/worker_load.h"

namespace softwire::controlplane {

// For one thread.
class Balance {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds kWindow{10};
  static constexpr double kBusy = 0.5;  // part of the time from which on a worker is busy

  struct Imbalance {
    unsigned idle = 0;      // worker that received nothing in the latest window
    unsigned busy = 0;      // worker that was busiest
    double busy_share = 0;  // from 0 to 1
  };
  // Returns the imbalance of the latest window, or nullopt when there was none. `totals`: by worker, since
  // the start. Call it several times a second.
  std::optional<Imbalance> look(std::span<const dataplane::Load> totals, Time now) {
    if (before_.size() != totals.size()) {
      begin_window(totals, now);
    } else if (now - begun_ >= kWindow) {
      latest_ = judge(totals);
      begin_window(totals, now);
    }
    return latest_;
  }

 private:
  void begin_window(std::span<const dataplane::Load> totals, Time now) {
    before_.assign(totals.begin(), totals.end());
    begun_ = now;
  }
  [[nodiscard]] std::optional<Imbalance> judge(std::span<const dataplane::Load> totals) const {
    std::optional<unsigned> idle;
    Imbalance result;
    for (unsigned number = 0; number < totals.size(); ++number) {
      const dataplane::Load load = totals[number] - before_[number];
      if (load.frames == 0 && !idle) idle = number;
      if (busy_share(load) <= result.busy_share) continue;
      result.busy = number;
      result.busy_share = busy_share(load);
    }
    if (!idle || result.busy_share < kBusy) return std::nullopt;
    result.idle = *idle;
    return result;
  }

  std::vector<dataplane::Load> before_;  // at the begin of the window, by worker
  Time begun_;
  std::optional<Imbalance> latest_;
};

}  // namespace softwire::controlplane
