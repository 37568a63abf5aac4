// SPDX-License-Identifier: BSD-3-Clause
// What the engine's own files share.
#pragma once

#include <cstdint>

#include "dataplane/packet/mbuf.h"
#include "dataplane/packet/parse.h"
#include "softwire/wire.h"

namespace softwire::dataplane {

inline constexpr std::uint32_t kBroadcast = 0xffffffff;  // 255.255.255.255, host order

// Sources that no packet may carry (RFC 1812 section 5.3.7); destinations that are not forwarded. Host order.
constexpr bool is_martian(std::uint32_t address) {
  return address >> 28 >= 14 || address >> 24 == 127 || address >> 24 == 0;
}

constexpr bool is_port(PortKey key) {
  return key == PortKey::kPorts || key == PortKey::kIdentifier;
}

// Why an address that needs a port to find its binding has none.
constexpr Outcome no_port(PortKey key) {
  switch (key) {
    case PortKey::kIcmpOther:
      return Outcome::kIcmpType;
    case PortKey::kFragment:  // that an ICMP error is about: others have been put together
      return Outcome::kIcmpQuoteFragment;
    case PortKey::kNone:
      return Outcome::kProtocolNoPort;
    default:
      return Outcome::kTransportTruncated;
  }
}

// Sent to more than one station. Of IPv4 packets for one host the parser lets none through.
inline bool is_link_broadcast(Mbuf& frame) {
  return reinterpret_cast<const EthernetHeader*>(data_of(frame))->destination.is_ip_group();
}

inline Ipv4Header& ipv4_header(Mbuf& frame, unsigned offset) {
  return *reinterpret_cast<Ipv4Header*>(data_of(frame) + offset);
}

inline const Ipv6Header& ipv6_header(Mbuf& frame, unsigned offset) {
  return *reinterpret_cast<const Ipv6Header*>(data_of(frame) + offset);
}

}  // namespace softwire::dataplane
