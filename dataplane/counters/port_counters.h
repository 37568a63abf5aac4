// SPDX-License-Identifier: BSD-3-Clause
// What is lost at a port, after the engine has sent it or before it has seen it.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "softwire/binding.h"

namespace softwire::dataplane {

// Frames that the engine sent and a port did not take, by reason. Counted by the worker.
struct PortDrops {
  struct Reasons {
    std::uint64_t ring_full = 0;  // the port does not keep up
    std::uint64_t not_in_one =
        0;  // the port takes no frames in several buffers, and the frame does not fit one
  };
  std::array<Reasons, 2> sides{};  // by Side

  [[nodiscard]] const Reasons& side(Side which) const { return sides[static_cast<std::size_t>(which)]; }
  [[nodiscard]] Reasons& side(Side which) { return sides[static_cast<std::size_t>(which)]; }
};

// Counted by the port itself.
struct PortCounters {
  std::uint64_t received_packets = 0;
  std::uint64_t received_bytes = 0;
  std::uint64_t sent_packets = 0;
  std::uint64_t sent_bytes = 0;
  std::uint64_t missed = 0;           // came in, but the receive ring was full: the workers do not keep up
  std::uint64_t receive_errors = 0;   // damaged
  std::uint64_t no_buffer = 0;        // came in, but the pool was empty
  std::uint64_t transmit_errors = 0;  // taken, and not sent
};

// Names and meanings of what softwired counts of each port, beside the outcomes: "port-ipv4-" or "port-ipv6-"
// comes in front of the name.
struct PortCounterInfo {
  std::string_view name;
  std::string_view help;
};
inline constexpr std::array kPortCounterInfos{
    PortCounterInfo{"receive-missed", "came in while the receive ring was full: the workers do not keep up"},
    PortCounterInfo{"receive-errors", "came in damaged"},
    PortCounterInfo{"receive-no-buffer", "came in while no packet buffer was free"},
    PortCounterInfo{"transmit-errors", "taken by the port, and not sent"},
    PortCounterInfo{"transmit-ring-full", "sent by the engine, but the port did not keep up"},
    PortCounterInfo{
        "transmit-not-in-one-buffer",
        "sent by the engine in several buffers, which the port does not take, and too long for one"},
};

// The values in that order.
[[nodiscard]] inline std::array<std::uint64_t, kPortCounterInfos.size()> values_of(
    const PortCounters& port, const PortDrops::Reasons& drops) {
  return {port.missed,          port.receive_errors, port.no_buffer,
          port.transmit_errors, drops.ring_full,     drops.not_in_one};
}

}  // namespace softwire::dataplane
