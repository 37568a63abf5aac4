// SPDX-License-Identifier: BSD-3-Clause
// The kernel's network interfaces, for devices whose driver does not tell the state of the link.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace softwire::dataplane {

// Returns the name of the interface that carries the frames of a virtual device, such as "eth0" for
// "net_af_packet0,iface=eth0". Returns "" if there is none, or the driver itself tells the state of the link.
[[nodiscard]] std::string kernel_interface(const std::string& device);

// Returns the name of an interface that must exist before the device is created: that of net_af_packet and
// net_af_xdp. Returns "" if the device must name one and does not, and nullopt if it needs none.
[[nodiscard]] std::optional<std::string> interface_of_driver(const std::string& device);

struct KernelLink {
  unsigned index = 0;          // of the interface; 0: there is none of this name
  bool is_ethernet = false;    // its frames are of Ethernet
  bool is_enabled = false;     // ip link set dev ... up
  bool has_carrier = false;    // the interface can carry frames
  unsigned mtu = 0;            // octets of an IP packet
  std::uint32_t megabits = 0;  // 0xffffffff: unknown
};

// Returns the state of the interface now, in the network namespace of the process.
[[nodiscard]] KernelLink look_at_interface(const std::string& name);

}  // namespace softwire::dataplane
