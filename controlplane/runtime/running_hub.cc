// SPDX-License-Identifier: BSD-3-Clause
#include <rte_launch.h>
#include <rte_lcore.h>

#include <algorithm>
#include <random>
#include <string>
#include <thread>
#include <utility>

#include "controlplane/config/policy.h"
#include "controlplane/privileges/privileges.h"
#include "controlplane/runtime/running_hub.h"
#include "controlplane/runtime/start_checks.h"
#include "dataplane/gateway/waiting_queue.h"
#include "dataplane/pipeline/engine.h"
#include "softwire/derived_address.h"

namespace softwire::controlplane {

namespace {

using dataplane::EalMemory;
using dataplane::EthernetPort;

constexpr unsigned kPuntRings =
    2 * 1024;  // packets in transit to and from the control plane, for each worker
constexpr unsigned kDropped = dataplane::DropChannel::kMaxBuffers;
constexpr unsigned kMegabytesBesidePool = 48;  // for rings, drivers, and overhead of the pool

// Returns what to start the port of a side with.
dataplane::PortOptions port_options(const Config& config, Side side, std::uint64_t seed) {
  const SideConfig& of_side = side == Side::kIpv4 ? config.ipv4 : config.ipv6;
  const unsigned workers = config.daemon.workers;
  return {.device = of_side.port,
          .mtu = config.on_a_stick ? std::max(config.ipv4.mtu, config.ipv6.mtu) : of_side.mtu,
          .mac = of_side.mac,
          .second_mac = config.on_a_stick ? config.ipv6.mac : MacAddress(),
          .workers = workers,
          .ipv4 = side == Side::kIpv4 || config.on_a_stick,
          .ipv6 = side == Side::kIpv6 || config.on_a_stick,
          .receive_descriptors = of_side.receive_descriptors,
          .transmit_descriptors = of_side.transmit_descriptors,
          .spread = of_side.spread == SpreadMode::kWorkers ? dataplane::WantedSpread::kWorkers
                                                           : dataplane::WantedSpread::kAuto,
          .owner = static_cast<unsigned>(side) % workers,  // each port has another owner
          .seed = seed};
}

unsigned pool_buffers(const Config& config) {
  const unsigned workers = config.daemon.workers;
  const unsigned waiting =
      reassembly_buffers(config, workers) + 2 * dataplane::WaitingQueue::kBuffers + kPuntRings + kDropped;
  unsigned in_ports = dataplane::port_buffers(port_options(config, Side::kIpv4, 0));
  if (!config.on_a_stick) in_ports += dataplane::port_buffers(port_options(config, Side::kIpv6, 0));
  return in_ports + dataplane::worker_buffers(workers) + workers * waiting;
}

EalMemory choose_memory(Hugepages wanted, unsigned megabytes) {
  if (wanted == Hugepages::kAuto) {
    return dataplane::free_hugepage_megabytes() >= megabytes ? EalMemory::kHugepages : EalMemory::kAnywhere;
  }
  return wanted == Hugepages::kYes ? EalMemory::kHugepages : EalMemory::kAnywhere;
}

}  // namespace

std::vector<MacAddress> multicast_groups(const Config& config, const std::vector<Ipv6Address>& br_addresses) {
  std::vector<MacAddress> macs = {multicast_mac(kAllNodes),
                                  multicast_mac(solicited_node_group(link_local_address(config.ipv6.mac)))};
  const auto add = [&macs](const Ipv6Address& address) {
    const MacAddress mac = multicast_mac(solicited_node_group(address));
    if (std::ranges::find(macs, mac) == macs.end()) macs.push_back(mac);
  };
  if (config.dhcp_over_ipv6.dhcpv6) macs.push_back(multicast_mac(kAllDhcpAgents));
  if (!config.ipv6_address.is_unspecified()) add(config.ipv6_address);
  std::ranges::for_each(br_addresses, add);
  return macs;
}

Result<std::unique_ptr<RunningHub>> RunningHub::start(Config& config, const Softwires& softwires,
                                                      std::function<WallTime()> clock) {
  if (const auto checked = check_ports(config); !checked) return checked.error();
  name_devices(config);
  if (config.on_a_stick && !config.ipv4.mac.is_set()) config.ipv4.mac = config.ipv6.mac;
  auto cpus = worker_processors(config);
  if (!cpus) return cpus.error();

  std::unique_ptr<RunningHub> running(new RunningHub);
  const unsigned workers = config.daemon.workers;
  const unsigned frame_bytes = std::max(dataplane::longest_frame(config.ipv4.port, config.ipv4.mtu),
                                        dataplane::longest_frame(config.ipv6.port, config.ipv6.mtu));
  const unsigned buffers = pool_buffers(config);
  const auto megabytes_in = [&](EalMemory memory) {
    const std::size_t bytes = buffers * dataplane::buffer_bytes(frame_bytes, dataplane::page_bytes(memory));
    return static_cast<unsigned>(bytes >> 20) + kMegabytesBesidePool;
  };
  running->memory_ = choose_memory(config.daemon.hugepages, megabytes_in(EalMemory::kHugepages));
  const unsigned megabytes = megabytes_in(running->memory_);
  dataplane::EalOptions options{.memory = running->memory_,
                                .megabytes = megabytes,
                                .worker_cpus = std::move(*cpus),
                                .pci_devices = {},
                                .arguments = config.daemon.eal_arguments};
  for (const std::string* device : {&config.ipv4.port, &config.ipv6.port}) {
    if (dataplane::is_pci_address(*device)) options.pci_devices.push_back(*device);
  }
  if (const auto started = dataplane::start_eal(options); !started) return started.error();
  running->pool_ = dataplane::make_pool("softwired", buffers, frame_bytes);
  if (running->pool_ == nullptr) {
    return Error{"no memory for " + std::to_string(buffers) + " packet buffers; " +
                 std::to_string(megabytes) + " MB are needed; lower reassembly-datagrams, or add memory"};
  }
  std::random_device random;
  const std::uint64_t seed = std::uint64_t{random()} << 32 | random();
  if (const auto started = running->start_ports(config, seed); !started) return started.error();
  if (const auto confined = confine(config); !confined) return confined.error();
  auto hub =
      Hub::create(config, softwires, *running->pool_,
                  {.accept_any_mac = false, .seed = seed, .workers = workers, .clock = std::move(clock)});
  if (!hub) return hub.error();
  running->hub_ = std::move(*hub);
  if (const auto listening = running->listen(config); !listening) return listening.error();
  if (const auto started = running->start_workers(config); !started) return started.error();
  return running;
}

Result<Done> RunningHub::start_ports(Config& config, std::uint64_t seed) {
  for (const Side side : {Side::kIpv4, Side::kIpv6}) {
    SideConfig& of_side = side == Side::kIpv4 ? config.ipv4 : config.ipv6;
    if (side == Side::kIpv4 || !config.on_a_stick) {
      auto port = EthernetPort::start(port_options(config, side, seed), *pool_);
      if (!port) return port.error();
      ports_.push_back(std::move(*port));
    }
    if (!of_side.mac.is_set()) of_side.mac = ports_.back().mac();
  }
  return Done{};
}

Result<Done> RunningHub::listen(const Config& config) {
  return ports_.back().listen_to(multicast_groups(config, hub_->br_addresses()));
}

Result<Done> RunningHub::start_workers(const Config& config) {
  const bool sleeps = config.daemon.idle == IdleMode::kSleep;
  for (unsigned number = 0; number < config.daemon.workers; ++number) {
    const Hub::WorkerParts parts = hub_->worker(number);
    workers_.push_back(std::make_unique<dataplane::Worker>(
        dataplane::Worker::Setup{.pipeline = parts.pipeline,
                                 .counters = parts.counters,
                                 .snapshots = hub_->snapshots(),
                                 .reclaimer = hub_->reclaimer(),
                                 .number = number,
                                 .ipv4 = ports_.front().queue(number),
                                 .ipv6 = ports_.back().queue(number),
                                 .on_a_stick = config.on_a_stick,
                                 .idle = sleeps ? dataplane::Idle::kSleep : dataplane::Idle::kPoll}));
    launches_.push_back({*workers_.back(), stop_});
  }
  for (unsigned number = 0; number < config.daemon.workers; ++number) {
    if (rte_eal_remote_launch(&dataplane::Worker::run_on_lcore, &launches_[number], number + 1) != 0) {
      return Error{"worker " + std::to_string(number) + " did not start"};
    }
    ++launched_;
  }
  return Done{};
}

unsigned RunningHub::processor_of_worker(unsigned number) const {
  return workers_[number]->processor();
}

RunningHub::~RunningHub() {
  stop();
}

void RunningHub::stop() {
  stop_ = true;
  rte_eal_mp_wait_lcore();
  // DPDK's own way to wait is not known to the memory model of C++.
  for (unsigned number = 0; number < launched_; ++number) {
    while (!workers_[number]->has_ended()) std::this_thread::yield();
  }
}

const EthernetPort& RunningHub::port(Side side) const {
  return side == Side::kIpv4 ? ports_.front() : ports_.back();
}

Result<EthernetPort::Tended> RunningHub::tend_port(Side side) {
  return (side == Side::kIpv4 ? ports_.front() : ports_.back()).tend();
}

std::vector<std::pair<std::string, std::uint64_t>> RunningHub::counters() const {
  auto counters = hub_->counters();
  for (const Side side : {Side::kIpv4, Side::kIpv6}) {
    const std::string prefix = side == Side::kIpv4 ? "port-ipv4-" : "port-ipv6-";
    const auto values = dataplane::values_of(port(side).counters(), hub_->drops(side));
    for (std::size_t i = 0; i < values.size(); ++i) {
      counters.emplace_back(prefix + std::string(dataplane::kPortCounterInfos[i].name), values[i]);
    }
  }
  return counters;
}

std::string needs_restart(const Config& now, const Config& next) {
  const auto side = [](const std::string& name, const SideConfig& a, const SideConfig& b) -> std::string {
    if (a.port != b.port) return name + ".port";
    if (!(a.mac == b.mac)) return name + ".mac";
    if (a.mtu != b.mtu) return name + ".mtu";
    if (a.receive_descriptors != b.receive_descriptors) return name + ".rx-descriptors";
    if (a.transmit_descriptors != b.transmit_descriptors) return name + ".tx-descriptors";
    if (a.spread != b.spread) return name + ".spread";
    if (a.reassembly_datagrams != b.reassembly_datagrams) return name + ".reassembly-datagrams";
    if (a.reassembly_source_datagrams != b.reassembly_source_datagrams) {
      return name + ".reassembly-source-datagrams";
    }
    if (a.reassembly_fragments != b.reassembly_fragments) return name + ".reassembly-fragments";
    return a.reassembly_timeout != b.reassembly_timeout ? name + ".reassembly-timeout" : "";
  };
  if (now.daemon.user != next.daemon.user) return "user";
  if (now.on_a_stick != next.on_a_stick) return "on-a-stick";
  if (now.daemon.workers != next.daemon.workers) return "workers";
  if (now.daemon.worker_cpus != next.daemon.worker_cpus) return "worker-cpu";
  if (now.daemon.idle != next.daemon.idle) return "idle";
  if (now.daemon.hugepages != next.daemon.hugepages) return "hugepages";
  if (now.daemon.instruction_set != next.daemon.instruction_set) return "instruction-set";
  if (now.daemon.eal_arguments != next.daemon.eal_arguments) return "eal-argument";
  if (now.state != next.state) return "state";
  if (now.daemon.control.socket != next.daemon.control.socket) return "control-socket";
  if (now.daemon.control.group != next.daemon.control.group) return "control-group";
  if (now.daemon.control.read_group != next.daemon.control.read_group) return "control-read-group";
  const std::string key = side("ipv4", now.ipv4, next.ipv4);
  return key.empty() ? side("ipv6", now.ipv6, next.ipv6) : key;
}

}  // namespace softwire::controlplane
