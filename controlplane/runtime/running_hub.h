// SPDX-License-Identifier: BSD-3-Clause
// A hub with ports and worker threads.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
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
#include "softwire/wall_time.h"

namespace softwire::controlplane {

// Owns the ports and workers of a hub. The workers run until stop().
class RunningHub {
 public:
  // Starts DPDK's environment, the ports, the hub and the workers. A process can do this only once. Sets the
  // devices of the ports (name_devices()), and the MAC addresses that the configuration leaves to the ports.
  // The calling thread becomes the control thread. `clock` returns the time for leases, from any thread.
  static Result<std::unique_ptr<RunningHub>> start(Config& config, const Softwires& softwires,
                                                   std::function<WallTime()> clock);
  ~RunningHub();
  RunningHub(const RunningHub&) = delete;
  RunningHub& operator=(const RunningHub&) = delete;

  [[nodiscard]] Hub& hub() { return *hub_; }
  [[nodiscard]] const Hub& hub() const { return *hub_; }
  [[nodiscard]] const dataplane::EthernetPort& port(Side side) const;
  [[nodiscard]] const dataplane::EalMemory& memory() const { return memory_; }
  [[nodiscard]] const rte_mempool& pool() const { return *pool_; }

  // Returns the processor that the worker runs on; see Worker::processor().
  [[nodiscard]] unsigned processor_of_worker(unsigned number) const;

  // Returns how often the worker has come round; see Worker::rounds().
  [[nodiscard]] std::uint64_t rounds_of_worker(unsigned number) const { return workers_[number]->rounds(); }
  [[nodiscard]] unsigned workers() const { return static_cast<unsigned>(workers_.size()); }

  // Closes the port of the side if its interface was deleted, and opens it again: see EthernetPort::tend().
  // On a stick, only call it for one side.
  [[nodiscard]] Result<dataplane::EthernetPort::Tended> tend_port(Side side);

  // Sets the multicast groups that the IPv6 port accepts. Call it after the hub's BR addresses change.
  [[nodiscard]] Result<Done> listen(const Config& config);

  // Ends the workers after they have processed the packets that they received. The caller must then still
  // serve the punted packets.
  void stop();

  // Returns the counters of the hub and of the ports.
  [[nodiscard]] std::vector<std::pair<std::string, std::uint64_t>> counters() const;

 private:
  RunningHub() = default;
  [[nodiscard]] Result<Done> start_ports(Config& config, std::uint64_t seed);
  [[nodiscard]] Result<Done> start_workers(const Config& config);

  dataplane::EalMemory memory_{};
  rte_mempool* pool_ = nullptr;
  std::vector<dataplane::EthernetPort> ports_;  // one port on a stick, else by Side
  std::unique_ptr<Hub> hub_;
  std::atomic<bool> stop_ = false;
  std::vector<std::unique_ptr<dataplane::Worker>> workers_;
  std::vector<dataplane::Worker::Launch> launches_;
  unsigned launched_ = 0;  // workers that were started
};

// Returns the multicast groups of the IPv6 side that the hub is a member of, as destination MAC addresses.
std::vector<MacAddress> multicast_groups(const Config& config, const std::vector<Ipv6Address>& br_addresses);

// Returns the first changed key that takes effect only after a restart. Returns an empty string when there is
// no such key.
std::string needs_restart(const Config& now, const Config& next);

}  // namespace softwire::controlplane
