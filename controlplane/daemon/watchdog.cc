// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/daemon/watchdog.h"

#include <systemd/sd-daemon.h>

#include <cstdint>

namespace softwire::controlplane {

void Watchdog::start() {
  std::uint64_t limit = 0;  // microseconds
  if (sd_watchdog_enabled(0, &limit) <= 0) return;
  // systemd recommends half of the limit. A quarter leaves room for a busy machine.
  interval_ = std::chrono::microseconds(limit / 4);
  look();
}

void Watchdog::look() {
  if (is_live_()) sd_notify(0, "WATCHDOG=1");
  timer_.expires_after(interval_);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) look();
  });
}

}  // namespace softwire::controlplane
