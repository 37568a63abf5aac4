// SPDX-License-Identifier: BSD-3-Clause
// The metrics of a running hub: what softwired serves at metrics.listen.
#pragma once

#include <boost/asio/io_context.hpp>

#include <memory>

#include "controlplane/config/config.h"
#include "controlplane/metrics/observation.h"
#include "controlplane/metrics/server.h"
#include "controlplane/runtime/running_hub.h"
#include "controlplane/softwires/softwire_manager.h"
#include "softwire/result.h"

namespace softwire::controlplane::metrics {

// On the control thread. It reads what is there for any thread to read: the publishers that workers copy
// their counters to, numbers that the control thread itself has, counts of rings and ports. There is no lock
// and no ring that a worker could wait for, and none of its memory is written: scrapes cost the control plane
// time, forwarding nothing. (A publisher is read again when its worker has written meanwhile, once a
// millisecond.)
class Exporter {
 public:
  // All outlive it. `manager` has the configuration in effect.
  Exporter(boost::asio::io_context& loop, const RunningHub& hub, const SoftwireManager& manager);

  // The server that another configuration wants, null if none: to be had, with what can go wrong, ahead of
  // other changes, and to be used once those are made. Where one listens already, it is that one.
  [[nodiscard]] Result<std::shared_ptr<Server>> prepare(const Config& next);
  void use(std::shared_ptr<Server> server);

  // The configuration was read anew, and taken or not.
  void reloaded(bool taken);

  [[nodiscard]] Observation observe() const;

 private:
  boost::asio::io_context& loop_;
  const RunningHub& hub_;
  const SoftwireManager& manager_;
  Reloads reloads_;
  std::shared_ptr<Server> server_;
  std::weak_ptr<Server> prepared_;  // the last one: a reload takes its time, and another may follow meanwhile
};

}  // namespace softwire::controlplane::metrics
