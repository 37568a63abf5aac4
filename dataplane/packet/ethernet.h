// SPDX-License-Identifier: BSD-3-Clause
// The Ethernet header with which every frame of a side leaves.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>

#include "dataplane/policy/policy.h"
#include "softwire/wire.h"

namespace softwire::dataplane {

class EthernetTemplate {
 public:
  EthernetTemplate(const SidePolicy& side, std::uint16_t type) : vlan_(side.vlan_id != 0) {
    const EthernetHeader header{side.gateway_mac, side.mac, be16(vlan_ ? ether_type::kVlan : type)};
    std::memcpy(octets_.data(), &header, sizeof header);
    if (vlan_) {
      const VlanTag tag{be16(side.vlan_id), be16(type)};
      std::memcpy(octets_.data() + sizeof header, &tag, sizeof tag);
    }
  }
  void set_destination(const MacAddress& mac) { write_destination(octets_.data(), mac); }
  // Writes the destination of a frame that starts at `front`.
  static void write_destination(std::uint8_t* front, const MacAddress& mac) {
    std::memcpy(front, mac.octets().data(), sizeof mac);
  }
  // Returns the octets of the header: 14, or 18 with a VLAN tag.
  [[nodiscard]] unsigned bytes() const { return vlan_ ? kTagged : kUntagged; }
  // Writes the header. Requires: `front` has room for bytes() octets.
  void write(std::uint8_t* front) const {
    if (vlan_) {
      std::memcpy(front, octets_.data(), kTagged);
    } else {
      std::memcpy(front, octets_.data(), kUntagged);
    }
  }

 private:
  static constexpr unsigned kUntagged = sizeof(EthernetHeader);
  static constexpr unsigned kTagged = sizeof(EthernetHeader) + sizeof(VlanTag);
  bool vlan_;
  std::array<std::uint8_t, kTagged> octets_{};
};

}  // namespace softwire::dataplane
