// SPDX-License-Identifier: BSD-3-Clause
// The links of the ports: what changes is logged and told.
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

// Not set: unknown.
std::optional<std::uint32_t> megabits_of(const dataplane::LinkState& link);

class LinkWatch {
 public:
  using ChangeCallback = std::function<void(Side, const dataplane::LinkState&)>;
  // `changed` is not called for what is found first.
  LinkWatch(boost::asio::io_context& loop, const RunningHub& hub, std::shared_ptr<spdlog::logger> log,
            ChangeCallback changed);
  // Looks, and goes on looking once a second.
  void look();

 private:
  const RunningHub& hub_;
  std::shared_ptr<spdlog::logger> log_;
  ChangeCallback changed_;
  boost::asio::steady_timer timer_;
  std::array<std::optional<dataplane::LinkState>, 2> known_{};  // by Side
};

}  // namespace softwire::controlplane
