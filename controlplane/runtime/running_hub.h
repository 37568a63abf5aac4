// SPDX-License-Identifier: BSD-3-Clause
// A hub on ports: what it takes to start one.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "controlplane/config/config.h"
#include "controlplane/runtime/hub.h"
#include "dataplane/ports/eal.h"
#include "dataplane/ports/port.h"
#include "dataplane/ports/worker.h"
#include "softwire/result.h"

namespace softwire::controlplane {

// Ports and workers of a hub. The workers run from start to stop().
class RunningHub {
 public:
  // Starts DPDK's environment, which a process can do once; then the ports, the hub and the workers. Fills in
  // the MAC addresses that the configuration leaves to the ports. The calling thread becomes the control
  // thread.
  static Result<std::unique_ptr<RunningHub>> start(Config& config, const Softwires& softwires);
  ~RunningHub();
  RunningHub(const RunningHub&) = delete;
  RunningHub& operator=(const RunningHub&) = delete;

  [[nodiscard]] Hub& hub() { return *hub_; }
  [[nodiscard]] const Hub& hub() const { return *hub_; }
  [[nodiscard]] const dataplane::EthernetPort& port(Side side) const;
  [[nodiscard]] const dataplane::EalMemory& memory() const { return memory_; }
  [[nodiscard]] const rte_mempool& pool() const { return *pool_; }

  // The processor that it runs on.
  [[nodiscard]] unsigned processor_of_worker(unsigned number) const;

  // Whom the ports listen to follows from the hub's BR addresses: to be called when those have changed.
  [[nodiscard]] Result<Done> listen(const Config& config);

  // The workers finish what has come in, and end. What they have punted is still to be served.
  void stop();

  // Those of the hub, and of the ports.
  [[nodiscard]] std::vector<std::pair<std::string, std::uint64_t>> counters() const;

 private:
  RunningHub() = default;
  [[nodiscard]] Result<Done> start_ports(Config& config);
  [[nodiscard]] Result<Done> start_workers(const Config& config);

  dataplane::EalMemory memory_{};
  rte_mempool* pool_ = nullptr;
  std::vector<dataplane::EthernetPort> ports_;  // one on a stick, else by Side
  std::unique_ptr<Hub> hub_;
  std::atomic<bool> stop_ = false;
  std::vector<std::unique_ptr<dataplane::Worker>> workers_;
  std::vector<dataplane::Worker::Launch> launches_;
};

// Multicast groups of the IPv6 side that the hub takes part in, as the MAC addresses that their frames go to.
std::vector<MacAddress> multicast_groups(const Config& config, const std::vector<Ipv6Address>& br_addresses);

// Whether it says what it takes to start ports, beside what a hub needs.
Result<Done> check_ports(const Config& config);

// The first key of which the two say different things although it takes a restart to change it; empty: none.
std::string needs_restart(const Config& now, const Config& next);

}  // namespace softwire::controlplane
