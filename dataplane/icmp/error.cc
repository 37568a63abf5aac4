// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/icmp/error.h"

#include <algorithm>

#include "dataplane/softwire/rewrite.h"
#include "softwire/checksum.h"
#include "softwire/wire.h"

namespace softwire::dataplane {

namespace {

constexpr std::uint32_t kMaxIcmpv4Error = 576;
constexpr std::uint32_t kMaxIcmpv6Error = 1280;
constexpr std::uint8_t kErrorHops = 255;  // the highest value, so that the error reaches its destination

// Replaces the octets in front of the packet by `headers` octets, and keeps `quoted` octets of the packet.
// Returns null when there is no room in front.
std::uint8_t* make_room(Mbuf& frame, std::uint16_t offset, std::uint16_t headers, std::uint16_t quoted) {
  std::uint8_t* front = replace_front(frame, offset, headers);
  if (front != nullptr) trim_frame(frame, std::uint32_t{headers} + quoted);
  return front;
}

}  // namespace

std::uint16_t make_icmpv4_error(Mbuf& frame, std::uint16_t offset, std::uint16_t length, Icmpv4ErrorKind kind,
                                Ipv4Address source, std::uint16_t limit, std::uint16_t identification) {
  constexpr std::uint16_t kHeaders = sizeof(Ipv4Header) + sizeof(IcmpError);
  const std::uint32_t most = std::min<std::uint32_t>(limit, kMaxIcmpv4Error) - kHeaders;
  const auto quoted = static_cast<std::uint16_t>(std::min<std::uint32_t>(length, most));
  const auto total = static_cast<std::uint16_t>(kHeaders + quoted);
  if (!pull_up(frame, static_cast<std::uint16_t>(offset + quoted))) return 0;
  const Ipv4Address destination = reinterpret_cast<const Ipv4Header*>(data_of(frame) + offset)->source;
  std::uint8_t* front = make_room(frame, offset, kHeaders, quoted);
  if (front == nullptr) return 0;
  auto& ipv4 = *reinterpret_cast<Ipv4Header*>(front);
  ipv4 = Ipv4Header{};
  ipv4.total_length = be16(total);
  ipv4.identification = be16(identification);
  ipv4.time_to_live = kErrorHops;
  ipv4.protocol = ip_protocol::kIcmp;
  ipv4.source = source;
  ipv4.destination = destination;
  ipv4.checksum = checksum({front, sizeof ipv4});
  auto& icmp = *reinterpret_cast<IcmpError*>(front + sizeof ipv4);
  icmp = {kind.type, kind.code, be16(), be16(), be16(kind.next_hop_mtu)};
  icmp.checksum = checksum({front + sizeof ipv4, sizeof icmp + quoted});
  return total;
}

std::uint16_t make_icmpv6_error(Mbuf& frame, std::uint16_t offset, std::uint32_t length, Icmpv6ErrorKind kind,
                                const Ipv6Address& source) {
  constexpr std::uint16_t kHeaders = sizeof(Ipv6Header) + sizeof(Icmpv6Header);
  const auto quoted = static_cast<std::uint16_t>(std::min<std::uint32_t>(length, kMaxIcmpv6Error - kHeaders));
  if (!pull_up(frame, static_cast<std::uint16_t>(offset + quoted))) return 0;
  const Ipv6Address destination = reinterpret_cast<const Ipv6Header*>(data_of(frame) + offset)->source;
  std::uint8_t* front = make_room(frame, offset, kHeaders, quoted);
  if (front == nullptr) return 0;
  const auto icmp_bytes = static_cast<std::uint16_t>(sizeof(Icmpv6Header) + quoted);
  auto& ipv6 = *reinterpret_cast<Ipv6Header*>(front);
  ipv6 = {be32(0x60000000U), be16(icmp_bytes), ip_protocol::kIcmpv6, kErrorHops, source, destination};
  auto& icmp = *reinterpret_cast<Icmpv6Header*>(front + sizeof ipv6);
  icmp = {kind.type, kind.code, be16(), be32()};
  icmp.checksum = checksum({front + sizeof ipv6, icmp_bytes},
                           pseudo_header_sum(source, destination, ip_protocol::kIcmpv6, icmp_bytes));
  return static_cast<std::uint16_t>(kHeaders + quoted);
}

}  // namespace softwire::dataplane
