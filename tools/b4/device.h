// SPDX-License-Identifier: BSD-3-Clause
// The TUN or TAP device that represents the softwire in this network namespace.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "softwire/address.h"
#include "softwire/result.h"
#include "tools/b4/file_descriptor.h"

namespace softwire::b4 {

enum class DeviceMode : std::uint8_t {
  kTun,  // IP packets
  kTap,  // Ethernet frames, for clients that want an Ethernet interface
};

class Device {
 public:
  static constexpr std::size_t kMaxName = 15;
  static constexpr unsigned kMinMtu = 68;     // RFC 791 section 3.2
  static constexpr unsigned kMaxMtu = 65521;  // the kernel's limit for a TAP device

  // Makes the device, sets its MTU (octets of the IPv4 packet), and brings it up. The destructor removes it.
  // An error names the device and the remedy.
  static Result<Device> create(const std::string& name, DeviceMode mode, unsigned mtu);

  [[nodiscard]] int fd() const { return file_.get(); }
  [[nodiscard]] DeviceMode mode() const { return mode_; }
  [[nodiscard]] const MacAddress& mac() const { return mac_; }  // of a TAP device, as the kernel made it

  // Reads the next packet or frame that the kernel has sent. The result is in `buffer`; it is empty when
  // nothing waits. Returns an error when the device is gone.
  [[nodiscard]] Result<std::span<std::uint8_t>> read(std::span<std::uint8_t> buffer) const;
  // Sends a packet or frame to the kernel, in two parts; the first may be empty. Returns false when the
  // kernel does not accept it, because the device is down.
  [[nodiscard]] bool write(std::span<const std::uint8_t> header, std::span<const std::uint8_t> rest) const;

 private:
  Device(FileDescriptor file, std::string name, DeviceMode mode)
      : file_(std::move(file)), name_(std::move(name)), mode_(mode) {}

  FileDescriptor file_;
  std::string name_;
  DeviceMode mode_;
  MacAddress mac_;
};

}  // namespace softwire::b4
