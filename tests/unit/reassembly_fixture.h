// SPDX-License-Identifier: BSD-3-Clause
// Fragments of all kinds for tests of reassembly.
#pragma once

#include <algorithm>
#include <cstring>
#include <numeric>

#include "softwire/checksum.h"
#include "tests/unit/engine_fixture.h"

namespace softwire {

// Octets [begin, end) of a payload.
struct Piece {
  unsigned begin;
  unsigned end;
  bool last = false;
};

inline Octets slice(const Octets& octets, std::size_t begin, std::size_t end) {
  return {octets.begin() + static_cast<std::ptrdiff_t>(begin),
          octets.begin() + static_cast<std::ptrdiff_t>(end)};
}

// Returns the IPv6 packet of a softwire frame in fragments. `inner` is its payload.
inline Octets ipv6_fragment(const Ipv6Address& b4, const Octets& inner, const Piece& piece,
                            std::uint32_t identification = 7, std::uint8_t ecn = 0,
                            const Ipv6Address& br = kBr) {
  Ipv6FragmentHeader header;
  header.next_header = ip_protocol::kIpv4;
  header.offset_flags = be16(static_cast<std::uint16_t>(piece.begin | (piece.last ? 0U : 1U)));
  header.identification = be32(identification);
  Octets extension(sizeof header);
  std::memcpy(extension.data(), static_cast<const void*>(&header), sizeof header);
  return ethernet_frame({kHubIpv6Mac, kRouterIpv6Mac}, ether_type::kIpv6,
                        ipv6_packet({.source = b4,
                                     .destination = br,
                                     .traffic_class = ecn,
                                     .next_header = ip_protocol::kFragment,
                                     .extension_headers = extension},
                                    slice(inner, piece.begin, piece.end)));
}

// Returns a part of the packet's payload as an IPv4 fragment.
inline Octets ipv4_fragment(const Octets& packet, const Piece& piece) {
  Ipv4Header header;
  std::memcpy(static_cast<void*>(&header), packet.data(), sizeof header);
  const unsigned header_bytes = header.header_bytes();
  Octets result = slice(packet, 0, header_bytes);
  const Octets payload = slice(packet, header_bytes + piece.begin, header_bytes + piece.end);
  result.insert(result.end(), payload.begin(), payload.end());
  header.total_length = be16(static_cast<std::uint16_t>(result.size()));
  header.fragment =
      be16(static_cast<std::uint16_t>(piece.begin / 8 | (piece.last ? 0U : Ipv4Header::kMoreFragments)));
  header.checksum = be16();
  std::memcpy(result.data(), static_cast<const void*>(&header), sizeof header);
  const be16 sum = checksum({result.data(), header_bytes});
  std::memcpy(result.data() + offsetof(Ipv4Header, checksum), &sum, sizeof sum);
  return result;
}

inline Octets on_ipv4_side(const Octets& packet) {
  return ethernet_frame({kHubIpv4Mac, kRouterIpv4Mac}, ether_type::kIpv4, packet);
}

inline Octets in_softwire(const Ipv6Address& b4, const Octets& packet, std::uint8_t traffic_class = 0) {
  return ethernet_frame(
      {kHubIpv6Mac, kRouterIpv6Mac}, ether_type::kIpv6,
      ipv6_packet({.source = b4, .destination = kBr, .traffic_class = traffic_class}, packet));
}

inline std::vector<Piece> cut(unsigned length, const std::vector<unsigned>& at) {
  std::vector<Piece> pieces;
  unsigned begin = 0;
  for (const unsigned end : at) {
    pieces.push_back({begin, end});
    begin = end;
  }
  pieces.push_back({begin, length, true});
  return pieces;
}

// Every order of up to four fragments.
template <typename Visit>
void in_every_order(const std::vector<Octets>& frames, Visit&& visit) {
  std::vector<std::size_t> order(frames.size());
  std::iota(order.begin(), order.end(), 0);
  do {
    std::vector<Octets> ordered;
    ordered.reserve(order.size());
    for (const std::size_t index : order) ordered.push_back(frames[index]);
    visit(ordered);
  } while (std::next_permutation(order.begin(), order.end()));
}

class Reassembly : public ::testing::TestWithParam<unsigned> {
 protected:
  EngineHarness::Run run(EngineHarness& hub, Side side, const std::vector<Octets>& frames) {
    return hub.run(side, frames, GetParam());
  }
};

inline const Ipv4Fields kUp{.source = kShared, .destination = kHost, .payload_octets = 1372};
inline const Ipv4Fields kDown{
    .source = kHost, .destination = kShared, .destination_port = 2048, .payload_octets = 1372};

inline Ipv4Fields one_hop_on(Ipv4Fields fields) {
  --fields.ttl;
  return fields;
}

}  // namespace softwire
