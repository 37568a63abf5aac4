// SPDX-License-Identifier: BSD-3-Clause
// Carries packets between the device and the softwire. It changes only the type of service of received
// packets. The kernel forwards the packets into and out of the device, so the kernel decrements the time to
// live, translates to the subscriber's address and ports, and checks them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "softwire/address.h"
#include "softwire/result.h"
#include "tools/b4/device.h"
#include "tools/b4/softwire_socket.h"

namespace softwire::b4 {

// The outcome of a packet, or of a frame of a TAP device.
enum class Fate : std::uint8_t {
  kSent,         // from the device into the softwire
  kReceived,     // from the softwire to the device
  kArpAnswered,  // TAP
  kArpLeft,      // TAP: a probe, an announcement, or a frame that needs no answer
  kDropNotIpv4,  // from the device: IPv6 of the kernel itself, or damaged
  kDropSend,     // the kernel did not accept it: no route, or the queue is full
  kDropForeign,  // from the softwire: not from the BR
  kDropNoIpv4,   // from the softwire: it contains no IPv4 packet
  kDropEcn,      // from the softwire: congestion that the inner packet cannot show (RFC 6040 section 4.2)
  kDropDevice,   // from the softwire: the device is down
  kIcmpv6Error,  // about a packet that was sent
};

class Forwarder {
 public:
  // All arguments must outlive the forwarder.
  Forwarder(const Device& device, const SoftwireSocket& softwire, const Ipv6Address& br)
      : device_(device), softwire_(softwire), br_(br), station_(device.mac()) {}

  // Runs until `stop`, a file descriptor, is readable. Returns an error when the device is gone.
  Result<Done> run(int stop);

  // Returns a line for each Fate, in that order: a name, a space and the count.
  [[nodiscard]] std::string counters() const;

 private:
  Result<Done> from_device();
  void from_softwire();
  Fate send(std::span<std::uint8_t> octets);
  Fate send_frame(std::span<std::uint8_t> frame);
  Fate take(const SoftwireSocket::Received& received);
  void count(Fate fate, unsigned times = 1) { counts_[static_cast<std::size_t>(fate)] += times; }

  static constexpr std::size_t kFates = static_cast<std::size_t>(Fate::kIcmpv6Error) + 1;

  const Device& device_;
  const SoftwireSocket& softwire_;
  Ipv6Address br_;
  MacAddress station_;  // TAP: the kernel's MAC address, as it was last seen
  std::array<std::uint64_t, kFates> counts_{};
  std::vector<std::uint8_t> buffer_ = std::vector<std::uint8_t>(std::size_t{1} << 16);
};

}  // namespace softwire::b4
