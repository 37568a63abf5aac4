// SPDX-License-Identifier: BSD-3-Clause
// Methods that return the state of the hub: status, ports, workers, neighbors, counters, outcomes, DHCP.
#include "controlplane/control/methods.h"

#include <chrono>
#include <cmath>
#include <filesystem>
#include <string_view>

#include "controlplane/control/session.h"
#include "dataplane/counters/worker_load.h"
#include "dataplane/gateway/gateway_publisher.h"
#include "dataplane/tables/binding_table.h"
#include "softwire/address_text.h"
#include "softwire/outcome.h"
#include "softwire/wall_time.h"

#include <unistd.h>

namespace softwire::controlplane {

namespace {

// Makes a method without parameters that answers at once.
Method plain(std::string_view name, std::string_view summary, std::string_view result,
             std::function<Json()> answer) {
  return {.name = name,
          .summary = summary,
          .params = {},
          .result = result,
          .run = [answer = std::move(answer)](const Json&, ControlSession&, const RpcReply& reply) {
            reply(answer());
          }};
}

Json to_json(const NamedCounters& counters, std::string_view prefix = {}, bool nonzero = false) {
  Json json = Json::object();
  for (const auto& [name, value] : counters) {
    if (name.starts_with(prefix) && !(nonzero && value == 0)) json[name] = value;
  }
  return json;
}

// Returns the absolute form of a path that is relative to the directory where softwired was started. Returns
// an empty path as it is.
std::string absolute(const std::string& path) {
  return path.empty() ? path : std::filesystem::absolute(path).lexically_normal().string();
}

Json status(const ControlContext& context) {
  Json br_addresses = Json::array();
  for (const Ipv6Address& address : context.hub->br_addresses()) br_addresses.push_back(to_string(address));
  const Config& config = context.manager->config();
  const auto uptime =
      std::chrono::floor<std::chrono::seconds>(std::chrono::steady_clock::now() - context.running_since);
  Json json = {{"version", context.version},
               {"pid", getpid()},
               {"started", to_string(context.started)},
               {"uptime-seconds", uptime.count()},
               {"config", absolute(config.path)},
               {"state", absolute(config.state)},
               {"workers", config.daemon.workers},
               {"instruction-set", dataplane::to_text(context.hub->instruction_set())},
               {"bindings", context.hub->table().size()},
               {"rules", context.hub->table().rules()},
               {"br-addresses", std::move(br_addresses)},
               {"hugepages", context.hugepages},
               {"last-reload", nullptr}};
  if (context.store != nullptr) {
    const StoreState& store = context.store->state();
    json["store"] = {{"state", store.is_degraded() ? "degraded" : "ok"}, {"problems", store.problems}};
    if (!store.failure.empty()) json["store"]["problems"].push_back(store.failure);
  }
  if (const auto reload = context.last_reload()) {
    json["last-reload"] = {{"at", to_string(reload->at)}, {"ok", reload->error.empty()}};
    if (!reload->error.empty()) json["last-reload"]["error"] = reload->error;
  }
  return json;
}

Json ports(const ControlContext& context, bool extended) {
  Json list = Json::array();
  for (const PortStatus& port : context.ports(extended)) {
    list.push_back({{"side", port.side},
                    {"device", port.device},
                    {"mac", to_string(port.mac)},
                    {"link", port.link_up ? "up" : "down"},
                    {"fault", port.link_fault.empty() ? Json() : Json(port.link_fault)},
                    {"megabits", port.megabits ? Json(*port.megabits) : Json()},
                    {"promiscuous", port.promiscuous},
                    {"spread", port.spread},
                    {"counters", to_json(port.counters)}});
    if (extended) list.back()["driver"] = to_json(port.driver);
  }
  return {{"ports", std::move(list)}};
}

// Rounds to a tenth.
double tenths(double value) {
  return std::round(value * 10) / 10;
}

// Adds the load of the latest second.
void add_load(Json& worker, const dataplane::WorkerLoad& load, const ControlContext& context) {
  worker["busy-percent"] = tenths(100 * busy_share(load.second));
  worker["cycles-per-packet"] =
      std::llround(nanoseconds_per_frame(load.second) * context.cycles_per_nanosecond);
  worker["mean-burst"] = tenths(mean_burst(load.second));
  Json queues = Json::array();
  for (const Side side : {Side::kIpv4, Side::kIpv6}) {
    const dataplane::QueueFill& fill = load.queues[static_cast<std::size_t>(side)];
    if (fill.size == 0) continue;
    queues.push_back({{"side", context.manager->config().on_a_stick ? "both"
                               : side == Side::kIpv4                ? "ipv4"
                                                                    : "ipv6"},
                      {"waiting", fill.frames},
                      {"peak", fill.peak},
                      {"size", fill.size}});
  }
  worker["receive-queues"] = std::move(queues);
}

Json workers(const ControlContext& context) {
  Json list = Json::array();
  for (unsigned number = 0; number < context.manager->config().daemon.workers; ++number) {
    const dataplane::WorkerCounters published = context.hub->worker(number).counters.read();
    const dataplane::EngineCounters& counters = published.engine;
    const auto both = [&counters](dataplane::Traffic dataplane::SideTraffic::*what) {
      return (counters.side(Side::kIpv4).*what).packets + (counters.side(Side::kIpv6).*what).packets;
    };
    list.push_back({{"number", number},
                    {"processor", context.processor_of_worker(number)},
                    {"received", both(&dataplane::SideTraffic::received)},
                    {"sent", both(&dataplane::SideTraffic::sent)},
                    {"dropped", both(&dataplane::SideTraffic::dropped)},
                    {"punted", counters.outcomes.total(Disposition::kPunted)},
                    {"held", counters.held}});
    add_load(list.back(), published.load, context);
  }
  return {{"workers", std::move(list)}};
}

Json neighbors(const ControlContext& context) {
  Json list = Json::array();
  for (const Side side : {Side::kIpv4, Side::kIpv6}) {
    const auto [status, age] = context.gateway(side);
    list.push_back({{"side", side == Side::kIpv4 ? "ipv4" : "ipv6"},
                    {"gateway", status.address.empty() ? Json() : Json(status.address)},
                    {"mac", status.mac ? Json(to_string(*status.mac)) : Json()},
                    {"state", to_text(status.state)},
                    {"since", to_string(wall_now() - age)}});
  }
  Json conflicts = Json::array();
  for (const AddressClaim& claim : context.hub->address_claims()) {
    conflicts.push_back({{"side", claim.side == Side::kIpv4 ? "ipv4" : "ipv6"},
                         {"address", claim.address},
                         {"mac", to_string(claim.station)},
                         {"frames", claim.frames},
                         {"since", to_string(claim.since)},
                         {"last", to_string(claim.last)},
                         {"of", claim.is_of_gateway ? "gateway" : "hub"}});
  }
  return {{"neighbors", std::move(list)}, {"conflicts", std::move(conflicts)}};
}

Json outcomes(const ControlContext& context, bool nonzero) {
  const OutcomeCounters counted = context.hub->outcomes();
  Json list = Json::array();
  for (std::size_t i = 0; i < kOutcomeCount; ++i) {
    const OutcomeInfo& info = kOutcomes[i];
    const std::uint64_t packets = counted[static_cast<Outcome>(i)];
    if (nonzero && packets == 0) continue;
    list.push_back({{"name", info.name},
                    {"disposition", to_text(info.disposition)},
                    {"help", info.help},
                    {"clause", info.source},
                    {"packets", packets}});
  }
  return {{"outcomes", std::move(list)}};
}

Json dhcp_state(const ControlContext& context) {
  const DhcpRelayConfig& relay = context.manager->config().dhcp_relay;
  const dhcp::ServerOptions& server = context.manager->config().dhcp_server;
  std::uint64_t places = server.static_leases.size();
  for (const dhcp::PortPool& pool : server.pools) places += pool.size();
  Json servers = Json::array();
  for (const Ipv4Address one : relay.servers) servers.push_back(to_string(one));
  for (const dhcp::Dhcp4o6Server& one : relay.dhcp4o6_servers) servers.push_back(to_string(one.address));
  return {{"enabled", relay.is_on()},
          {"servers", std::move(servers)},
          {"address", to_string(relay.address)},
          {"client-suboption", relay.client_suboption},
          {"server",
           {{"enabled", server.is_on()},
            {"address", to_string(server.address)},
            {"places", places},
            {"free", context.hub->free_dhcp_places()}}},
          {"leases", context.hub->leases().size()},
          {"counters", to_json(context.counters(), "dhcp-")}};
}

}  // namespace

void add_state_methods(std::vector<Method>& methods, const ControlContext& context) {
  methods.push_back(
      plain("status.get",
            "returns the version, the start time, the numbers of softwires and workers, and the last reload",
            "{version, pid, started, uptime-seconds, config, state, workers, instruction-set, bindings, "
            "rules, br-addresses, hugepages, store: {state: ok or degraded, problems}, last-reload: {at, ok, "
            "error} or null}",
            [&context] { return status(context); }));
  methods.push_back(
      {.name = "ports.list",
       .summary = "lists the ports with their links and counters",
       .params = {{.name = "extended",
                   .type = ParamType::kBoolean,
                   .help = "add the statistics of the driver, by the driver's names"}},
       .result = "{ports: [{side, device, mac, link, fault: why the link is down, or null, megabits, "
                 "promiscuous, spread: how received frames reach the workers (one worker, card, kernel or "
                 "workers), counters, driver: {name: value}}]}",
       .run = [&context](const Json& params, ControlSession&, const RpcReply& reply) {
         reply(ports(context, params.value("extended", false)));
       }});
  methods.push_back(plain(
      "workers.list", "lists the workers: how busy each was in the latest second, and its packets so far",
      "{workers: [{number, processor, received, sent, dropped, punted, held, busy-percent: the part of the "
      "time in which it had packets, cycles-per-packet and mean-burst: 0 without packets, receive-queues: "
      "[{side, waiting: packets now, peak: the most of the latest second, size}], without those whose driver "
      "cannot tell}]}",
      [&context] { return workers(context); }));
  methods.push_back(
      plain("neighbors.list",
            "lists the gateways of the two sides, and the stations that claimed an address of the hub, or "
            "dispute a gateway's with another station",
            "{neighbors: [{side, gateway, mac, since, state: static, incomplete, reachable, stale, probe or "
            "failed}], conflicts: [{side, address, mac, frames, since, last, of}]}",
            [&context] { return neighbors(context); }));
  methods.push_back(
      {.name = "counters.get",
       .summary = "returns counters by name (docs/counters.md)",
       .params = {{.name = "prefix", .help = "only counters whose names begin with this; default: all"},
                  {.name = "nonzero", .type = ParamType::kBoolean, .help = "leave out values that are 0"}},
       .result = "{counters: {name: value}}",
       .run = [&context](const Json& params, ControlSession&, const RpcReply& reply) {
         reply(Json{{"counters", to_json(context.counters(), params.value("prefix", std::string()),
                                         params.value("nonzero", false))}});
       }});
  methods.push_back(
      {.name = "outcomes.list",
       .summary = "returns the numbers of packets by outcome (docs/counters.md)",
       .params = {{.name = "nonzero", .type = ParamType::kBoolean, .help = "leave out values that are 0"}},
       .result = "{outcomes: [{name, disposition, help, clause, packets}]}",
       .run = [&context](const Json& params, ControlSession&, const RpcReply& reply) {
         reply(outcomes(context, params.value("nonzero", false)));
       }});
  methods.push_back(
      plain("dhcp.get", "returns the state of the DHCP relay and the embedded server, and their counters",
            "{enabled, servers, address, client-suboption, server: {enabled, address, places: the number "
            "that it may lease, free: the number that no lease, offer or decline holds}, leases: the number "
            "that are bindings, counters: {name: value}}",
            [&context] { return dhcp_state(context); }));
}

}  // namespace softwire::controlplane
