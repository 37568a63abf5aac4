// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/daemon/gateway_watch.h"

#include <string>

#include "controlplane/daemon/link_watch.h"
#include "softwire/address_text.h"

namespace softwire::controlplane {

using dataplane::GatewayState;

GatewayWatch::Known GatewayWatch::look(Side side, Time now) {
  std::optional<Seen>& seen = seen_[static_cast<std::size_t>(side)];
  GatewayStatus status = look_(side);
  const State state{status.state, status.mac.value_or(MacAddress())};
  if (!seen) {
    using Changes = LimitedChanges<State>;
    seen = Seen{state.state, now, Changes(state, Changes::kOfLog), Changes(state, Changes::kOfEvents)};
    if (state.state == GatewayState::kReachable) log(side, status, {});
  } else if (seen->state != state.state) {
    seen->state = state.state;
    seen->since = now;
  }
  if (const auto change = seen->for_log.look(state, now)) log(side, status, change->summary());
  if (const auto change = seen->for_events.look(state, now); change && change->before != state) {
    changed_(side, status, change->before.state);
  }
  return {std::move(status), std::chrono::duration_cast<std::chrono::milliseconds>(now - seen->since)};
}

void GatewayWatch::log(Side side, const GatewayStatus& status, const std::string& summary) const {
  const bool is_good = status.mac.has_value();
  log_->log(is_good ? spdlog::level::info : spdlog::level::warn, "{}: gateway {} is {}{}{}", name_of(side),
            status.address, to_text(status.state), is_good ? ", MAC address " + to_string(*status.mac) : "",
            summary);
}

}  // namespace softwire::controlplane
