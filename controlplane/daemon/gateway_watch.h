// SPDX-License-Identifier: BSD-3-Clause
// Watches the states of the gateways. Logs and reports changes. For the control thread.
#pragma once

#include <spdlog/logger.h>

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "controlplane/runtime/gateway_status.h"
#include "controlplane/turns/limited_changes.h"
#include "softwire/binding.h"

namespace softwire::controlplane {

class GatewayWatch {
 public:
  using Time = std::chrono::steady_clock::time_point;
  struct Known {
    GatewayStatus status;
    std::chrono::milliseconds age{};  // of the state
  };
  using Look = std::function<GatewayStatus(Side)>;  // returns the state now
  using ChangeCallback = std::function<void(Side, const GatewayStatus& now, dataplane::GatewayState before)>;

  // `changed` is not called for the first state of a gateway. Stations on the link can let the state change
  // as often as they like, so `changed` is called once a second at most, and the log gets one line a minute
  // when changes go on (limited_changes.h).
  GatewayWatch(Look look, std::shared_ptr<spdlog::logger> log, ChangeCallback changed)
      : look_(std::move(look)), log_(std::move(log)), changed_(std::move(changed)) {}

  // Returns the state of the gateway now. Logs and reports changes. A state that lasts less than the time
  // between two calls is not seen.
  Known look(Side side, Time now = std::chrono::steady_clock::now());

 private:
  struct State {
    dataplane::GatewayState state;
    MacAddress mac;
    friend bool operator==(const State&, const State&) = default;
  };
  struct Seen {
    dataplane::GatewayState state;
    Time since;
    LimitedChanges<State> for_log;
    LimitedChanges<State> for_events;
  };
  void log(Side side, const GatewayStatus& status, const std::string& summary) const;

  Look look_;
  std::shared_ptr<spdlog::logger> log_;
  ChangeCallback changed_;
  std::array<std::optional<Seen>, 2> seen_{};  // by Side
};

}  // namespace softwire::controlplane
