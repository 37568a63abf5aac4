// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/filter/packet_filter.h"

#include <algorithm>

namespace softwire::dataplane {

// Uses the interpreter of libpcap, because the conversion of such programs in DPDK 22.11 (rte_bpf_convert)
// reads a wrong octet or word after a header of variable length.
bool PacketFilter::matches(Mbuf& frame) const {
  if (frame.nb_segs > 1) {
    const std::uint32_t room = frame.buf_len - std::uint32_t{frame.data_off};
    static_cast<void>(pull_up(frame, static_cast<std::uint16_t>(std::min(frame.pkt_len, room))));
  }
  return bpf_filter(instructions_.data(), data_of(frame), frame.pkt_len, frame.data_len) != 0;
}

}  // namespace softwire::dataplane
