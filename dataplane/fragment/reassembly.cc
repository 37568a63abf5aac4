// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/fragment/reassembly.h"

#include "dataplane/packet/ecn.h"
#include "dataplane/packet/headers.h"
#include "softwire/wire.h"

namespace softwire::dataplane {

namespace {

constexpr std::uint8_t ecn_bit(std::uint8_t traffic_class) {
  return static_cast<std::uint8_t>(1U << (traffic_class & kEcnMask));
}

}  // namespace

Mbuf* Reassembly::add_ipv6(const PacketState& state, const Ipv6Address& sender, Instant now) {
  const ParsedPacket& packet = state.packet;
  const Ipv6Header& outer = ipv6_header(*state.frame, packet.ip_offset);
  const auto& header = header_at<Ipv6FragmentHeader>(*state.frame, packet.fragment_header_offset);
  Fragment fragment;
  fragment.sender = sender;
  fragment.key.outer_source = outer.source;
  fragment.key.outer_destination = outer.destination;
  fragment.key.identification = header.identification.value();
  fragment.ip_offset = packet.ip_offset;
  fragment.header_offset = packet.fragment_header_offset;
  fragment.payload_offset = static_cast<std::uint16_t>(packet.fragment_header_offset + sizeof header);
  fragment.payload_bytes = packet.fragment_bytes;
  fragment.begin = header.offset_bytes();
  fragment.last = !header.more_fragments();
  fragment.ecn_seen = ecn_bit(outer.traffic_class());
  return ipv6_.add(*state.frame, fragment, now);
}

Mbuf* Reassembly::add_ipv4(Side side, const PacketState& state, const Ipv6Address& sender, Instant now) {
  const ParsedPacket& packet = state.packet;
  const Ipv4Header& ipv4 = ipv4_header(*state.frame, packet.ipv4_offset);
  const std::uint16_t flags = ipv4.fragment.value();
  Fragment fragment;
  fragment.sender = sender;
  fragment.key.source = packet.source;
  fragment.key.destination = packet.destination;
  fragment.key.identification = ipv4.identification.value();
  fragment.key.protocol = packet.protocol;
  fragment.key.is_ipv4 = true;
  fragment.ip_offset = packet.ip_offset;
  fragment.header_offset = packet.ipv4_offset;
  fragment.payload_offset = static_cast<std::uint16_t>(packet.ipv4_offset + packet.ipv4_header_bytes);
  fragment.payload_bytes = static_cast<std::uint16_t>(packet.ipv4_length - packet.ipv4_header_bytes);
  fragment.begin = static_cast<std::uint16_t>((flags & Ipv4Header::kOffsetMask) * 8U);
  fragment.last = (flags & Ipv4Header::kMoreFragments) == 0;
  fragment.ecn_seen = ecn_bit(ipv4.type_of_service);
  if (side == Side::kIpv4) return ipv4_.add(*state.frame, fragment, now);
  const Ipv6Header& outer = ipv6_header(*state.frame, packet.ip_offset);
  fragment.key.outer_source = outer.source;
  fragment.key.outer_destination = outer.destination;
  // Only the outer header of the first fragment is kept. A congestion mark in the outer header of another
  // fragment must not be lost (RFC 6040 section 4.2).
  if ((outer.traffic_class() & kEcnMask) == kCe) fragment.ecn_seen |= ecn_bit(kCe);
  return ipv6_.add(*state.frame, fragment, now);
}

}  // namespace softwire::dataplane
