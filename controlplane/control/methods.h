// SPDX-License-Identifier: BSD-3-Clause
// The methods of the control socket in groups, and the objects that they use.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "controlplane/control/method.h"
#include "controlplane/health/health.h"
#include "controlplane/runtime/gateway_status.h"
#include "controlplane/runtime/hub.h"
#include "controlplane/softwires/softwire_manager.h"
#include "controlplane/softwires/store_service.h"
#include "softwire/address.h"
#include "softwire/wall_time.h"

namespace softwire::controlplane {

using NamedCounters = std::vector<std::pair<std::string, std::uint64_t>>;

struct PortStatus {
  std::string side;  // ipv4 or ipv6; both on a stick
  std::string device;
  MacAddress mac;
  bool link_up = false;
  std::string link_fault;                 // why the link is down, such as "has no carrier"
  std::optional<std::uint32_t> megabits;  // not set: unknown
  bool promiscuous = false;
  std::string spread;  // how received frames reach the workers
  NamedCounters counters;
  NamedCounters driver;  // the driver's own statistics, if they were asked for
};

struct ReloadStatus {
  WallTime at;
  std::string error;  // empty: the reload succeeded
};

// The objects that the methods use. They belong to the control thread, and must outlive the methods. They may
// be null or empty when the methods are only described.
struct ControlContext {
  Hub* hub = nullptr;
  SoftwireManager* manager = nullptr;
  StoreService* store = nullptr;
  std::string version;
  WallTime started;
  std::chrono::steady_clock::time_point running_since = std::chrono::steady_clock::now();
  bool hugepages = false;
  double cycles_per_nanosecond = 0;                             // of the time stamp counter
  std::function<NamedCounters()> counters;                      // returns all counters
  std::function<std::vector<PortStatus>(bool extended)> ports;  // extended: with the driver's statistics
  std::function<unsigned(unsigned)> processor_of_worker;
  std::function<std::optional<ReloadStatus>()> last_reload;
  std::function<HealthReport()> health;                                              // makes all checks
  std::function<std::pair<GatewayStatus, std::chrono::milliseconds>(Side)> gateway;  // with its state's age
  std::function<void(std::function<void(const Result<Done>&)>)> reload;
  std::function<void(std::function<void(const Result<Done>&)>)> test;
};

void add_state_methods(std::vector<Method>& methods, const ControlContext& context);
void add_softwire_methods(std::vector<Method>& methods, const ControlContext& context);
void add_lease_methods(std::vector<Method>& methods, const ControlContext& context);
void add_config_methods(std::vector<Method>& methods, const ControlContext& context);
void add_capture_methods(std::vector<Method>& methods, const ControlContext& context);
void add_explain_methods(std::vector<Method>& methods, const ControlContext& context);
void add_health_methods(std::vector<Method>& methods, const ControlContext& context);
void add_store_methods(std::vector<Method>& methods, const ControlContext& context);
void add_event_methods(std::vector<Method>& methods);

// Returns all methods, with rpc.describe.
std::vector<Method> make_methods(const ControlContext& context);

}  // namespace softwire::controlplane
