// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/ports/device.h"

#include <rte_dev.h>
#include <rte_ethdev.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <filesystem>
#include <limits>
#include <string_view>
#include <system_error>

#include "softwire/wire.h"

namespace softwire::dataplane {

namespace {

constexpr std::uint16_t kLeastDescriptors = 1024;
constexpr std::uint16_t kMostDescriptors = 4096;
constexpr const char* kAfPacket = "net_af_packet";
constexpr const char* kAfXdp = "net_af_xdp";
constexpr const char* kTap = "net_tap";

// Octets of a ring slot of net_af_packet, with the kernel's header. The driver lets the kernel reassemble
// IPv4 fragments, so frames can be longer than any MTU. Two slots are a whole number of pages.
constexpr unsigned kAfPacketSlot = 10240;

// Octets of the header that virtio puts before a frame in its buffer (Virtual I/O Device specification 1.1
// section 5.1.6).
constexpr unsigned kVirtioHeader = 12;

bool has_argument(const std::string& device, const std::string& name) {
  return device.find("," + name + "=") != std::string::npos;
}

bool is_driver(std::string_view device, std::string_view driver) {
  return device.starts_with(driver);
}

// Returns whether the device has one of these drivers.
template <std::size_t kCount>
bool has_driver(const rte_eth_dev_info& info, const std::array<std::string_view, kCount>& drivers) {
  if (info.driver_name == nullptr) return false;
  const std::string_view driver = info.driver_name;
  return std::ranges::any_of(drivers, [driver](std::string_view one) { return is_driver(driver, one); });
}

// Returns the device with the driver arguments that the driver needs and the user did not give.
std::string with_defaults(std::string device, unsigned queues) {
  if (is_driver(device, kAfPacket)) {
    if (!has_argument(device, "qpairs")) device += ",qpairs=" + std::to_string(queues);
    if (!has_argument(device, "framesz")) {
      device += ",framesz=" + std::to_string(kAfPacketSlot) + ",blocksz=" + std::to_string(2 * kAfPacketSlot);
    }
  } else if (is_driver(device, kAfXdp) && !has_argument(device, "queue_count")) {
    device += ",queue_count=" + std::to_string(queues);
  }
  return device;
}

std::string name_of(const std::string& device) {
  return device.substr(0, device.find(','));
}

// Returns the PCI address in the form that DPDK uses for port names: with its domain, in lower case.
std::string full_pci_address(std::string name) {
  for (char& letter : name) letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  return std::ranges::count(name, ':') == 1 ? "0000:" + name : name;
}

Error no_card(const std::string& address) {
  return Error{address +
               ": no network card that DPDK can use has this PCI address; bind it to vfio-pci with "
               "dpdk-devbind.py, or correct the address"};
}

}  // namespace

bool is_pci_address(const std::string& device) {
  const std::string name = name_of(device);
  return !name.empty() && std::isxdigit(static_cast<unsigned char>(name.front())) != 0 &&
         name.find(':') != std::string::npos;
}

Result<Done> check_pci_address(const std::string& device) {
  const std::string name = name_of(device);
  std::error_code error;
  if (std::filesystem::exists("/sys/bus/pci/devices/" + full_pci_address(name), error)) return Done{};
  return no_card(name);
}

Result<std::uint16_t> find_device(const std::string& device, unsigned queues) {
  const std::string name = name_of(device);
  std::uint16_t id = 0;
  if (is_pci_address(device)) {
    if (rte_eth_dev_get_port_by_name(full_pci_address(name).c_str(), &id) == 0) return id;
    return no_card(name);
  }
  // Such as one that an eal-argument --vdev has made.
  if (rte_eth_dev_get_port_by_name(name.c_str(), &id) == 0) return id;
  if (const int status = rte_dev_probe(with_defaults(device, queues).c_str()); status != 0) {
    return Error{
        device +
        ": cannot create the device; check the driver name, and that the interface exists and is up: " +
        std::strerror(-status)};
  }
  if (rte_eth_dev_get_port_by_name(name.c_str(), &id) == 0) return id;
  return Error{device + ": the driver created no port of this name"};
}

unsigned longest_frame(const std::string& device, unsigned mtu) {
  const auto frame = static_cast<unsigned>(mtu + sizeof(EthernetHeader) + sizeof(VlanTag) + kVirtioHeader);
  return is_driver(device, kAfPacket) ? std::max(frame, kAfPacketSlot) : frame;
}

unsigned longest_packet(const rte_eth_dev_info& info) {
  constexpr unsigned kAny = std::numeric_limits<std::uint16_t>::max();
  if (info.max_mtu != 0 && info.max_mtu != kAny) return info.max_mtu;
  // Such a driver reports only the longest frame, with its frame check sequence.
  constexpr unsigned kAround = RTE_ETHER_HDR_LEN + RTE_ETHER_CRC_LEN;
  return info.max_rx_pktlen > kAround ? std::min(info.max_rx_pktlen - kAround, kAny) : kAny;
}

std::uint16_t default_descriptors(const std::string& device, std::uint32_t speeds) {
  constexpr std::uint32_t kFrom50G =
      RTE_ETH_LINK_SPEED_50G | RTE_ETH_LINK_SPEED_56G | RTE_ETH_LINK_SPEED_100G | RTE_ETH_LINK_SPEED_200G;
  constexpr std::uint32_t kFrom10G =
      RTE_ETH_LINK_SPEED_10G | RTE_ETH_LINK_SPEED_20G | RTE_ETH_LINK_SPEED_25G | RTE_ETH_LINK_SPEED_40G;
  if (!is_pci_address(device)) return kLeastDescriptors;
  if ((speeds & kFrom50G) != 0) return kMostDescriptors;
  return (speeds & kFrom10G) != 0 ? 2 * kLeastDescriptors : kLeastDescriptors;
}

std::uint16_t most_descriptors(std::uint16_t wanted, const std::string& device) {
  if (wanted != 0) return wanted;
  return is_pci_address(device) ? kMostDescriptors : kLeastDescriptors;
}

bool kernel_spreads(const std::string& device) {
  return is_driver(device, kAfPacket) || is_driver(device, kAfXdp) || is_driver(device, kTap);
}

bool is_af_packet(const std::string& device) {
  return is_driver(device, kAfPacket);
}

bool makes_its_interface(const std::string& device) {
  return is_driver(device, kTap);
}

bool has_own_mtu(const std::string& device) {
  return !is_driver(device, kAfPacket) && !is_driver(device, kAfXdp);
}

bool opens_queues_in_pairs(const rte_eth_dev_info& info) {
  return has_driver<2>(info, {"net_virtio", "net_vhost"});
}

bool receives_all_frames(const rte_eth_dev_info& info) {
  return has_driver<5>(info, {"net_virtio", "net_vhost", "net_memif", "net_ena", "net_gve"});
}

}  // namespace softwire::dataplane
