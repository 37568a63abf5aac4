// SPDX-License-Identifier: BSD-3-Clause
// Example metrics of a hub, in which every number is different.
#pragma once

#include <cstdint>
#include <utility>

#include "controlplane/metrics/observation.h"
#include "softwire/outcome.h"

namespace softwire::testing {

inline controlplane::metrics::Observation example_observation(unsigned workers) {
  controlplane::metrics::Observation it;
  std::uint64_t next = 1000;
  it.version = "1.2.3";
  using controlplane::HealthState;
  it.health.checks = {
      {{"link ipv4", HealthState::kOk, ""}, std::chrono::minutes(2)},
      {{"store", HealthState::kDegraded, "cannot be written: disk full"}, std::chrono::seconds(9)},
      {{"gateway ipv6", HealthState::kFailed, "does not answer"}, std::chrono::milliseconds(1500)}};
  for (unsigned number = 0; number < workers; ++number) {
    controlplane::Hub::Report::Worker worker;
    for (dataplane::SideTraffic& side : worker.counters.engine.sides) {
      for (dataplane::Traffic* traffic : {&side.received, &side.sent, &side.dropped, &side.reassembled}) {
        traffic->packets = next++;
        traffic->bytes = std::uint64_t{next++} << 40;
      }
    }
    worker.counters.engine.generated = next++;
    worker.counters.engine.held = next++;
    worker.counters.engine.icmp_errors_suppressed = next++;
    for (std::size_t i = 0; i < kOutcomeCount; ++i) {
      worker.counters.engine.outcomes.add(static_cast<Outcome>(i), next++);
    }
    worker.waiting = number;
    worker.counters.load.total = {.nanoseconds = 9'000'000'000,
                                  .busy_nanoseconds = std::uint64_t{1'500'000'000} * (number + 1),
                                  .bursts = 100 + number,
                                  .frames = 200 + number};
    worker.counters.load.queues[0] = {.frames = 40 + number, .peak = 50 + number, .size = 1024};
    it.hub.workers.push_back(worker);
  }
  for (std::size_t i = 0; i < kOutcomeCount; ++i) it.hub.relay.add(static_cast<Outcome>(i), next++);
  using controlplane::dhcp::MessageType;
  const Ipv4Address server(198, 51, 100, 67);
  for (int i = 0; i < 7; ++i) it.hub.dhcp.received(MessageType::kDiscover);
  for (int i = 0; i < 6; ++i) it.hub.dhcp.sent(MessageType::kDiscover);
  for (int i = 0; i < 5; ++i) it.hub.dhcp.received_from(server, MessageType::kOffer);
  it.hub.bindings = 1'048'576;
  it.hub.rules = 3;
  it.hub.leases = 2;
  it.hub.br_addresses = 2;
  it.hub.table_bytes = 1U << 28;
  it.hub.table_bytes_in_use = 1U << 27;
  it.hub.gateway_known = {true, false};
  it.gateways = {{{dataplane::GatewayState::kReachable, std::chrono::seconds(77)},
                  {dataplane::GatewayState::kFailed, std::chrono::milliseconds(2500)}}};
  it.ports = {{.side = "ipv4",
               .device = "net_af_packet0,iface=eth0",
               .mac = MacAddress({2, 0, 0, 0, 0, 4}),
               .link = {.up = true, .fault = dataplane::LinkFault::kNone, .megabits = 10'000},
               .counters = {11, 12, 13, 14, 15, 16, 17, 18},
               .drops = {19, 20, 21, 22}},
              {.side = "ipv6",
               .device = "0000:01:00.1",
               .mac = MacAddress({2, 0, 0, 0, 0, 6}),
               .link = {.up = false, .fault = dataplane::LinkFault::kNoCarrier, .megabits = 0xffffffff},
               .counters = {21, 22, 23, 24, 25, 26, 27, 28},
               .drops = {29, 30, 31, 32}}};
  it.dhcp_servers = {server, Ipv4Address(198, 51, 100, 68)};
  it.tsc_hertz = 2'500'000'000;
  it.buffers_in_use = 4096;
  it.buffers_free = 12288;
  it.reloads = {.last_succeeded = false, .last_success_time = 1764000000.5, .succeeded = 2, .failed = 1};
  it.process = {.cpu_seconds = 12.25,
                .start_time = 1763999999.25,
                .resident_bytes = 1U << 26,
                .virtual_bytes = std::uint64_t{1} << 34,
                .open_files = 40,
                .max_files = 1024};
  return it;
}

}  // namespace softwire::testing
