// SPDX-License-Identifier: BSD-3-Clause
// The devices that a port can be: how they are named, found and made, and what their drivers need or cannot
// do without saying so. For the thread that opens ports.
#pragma once

#include <cstdint>
#include <string>

#include "softwire/result.h"

struct rte_eth_dev_info;

namespace softwire::dataplane {

// Returns whether `device` is the PCI address of a network card.
[[nodiscard]] bool is_pci_address(const std::string& device);

// Checks that the card exists, which can be seen before it is opened. The error names it and the remedy.
[[nodiscard]] Result<Done> check_pci_address(const std::string& device);

// Returns DPDK's number of the device. A virtual one is made if it does not exist; then it has `queues`
// queues unless its arguments say how many. An error names the device and the remedy.
[[nodiscard]] Result<std::uint16_t> find_device(const std::string& device, unsigned queues);

// Returns the octets that a buffer needs for the longest frame that a port of this device may receive:
// without frame check sequence, with the header that some drivers put before it.
[[nodiscard]] unsigned longest_frame(const std::string& device, unsigned mtu);

// Returns the longest IP packet in octets that the device carries, by what its driver reports.
[[nodiscard]] unsigned longest_packet(const rte_eth_dev_info& info);

// Returns the descriptors of a queue, in each direction, unless the configuration gives them. `speeds`: those
// that the card can have, RTE_ETH_LINK_SPEED_*. A virtual device may claim any speed.
[[nodiscard]] std::uint16_t default_descriptors(const std::string& device, std::uint32_t speeds);

// Returns for how many descriptors of a queue there must be buffers. `wanted`: by the configuration, or 0.
// The speed of a card is not known before it is opened.
[[nodiscard]] std::uint16_t most_descriptors(std::uint16_t wanted, const std::string& device);

// Returns whether the kernel spreads frames over the queues of this device. It hashes addresses, and ports of
// packets that are not fragments.
[[nodiscard]] bool kernel_spreads(const std::string& device);

// Returns whether the driver is net_af_packet. It reports frames of at most 1518 octets, but sends and
// receives longer ones too.
[[nodiscard]] bool is_af_packet(const std::string& device);

// Returns whether the device makes its interface in the kernel itself.
[[nodiscard]] bool makes_its_interface(const std::string& device);

// Returns whether the MTU of the device is ours to set: not that of an interface with other users.
[[nodiscard]] bool has_own_mtu(const std::string& device);

// Returns whether the other end fills as many receive queues as there are queues in either direction, because
// queues are opened in pairs (Virtual I/O Device specification 1.1 section 5.1.6.5.5).
[[nodiscard]] bool opens_queues_in_pairs(const rte_eth_dev_info& info);

// Returns whether the driver hands over every frame that the other end sends, and so has nothing to set. A
// virtio device can only filter if it has a control queue. ena and gve receive what the network of the cloud
// sends them.
[[nodiscard]] bool receives_all_frames(const rte_eth_dev_info& info);

}  // namespace softwire::dataplane
