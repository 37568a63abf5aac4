// SPDX-License-Identifier: BSD-3-Clause
// Methods that return, test and reload the configuration.
#include "controlplane/control/methods.h"

#include <memory>
#include <utility>
#include <vector>

#include "controlplane/config/keys.h"
#include "controlplane/control/session.h"
#include "dataplane/tables/binding_table.h"
#include "softwire/address_text.h"

namespace softwire::controlplane {

namespace {

Json settings(const Config& config) {
  Json json = Json::object();
  for (const auto& [name, values] : config.given) {
    const Key* key = find_key(name);
    if (key != nullptr && key->may_repeat) {
      json[name] = values;
    } else {
      json[name] = values.back();
    }
  }
  json["ipv4.mac"] = to_string(config.ipv4.mac);
  json["ipv6.mac"] = to_string(config.ipv6.mac);
  return json;
}

// One check answers all who asked before it began: a check builds all tables.
class SharedTest : public std::enable_shared_from_this<SharedTest> {
 public:
  explicit SharedTest(const ControlContext& context) : context_(context) {}

  void ask(RpcReply reply) {
    waiting_.push_back(std::move(reply));
    if (!runs_) start();
  }

 private:
  void start() {
    runs_ = true;
    context_.test(
        [self = shared_from_this(), asked = std::exchange(waiting_, {})](const Result<Done>& tested) {
          self->runs_ = false;
          if (!self->waiting_.empty()) self->start();
          for (const RpcReply& reply : asked) {
            reply(tested ? RpcOutcome(Json::object()) : RpcError{RpcCode::kRefused, tested.error().text});
          }
        });
  }

  const ControlContext& context_;
  std::vector<RpcReply> waiting_;
  bool runs_ = false;
};

}  // namespace

void add_config_methods(std::vector<Method>& methods, const ControlContext& context) {
  methods.push_back({.name = "config.get",
                     .summary = "returns the keys of softwired.conf that are set, as they are in effect; "
                                "other keys have their defaults",
                     .params = {},
                     .result = "{path, settings: {key: value, or an array of values if the key may repeat}}; "
                               "the MAC addresses are those of the ports",
                     .run = [&context](const Json&, ControlSession&, const RpcReply& reply) {
                       const Config& config = context.manager->config();
                       reply(Json{{"path", config.path}, {"settings", settings(config)}});
                     }});
  methods.push_back(
      {.name = "config.test",
       .summary = "checks whether config.reload would succeed; changes nothing",
       .params = {},
       .result = "{}",
       .run = [test = std::make_shared<SharedTest>(context)](const Json&, ControlSession&, RpcReply reply) {
         test->ask(std::move(reply));
       }});
  methods.push_back({.name = "config.reload",
                     .summary = "reads softwired.conf and softwires.conf again, as SIGHUP does",
                     .access = RpcAccess::kWrite,
                     .params = {},
                     .result = "{bindings, rules}: their numbers after the reload",
                     .run = [&context](const Json&, ControlSession&, RpcReply reply) {
                       context.reload([&context, reply = std::move(reply)](const Result<Done>& reloaded) {
                         if (!reloaded) return reply(RpcError{RpcCode::kRefused, reloaded.error().text});
                         const auto& table = context.hub->table();
                         reply(Json{{"bindings", table.size()}, {"rules", table.rules()}});
                       });
                     }});
}

}  // namespace softwire::controlplane
