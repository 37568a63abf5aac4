// SPDX-License-Identifier: BSD-3-Clause
// A condition on frames for the packet path, written as a libpcap expression (pcap-filter(7)).
#pragma once

#include <pcap/pcap.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "dataplane/packet/mbuf.h"

namespace softwire::dataplane {

class PacketFilter {
 public:
  // Copies `program`, which pcap_compile() has compiled for Ethernet.
  explicit PacketFilter(const bpf_program& program)
      : instructions_(program.bf_insns, program.bf_insns + program.bf_len) {}

  // Returns whether the frame matches. The condition sees the frame from its Ethernet header on, as far as it
  // fits in the first buffer. Octets beyond do not match. Moves as much of the frame as fits into the first
  // buffer. The condition does not see a tag of the VLAN `own_vlan` (1..4094; 0: none), so that a filter
  // needs no change when a side gets a VLAN.
  [[nodiscard]] bool matches(Mbuf& frame, std::uint16_t own_vlan = 0) const;

  // Returns the number of instructions, which limits the time of matches().
  [[nodiscard]] std::size_t instructions() const { return instructions_.size(); }

 private:
  // The same for a frame with a tag, without it. Restores the octets that it moves.
  [[nodiscard]] bool matches_without_tag(Mbuf& frame) const;

  std::vector<bpf_insn> instructions_;
};

}  // namespace softwire::dataplane
