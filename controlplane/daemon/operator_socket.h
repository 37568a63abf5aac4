// SPDX-License-Identifier: BSD-3-Clause
// The control socket of a running hub, and its events. For the control thread.
#pragma once

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "controlplane/control/methods.h"
#include "controlplane/control/server.h"
#include "controlplane/daemon/gateway_watch.h"
#include "controlplane/runtime/running_hub.h"
#include "controlplane/softwires/softwire_manager.h"
#include "dataplane/ports/port.h"
#include "softwire/result.h"

namespace softwire::controlplane {

class OperatorSocket {
 public:
  using DoneCallback = std::function<void(const Result<Done>&)>;
  struct Actions {
    std::function<void(DoneCallback)> reload;
    std::function<void(DoneCallback)> test;
    std::function<HealthReport()> health;  // makes all checks
    std::function<GatewayWatch::Known(Side)> gateway;
    std::function<void(const std::string&)> log;  // writes a warning
  };
  // All arguments must outlive the socket.
  OperatorSocket(boost::asio::io_context& loop, RunningHub& running, SoftwireManager& manager,
                 StoreService& store, Actions actions);

  // Opens the socket, unless the configuration has none.
  Result<Done> open();
  void close() { server_.reset(); }

  // --- events ---
  void softwires_changed(const SoftwiresChanged& changed);
  void reloaded(const Result<Done>& result);
  void link_changed(Side side, const dataplane::LinkState& link);
  void gateway_changed(Side side, const GatewayStatus& now, dataplane::GatewayState before);
  void health_changed(const KnownCheck& now, HealthState before);

 private:
  void publish(std::string_view kind, Json event);
  [[nodiscard]] std::vector<PortStatus> ports(bool extended) const;

  boost::asio::io_context& loop_;
  RunningHub& running_;
  SoftwireManager& manager_;
  std::function<void(const std::string&)> log_;
  std::optional<ReloadStatus> last_reload_;
  ControlContext context_;
  std::unique_ptr<ControlServer> server_;  // null: no socket is configured
};

}  // namespace softwire::controlplane
