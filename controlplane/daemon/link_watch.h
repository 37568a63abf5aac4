// SPDX-License-Identifier: BSD-3-Clause
// Watches the links of the ports. Logs and reports changes. For the control thread.
#pragma once

#include <spdlog/logger.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
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
  LinkWatch(boost::asio::io_context& loop, const RunningHub& hub, std::shared_ptr<spdlog::logger> log,
            ChangeCallback changed);
  // Checks the links now, and once a second from then on.
  void look();

 private:
  const RunningHub& hub_;
  std::shared_ptr<spdlog::logger> log_;
  ChangeCallback changed_;
  boost::asio::steady_timer timer_;
  std::array<std::optional<dataplane::LinkState>, 2> known_{};  // by Side
};

}  // namespace softwire::controlplane
