// SPDX-License-Identifier: BSD-3-Clause
// The two rewrites of a softwire: put an outer IPv6 header on, and take it off (RFC 2473 section 3).
#pragma once

#include <cstdint>
#include <cstring>

#include "dataplane/packet/ethernet.h"
#include "dataplane/packet/headers.h"
#include "dataplane/packet/mbuf.h"
#include "dataplane/tables/softwire.h"
#include "softwire/wire.h"

namespace softwire::dataplane {

// Replaces everything in front of the IPv4 packet by an Ethernet header and an IPv6 header from softwire.br
// to softwire.b4. The IPv4 packet starts `ipv4_offset` octets into the frame and is `ipv4_length` octets
// long. Returns false, and changes nothing, when there is no room in front.
[[nodiscard]] inline bool put_into_softwire(Mbuf& frame, unsigned ipv4_offset, std::uint16_t ipv4_length,
                                            std::uint8_t traffic_class, std::uint32_t flow_label,
                                            const Softwire& softwire, std::uint8_t hop_limit,
                                            const EthernetTemplate& ethernet) {
  std::uint8_t* front = replace_front(frame, ipv4_offset, ethernet.bytes() + unsigned{sizeof(Ipv6Header)});
  if (front == nullptr) [[unlikely]] {
    return false;
  }
  trim_frame(frame, ethernet.bytes() + unsigned{sizeof(Ipv6Header)} + ipv4_length);
  ethernet.write(front);
  auto& ipv6 = *reinterpret_cast<Ipv6Header*>(front + ethernet.bytes());
  ipv6.version_class_flow = be32(0x60000000U | std::uint32_t{traffic_class} << 20 | flow_label);
  ipv6.payload_length = be16(ipv4_length);
  ipv6.next_header = ip_protocol::kIpv4;
  ipv6.hop_limit = hop_limit;
  // Copies both addresses at once: Softwire has them in the order of the header.
  std::memcpy(static_cast<void*>(&ipv6.source), &softwire, sizeof softwire);
  return true;
}

// Replaces everything in front of the IPv4 packet by an Ethernet header. Returns false, and changes nothing,
// when there is no room in front.
[[nodiscard]] inline bool put_onto_ethernet(Mbuf& frame, unsigned ipv4_offset, std::uint16_t ipv4_length,
                                            const EthernetTemplate& ethernet) {
  std::uint8_t* front = replace_front(frame, ipv4_offset, ethernet.bytes());
  if (front == nullptr) [[unlikely]] {
    return false;
  }
  trim_frame(frame, ethernet.bytes() + unsigned{ipv4_length});
  ethernet.write(front);
  return true;
}

static_assert(offsetof(Softwire, br) == 0 && offsetof(Softwire, b4) == sizeof(Ipv6Address));

}  // namespace softwire::dataplane
