// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/daemon/hub_health.h"

#include <rte_mempool.h>

#include <cmath>
#include <string>
#include <vector>

#include "controlplane/daemon/link_watch.h"

namespace softwire::controlplane {

namespace {

// Below this part of the packet buffers, bursts lose packets.
constexpr unsigned kScarce = 16;

std::string join(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : "; ") + part;
  return text;
}

}  // namespace

std::vector<HealthCheck> HubHealth::checks(Progress::Time now) {
  std::vector<HealthCheck> all;
  all.push_back(link(Side::kIpv4));
  if (!manager_.config().on_a_stick) all.push_back(link(Side::kIpv6));
  for (const Side side : {Side::kIpv4, Side::kIpv6}) all.push_back(gateway(side, now));
  for (unsigned number = 0; number < workers_.size(); ++number) all.push_back(worker(number, now));
  if (workers_.size() > 1) all.push_back(spread(now));
  all.push_back(store());
  all.push_back(buffers());
  if (!manager_.config().dhcp_server.pools.empty()) all.push_back(dhcp_pool());
  if (manager_.config().dhcp_relay.is_on()) all.push_back(dhcp_servers(now));
  return all;
}

HealthCheck HubHealth::link(Side side) const {
  const Config& config = manager_.config();
  const std::string name = config.on_a_stick ? "link" : std::string("link ") + name_of(side);
  const dataplane::LinkState link = running_.port(side).link();
  if (link.up) return {.name = name, .reason = {}};
  const std::string& device = (side == Side::kIpv4 ? config.ipv4 : config.ipv6).port;
  return {
      .name = name, .state = HealthState::kFailed, .reason = device + " " + std::string(to_text(link.fault))};
}

HealthCheck HubHealth::gateway(Side side, GatewayWatch::Time now) {
  HealthCheck check{.name = std::string("gateway ") + name_of(side), .reason = {}};
  const GatewayStatus status = gateways_.look(side, now).status;
  if (status.mac) return check;
  check.state = HealthState::kFailed;
  check.reason = status.address.empty() ? "neither gateway nor gateway-mac is set"
                 : status.state == dataplane::GatewayState::kFailed
                     ? status.address + " does not answer"
                     : status.address + " has not answered yet";
  return check;
}

HealthCheck HubHealth::worker(unsigned number, Progress::Time now) {
  HealthCheck check{.name = "worker " + std::to_string(number), .reason = {}};
  const auto standstill = workers_[number].look(running_.rounds_of_worker(number), now);
  if (standstill < kStalled) return check;
  check.state = HealthState::kFailed;
  check.reason = "has not come round for more than " +
                 std::to_string(std::chrono::duration_cast<std::chrono::seconds>(standstill).count()) + " s";
  check.needs_restart = true;
  return check;
}

HealthCheck HubHealth::spread(Balance::Time now) {
  HealthCheck check{.name = "spread", .reason = {}};
  std::vector<dataplane::Load> totals;
  totals.reserve(workers_.size());
  for (unsigned number = 0; number < workers_.size(); ++number) {
    totals.push_back(running_.hub().load_of_worker(number).total);
  }
  const auto imbalance = balance_.look(totals, now);
  if (!imbalance) return check;
  check.state = HealthState::kDegraded;
  check.reason = "worker " + std::to_string(imbalance->idle) + " received nothing in " +
                 std::to_string(Balance::kWindow.count()) + " s while worker " +
                 std::to_string(imbalance->busy) + " was busy for " +
                 std::to_string(std::lround(100 * imbalance->busy_share)) +
                 " % of the time; softwirectl show ports tells what spreads the frames";
  return check;
}

HealthCheck HubHealth::store() const {
  HealthCheck check{.name = "store", .reason = {}};
  const StoreState& state = store_.state();
  if (!state.is_degraded()) return check;
  check.state = HealthState::kDegraded;
  check.reason = join(state.problems);
  if (!state.failure.empty()) {
    check.reason += (check.reason.empty() ? "" : "; ") + ("cannot be written: " + state.failure);
  }
  for (const auto& [name, why] : state.failed_jobs) {
    check.reason.append(check.reason.empty() ? "" : "; ")
        .append("the latest ")
        .append(name)
        .append(" failed: ")
        .append(why);
  }
  if (check.reason.empty()) check.reason = "refuses changes";
  if (state.refuses_changes || !state.problems.empty()) {
    check.reason += "; softwirectl store repair or softwirectl store restore FILE ends it";
  }
  return check;
}

HealthCheck HubHealth::dhcp_servers(Answers::Time now) {
  HealthCheck check{.name = "dhcp servers", .reason = {}};
  const dhcp::MessageStatistics statistics = running_.hub().dhcp_statistics();
  std::uint64_t asked = 0;
  statistics.for_each_type([&asked](std::string_view type, std::uint64_t, std::uint64_t sent) {
    if (type == "discover" || type == "request" || type == "inform") asked += sent;
  });
  const auto silence = dhcp_answers_.look(asked, statistics.from_servers(), now);
  if (!silence) return check;
  check.state = HealthState::kDegraded;
  check.reason = "none has answered " + std::to_string(silence->messages) + " messages in " +
                 std::to_string(silence->since.count()) + " s";
  return check;
}

HealthCheck HubHealth::dhcp_pool() const {
  HealthCheck check{.name = "dhcp pool", .reason = {}};
  if (running_.hub().free_dhcp_places() != 0) return check;
  std::uint64_t places = 0;
  for (const dhcp::PortPool& pool : manager_.config().dhcp_server.pools) places += pool.size();
  check.state = HealthState::kDegraded;
  check.reason = "all " + std::to_string(places) + " places are leased, offered or declined";
  return check;
}

HealthCheck HubHealth::buffers() const {
  HealthCheck check{.name = "packet buffers", .reason = {}};
  const rte_mempool& pool = running_.pool();
  const unsigned free = rte_mempool_avail_count(&pool);
  if (free >= pool.size / kScarce) return check;
  check.state = HealthState::kDegraded;
  check.reason = std::to_string(free) + " of " + std::to_string(pool.size) + " are free";
  return check;
}

}  // namespace softwire::controlplane
