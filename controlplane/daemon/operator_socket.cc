// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/daemon/operator_socket.h"

#include <rte_cycles.h>

#include <utility>

#include "controlplane/control/json_forms.h"
#include "controlplane/daemon/link_watch.h"
#include "controlplane/privileges/privileges.h"
#include "dataplane/counters/port_counters.h"
#include "dataplane/tables/binding_table.h"
#include "softwire/address_text.h"

namespace softwire::controlplane {

OperatorSocket::OperatorSocket(boost::asio::io_context& loop, RunningHub& running, SoftwireManager& manager,
                               StoreService& store, Actions actions)
    : loop_(loop),
      running_(running),
      manager_(manager),
      log_(std::move(actions.log)),
      context_{
          .hub = &running_.hub(),
          .manager = &manager_,
          .store = &store,
          .version = SOFTWIRE_VERSION,
          .started = wall_now(),
          .hugepages = running_.memory() == dataplane::EalMemory::kHugepages,
          .cycles_per_nanosecond = static_cast<double>(rte_get_tsc_hz()) / 1e9,
          .counters = [this] { return running_.counters(); },
          .ports = [this](bool extended) { return ports(extended); },
          .processor_of_worker = [this](unsigned number) { return running_.processor_of_worker(number); },
          .last_reload = [this] { return last_reload_; },
          .health = std::move(actions.health),
          .gateway =
              [look = std::move(actions.gateway)](Side side) {
                GatewayWatch::Known known = look(side);
                return std::pair(std::move(known.status), known.age);
              },
          .reload = std::move(actions.reload),
          .test = std::move(actions.test)} {}

Result<Done> OperatorSocket::open() {
  const ControlConfig& config = manager_.config().daemon.control;
  if (config.socket.empty()) return Done{};
  ControlOptions options;
  options.thread_starts = &confine_text_thread;
  options.log = log_;
  auto server = ControlServer::listen(loop_, config, make_methods(context_), options);
  if (!server) return server.error();
  server_ = std::move(*server);
  return Done{};
}

void OperatorSocket::publish(std::string_view kind, Json event) {
  if (server_ != nullptr) server_->publish(kind, std::move(event));
}

void OperatorSocket::softwires_changed(const SoftwiresChanged& changed) {
  if (server_ == nullptr || server_->sessions() == 0) return;
  for (Json& event : events_of(changed)) publish("softwire", std::move(event));
}

void OperatorSocket::reloaded(const Result<Done>& result) {
  last_reload_ = {wall_now(), result ? std::string() : result.error().text};
  Json event = {{"ok", result.ok()}, {"bindings", running_.hub().table().size()}};
  if (!result) event["error"] = result.error().text;
  publish("reload", std::move(event));
}

void OperatorSocket::link_changed(Side side, const dataplane::LinkState& link) {
  const auto megabits = megabits_of(link);
  publish("link", {{"side", name_of(side)},
                   {"link", link.up ? "up" : "down"},
                   {"fault", link.up ? Json() : Json(to_text(link.fault))},
                   {"megabits", megabits ? Json(*megabits) : Json()}});
}

void OperatorSocket::gateway_changed(Side side, const GatewayStatus& now, dataplane::GatewayState before) {
  publish("gateway", {{"side", name_of(side)},
                      {"gateway", now.address},
                      {"mac", now.mac ? Json(to_string(*now.mac)) : Json()},
                      {"state", to_text(now.state)},
                      {"before", to_text(before)}});
}

void OperatorSocket::health_changed(const KnownCheck& now, HealthState before) {
  publish("health", {{"check", now.name},
                     {"state", to_text(now.state)},
                     {"before", to_text(before)},
                     {"reason", now.reason.empty() ? Json() : Json(now.reason)}});
}

std::vector<PortStatus> OperatorSocket::ports(bool extended) const {
  std::vector<PortStatus> result;
  const Config& config = manager_.config();
  for (const Side side : {Side::kIpv4, Side::kIpv6}) {
    const dataplane::EthernetPort& port = running_.port(side);
    const SideConfig& of_side = side == Side::kIpv4 ? config.ipv4 : config.ipv6;
    const dataplane::LinkState link = port.link();
    const auto values = dataplane::values_of(port.counters(), running_.hub().drops(side));
    PortStatus status{.side = config.on_a_stick ? "both" : name_of(side),
                      .device = of_side.port.empty() ? config.ipv6.port : of_side.port,
                      .mac = of_side.mac,
                      .link_up = link.up,
                      .link_fault = std::string(to_text(link.fault)),
                      .megabits = megabits_of(link),
                      .promiscuous = port.is_promiscuous(),
                      .spread = std::string(to_text(port.spread())),
                      .counters = {},
                      .driver = {}};
    if (extended) status.driver = port.driver_statistics();
    for (std::size_t i = 0; i < values.size(); ++i) {
      status.counters.emplace_back(dataplane::kPortCounterInfos[i].name, values[i]);
    }
    result.push_back(std::move(status));
    if (config.on_a_stick) break;
  }
  return result;
}

}  // namespace softwire::controlplane
