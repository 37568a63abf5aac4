// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/runtime/start_checks.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <tuple>

#include "controlplane/text/values.h"
#include "dataplane/ports/eal.h"
#include "dataplane/ports/kernel_interface.h"
#include "dataplane/ports/port.h"

namespace softwire::controlplane {

namespace {

Error wrong(const Config& config, const std::string& what) {
  return Error{(config.path.empty() ? "command line" : config.path) + ": " + what};
}

// Returns the name of a DPDK device: "net_af_packet0" of "net_af_packet0,iface=eth0".
std::string name_of(const std::string& port) {
  return port.substr(0, port.find(','));
}

bool is_interface(const std::string& name) {
  return dataplane::look_at_interface(name).index != 0;
}

// Returns whether a port is the bare name of an interface. An interface may have any name, also one that
// looks like a device of DPDK; a device of DPDK must not be taken for a missing interface.
bool is_bare_interface(const std::string& port) {
  return !port.empty() && port.find(',') == std::string::npos && !dataplane::is_pci_address(port) &&
         is_interface(port);
}

std::string device_of(const std::string& port, const std::string& of_other_side) {
  if (!is_bare_interface(port)) return port;
  for (unsigned number = 0;; ++number) {
    std::string name = "net_af_packet" + std::to_string(number);
    if (name != name_of(of_other_side)) return name.append(",iface=").append(port);
  }
}

Result<Done> check_interface(const Config& config, const std::string& key, const std::string& name) {
  const dataplane::KernelLink link = dataplane::look_at_interface(name);
  if (link.index == 0) {
    return wrong(config, key + ": there is no network interface " + in_quotes(name) +
                             "; make it before softwired starts, or give one that ip link lists");
  }
  if (!link.is_ethernet) {
    return wrong(config, key + ": the network interface " + in_quotes(name) +
                             " is not of Ethernet; give one for which ip link shows link/ether");
  }
  return Done{};
}

Result<Done> check_port(const Config& config, const std::string& key, const std::string& port) {
  if (port.empty()) return Done{};
  if (dataplane::is_pci_address(port)) {
    const auto exists = dataplane::check_pci_address(port);
    return exists ? exists : wrong(config, key + ": " + exists.error().text);
  }
  if (is_bare_interface(port)) return check_interface(config, key, port);
  const std::string name = name_of(port);
  if (!name.starts_with("net_") && !name.starts_with("eth_")) {
    return wrong(config,
                 key + ": " + in_quotes(port) +
                     " is neither a network interface of this machine (ip link lists them), nor a PCI "
                     "address such as 0000:01:00.0, nor a device of DPDK such as "
                     "net_af_packet0,iface=eth0");
  }
  const auto interface = dataplane::interface_of_driver(port);
  if (!interface) return Done{};
  if (interface->empty()) {
    return wrong(config, key + ": " + in_quotes(port) + " names no network interface; give " + name +
                             ",iface=NAME, with one that ip link lists");
  }
  return check_interface(config, key, *interface);
}

}  // namespace

void name_devices(Config& config) {
  const std::string ipv4 = config.ipv4.port.empty() ? config.ipv6.port : config.ipv4.port;
  const std::string ipv6 = config.ipv6.port.empty() ? config.ipv4.port : config.ipv6.port;
  config.ipv4.port = device_of(ipv4, config.on_a_stick ? "" : ipv6);
  config.ipv6.port = config.on_a_stick ? config.ipv4.port : device_of(ipv6, config.ipv4.port);
}

Result<Done> check_ports(const Config& config) {
  const SideConfig& ipv4 = config.ipv4;
  const SideConfig& ipv6 = config.ipv6;
  for (const auto& [side, other, key] :
       {std::tuple{&ipv4, &ipv6, "ipv4.port"}, std::tuple{&ipv6, &ipv4, "ipv6.port"}}) {
    if (side->port.empty() && !(config.on_a_stick && !other->port.empty())) {
      return wrong(config,
                   std::string(key) +
                       " is not set; give a network interface such as eth0, or a device of DPDK, such "
                       "as 0000:01:00.0 or net_af_packet0,iface=eth0");
    }
  }
  if (!config.on_a_stick && name_of(ipv4.port) == name_of(ipv6.port)) {
    return wrong(config, "ipv4.port and ipv6.port are both named " + name_of(ipv4.port) +
                             "; number them, such as net_af_packet0 and net_af_packet1");
  }
  if (auto checked = check_port(config, "ipv4.port", ipv4.port); !checked) return checked;
  return check_port(config, "ipv6.port", ipv6.port);
}

Result<std::vector<unsigned>> worker_processors(const Config& config) {
  const DaemonConfig& daemon = config.daemon;
  if (!daemon.worker_cpus.empty()) {
    const std::vector<unsigned> usable = dataplane::usable_cpus();
    for (const unsigned cpu : daemon.worker_cpus) {
      if (std::ranges::find(usable, cpu) != usable.end()) continue;
      return wrong(config, "worker-cpu " + std::to_string(cpu) +
                               " is not a processor that this process may run on; give one of " +
                               dataplane::to_cpu_list(usable) +
                               ", which are online and in the cpuset of its control group");
    }
    return daemon.worker_cpus;
  }
  const std::vector<unsigned> allowed = dataplane::allowed_cpus();
  if (daemon.workers > allowed.size()) {
    return wrong(config, "workers = " + std::to_string(daemon.workers) + ", but there are " +
                             std::to_string(allowed.size()) +
                             " processors; set fewer, or name each worker-cpu");
  }
  // The first one is left to the control thread, because the system does most of its own work there.
  return std::vector<unsigned>(allowed.end() - daemon.workers, allowed.end());
}

}  // namespace softwire::controlplane
