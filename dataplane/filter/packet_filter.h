// SPDX-License-Identifier: BSD-3-Clause
// A condition on frames, as a libpcap expression states it (pcap-filter(7)), for the packet path.
#pragma once

#include <pcap/pcap.h>

#include <vector>

#include "dataplane/packet/mbuf.h"

namespace softwire::dataplane {

class PacketFilter {
 public:
  // `program`: compiled for Ethernet, by pcap_compile(). It is copied.
  explicit PacketFilter(const bpf_program& program)
      : instructions_(program.bf_insns, program.bf_insns + program.bf_len) {}

  // The frame, from its Ethernet header on, as far as it fits its first buffer: what lies beyond does not
  // match. Its headers come to lie in one piece.
  [[nodiscard]] bool matches(Mbuf& frame) const;

 private:
  std::vector<bpf_insn> instructions_;
};

}  // namespace softwire::dataplane
