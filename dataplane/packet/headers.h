// SPDX-License-Identifier: BSD-3-Clause
// Access to headers that the parser has checked, and predicates and edits that several rooms need.
#pragma once

#include <cstdint>

#include "dataplane/packet/mbuf.h"
#include "dataplane/packet/parse.h"
#include "softwire/checksum.h"
#include "softwire/martian.h"
#include "softwire/wire.h"

namespace softwire::dataplane {

inline constexpr std::uint32_t kBroadcast = 0xffffffff;  // 255.255.255.255, host order

constexpr bool is_port(PortKey key) {
  return key == PortKey::kPorts || key == PortKey::kIdentifier;
}

// Returns the outcome of a packet that has no port although its address is shared.
constexpr Outcome missing_port_outcome(PortKey key) {
  switch (key) {
    case PortKey::kIcmpOther:
      return Outcome::kIcmpType;
    case PortKey::kFragment:  // only in a quoted packet: other fragments have been reassembled
      return Outcome::kIcmpQuoteFragment;
    case PortKey::kNone:
      return Outcome::kProtocolNoPort;
    default:
      return Outcome::kTransportTruncated;
  }
}

// Returns the header that starts `offset` octets into the frame. Requires: the parser found it there, in one
// piece.
template <typename Header>
const Header& header_at(Mbuf& frame, unsigned offset) {
  return *reinterpret_cast<const Header*>(data_of(frame) + offset);
}
inline Ipv4Header& ipv4_header(Mbuf& frame, unsigned offset) {
  return *reinterpret_cast<Ipv4Header*>(data_of(frame) + offset);
}
inline const Ipv6Header& ipv6_header(Mbuf& frame, unsigned offset) {
  return header_at<Ipv6Header>(frame, offset);
}

// Returns whether the frame is addressed to more than one station. The parser drops such a frame when it
// contains an IPv4 packet for one host.
inline bool is_link_broadcast(Mbuf& frame) {
  return header_at<EthernetHeader>(frame, 0).destination.is_ip_group();
}

// Decrements the time to live and updates the checksum (RFC 1812 section 5.3.1). Requires: the time to live
// is above 0. The word with the time to live decreases by 0x0100, so the checksum increases by 0x0100 in
// ones' complement (RFC 1624 section 4).
inline void decrement_ttl(Ipv4Header& ipv4) {
  --ipv4.time_to_live;
  const std::uint32_t sum = std::uint32_t{ipv4.checksum.raw()} + be16(0x0100).raw();
  ipv4.checksum = be16::from_raw(static_cast<std::uint16_t>(sum >= 0xffff ? sum + 1 : sum));
}

// Sets the type of service and updates the checksum.
inline void set_type_of_service(Ipv4Header& ipv4, std::uint8_t type_of_service) {
  const be16 before(static_cast<std::uint16_t>(ipv4.version_ihl << 8 | ipv4.type_of_service));
  ipv4.type_of_service = type_of_service;
  const be16 after(static_cast<std::uint16_t>(ipv4.version_ihl << 8 | ipv4.type_of_service));
  ipv4.checksum = checksum_update(ipv4.checksum, before, after);
}

}  // namespace softwire::dataplane
