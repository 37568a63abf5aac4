// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/control/methods.h"

#include <set>
#include <utility>

#include "controlplane/control/session.h"

namespace softwire::controlplane {

std::vector<Method> make_methods(const ControlContext& context) {
  std::vector<Method> methods;
  methods.push_back({.name = "rpc.describe",
                     .summary = "lists the methods and their parameters",
                     .params = {},
                     .result = "{methods: [{name, summary, access, params, result}]}",
                     .run = {}});
  add_state_methods(methods, context);
  add_health_methods(methods, context);
  add_softwire_methods(methods, context);
  add_lease_methods(methods, context);
  add_config_methods(methods, context);
  add_explain_methods(methods, context);
  add_capture_methods(methods, context);
  add_store_methods(methods, context);
  add_event_methods(methods);
  methods.front().run = [description = describe(methods)](const Json&, ControlSession&,
                                                          const RpcReply& reply) { reply(description); };
  return methods;
}

void add_event_methods(std::vector<Method>& methods) {
  methods.push_back(
      {.name = "events.subscribe",
       .summary = "sends `event` notifications from now on",
       .params = {{.name = "kinds",
                   .type = ParamType::kTexts,
                   .help = "kinds of events to send; default: all",
                   .choices = {"softwire", "reload", "link", "gateway", "health"}}},
       .result = "{}; then {jsonrpc, method: event, params: {kind, at, ...}}. Kind softwire: change (added, "
                 "removed, or several with the numbers of both), softwire, origin. Kind reload: ok, error, "
                 "bindings. Kind link: side, link, fault, megabits. Kind gateway: side, gateway, mac, state, "
                 "before. Kind health: check, state, before, "
                 "reason. Kind lost: events, the number of notifications "
                 "that were lost because the reader was too slow",
       .run = [](const Json& params, ControlSession& session, const RpcReply& reply) {
         std::set<std::string> kinds;
         if (const auto wanted = params.find("kinds"); wanted != params.end()) {
           for (const Json& kind : *wanted) kinds.insert(kind.get<std::string>());
         }
         session.subscribe(std::move(kinds));
         reply(Json::object());
       }});
  methods.push_back({.name = "events.unsubscribe",
                     .summary = "stops the `event` notifications",
                     .params = {},
                     .result = "{}",
                     .run = [](const Json&, ControlSession& session, const RpcReply& reply) {
                       session.subscribe(std::nullopt);
                       reply(Json::object());
                     }});
}

}  // namespace softwire::controlplane
