// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/filter/packet_filter.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "softwire/wire.h"

namespace softwire::dataplane {

namespace {

bool has_tag(Mbuf& frame, std::uint16_t vlan) {
  if (frame.data_len < sizeof(EthernetHeader) + sizeof(VlanTag)) return false;
  const std::uint8_t* const front = data_of(frame);
  return reinterpret_cast<const EthernetHeader*>(front)->type == be16(ether_type::kVlan) &&
         reinterpret_cast<const VlanTag*>(front + sizeof(EthernetHeader))->vlan_id() == vlan;
}

}  // namespace

// Uses the interpreter of libpcap, because the conversion of such programs in DPDK 22.11 (rte_bpf_convert)
// reads a wrong octet or word after a header of variable length.
bool PacketFilter::matches(Mbuf& frame, std::uint16_t own_vlan) const {
  if (frame.nb_segs > 1) {
    const std::uint32_t room = frame.buf_len - std::uint32_t{frame.data_off};
    static_cast<void>(pull_up(frame, static_cast<std::uint16_t>(std::min(frame.pkt_len, room))));
  }
  if (own_vlan != 0 && has_tag(frame, own_vlan)) return matches_without_tag(frame);
  return bpf_filter(instructions_.data(), data_of(frame), frame.pkt_len, frame.data_len) != 0;
}

// Moves both MAC addresses behind the protocol identifier and the VLAN of the tag.
bool PacketFilter::matches_without_tag(Mbuf& frame) const {
  constexpr std::size_t kAddresses = 2 * sizeof(MacAddress);
  std::uint8_t* const front = data_of(frame);
  std::array<std::uint8_t, kAddresses + sizeof(VlanTag)> before;
  std::memcpy(before.data(), front, before.size());
  std::memcpy(front + sizeof(VlanTag), before.data(), kAddresses);
  const bool result = bpf_filter(instructions_.data(), front + sizeof(VlanTag),
                                 frame.pkt_len - static_cast<std::uint32_t>(sizeof(VlanTag)),
                                 frame.data_len - static_cast<std::uint32_t>(sizeof(VlanTag))) != 0;
  std::memcpy(front, before.data(), before.size());
  return result;
}

}  // namespace softwire::dataplane
