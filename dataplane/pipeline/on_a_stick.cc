// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/pipeline/on_a_stick.h"

#include "softwire/wire.h"

namespace softwire::dataplane {

Side side_of(Mbuf& frame, const Policy& policy) {
  const std::uint8_t* octets = data_of(frame);
  if (frame.data_len < sizeof(EthernetHeader) + sizeof(VlanTag)) return Side::kIpv4;
  be16 type = reinterpret_cast<const EthernetHeader*>(octets)->type;
  std::uint16_t vlan_id = 0;
  if (type == be16(ether_type::kVlan)) {
    const auto& tag = *reinterpret_cast<const VlanTag*>(octets + sizeof(EthernetHeader));
    vlan_id = tag.vlan_id();
    type = tag.type;
  }
  if (policy.ipv4.vlan_id != policy.ipv6.vlan_id) {
    if (vlan_id == policy.ipv4.vlan_id) return Side::kIpv4;
    if (vlan_id == policy.ipv6.vlan_id) return Side::kIpv6;
  }
  return type == be16(ether_type::kIpv6) ? Side::kIpv6 : Side::kIpv4;
}

}  // namespace softwire::dataplane
