// SPDX-License-Identifier: BSD-3-Clause
// The health of a running hub: what works, what does not and why, and since when. The checks themselves are
// functions of others; this is their list, their changes, and the sum of them.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controlplane/turns/limited_changes.h"

namespace softwire::controlplane {

enum class HealthState : std::uint8_t {
  kOk,
  kDegraded,  // the hub forwards, but something needs an operator
  kFailed,    // the hub does not forward, or not everything
};
[[nodiscard]] std::string_view to_text(HealthState state);  // "ok", "degraded", "failed"

// The result of one check now.
struct HealthCheck {
  std::string name;  // such as "link ipv4"
  HealthState state = HealthState::kOk;
  std::string reason;  // a sentence without full stop; empty if ok
  // Only a new start ends the fault, so that whoever supervises the process starts it again.
  bool needs_restart = false;
};

// A check, and how long it has had its state.
struct KnownCheck : HealthCheck {
  std::chrono::milliseconds age{};
};

struct HealthReport {
  std::vector<KnownCheck> checks;

  // Returns the worst state of the checks.
  [[nodiscard]] HealthState state() const;
  // Returns whether the hub forwards: no check has failed.
  [[nodiscard]] bool is_ready() const { return state() != HealthState::kFailed; }
  // Returns whether the process works: no check has failed that needs a restart.
  [[nodiscard]] bool is_live() const;
};

// For one thread.
class Health {
 public:
  using Checks = std::function<std::vector<HealthCheck>()>;
  // Are told of changes, and of the first state of a check if it is not ok. Peers can let a state change as
  // often as they like: `changed` is called once a second at most for each check, and `log` once a minute
  // when changes go on (limited_changes.h). `summary`: " (changed 7 times in 60 s)", or empty.
  struct Observer {
    std::function<void(const KnownCheck& now, HealthState before)> changed;
    std::function<void(const KnownCheck& now, HealthState before, const std::string& summary)> log;
  };

  using Time = std::chrono::steady_clock::time_point;
  Health(Checks checks, Observer observer) : checks_(std::move(checks)), observer_(std::move(observer)) {}

  // Makes all checks now, reports changes, and returns the results in the order of the checks.
  HealthReport look(Time now = std::chrono::steady_clock::now());

 private:
  struct Known {
    HealthState state;
    Time since;
    LimitedChanges<HealthState> for_log;
    LimitedChanges<HealthState> for_events;
  };
  void tell(const KnownCheck& check, Known& known, Time now) const;

  Checks checks_;
  Observer observer_;
  std::map<std::string, Known, std::less<>> known_;  // by name of the check
};

}  // namespace softwire::controlplane
