// SPDX-License-Identifier: BSD-3-Clause
// Makes IPv4 packets ready to leave: into a softwire or on the IPv4 side, in fragments when they are too
// long.
#pragma once

#include <cstdint>

#include "dataplane/context/context.h"
#include "dataplane/packet/packet_state.h"
#include "dataplane/softwire/flow_label.h"
#include "dataplane/softwire/rewrite.h"

namespace softwire::dataplane {

// The IPv4 packet in the frame.
struct InnerPacket {
  unsigned offset = 0;       // octets into the frame
  std::uint16_t length = 0;  // octets
  std::uint8_t type_of_service = 0;
};

// Returns the flow label of the outer header; 0 when the policy turns flow labels off.
inline std::uint32_t outer_flow_label(const Context& context, const ParsedPacket& packet) {
  return context.policy.flow_label ? flow_label_of(packet, context.seed) : 0;
}

// Cut the frame into fragments that fit the MTU of the side. `ip_offset`: octets of the Ethernet header.
// Return `success`, or kNoBuffer.
[[nodiscard]] Outcome fragment_for_ipv6(Context& context, PacketState& state, unsigned ip_offset,
                                        Outcome success);
[[nodiscard]] Outcome fragment_for_ipv4(Context& context, PacketState& state, unsigned ip_offset,
                                        Outcome success);

// Puts the outer headers of a softwire in front of the packet. Returns `success`, kNoBufferRoom or kNoBuffer.
// Requires: a packet that is too long for the IPv6 side may be fragmented.
[[nodiscard, gnu::always_inline]] inline Outcome encapsulate(Context& context, PacketState& state,
                                                             const InnerPacket& inner,
                                                             std::uint32_t flow_label,
                                                             const Softwire& softwire, Outcome success) {
  const EthernetTemplate& ethernet = context.ethernet[Side::kIpv6];
  if (!put_into_softwire(*state.frame, inner.offset, inner.length, inner.type_of_service, flow_label,
                         softwire, context.policy.hop_limit, ethernet)) [[unlikely]] {
    return Outcome::kNoBufferRoom;
  }
  if (inner.length + sizeof(Ipv6Header) > context.policy.ipv6.mtu) [[unlikely]] {
    return fragment_for_ipv6(context, state, ethernet.bytes(), success);
  }
  return success;
}

// Puts an Ethernet header of the IPv4 side in front of the packet. Returns `success`, kNoBufferRoom or
// kNoBuffer. Requires: a packet that is too long for the IPv4 side may be fragmented.
[[nodiscard, gnu::always_inline]] inline Outcome put_on_ipv4_side(Context& context, PacketState& state,
                                                                  const InnerPacket& inner, Outcome success) {
  const EthernetTemplate& ethernet = context.ethernet[Side::kIpv4];
  if (!put_onto_ethernet(*state.frame, inner.offset, inner.length, ethernet)) [[unlikely]] {
    return Outcome::kNoBufferRoom;
  }
  if (inner.length > context.policy.ipv4.mtu) [[unlikely]] {
    return fragment_for_ipv4(context, state, ethernet.bytes(), success);
  }
  return success;
}

}  // namespace softwire::dataplane
