// SPDX-License-Identifier: BSD-3-Clause
// Collects the metrics of a running hub, which softwired serves at metrics.listen.
#pragma once

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "controlplane/config/config.h"
#include "controlplane/metrics/observation.h"
#include "controlplane/metrics/server.h"
#include "controlplane/runtime/running_hub.h"
#include "controlplane/softwires/softwire_manager.h"
#include "softwire/result.h"

namespace softwire::controlplane::metrics {

// For the control thread. Reads only what any thread may read: the publishers that workers copy their
// counters to, values of the control thread, and counts of rings and ports. It takes no lock, uses no ring
// and writes no memory that a worker waits for. So a scrape takes time from the control plane, but not from
// forwarding. When a worker writes to a publisher meanwhile, at most once a millisecond, the publisher is
// read again.
class Exporter {
 public:
  struct Sources {
    std::function<HealthReport()> health;                        // makes all checks
    std::function<std::chrono::milliseconds(Side)> gateway_age;  // since when its state is what it is
    std::function<void(const std::string&)> log = {};            // writes a warning
  };
  // All arguments must outlive the exporter. `manager` has the configuration in effect.
  Exporter(boost::asio::io_context& loop, const RunningHub& hub, const SoftwireManager& manager,
           Sources sources);

  // Returns the server for another configuration, or null if that has no metrics.listen. Fails before other
  // changes are made; use() activates the server after they are made. Returns the present server if the
  // address stays the same.
  [[nodiscard]] Result<std::shared_ptr<Server>> prepare(const Config& next);
  void use(std::shared_ptr<Server> server);

  // Counts a reload of the configuration. `taken`: whether it took effect.
  void reloaded(bool taken);

  [[nodiscard]] Observation observe() const;

 private:
  boost::asio::io_context& loop_;
  const RunningHub& hub_;
  const SoftwireManager& manager_;
  Sources sources_;
  Reloads reloads_;
  std::shared_ptr<Server> server_;
  std::weak_ptr<Server>
      prepared_;  // the last result of prepare(), until use(): another reload may begin in between
};

}  // namespace softwire::controlplane::metrics
