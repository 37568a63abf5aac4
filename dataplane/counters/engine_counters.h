// SPDX-License-Identifier: BSD-3-Clause
// The counters of an engine. One worker writes them. They are never reset.
#pragma once

#include <array>
#include <cstdint>

#include "softwire/binding.h"
#include "softwire/outcome.h"

namespace softwire::dataplane {

struct Traffic {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;  // octets of whole frames, without frame check sequence

  void add(std::uint32_t frame_bytes) {
    ++packets;
    bytes += frame_bytes;
  }
  Traffic& operator+=(const Traffic& other) {
    packets += other.packets;
    bytes += other.bytes;
    return *this;
  }
};

struct SideTraffic {
  Traffic received;
  Traffic sent;
  Traffic dropped;      // frames received on this side
  Traffic reassembled;  // packets reassembled from fragments received on this side (RFC 8676)

  SideTraffic& operator+=(const SideTraffic& other) {
    received += other.received;
    sent += other.sent;
    dropped += other.dropped;
    reassembled += other.reassembled;
    return *this;
  }
};

struct EngineCounters {
  OutcomeCounters outcomes;
  std::array<SideTraffic, 2> sides{};  // by Side
  // Packets that were not received in frames. When a packet leaves as n fragments, the first one has the
  // packet's outcome. The other n - 1 count here, each with the outcome kFragment. A message of the hub for
  // which no buffer is free counts here too, with the outcome kNoBuffer.
  std::uint64_t generated = 0;
  // Packets that wait for the gateway's MAC address, and fragments that wait for the rest of their packet.
  // When n fragments become one packet, the packet has its own outcome, and n - 1 have the outcome
  // kFragmentJoined.
  std::uint64_t held = 0;
  std::uint64_t icmp_errors_suppressed = 0;  // not generated, because of the rate limit

  [[nodiscard]] const SideTraffic& side(Side which) const { return sides[static_cast<std::size_t>(which)]; }
  [[nodiscard]] SideTraffic& side(Side which) { return sides[static_cast<std::size_t>(which)]; }

  EngineCounters& operator+=(const EngineCounters& other) {
    outcomes += other.outcomes;
    for (std::size_t i = 0; i < sides.size(); ++i) sides[i] += other.sides[i];
    generated += other.generated;
    held += other.held;
    icmp_errors_suppressed += other.icmp_errors_suppressed;
    return *this;
  }

  // Returns whether the counters are consistent: every packet that was received or made has one outcome, or
  // is held. (A packet in a ring to the control plane has the outcome punted; a packet in a ring from it is
  // not counted yet.)
  [[nodiscard]] bool add_up() const {
    const std::uint64_t in =
        side(Side::kIpv4).received.packets + side(Side::kIpv6).received.packets + generated;
    const std::uint64_t sent = outcomes.total(Disposition::kSent);
    const std::uint64_t out = side(Side::kIpv4).sent.packets + side(Side::kIpv6).sent.packets;
    return sent == out && in == sent + outcomes.total(Disposition::kPunted) +
                                    outcomes.total(Disposition::kDropped) +
                                    outcomes.total(Disposition::kHandled) + held;
  }
};

}  // namespace softwire::dataplane
