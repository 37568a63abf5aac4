// SPDX-License-Identifier: BSD-3-Clause
// The checks of a running hub's health (controlplane/health).
#pragma once

#include <vector>

#include "controlplane/daemon/gateway_watch.h"
#include "controlplane/health/answers.h"
#include "controlplane/health/balance.h"
#include "controlplane/health/health.h"
#include "controlplane/health/progress.h"
#include "controlplane/runtime/running_hub.h"
#include "controlplane/softwires/softwire_manager.h"
#include "controlplane/softwires/store_service.h"

namespace softwire::controlplane {

// For the control thread.
class HubHealth {
 public:
  // All arguments must outlive the object.
  HubHealth(const RunningHub& running, const SoftwireManager& manager, const StoreService& store,
            GatewayWatch& gateways)
      : running_(running),
        manager_(manager),
        store_(store),
        gateways_(gateways),
        workers_(running.workers()) {}

  // Makes all checks. Call it at least four times a second: it takes a worker for stalled if the worker made
  // no progress for kStalled.
  [[nodiscard]] std::vector<HealthCheck> checks(Progress::Time now);

  static constexpr std::chrono::seconds kStalled{1};

 private:
  [[nodiscard]] HealthCheck link(Side side) const;
  [[nodiscard]] HealthCheck gateway(Side side, GatewayWatch::Time now);
  [[nodiscard]] HealthCheck worker(unsigned number, Progress::Time now);
  [[nodiscard]] HealthCheck spread(Balance::Time now);
  [[nodiscard]] HealthCheck store() const;
  [[nodiscard]] HealthCheck dhcp_servers(Answers::Time now);
  [[nodiscard]] HealthCheck dhcp_pool() const;
  [[nodiscard]] HealthCheck buffers() const;

  const RunningHub& running_;
  const SoftwireManager& manager_;
  const StoreService& store_;
  GatewayWatch& gateways_;
  std::vector<Progress> workers_;
  Balance balance_;
  Answers dhcp_answers_;
};

}  // namespace softwire::controlplane
