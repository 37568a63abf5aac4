// SPDX-License-Identifier: BSD-3-Clause
// The two rewrites of a softwire: an outer IPv6 header put on, and taken off (RFC 2473 section 3).
#pragma once

#include <cstdint>
#include <cstring>

#include "dataplane/packet/ethernet.h"
#include "dataplane/packet/mbuf.h"
#include "dataplane/tables/binding_table.h"
#include "softwire/checksum.h"
#include "softwire/wire.h"

namespace softwire::dataplane {

// One hop less (RFC 1812 section 5.3.1). The time to live must be above 1. The word that it heads goes down
// by 0x0100, so the checksum goes up by as much, in ones' complement (RFC 1624 section 4).
inline void decrement_ttl(Ipv4Header& ipv4) {
  --ipv4.time_to_live;
  const std::uint32_t sum = std::uint32_t{ipv4.checksum.raw()} + be16(0x0100).raw();
  ipv4.checksum = be16::from_raw(static_cast<std::uint16_t>(sum >= 0xffff ? sum + 1 : sum));
}

inline void set_type_of_service(Ipv4Header& ipv4, std::uint8_t type_of_service) {
  const be16 before(static_cast<std::uint16_t>(ipv4.version_ihl << 8 | ipv4.type_of_service));
  ipv4.type_of_service = type_of_service;
  const be16 after(static_cast<std::uint16_t>(ipv4.version_ihl << 8 | ipv4.type_of_service));
  ipv4.checksum = checksum_update(ipv4.checksum, before, after);
}

// Ends the frame with its IP packet: Ethernet padding, and what an outer packet carried beyond the inner one,
// go.
inline void trim_frame(Mbuf& frame, std::uint32_t length) {
  if (frame.pkt_len == length) return;
  if (frame.nb_segs == 1) {
    frame.pkt_len = length;
    frame.data_len = static_cast<std::uint16_t>(length);
  } else {
    trim_to(frame, length);
  }
}

// Everything in front of the IPv4 packet, which starts `ipv4_offset` octets into the frame and is
// `ipv4_length` long, becomes Ethernet and an IPv6 header from softwire.br to softwire.b4. False: no room in
// front, nothing changed.
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
  // Both addresses at once: Softwire has them in this order.
  std::memcpy(static_cast<void*>(&ipv6.source), &softwire, sizeof softwire);
  return true;
}

// Everything in front of the IPv4 packet becomes Ethernet. False: no room in front, nothing changed.
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
