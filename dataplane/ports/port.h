// SPDX-License-Identifier: BSD-3-Clause
// A DPDK port of the hub, with one receive and one transmit queue for each worker.
#pragma once

#include <rte_mempool.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "dataplane/counters/port_counters.h"
#include "dataplane/ports/device.h"
#include "dataplane/ports/port_gate.h"
#include "dataplane/ports/queue_plan.h"
#include "softwire/address.h"
#include "softwire/result.h"

struct rte_eth_dev_info;

namespace softwire::dataplane {

class SharedQueues;

struct PortOptions {
  // A virtual device with its arguments, "net_af_packet0,iface=eth0", or the PCI address of a network card.
  std::string device;
  std::uint16_t mtu = 1500;  // octets of an IP packet
  MacAddress mac;            // not set: the port keeps its own
  MacAddress second_mac{};   // also receives frames for this one; not set: none
  unsigned workers = 1;
  bool ipv4 = true;                        // the port receives IPv4 packets
  bool ipv6 = true;                        // the port receives IPv6 packets
  std::uint16_t receive_descriptors = 0;   // of each queue; 0: by the speed of the card
  std::uint16_t transmit_descriptors = 0;  // the same
  WantedSpread spread = WantedSpread::kAuto;
  // If workers share the queues: the worker that takes the frames, and a number that is hard to guess.
  unsigned owner = 0;
  std::uint64_t seed = 0;
};

// The queues of one worker at a port.
struct PortQueue {
  PortGate* gate = nullptr;
  std::uint16_t receive = 0;       // number of the receive queue; of the owner's when `shared` is set
  std::uint16_t transmit = 0;      // number of the transmit queue
  std::uint16_t descriptors = 0;   // frames that fit in the receive queue
  SharedQueues* shared = nullptr;  // not null: the workers share the receive queue
};

// Why a link is down.
enum class LinkFault : std::uint8_t {
  kNone,       // the link is up
  kNoCarrier,  // no cable, or the other end is down
  kDisabled,   // the interface was set down
  kGone,       // the device does not exist any more
};
// Returns a text such as "has no carrier", or "" for kNone.
[[nodiscard]] std::string_view to_text(LinkFault fault);

struct LinkState {
  bool up = false;
  LinkFault fault = LinkFault::kNoCarrier;
  std::uint32_t megabits = 0;  // 0xffffffff: unknown
  friend bool operator==(const LinkState&, const LinkState&) = default;
};

// DPDK's number of an open device, or PortGate::kClosed, which a move leaves behind.
class DeviceNumber {
 public:
  DeviceNumber() = default;
  DeviceNumber(DeviceNumber&& other) noexcept : number_(std::exchange(other.number_, PortGate::kClosed)) {}
  DeviceNumber(const DeviceNumber&) = delete;
  DeviceNumber& operator=(const DeviceNumber&) = delete;
  DeviceNumber& operator=(DeviceNumber&&) = delete;
  ~DeviceNumber() = default;
  DeviceNumber& operator=(std::uint16_t number) {
    number_ = number;
    return *this;
  }
  operator std::uint16_t() const { return number_; }  // NOLINT(google-explicit-constructor): it is the number

 private:
  std::uint16_t number_ = PortGate::kClosed;
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

  // The queue is valid as long as the port exists, also while it is closed.
  [[nodiscard]] PortQueue queue(unsigned worker) const;
  [[nodiscard]] const MacAddress& mac() const { return mac_; }
  // Receives frames for these groups from now on, besides broadcast. Frames for other groups are received
  // only when the port has no such filter.
  [[nodiscard]] Result<Done> listen_to(const std::vector<MacAddress>& groups);
  // Returns whether the port is promiscuous, because it cannot set another MAC address or a multicast filter.
  [[nodiscard]] bool is_promiscuous() const { return promiscuous_; }
  // Returns how received frames reach the workers.
  [[nodiscard]] Spread spread() const { return plan_->spread; }
  // Returns the state of the link now, and tells it the workers: they drop what they send into a link that is
  // down. Call it several times a second, on the thread that called start().
  [[nodiscard]] LinkState link() const;
  // Returns the counters since start(). They do not run backwards when the device is opened again.
  [[nodiscard]] PortCounters counters() const;
  // Returns the statistics of the driver by the driver's names, since the device was opened. Empty while it
  // is closed.
  [[nodiscard]] std::vector<std::pair<std::string, std::uint64_t>> driver_statistics() const;

  // Closes the device if its interface was deleted, and opens it again when an interface of this name
  // exists. Does a part of the work at each call, because the workers must first leave the device: call it
  // several times a second, on the thread that called start(). Returns the error of an attempt to open.
  enum class Tended : std::uint8_t { kNothing, kClosed, kOpened };
  [[nodiscard]] Result<Tended> tend();

 private:
  EthernetPort(PortOptions options, rte_mempool& pool);
  // Returns nullopt when the driver cannot tell.
  [[nodiscard]] std::optional<LinkState> look_at_link() const;
  [[nodiscard]] Result<Done> open();
  void close();
  [[nodiscard]] Result<Done> configure();
  [[nodiscard]] Result<Done> check_mtu(const rte_eth_dev_info& info) const;
  [[nodiscard]] Result<Done> set_mtu();
  [[nodiscard]] Result<Done> plan(const rte_eth_dev_info& info);
  [[nodiscard]] Result<Done> share_queues();
  [[nodiscard]] Result<Done> configure_device(const rte_eth_dev_info& info);
  [[nodiscard]] Result<Done> set_up_queues(std::uint32_t speeds);
  [[nodiscard]] Result<Done> set_mac(const MacAddress& mac);
  [[nodiscard]] Result<Done> add_mac(const MacAddress& mac);
  [[nodiscard]] Result<Done> set_groups();
  [[nodiscard]] Result<Done> take_all();

  PortOptions options_;
  rte_mempool* pool_;
  std::string interface_;  // of the kernel; "": the driver tells the state of the link
  unsigned interface_index_ = 0;
  DeviceNumber id_;
  std::unique_ptr<PortGate> gate_;
  std::optional<QueuePlan> plan_;          // does not change when the device is opened again
  std::unique_ptr<SharedQueues> shared_;   // with Spread::kWorkers
  bool receives_all_frames_ = false;       // the driver has no filter to set
  std::uint16_t receive_descriptors_ = 0;  // of each queue, as the driver has them
  bool promiscuous_ = false;
  MacAddress mac_;
  std::vector<MacAddress> groups_;
  PortCounters before_;  // of the device before it was opened again
};

// Returns how many packet buffers the rings of a port hold at most: those of the device, and those between
// the workers. worker_buffers(): what `workers` workers hold besides, without those that wait in the engines.
[[nodiscard]] unsigned port_buffers(const PortOptions& options);
[[nodiscard]] unsigned worker_buffers(unsigned workers);

}  // namespace softwire::dataplane
