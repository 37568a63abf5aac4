// SPDX-License-Identifier: BSD-3-Clause
// The method of the hub's health.
#include "controlplane/control/methods.h"

#include <string>

#include "controlplane/control/session.h"
#include "softwire/wall_time.h"

namespace softwire::controlplane {

namespace {

Json to_json(const HealthReport& report) {
  Json checks = Json::array();
  const WallTime now = wall_now();
  for (const KnownCheck& check : report.checks) {
    checks.push_back({{"name", check.name},
                      {"state", to_text(check.state)},
                      {"reason", check.reason.empty() ? Json() : Json(check.reason)},
                      {"since", to_string(now - check.age)}});
  }
  return {{"state", to_text(report.state())},
          {"ready", report.is_ready()},
          {"live", report.is_live()},
          {"checks", std::move(checks)}};
}

}  // namespace

void add_health_methods(std::vector<Method>& methods, const ControlContext& context) {
  methods.push_back({.name = "health.get",
                     .summary = "makes all checks of the hub's health now, and returns their results",
                     .params = {},
                     .result =
                         "{state: the worst of the checks, ready: whether the hub forwards (nothing has "
                         "failed), live: whether workers and control thread make progress, checks: [{name, "
                         "state: ok, degraded or failed, reason: null if ok, since}]}",
                     .run = [&context](const Json&, ControlSession&, const RpcReply& reply) {
                       reply(to_json(context.health()));
                     }});
}

}  // namespace softwire::controlplane
