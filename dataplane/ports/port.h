// SPDX-License-Identifier: BSD-3-Clause
// A DPDK port of the hub, with one receive and one transmit queue for each worker.
#pragma once

#include <rte_mempool.h>

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "dataplane/counters/port_counters.h"
#include "softwire/address.h"
#include "softwire/result.h"

namespace softwire::dataplane {

struct PortOptions {
  // A virtual device with its arguments, "net_af_packet0,iface=eth0", or the PCI address of a network card.
  std::string device;
  std::uint16_t mtu = 1500;  // octets of an IP packet
  MacAddress mac;            // not set: the port keeps its own
  unsigned workers = 1;
};

// The queues of one worker at a port.
struct PortQueue {
  std::uint16_t port = 0;
  std::uint16_t queue = 0;
  bool takes_segments = false;  // the port can send frames in several buffers
};

struct LinkState {
  bool up = false;
  std::uint32_t megabits = 0;  // 0xffffffff: unknown
  friend bool operator==(const LinkState&, const LinkState&) = default;
};

class EthernetPort {
 public:
  // Finds or creates the device and starts it. Requires: the EAL has started. `pool`: buffers for received
  // frames. An error names the device and the remedy.
  static Result<EthernetPort> start(const PortOptions& options, rte_mempool& pool);
  EthernetPort(EthernetPort&& other) noexcept;
  EthernetPort(const EthernetPort&) = delete;
  EthernetPort& operator=(const EthernetPort&) = delete;
  EthernetPort& operator=(EthernetPort&&) = delete;
  ~EthernetPort();

  [[nodiscard]] PortQueue queue(unsigned worker) const {
    return {id_, static_cast<std::uint16_t>(worker), takes_segments_};
  }
  [[nodiscard]] const MacAddress& mac() const { return mac_; }
  // Receives frames for these groups from now on, besides broadcast. Frames for other groups are received
  // only when the port has no such filter.
  [[nodiscard]] Result<Done> listen_to(const std::vector<MacAddress>& groups);
  // Returns whether the port is promiscuous, because it cannot set another MAC address or a multicast filter.
  [[nodiscard]] bool is_promiscuous() const { return promiscuous_; }
  [[nodiscard]] LinkState link() const;
  [[nodiscard]] PortCounters counters() const;

 private:
  EthernetPort(std::uint16_t id, std::string name) : id_(id), name_(std::move(name)) {}
  [[nodiscard]] Result<Done> configure(const PortOptions& options, rte_mempool& pool);
  [[nodiscard]] Result<Done> set_mac(const MacAddress& mac);
  [[nodiscard]] Result<Done> take_all();

  std::uint16_t id_;
  std::string name_;  // from the user
  bool takes_segments_ = false;
  bool promiscuous_ = false;
  MacAddress mac_;
  bool owns_device_ = true;  // false after a move
};

// Returns whether `device` is the PCI address of a network card.
[[nodiscard]] bool is_pci_address(const std::string& device);

// Returns the octets of the longest frame that a port of this device may receive, without frame check
// sequence.
[[nodiscard]] unsigned longest_frame(const std::string& device, unsigned mtu);

// Returns how many packet buffers `workers` workers and the rings of `ports` ports hold at most, besides
// those that wait in the engines.
[[nodiscard]] unsigned port_buffers(unsigned ports, unsigned workers);

}  // namespace softwire::dataplane
