// SPDX-License-Identifier: BSD-3-Clause
// Reassembly for both sides: turns a parsed fragment into the key and offsets that a Reassembler needs. One
// worker owns it.
#pragma once

#include <cstdint>

#include "dataplane/fragment/reassembler.h"
#include "dataplane/packet/packet_state.h"

namespace softwire::dataplane {

class Reassembly {
 public:
  // The limits of each side come from `policy`. `counters` and `drops` (null: dropped frames are freed) must
  // outlive this. The seed must be hard to guess.
  Reassembly(const Policy& policy, std::uint64_t seed, EngineCounters& counters, DropChannel* drops)
      : ipv4_(Side::kIpv4, policy.ipv4.reassembly, seed, counters, drops),
        ipv6_(Side::kIpv6, policy.ipv6.reassembly, seed, counters, drops) {}

  // Take the frame of a fragment, and count it. Return the frame with the whole packet when it is complete;
  // it has no outcome yet. Return null when the fragment waits or is dropped.
  // `sender`: who counts as the source of the fragment, see Fragment::sender.
  // An IPv6 fragment. Requires: state.packet.fragment_header_offset and fragment_bytes are set.
  [[nodiscard]] Mbuf* add_ipv6(const PacketState& state, const Ipv6Address& sender, Instant now);
  // An IPv4 fragment that was received on `side`; on the IPv6 side it is inside an IPv6 packet.
  [[nodiscard]] Mbuf* add_ipv4(Side side, const PacketState& state, const Ipv6Address& sender, Instant now);

  // Drops packets that are not complete within the timeout.
  void expire(Instant now) {
    ipv4_.expire(now);
    ipv6_.expire(now);
  }

  // Returns the number of buffers in which fragments wait.
  [[nodiscard]] std::uint32_t buffers() const { return ipv4_.buffers() + ipv6_.buffers(); }

 private:
  Reassembler ipv4_;
  Reassembler ipv6_;
};

}  // namespace softwire::dataplane
