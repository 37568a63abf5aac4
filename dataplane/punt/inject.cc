// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/punt/inject.h"

#include "dataplane/map/to_ce.h"
#include "dataplane/softwire/encapsulation.h"
#include "dataplane/tables/softwire_lookup.h"
#include "softwire/wire.h"

namespace softwire::dataplane {

namespace {

// Sends the IPv6 packet unchanged to the station that the control plane names, else to the gateway. A
// destination on the link is not resolved, so clients and relays with a global address are reached through
// the gateway.
Outcome prepare_ipv6(Context& context, PacketState& state) {
  Mbuf& packet = *state.frame;
  const std::uint32_t length = packet.pkt_len;
  if (packet.data_len < sizeof(Ipv6Header)) return Outcome::kIpv6Truncated;
  const Ipv6Header& ipv6 = ipv6_header(packet, 0);
  if (ipv6.version() != 6) return Outcome::kIpv6Version;
  if (sizeof(Ipv6Header) + ipv6.payload_length.value() != length) return Outcome::kIpv6Truncated;
  const EthernetTemplate& ethernet = context.ethernet[Side::kIpv6];
  std::uint8_t* front = replace_front(packet, 0, ethernet.bytes());
  if (front == nullptr) return Outcome::kNoBufferRoom;
  ethernet.write(front);
  if (const MacAddress& station = context_of(packet).station; station.is_set()) {
    EthernetTemplate::write_destination(front, station);
  }
  if (length <= context.policy.ipv6.mtu) return Outcome::kInjectedIpv6;
  return fragment_for_ipv6(context, state, ethernet.bytes(), Outcome::kInjectedIpv6);
}

Outcome put_into(Context& context, PacketState& state, const InnerPacket& inner, bool dont_fragment,
                 const Softwire& softwire) {
  if (dont_fragment && inner.length + sizeof(Ipv6Header) > context.policy.ipv6.mtu) {
    return Outcome::kTooBigForIpv6;
  }
  return encapsulate(context, state, inner, outer_flow_label(context, state.packet), softwire,
                     Outcome::kInjectedSoftwire);
}

}  // namespace

[[gnu::cold, gnu::noinline]] Outcome prepare_injected(Context& context, PacketState& state) {
  Mbuf& frame = *state.frame;
  ParsedPacket& packet = state.packet;
  const FrameContext& frame_context = context_of(frame);
  if (frame_context.is_ipv6) return prepare_ipv6(context, state);
  if (parse_bare_ipv4(data_of(frame), frame.data_len, frame.pkt_len, packet) != ParseStatus::kOk) {
    return packet.outcome;
  }
  const Ipv4Header& ipv4 = ipv4_header(frame, 0);
  const InnerPacket inner{0, packet.ipv4_length, ipv4.type_of_service};
  const bool dont_fragment = ipv4.dont_fragment();
  if (frame_context.side == Side::kIpv6) {
    return put_into(context, state, inner, dont_fragment,
                    {frame_context.outer_source, frame_context.outer_destination});
  }
  if (context.policy.hairpinning) {
    const BindingTable& table = *context.table;
    state.destination_leaf = table.find(packet.destination);
    if (table.translates(state.destination_leaf)) {
      return send_to_ce(context, state, Outcome::kInjectedSoftwire);
    }
    const Softwire softwire =
        find_softwire(table, packet.destination, is_port(packet.port_key), packet.destination_port);
    if (softwire.is_present()) return put_into(context, state, inner, dont_fragment, softwire);
  }
  if (dont_fragment && inner.length > context.policy.ipv4.mtu) return Outcome::kTooBigForIpv4;
  return put_on_ipv4_side(context, state, inner, Outcome::kInjectedIpv4);
}

}  // namespace softwire::dataplane
