// SPDX-License-Identifier: BSD-3-Clause
#include "tools/b4/device.h"

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace softwire::b4 {
namespace {

constexpr const char* kCloneDevice = "/dev/net/tun";

std::string reason(int error) {
  return std::generic_category().message(error);
}

Error cannot_make(const std::string& name, int error) {
  std::string text = name + ": cannot make the device: " + reason(error);
  if (error == EPERM) text += "; run as root";
  if (error == EBUSY || error == EINVAL) text += "; the name is in use: give another with --device";
  return Error{text};
}

// Sets the MTU of the device, reads its MAC address and brings it up.
std::optional<Error> set_up(ifreq request, unsigned mtu, bool is_tap, MacAddress& mac) {
  const std::string name = static_cast<const char*>(request.ifr_name);
  const FileDescriptor control(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const auto set = [&](unsigned long command) { return ioctl(control.get(), command, &request) == 0; };
  request.ifr_mtu = static_cast<int>(mtu);
  if (!set(SIOCSIFMTU)) {
    return Error{name + ": the MTU cannot be " + std::to_string(mtu) + ": " + reason(errno) +
                 "; give another with --mtu"};
  }
  if (is_tap) {
    if (!set(SIOCGIFHWADDR)) return Error{name + ": has no MAC address: " + reason(errno)};
    MacAddress::Octets octets{};
    std::memcpy(octets.data(), static_cast<const char*>(request.ifr_hwaddr.sa_data), octets.size());
    mac = MacAddress(octets);
  }
  if (!set(SIOCGIFFLAGS)) return Error{name + ": the device is gone: " + reason(errno)};
  request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
  if (!set(SIOCSIFFLAGS)) return Error{name + ": cannot be brought up: " + reason(errno)};
  return std::nullopt;
}

}  // namespace

Result<Device> Device::create(const std::string& name, DeviceMode mode, unsigned mtu) {
  FileDescriptor file(open(kCloneDevice, O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!file.is_open()) {
    return Error{std::string(kCloneDevice) + ": " + reason(errno) +
                 "; TUN devices need the kernel module tun, and root"};
  }
  ifreq request{};
  name.copy(static_cast<char*>(request.ifr_name), kMaxName);
  request.ifr_flags = static_cast<short>((mode == DeviceMode::kTap ? IFF_TAP : IFF_TUN) | IFF_NO_PI);
  if (ioctl(file.get(), TUNSETIFF, &request) != 0) return cannot_make(name, errno);
  Device device(std::move(file), name, mode);
  if (auto error = set_up(request, mtu, mode == DeviceMode::kTap, device.mac_)) return *error;
  return device;
}

Result<std::span<std::uint8_t>> Device::read(std::span<std::uint8_t> buffer) const {
  const ssize_t bytes = ::read(fd(), buffer.data(), buffer.size());
  if (bytes >= 0) return buffer.first(static_cast<std::size_t>(bytes));
  if (errno == EAGAIN || errno == EINTR) return std::span<std::uint8_t>();
  return Error{name_ + ": the device is gone: " + reason(errno) + "; start again"};
}

bool Device::write(std::span<const std::uint8_t> header, std::span<const std::uint8_t> rest) const {
  const auto part = [](std::span<const std::uint8_t> octets) {
    return iovec{const_cast<std::uint8_t*>(octets.data()), octets.size()};
  };
  const std::array<iovec, 2> parts{part(header), part(rest)};
  return writev(fd(), parts.data(), static_cast<int>(parts.size())) >= 0;
}

}  // namespace softwire::b4
