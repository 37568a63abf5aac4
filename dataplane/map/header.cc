// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/map/header.h"

#include <cstring>

#include "softwire/checksum.h"

namespace softwire::dataplane {

namespace {

// An IPv4 packet longer than this came from an IPv6 packet longer than the minimum MTU. Its sender does path
// MTU discovery, and must still get Packet Too Big messages (RFC 7915 section 5.1).
constexpr unsigned kMinimumIpv6MtuInIpv4 = 1260;

}  // namespace

unsigned write_ipv6_header(const Ipv4Header& ipv4, unsigned payload, const Ipv6Pair& addresses,
                           std::uint8_t* out) {
  const std::uint8_t next_header = ipv4.protocol == ip_protocol::kIcmp ? ip_protocol::kIcmpv6 : ipv4.protocol;
  const bool is_fragment = ipv4.is_fragment();
  Ipv6Header ipv6;
  ipv6.version_class_flow = be32(0x60000000U | std::uint32_t{ipv4.type_of_service} << 20);
  ipv6.payload_length =
      be16(static_cast<std::uint16_t>(payload + (is_fragment ? sizeof(Ipv6FragmentHeader) : 0)));
  ipv6.next_header = is_fragment ? ip_protocol::kFragment : next_header;
  ipv6.hop_limit = ipv4.time_to_live;
  ipv6.source = addresses.source;
  ipv6.destination = addresses.destination;
  std::memcpy(out, static_cast<const void*>(&ipv6), sizeof ipv6);
  if (!is_fragment) return sizeof ipv6;
  const std::uint16_t field = ipv4.fragment.value();
  Ipv6FragmentHeader fragment;
  fragment.next_header = next_header;
  fragment.offset_flags = be16(
      static_cast<std::uint16_t>((field & Ipv4Header::kOffsetMask) << 3 |
                                 ((field & Ipv4Header::kMoreFragments) != 0 ? fragment.kMoreFragments : 0)));
  fragment.identification = be32(ipv4.identification.value());
  std::memcpy(out + sizeof ipv6, static_cast<const void*>(&fragment), sizeof fragment);
  return kMaxIpv6HeaderBytes;
}

Ipv4Header ipv4_header_of(const Ipv6Description& ipv6, const Ipv4Pair& addresses,
                          std::uint16_t identification) {
  const unsigned total_length = unsigned{sizeof(Ipv4Header)} + ipv6.payload;
  Ipv4Header ipv4;
  ipv4.type_of_service = ipv6.traffic_class;
  ipv4.total_length = be16(static_cast<std::uint16_t>(total_length));
  if (ipv6.has_fragment_header) {
    ipv4.identification = be16(static_cast<std::uint16_t>(ipv6.identification));
    ipv4.fragment = be16(static_cast<std::uint16_t>(ipv6.fragment_offset / 8U |
                                                    (ipv6.more_fragments ? Ipv4Header::kMoreFragments : 0U)));
  } else if (total_length > kMinimumIpv6MtuInIpv4) {
    ipv4.fragment = be16(Ipv4Header::kDontFragment);
  } else {
    ipv4.identification = be16(identification);
  }
  ipv4.time_to_live = ipv6.hop_limit;
  ipv4.protocol = ipv6.next_header == ip_protocol::kIcmpv6 ? ip_protocol::kIcmp : ipv6.next_header;
  ipv4.source = addresses.source;
  ipv4.destination = addresses.destination;
  ipv4.checksum = checksum({reinterpret_cast<const std::uint8_t*>(&ipv4), sizeof ipv4});
  return ipv4;
}

be16 checksum_replace(be16 field, std::uint64_t removed, std::uint64_t added) {
  const std::uint64_t sum = std::uint64_t{static_cast<std::uint16_t>(~field.raw())} +
                            static_cast<std::uint16_t>(~checksum_fold(removed)) + checksum_fold(added);
  return be16::from_raw(static_cast<std::uint16_t>(~checksum_fold(sum)));
}

}  // namespace softwire::dataplane
