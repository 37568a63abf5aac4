// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/ports/kernel_interface.h"

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace softwire::dataplane {

namespace {

// Drivers that send and receive through an interface of the kernel. Only net_tap makes its interface itself.
struct Driver {
  std::string_view name;
  std::string_view interface;  // if the device does not name one
};
constexpr std::array kDrivers = {Driver{"net_af_packet", ""}, Driver{"net_af_xdp", ""},
                                 Driver{"net_tap", "dtap"}};

ifreq request_for(const std::string& name) {
  ifreq request{};
  std::copy_n(name.begin(), std::min(name.size(), sizeof(request.ifr_name) - 1),
              std::begin(request.ifr_name));
  return request;
}

std::uint32_t megabits_of(int socket, const std::string& name) {
  constexpr std::uint32_t kUnknown = 0xffffffff;
  ethtool_cmd command{};
  command.cmd = ETHTOOL_GSET;
  ifreq request = request_for(name);
  request.ifr_data = reinterpret_cast<char*>(&command);
  return ioctl(socket, SIOCETHTOOL, &request) == 0 ? ethtool_cmd_speed(&command) : kUnknown;
}

}  // namespace

std::string kernel_interface(const std::string& device) {
  const auto driver =
      std::ranges::find_if(kDrivers, [&device](const Driver& one) { return device.starts_with(one.name); });
  if (driver == kDrivers.end()) return {};
  constexpr std::string_view kKey = ",iface=";
  if (const std::size_t at = device.find(kKey); at != std::string::npos) {
    const std::size_t start = at + kKey.size();
    return device.substr(start, device.find(',', start) - start);
  }
  if (driver->interface.empty()) return {};
  // net_tap3 has the interface dtap3; net_tap has dtap0.
  const std::string number = device.substr(driver->name.size(), device.find(',') - driver->name.size());
  return std::string(driver->interface) + (number.empty() ? "0" : number);
}

std::optional<std::string> interface_of_driver(const std::string& device) {
  const auto driver =
      std::ranges::find_if(kDrivers, [&device](const Driver& one) { return device.starts_with(one.name); });
  if (driver == kDrivers.end() || !driver->interface.empty()) return std::nullopt;
  return kernel_interface(device);
}

KernelLink look_at_interface(const std::string& name) {
  KernelLink link;
  const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return link;
  ifreq request = request_for(name);
  if (ioctl(socket, SIOCGIFINDEX, &request) == 0) {
    link.index = static_cast<unsigned>(request.ifr_ifindex);
    if (ioctl(socket, SIOCGIFFLAGS, &request) == 0) {
      link.is_enabled = (request.ifr_flags & IFF_UP) != 0;
      link.has_carrier = (request.ifr_flags & IFF_RUNNING) != 0;
    }
    if (ioctl(socket, SIOCGIFHWADDR, &request) == 0) {
      link.is_ethernet = request.ifr_hwaddr.sa_family == ARPHRD_ETHER;
    }
    if (ioctl(socket, SIOCGIFMTU, &request) == 0) link.mtu = static_cast<unsigned>(request.ifr_mtu);
    link.megabits = megabits_of(socket, name);
  }
  close(socket);
  return link;
}

}  // namespace softwire::dataplane
