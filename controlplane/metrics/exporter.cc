// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/metrics/exporter.h"

#include <rte_cycles.h>
#include <rte_mempool.h>

#include <chrono>
#include <string>
#include <utility>

#include "controlplane/metrics/render.h"
#include "controlplane/runtime/gateway_status.h"

namespace softwire::controlplane::metrics {

namespace {

double seconds_since_1970() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

Exporter::Exporter(boost::asio::io_context& loop, const RunningHub& hub, const SoftwireManager& manager,
                   Sources sources)
    : loop_(loop), hub_(hub), manager_(manager), sources_(std::move(sources)) {
  reloads_.last_success_time = seconds_since_1970();
}

Result<std::shared_ptr<Server>> Exporter::prepare(const Config& next) {
  const ListenAddress& at = next.daemon.metrics_listen;
  if (at.address.empty()) return std::shared_ptr<Server>();
  for (const std::shared_ptr<Server>& known : {server_, prepared_.lock()}) {
    if (known != nullptr && known->address() == at) return known;
  }
  auto server = Server::listen(
      loop_, at,
      {.metrics = [this](Format format) { return render(observe(), format); }, .health = sources_.health}, {},
      sources_.log);
  if (!server) {
    return Error{(next.path.empty() ? "command line" : next.path) + ": metrics.listen: " +
                 server.error().text + "; give an address of this machine and a free port"};
  }
  std::shared_ptr<Server> prepared = std::move(*server);
  prepared_ = prepared;
  return prepared;
}

void Exporter::use(std::shared_ptr<Server> server) {
  server_ = std::move(server);
}

void Exporter::reloaded(bool taken) {
  reloads_.last_succeeded = taken;
  if (taken) reloads_.last_success_time = seconds_since_1970();
  ++(taken ? reloads_.succeeded : reloads_.failed);
}

Observation Exporter::observe() const {
  const Config& config = manager_.config();
  Observation result;
  result.version = SOFTWIRE_VERSION;
  result.health = sources_.health();
  for (const Side side : {Side::kIpv4, Side::kIpv6}) {
    result.gateways[static_cast<std::size_t>(side)] = {gateway_status(hub_.hub(), config, side).state,
                                                       sources_.gateway_age(side)};
  }
  result.hub = hub_.hub().report();
  for (const Side side : {Side::kIpv4, Side::kIpv6}) {
    const SideConfig& of_side = side == Side::kIpv4 ? config.ipv4 : config.ipv6;
    dataplane::PortDrops::Reasons drops;
    for (const auto& worker : result.hub.workers) {
      drops += worker.counters.drops.side(side);
    }
    if (config.on_a_stick && side == Side::kIpv6) {
      PortObservation& both = result.ports.front();
      both.drops += drops;
      break;
    }
    const dataplane::EthernetPort& port = hub_.port(side);
    result.ports.push_back({.side = config.on_a_stick     ? "both"
                                    : side == Side::kIpv4 ? "ipv4"
                                                          : "ipv6",
                            .device = of_side.port.empty() ? config.ipv6.port : of_side.port,
                            .mac = port.mac(),
                            .link = port.link(),
                            .counters = port.counters(),
                            .drops = drops});
  }
  const DhcpRelayConfig& relay = config.dhcp_relay;
  result.dhcp_servers.assign(relay.servers.begin(), relay.servers.end());
  for (const dhcp::Dhcp4o6Server& server : relay.dhcp4o6_servers)
    result.dhcp_servers.emplace_back(server.address);
  result.tsc_hertz = rte_get_tsc_hz();
  result.buffers_free = rte_mempool_avail_count(&hub_.pool());
  result.buffers_in_use = hub_.pool().size - result.buffers_free;
  result.reloads = reloads_;
  result.process = observe_process();
  return result;
}

}  // namespace softwire::controlplane::metrics
