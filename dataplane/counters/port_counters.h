// SPDX-License-Identifier: BSD-3-Clause
// Frames that are lost at a port: before the engine receives them, or after it has sent them.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "softwire/binding.h"

namespace softwire::dataplane {

// Frames that the engine sent but the port did not accept, and frames that did not reach the engine, by
// reason. The worker counts them.
struct PortDrops {
  struct Reasons {
    std::uint64_t ring_full = 0;  // the port does not keep up
    // The port cannot send a frame in several buffers, and the frame does not fit in one.
    std::uint64_t not_in_one = 0;
    std::uint64_t no_device = 0;  // the device was deleted
    std::uint64_t link_down = 0;
    // Received by the worker that takes all frames of the port; the worker that they belong to had no room.
    std::uint64_t worker_full = 0;

    Reasons& operator+=(const Reasons& other) {
      ring_full += other.ring_full;
      not_in_one += other.not_in_one;
      no_device += other.no_device;
      link_down += other.link_down;
      worker_full += other.worker_full;
      return *this;
    }
  };
  std::array<Reasons, 2> sides{};  // by Side

  [[nodiscard]] const Reasons& side(Side which) const { return sides[static_cast<std::size_t>(which)]; }
  [[nodiscard]] Reasons& side(Side which) { return sides[static_cast<std::size_t>(which)]; }
};

// The port itself counts these.
struct PortCounters {
  std::uint64_t received_packets = 0;
  std::uint64_t received_bytes = 0;
  std::uint64_t sent_packets = 0;
  std::uint64_t sent_bytes = 0;
  std::uint64_t missed = 0;           // the receive ring was full: the workers do not keep up
  std::uint64_t receive_errors = 0;   // frames received damaged
  std::uint64_t no_buffer = 0;        // the pool was empty
  std::uint64_t transmit_errors = 0;  // accepted but not sent

  PortCounters& operator+=(const PortCounters& other) {
    received_packets += other.received_packets;
    received_bytes += other.received_bytes;
    sent_packets += other.sent_packets;
    sent_bytes += other.sent_bytes;
    missed += other.missed;
    receive_errors += other.receive_errors;
    no_buffer += other.no_buffer;
    transmit_errors += other.transmit_errors;
    return *this;
  }
};

// Names and help texts of the port counters. The prefix "port-ipv4-" or "port-ipv6-" is added to the name.
struct PortCounterInfo {
  std::string_view name;
  std::string_view help;
};
inline constexpr std::array kPortCounterInfos{
    PortCounterInfo{"receive-missed",
                    "frames lost because the receive ring was full: the workers do not keep up"},
    PortCounterInfo{"receive-errors", "frames received damaged"},
    PortCounterInfo{"receive-no-buffer", "frames lost because no packet buffer was free"},
    PortCounterInfo{"transmit-errors", "frames that the port accepted but did not send"},
    PortCounterInfo{"transmit-ring-full",
                    "frames dropped because the transmit ring was full: the port does not keep up"},
    PortCounterInfo{"transmit-not-in-one-buffer",
                    "frames dropped because they lie in several buffers, which the port cannot send, and do "
                    "not fit in one"},
    PortCounterInfo{"transmit-no-device", "frames dropped because the device was deleted"},
    PortCounterInfo{"transmit-link-down", "frames dropped because the link is down"},
    PortCounterInfo{
        "receive-worker-full",
        "frames dropped because the worker that processes them, to which another hands them over, does "
        "not keep up"},
};

// Returns the values in the order of kPortCounterInfos.
[[nodiscard]] inline std::array<std::uint64_t, kPortCounterInfos.size()> values_of(
    const PortCounters& port, const PortDrops::Reasons& drops) {
  return {port.missed,      port.receive_errors, port.no_buffer,  port.transmit_errors, drops.ring_full,
          drops.not_in_one, drops.no_device,     drops.link_down, drops.worker_full};
}

}  // namespace softwire::dataplane
