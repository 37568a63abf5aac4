// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/icmp/echo_responder.h"

#include <array>
#include <cstring>
#include <utility>

#include "dataplane/context/sender.h"
#include "dataplane/icmp/echo.h"
#include "dataplane/icmp/icmp_errors.h"
#include "dataplane/icmp/quoted_ports.h"
#include "dataplane/softwire/encapsulation.h"
#include "softwire/wire.h"

namespace softwire::dataplane {

namespace {

constexpr std::uint8_t kHopLimit = 64;  // of replies (RFC 1700)

// Swaps source and destination, so that the frame goes back to the station that sent it.
void swap_stations(std::uint8_t* front) {
  auto& ethernet = *reinterpret_cast<EthernetHeader*>(front);
  std::swap(ethernet.source, ethernet.destination);
}

FrameResult result_of(Outcome sent) {
  if (sent == Outcome::kNoBuffer || sent == Outcome::kNoBufferRoom) return {sent};
  return {Outcome::kEchoHandled, sent};
}

// Returns the reply to the station on the IPv4 side that sent the request.
Outcome return_on_ipv4_side(Context& context, PacketState& state) {
  const ParsedPacket& packet = state.packet;
  swap_stations(data_of(*state.frame));
  trim_frame(*state.frame, std::uint32_t{packet.ip_offset} + packet.ipv4_length);
  if (packet.ipv4_length <= context.policy.ipv4.mtu) return Outcome::kIcmpv4EchoReply;
  return fragment_for_ipv4(context, state, packet.ip_offset, Outcome::kIcmpv4EchoReply);
}

}  // namespace

[[gnu::cold, gnu::noinline]] FrameResult answer_icmpv4_echo(Context& context, Side side, PacketState& state) {
  const ParsedPacket& packet = state.packet;
  Ipv4Header& ipv4 = ipv4_header(*state.frame, packet.ipv4_offset);
  auto& echo = *reinterpret_cast<IcmpEcho*>(&ipv4 + 1);
  if (packet.port_key != PortKey::kIdentifier || packet.ipv4_header_bytes != sizeof ipv4 ||
      echo.type != IcmpEcho::kRequest) {
    return {Outcome::kIpv4Local};
  }
  if (!is_icmpv4_checksum_right(state)) return {Outcome::kIcmpChecksum};
  const std::optional<Softwire> home =
      side == Side::kIpv6 ? *state.source : softwire_of_sender(context, packet);
  if (!home) return {Outcome::kIpv4Local};
  if (!context.may_answer(side, home->is_present() ? home->b4 : identity_of(packet.source))) {
    return {Outcome::kAnswerRate};
  }
  turn_into_reply(ipv4, echo, kHopLimit, context.fragmenter.next_ipv4_identification());
  if (!home->is_present()) return result_of(return_on_ipv4_side(context, state));
  return result_of(encapsulate(context, state, {packet.ipv4_offset, packet.ipv4_length, ipv4.type_of_service},
                               outer_flow_label(context, packet), *home, Outcome::kIcmpv4EchoReplySoftwire));
}

FrameResult answer_icmpv6_echo(Context& context, PacketState& state) {
  const ParsedPacket& packet = state.packet;
  Mbuf& frame = *state.frame;
  const Ipv6Address& source = ipv6_header(frame, packet.ip_offset).source;
  if (!context.may_answer(Side::kIpv6, sender_of(context, source).identity)) return {Outcome::kAnswerRate};
  const unsigned before = packet.ip_offset + unsigned{sizeof(Ipv6Header)};
  std::array<std::uint8_t, sizeof(EthernetHeader) + sizeof(VlanTag) + sizeof(Ipv6Header)> headers{};
  std::memcpy(headers.data(), data_of(frame), before);
  std::uint8_t* front = replace_front(frame, packet.upper_offset, before);
  std::memcpy(front, headers.data(), before);
  trim_frame(frame, before + std::uint32_t{packet.upper_bytes});
  swap_stations(front);
  turn_into_reply(*reinterpret_cast<Ipv6Header*>(front + packet.ip_offset),
                  *reinterpret_cast<Icmpv6Header*>(front + before), packet.upper_bytes, kHopLimit);
  const Outcome sent = Outcome::kIcmpv6EchoReply;
  const bool too_big = sizeof(Ipv6Header) + packet.upper_bytes > context.policy.ipv6.mtu;
  return result_of(too_big ? fragment_for_ipv6(context, state, packet.ip_offset, sent) : sent);
}

}  // namespace softwire::dataplane
