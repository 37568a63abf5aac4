// SPDX-License-Identifier: BSD-3-Clause
// The data of one scrape, all from the same moment.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/health/health.h"
#include "controlplane/metrics/process.h"
#include "controlplane/runtime/hub.h"
#include "dataplane/gateway/gateway_publisher.h"
#include "dataplane/ports/port.h"
#include "softwire/address.h"

namespace softwire::controlplane::metrics {

struct PortObservation {
  std::string_view side;  // "ipv4" or "ipv6"; on a stick "both"
  std::string device;
  MacAddress mac;
  dataplane::LinkState link;
  dataplane::PortCounters counters;
  dataplane::PortDrops::Reasons drops;
};

// The results of reloads. Times are seconds since 1970.
struct Reloads {
  bool last_succeeded = true;
  double last_success_time = 0;  // the start of softwired, until the first reload
  std::uint64_t succeeded = 0;
  std::uint64_t failed = 0;
};

struct GatewayObservation {
  dataplane::GatewayState state = dataplane::GatewayState::kIncomplete;
  std::chrono::milliseconds age{};  // of the state
};

struct Observation {
  std::string_view version;
  HealthReport health;
  Hub::Report hub;
  std::array<GatewayObservation, 2> gateways;  // by Side
  std::vector<PortObservation> ports;
  std::vector<dhcp::ServerAddress> dhcp_servers;  // as in the configuration
  std::uint64_t tsc_hertz = 0;                    // of the time stamp counter
  std::uint64_t buffers_in_use = 0;
  std::uint64_t buffers_free = 0;
  Reloads reloads;
  ProcessObservation process;
};

}  // namespace softwire::controlplane::metrics
