// SPDX-License-Identifier: BSD-3-Clause
// What an engine counts. Written by one worker, never reset.
#pragma once

#include <array>
#include <cstdint>

#include "softwire/binding.h"
#include "softwire/outcome.h"

namespace softwire::dataplane {

struct Traffic {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;  // of the whole frame, without frame check sequence

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
  Traffic dropped;      // of the frames received on this side
  Traffic reassembled;  // packets put together from fragments received on this side (RFC 8676)

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
  // Packets that did not come in as frames. Of one that leaves as n fragments, the first has its outcome; the
  // other n - 1 are generated here, each with the outcome kFragment.
  std::uint64_t generated = 0;
  // Packets that wait for the gateway's MAC address, and fragments that wait for the rest of their packet.
  // When n of them become one packet, that has its own outcome, and the other n - 1 are kFragmentJoined.
  std::uint64_t held = 0;
  std::uint64_t icmp_errors_suppressed = 0;  // not generated: over the rate

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

  // The conservation law: every packet that came in or was made has one outcome, or is held. (What a ring
  // holds has been punted, or is not yet generated.)
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
