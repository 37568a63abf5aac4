// SPDX-License-Identifier: BSD-3-Clause
// Watches the links of the ports. Logs and reports changes. Opens a port again whose interface was deleted
// and made again. For the control thread.
#pragma once

#include <spdlog/logger.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "controlplane/runtime/running_hub.h"
#include "dataplane/ports/port.h"
#include "softwire/binding.h"

namespace softwire::controlplane {

constexpr const char* name_of(Side side) {
  return side == Side::kIpv4 ? "ipv4" : "ipv6";
}

// Returns the speed of the link, or nullopt when it is unknown.
std::optional<std::uint32_t> megabits_of(const dataplane::LinkState& link);

class LinkWatch {
 public:
  using ChangeCallback = std::function<void(Side, const dataplane::LinkState&)>;
  // `changed` is not called for the first state of a link.
  LinkWatch(boost::asio::io_context& loop, RunningHub& hub, std::shared_ptr<spdlog::logger> log,
            ChangeCallback changed);
  // Checks the links now, and four times a second from then on.
  void look();

 private:
  void tend(Side side);
  void look_at(Side side);

  RunningHub& hub_;
  std::shared_ptr<spdlog::logger> log_;
  ChangeCallback changed_;
  boost::asio::steady_timer timer_;
  std::array<std::optional<dataplane::LinkState>, 2> known_{};  // by Side
  // After a failed attempt to open a port: when the next one may be made.
  std::array<std::chrono::steady_clock::time_point, 2> next_attempt_{};  // by Side
};

}  // namespace softwire::controlplane
