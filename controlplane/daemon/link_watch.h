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
#include <string>

#include "controlplane/turns/limited_changes.h"
#include "dataplane/ports/port.h"
#include "softwire/binding.h"
#include "softwire/result.h"

namespace softwire::controlplane {

constexpr const char* name_of(Side side) {
  return side == Side::kIpv4 ? "ipv4" : "ipv6";
}

// Returns the speed of the link, or nullopt when it is unknown.
std::optional<std::uint32_t> megabits_of(const dataplane::LinkState& link);

class LinkWatch {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Tended = dataplane::EthernetPort::Tended;
  // What is watched.
  struct Ports {
    std::function<dataplane::LinkState(Side)> link;  // returns the state now
    std::function<Result<Tended>(Side)> tend;        // see RunningHub::tend_port()
    bool on_a_stick = false;                         // one port is both sides
  };
  using ChangeCallback = std::function<void(Side, const dataplane::LinkState&)>;
  // `changed` is not called for the first state of a link. What is at the other end of a link may let it
  // change as often as it likes, so `changed` is called once a second at most, and the log gets one line a
  // minute when changes go on (limited_changes.h).
  LinkWatch(boost::asio::io_context& loop, Ports ports, std::shared_ptr<spdlog::logger> log,
            ChangeCallback changed);
  // Checks the links now, and four times a second from then on.
  void start();
  // Checks the links once.
  void look(Time now = std::chrono::steady_clock::now());

 private:
  enum class Device : std::uint8_t { kOpen, kDeleted, kCannotBeOpened };
  struct Seen {
    LimitedChanges<dataplane::LinkState> for_log;
    LimitedChanges<dataplane::LinkState> for_events;
  };
  void tend(Side side, Time now);
  void look_at(Side side, Time now);

  Ports ports_;
  std::shared_ptr<spdlog::logger> log_;
  ChangeCallback changed_;
  boost::asio::steady_timer timer_;
  std::array<std::optional<Seen>, 2> seen_{};  // by Side
  struct Port {
    Device device = Device::kOpen;
    LimitedChanges<Device> for_log{Device::kOpen, LimitedChanges<Device>::kOfLog};
    std::string failure;  // of the last attempt to open it
    Time next_attempt{};
  };
  std::array<Port, 2> port_{};  // by Side
};

}  // namespace softwire::controlplane
