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
#include "dataplane/ports/port_gate.h"
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
  PortGate* gate = nullptr;
  std::uint16_t queue = 0;
  bool takes_segments = false;  // the port can send frames in several buffers
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
  [[nodiscard]] PortQueue queue(unsigned worker) const {
    return {gate_.get(), static_cast<std::uint16_t>(worker), takes_segments_};
  }
  [[nodiscard]] const MacAddress& mac() const { return mac_; }
  // Receives frames for these groups from now on, besides broadcast. Frames for other groups are received
  // only when the port has no such filter.
  [[nodiscard]] Result<Done> listen_to(const std::vector<MacAddress>& groups);
  // Returns whether the port is promiscuous, because it cannot set another MAC address or a multicast filter.
  [[nodiscard]] bool is_promiscuous() const { return promiscuous_; }
  // Returns the state of the link now, and tells it the workers: they drop what they send into a link that is
  // down. Call it several times a second, on the thread that called start().
  [[nodiscard]] LinkState link() const;
  // Returns the counters since start(). They do not run backwards when the device is opened again.
  [[nodiscard]] PortCounters counters() const;

  // Closes the device if its interface was deleted, and opens it again when an interface of this name
  // exists. Does a part of the work at each call, because the workers must first leave the device: call it
  // several times a second, on the thread that called start(). Returns the error of an attempt to open.
  enum class Tended : std::uint8_t { kNothing, kClosed, kOpened };
  [[nodiscard]] Result<Tended> tend();

 private:
  EthernetPort(PortOptions options, rte_mempool& pool) : options_(std::move(options)), pool_(&pool) {}
  // Returns nullopt when the driver cannot tell.
  [[nodiscard]] std::optional<LinkState> look_at_link() const;
  [[nodiscard]] Result<Done> open();
  void close();
  [[nodiscard]] Result<Done> configure();
  [[nodiscard]] Result<Done> set_mac(const MacAddress& mac);
  [[nodiscard]] Result<Done> set_groups();
  [[nodiscard]] Result<Done> take_all();

  PortOptions options_;
  rte_mempool* pool_;
  std::string interface_;  // of the kernel; "": the driver tells the state of the link
  unsigned interface_index_ = 0;
  std::uint16_t id_ = PortGate::kClosed;
  std::unique_ptr<PortGate> gate_;
  bool takes_segments_ = false;
  bool promiscuous_ = false;
  MacAddress mac_;
  std::vector<MacAddress> groups_;
  PortCounters before_;  // of the device before it was opened again
};

// Returns whether `device` is the PCI address of a network card.
[[nodiscard]] bool is_pci_address(const std::string& device);

// Checks that the card exists, which can be seen before it is opened. The error names it and the remedy.
[[nodiscard]] Result<Done> check_pci_address(const std::string& device);

// Returns the octets of the longest frame that a port of this device may receive, without frame check
// sequence.
[[nodiscard]] unsigned longest_frame(const std::string& device, unsigned mtu);

// Returns how many packet buffers `workers` workers and the rings of `ports` ports hold at most, besides
// those that wait in the engines.
[[nodiscard]] unsigned port_buffers(unsigned ports, unsigned workers);

}  // namespace softwire::dataplane
