// SPDX-License-Identifier: BSD-3-Clause
// Packets that end here, and packets that leave later or in fragments.
#include "dataplane/filter/packet_filter.h"
#include "dataplane/icmp/echo_responder.h"
#include "dataplane/pipeline/engine.h"
#include "dataplane/pipeline/plain_path.h"

namespace softwire::dataplane {

[[gnu::cold, gnu::noinline]] bool Engine::passes_egress_filter(Side side, Mbuf& frame) const {
  const SidePolicy& policy = side == Side::kIpv4 ? context_.policy.ipv4 : context_.policy.ipv6;
  return policy.egress_filter == nullptr || policy.egress_filter->matches(frame, policy.vlan_id);
}

// Queues a packet that lacks only the MAC address of the gateway, and its later fragments. A frame that
// already has a destination, such as a reply to its sender, never waits.
[[gnu::cold, gnu::noinline]] void Engine::queue_for_gateway(Side from, Side to, PacketState& state,
                                                            std::uint32_t frame_bytes, Outcome outcome) {
  next_hops_.queue(context_, to, {state.frame, frame_bytes, outcome, from});
  transmit_later_fragments(from, to, state, true);
}

// Sends the later fragments of a packet whose first fragment has been sent, or queues them behind it.
[[gnu::cold, gnu::noinline]] void Engine::transmit_later_fragments(Side from, Side to, PacketState& state,
                                                                   bool queued) {
  while (Mbuf* fragment = pop_later_fragment(state)) {
    ++context_.counters.generated;
    if (has_egress_filter_ && !passes_egress_filter(to, *fragment)) {
      context_.counters.outcomes.add(Outcome::kEgressFilter);
      end_dropped(context_.drops, {Outcome::kEgressFilter, from, fragment->pkt_len}, *fragment);
    } else if (queued) {
      next_hops_.queue(context_, to, {fragment, fragment->pkt_len, Outcome::kFragment, from});
    } else {
      context_.counters.outcomes.add(Outcome::kFragment);
      context_.counters.side(to).sent.add(fragment->pkt_len);
      context_.output->push(to, *fragment);
    }
  }
}

// Counts a packet that forward() did not send. Sends an ICMP error to its sender, or answers it when it is an
// echo request to the hub.
[[gnu::noinline]] void Engine::handle_unsent(Side side, PacketState& state, std::uint32_t frame_bytes,
                                             Outcome outcome) {
  if (info(outcome).disposition == Disposition::kPunted) return context_.counters.outcomes.add(outcome);
  FrameResult result{outcome};
  if (outcome == Outcome::kPuntRate || outcome == Outcome::kPuntSubscriberRate) {
    return finish(side, state, frame_bytes, result);  // a flood must cost as little as possible
  }
  if (outcome == Outcome::kIpv4Local) {
    result = answer_icmpv4_echo(context_, side, state);
  } else {
    show_copy(state, {outcome, side, frame_bytes});
    result.shown = true;
    result.sent = icmp_errors_.make_error(context_, side, state, outcome);
  }
  finish(side, state, frame_bytes, result);
}

// Counts a frame that ends here, and sends the packet that was made in its buffer, if any.
[[gnu::noinline]] void Engine::finish(Side side, PacketState& state, std::uint32_t frame_bytes,
                                      const FrameResult& result) {
  EngineCounters& counters = context_.counters;
  counters.outcomes.add(result.received);
  if (info(result.received).disposition == Disposition::kDropped) {
    counters.side(side).dropped.add(frame_bytes);
  }
  if (result.sent) {
    ++counters.generated;
    const Outcome outcome = transmit(side, state, frame_bytes, *result.sent, *context_.output);
    if (is_sent(outcome)) return;
    counters.outcomes.add(outcome);
    end_dropped(context_.drops, {outcome, side, frame_bytes}, *state.frame);
  } else if (result.shown) {
    rte_pktmbuf_free(state.frame);
  } else {
    end_dropped(context_.drops, {result.received, side, frame_bytes}, *state.frame);
  }
}

// Gives the drop capture a copy of a packet that is about to be dropped, because an ICMP error may be made in
// its buffer.
[[gnu::cold, gnu::noinline]] void Engine::show_copy(const PacketState& state, const Drop& drop) {
  DropChannel* const drops = context_.drops;
  if (drops == nullptr || !drops->may_want(drop)) return;
  Mbuf* const copy = copy_part(*state.frame, 0, state.frame->pkt_len, context_.pool);
  if (copy == nullptr) {
    drops->miss();
    return;
  }
  if (state.packet.ip_offset == 0) restore_ethernet(*copy);
  drops->drop(drop, *copy);
}

// Puts an Ethernet header in front of a packet that lost it in translation, or never had one, because drop
// captures contain frames. Does nothing when the packet has an Ethernet header, or when there is no room.
[[gnu::cold, gnu::noinline]] void Engine::restore_ethernet(Mbuf& packet) const {
  const std::uint8_t* octets = data_of(packet);
  if (packet.data_len >= sizeof(EthernetHeader)) {
    const MacAddress& source = header_at<EthernetHeader>(packet, 0).source;
    if (source == context_.policy.ipv4.mac || source == context_.policy.ipv6.mac)
      return;  // it has an Ethernet header
  }
  const EthernetTemplate& ethernet = context_.ethernet[octets[0] >> 4 == 6 ? Side::kIpv6 : Side::kIpv4];
  std::uint8_t* front = replace_front(packet, 0, ethernet.bytes());
  if (front != nullptr) ethernet.write(front);
}

}  // namespace softwire::dataplane
