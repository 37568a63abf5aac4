// SPDX-License-Identifier: BSD-3-Clause
// Reassembly of both sides: turns a parsed fragment into the key and the place that a Reassembler needs.
#pragma once

#include <cstdint>

#include "dataplane/fragment/reassembler.h"
#include "dataplane/packet/packet_state.h"

namespace softwire::dataplane {

class Reassembly {
 public:
  // The limits of each side are those of `policy`. Each side holds `max_buffers` buffers at most. `counters`
  // and `drops` (null: nowhere to show drops) must outlive this; the seed must be hard to guess.
  Reassembly(const Policy& policy, std::uint32_t max_buffers, std::uint64_t seed, EngineCounters& counters,
             DropChannel* drops)
      : ipv4_(Side::kIpv4, policy.ipv4.reassembly, max_buffers, seed, counters, drops),
        ipv6_(Side::kIpv6, policy.ipv6.reassembly, max_buffers, seed, counters, drops) {}

  // Take the frame of a fragment, and account for it. Return the frame with the whole packet when it is
  // complete; it has no outcome yet. Return null when the fragment waits or is dropped.
  // An IPv6 fragment. Requires: state.packet.fragment_header_offset and fragment_bytes are set.
  [[nodiscard]] Mbuf* add_ipv6(const PacketState& state, Instant now);
  // An IPv4 fragment that came in on `side`, inside an IPv6 packet on the IPv6 side.
  [[nodiscard]] Mbuf* add_ipv4(Side side, const PacketState& state, Instant now);

  // Drops packets of which fragments are missing for longer than the timeout.
  void expire(Instant now) {
    ipv4_.expire(now);
    ipv6_.expire(now);
  }

  // Buffers that fragments are held in.
  [[nodiscard]] std::uint32_t buffers() const { return ipv4_.buffers() + ipv6_.buffers(); }

 private:
  Reassembler ipv4_;
  Reassembler ipv6_;
};

}  // namespace softwire::dataplane
