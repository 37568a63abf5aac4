// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/health/health.h"

#include <algorithm>
#include <utility>

namespace softwire::controlplane {

std::string_view to_text(HealthState state) {
  switch (state) {
    case HealthState::kOk:
      return "ok";
    case HealthState::kDegraded:
      return "degraded";
    case HealthState::kFailed:
      return "failed";
  }
  return "";
}

HealthState HealthReport::state() const {
  HealthState worst = HealthState::kOk;
  for (const KnownCheck& check : checks) worst = std::max(worst, check.state);
  return worst;
}

bool HealthReport::is_live() const {
  return std::ranges::none_of(checks, [](const KnownCheck& check) {
    return check.state == HealthState::kFailed && check.needs_restart;
  });
}

HealthReport Health::look(Time now) {
  using Changes = LimitedChanges<HealthState>;
  HealthReport report;
  for (HealthCheck& check : checks_()) {
    const Known unknown{check.state, now, Changes(HealthState::kOk, Changes::kOfLog),
                        Changes(HealthState::kOk, Changes::kOfEvents)};
    Known& known = known_.try_emplace(check.name, unknown).first->second;
    if (known.state != check.state) {
      known.state = check.state;
      known.since = now;
    }
    report.checks.push_back(
        {std::move(check), std::chrono::duration_cast<std::chrono::milliseconds>(now - known.since)});
  }
  // A check that is no longer made is forgotten.
  std::erase_if(known_, [&report](const auto& known) {
    return std::ranges::find(report.checks, known.first, &KnownCheck::name) == report.checks.end();
  });
  for (const KnownCheck& check : report.checks) tell(check, known_.find(check.name)->second, now);
  return report;
}

void Health::tell(const KnownCheck& check, Known& known, Time now) const {
  if (const auto change = known.for_log.look(check.state, now); change && observer_.log) {
    observer_.log(check, change->before, change->summary());
  }
  const auto change = known.for_events.look(check.state, now);
  if (change && change->before != check.state && observer_.changed) observer_.changed(check, change->before);
}

}  // namespace softwire::controlplane
