// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/packet/address_hash.h"

#include "softwire/mix.h"
#include "softwire/wire.h"

namespace softwire::dataplane {

namespace {

// Returns the header that starts `offset` octets into the first buffer, or null when it does not lie there
// whole.
template <typename Header>
const Header* header_within(Mbuf& frame, unsigned offset) {
  if (frame.data_len < offset + sizeof(Header)) return nullptr;
  return reinterpret_cast<const Header*>(data_of(frame) + offset);
}

}  // namespace

std::uint64_t address_hash(Mbuf& frame, std::uint64_t seed) {
  const auto* const ethernet = header_within<EthernetHeader>(frame, 0);
  if (ethernet == nullptr) return 0;
  be16 type = ethernet->type;
  unsigned offset = sizeof(EthernetHeader);
  if (type == be16(ether_type::kVlan)) {
    const auto* const tag = header_within<VlanTag>(frame, offset);
    if (tag == nullptr) return 0;
    type = tag->type;
    offset += sizeof(VlanTag);
  }
  if (type == be16(ether_type::kIpv6)) {
    const auto* const ipv6 = header_within<Ipv6Header>(frame, offset);
    if (ipv6 == nullptr) return 0;
    const std::uint64_t source = mix64(mix64(ipv6->source.high() ^ seed) ^ ipv6->source.low());
    return mix64(mix64(source ^ ipv6->destination.high()) ^ ipv6->destination.low());
  }
  if (type == be16(ether_type::kIpv4)) {
    const auto* const ipv4 = header_within<Ipv4Header>(frame, offset);
    if (ipv4 == nullptr) return 0;
    const std::uint64_t both = std::uint64_t{ipv4->source.host()} << 32 | ipv4->destination.host();
    return mix64(mix64(both ^ seed) + seed);
  }
  return 0;
}

}  // namespace softwire::dataplane
