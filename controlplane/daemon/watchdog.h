// SPDX-License-Identifier: BSD-3-Clause
// Tells systemd that softwired works (sd_watchdog_enabled(3)): when the workers and the control thread have
// made progress since the last time. If one of them stands still, systemd starts softwired again.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <functional>
#include <utility>

namespace softwire::controlplane {

// For the thread of the loop.
class Watchdog {
 public:
  // `is_live` returns whether the workers and the control thread's own work make progress.
  Watchdog(boost::asio::io_context& loop, std::function<bool()> is_live)
      : timer_(loop), is_live_(std::move(is_live)) {}

  // Notifies systemd from now on, if the unit has WatchdogSec.
  void start();

 private:
  void look();

  boost::asio::steady_timer timer_;
  std::function<bool()> is_live_;
  std::chrono::microseconds interval_{};
};

}  // namespace softwire::controlplane
