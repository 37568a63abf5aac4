// SPDX-License-Identifier: BSD-3-Clause
// The loops over a burst: parse, look up, forward. The plain path itself is in plain_path.h.
#include "dataplane/pipeline/engine.h"

#include <cassert>

#include "dataplane/filter/packet_filter.h"
#include "dataplane/map/to_ce.h"
#include "dataplane/packet/ecn.h"
#include "dataplane/pipeline/on_a_stick.h"
#include "dataplane/pipeline/plain_path.h"
#include "dataplane/punt/inject.h"
#include "dataplane/tables/softwire_lookup.h"

namespace softwire::dataplane {

Engine::Engine(const Policy& policy, const BindingTable& table, PuntChannel& punt_channel,
               const Resources& resources)
    : context_{.policy = policy,
               .own_ipv4 = OwnIpv4Addresses(policy),
               .table = &table,
               .counters = {},
               .answer_rates = {SourceRates(1, 1, resources.seed + 2), SourceRates(1, 1, resources.seed + 3)},
               .ethernet = NextHops::ethernet_headers(policy),
               .pool = resources.pool,
               .fragmenter = Fragmenter(resources.pool, resources.seed),
               .seed = resources.seed,
               .drops = resources.drops},
      next_hops_(policy, resources.gateway_publisher, resources.probes_gateways, resources.conflicts),
      reassembly_(policy, resources.seed, context_.counters, resources.drops),
      icmp_errors_(policy, resources.seed),
      dhcp_punt_(policy, punt_channel, resources.seed) {
  for (unsigned i = 0; i < kMaxBurst; ++i) {
    states_[i].computed_source = &computed_sources_[i];
    states_[i].computed_destination = &computed_destinations_[i];
  }
  activate(policy, table);
}

void Engine::activate(const Policy& policy, const BindingTable& table) {
  const Policy before = context_.policy;
  context_.policy = policy;
  context_.own_ipv4 = OwnIpv4Addresses(policy);
  context_.table = &table;
  has_egress_filter_ = policy.ipv4.egress_filter != nullptr || policy.ipv6.egress_filter != nullptr;
  icmp_errors_.activate(policy);
  context_.answer_rates[0].configure(policy.ipv4.answer_source_rate, policy.ipv4.answer_source_rate);
  context_.answer_rates[1].configure(policy.ipv6.answer_source_rate, policy.ipv6.answer_source_rate);
  dhcp_punt_.activate(policy);
  next_hops_.activate(context_, before);
}

void Engine::start_burst(Instant now, Output& output) {
  context_.now = now;
  context_.output = &output;
  if (context_.drops != nullptr) context_.drops->set_time(now);
  reassembly_.expire(now);
  if (next_hops_.has_work(now)) [[unlikely]] {
    next_hops_.run_timers(context_);
  }
}

void Engine::receive(Side side, std::span<Mbuf* const> frames, Instant now, Output& output) {
  assert(frames.size() <= kMaxBurst);
  for (Mbuf* frame : frames) __builtin_prefetch(data_of(*frame));
  start_burst(now, output);
  const auto count = static_cast<unsigned>(frames.size());
  parse_burst(side, frames);
  look_up_burst(side, count);
  forward_burst(side, count);
  output.flush();
  assert(context_.counters.add_up());
}

inline void Engine::parse_burst(Side side, std::span<Mbuf* const> frames) {
  const SidePolicy& policy = side == Side::kIpv4 ? context_.policy.ipv4 : context_.policy.ipv6;
  const PacketFilter* const filter = policy.ingress_filter;
  PacketState* state = states_.data();
  for (Mbuf* frame : frames) {
    state->frame = frame;
    assert(state->later_fragments == nullptr);  // transmit() has taken those of the burst before
    context_.counters.side(side).received.add(frame->pkt_len);
    if (filter != nullptr && !filter->matches(*frame, policy.vlan_id)) [[unlikely]] {
      state->packet.outcome = Outcome::kIngressFilter;
      state->next_step = NextStep::kDrop;
      ++state;
      continue;
    }
    const ParseStatus status = parse(side, *frame, state->packet);
    state->next_step = NextStep::kForward;
    if (status != ParseStatus::kOk) [[unlikely]] {
      state->next_step = next_step_after(status);
    } else {
      context_.table->prefetch(state->packet.destination);
      if (side == Side::kIpv6) context_.table->prefetch(state->packet.source);
    }
    ++state;
  }
}

inline void Engine::look_up_burst(Side side, unsigned count) {
  // From this port key on a packet may need another next step than kForward.
  const PortKey first_special =
      side == Side::kIpv6 || context_.policy.ipv4.accept_icmp ? PortKey::kFragment : PortKey::kIdentifier;
  for (unsigned i = 0; i < count; ++i) {
    PacketState& state = states_[i];
    if (state.next_step != NextStep::kForward) [[unlikely]] {
      continue;
    }
    look_up(side, state);
    if (state.packet.port_key >= first_special) [[unlikely]] {
      state.next_step = next_step_after_look_up(side, state);
    }
  }
}

inline void Engine::forward_burst(Side side, unsigned count) {
  Output& output = *context_.output;
  for (unsigned i = 0; i < count; ++i) {
    PacketState& state = states_[i];
    if (state.next_step != NextStep::kForward) [[unlikely]] {
      slow_path(side, state);
      continue;
    }
    const std::uint32_t frame_bytes = state.frame->pkt_len;
    const Outcome outcome = transmit(side, state, frame_bytes, forward(side, state), output);
    if (!is_sent(outcome)) [[unlikely]] {
      handle_unsent(side, state, frame_bytes, outcome);
    }
  }
}

void Engine::receive_on_a_stick(std::span<Mbuf* const> frames, Instant now, Output& output) {
  assert(frames.size() <= kMaxBurst);
  std::array<Mbuf*, kMaxBurst> sorted;
  unsigned ipv4 = 0;
  for (Mbuf* frame : frames) {
    if (side_of(*frame, context_.policy) == Side::kIpv4) sorted[ipv4++] = frame;
  }
  unsigned all = ipv4;
  for (Mbuf* frame : frames) {
    if (side_of(*frame, context_.policy) == Side::kIpv6) sorted[all++] = frame;
  }
  const std::span<Mbuf* const> both(sorted.data(), all);
  if (ipv4 != 0) receive(Side::kIpv4, both.first(ipv4), now, output);
  if (all != ipv4) receive(Side::kIpv6, both.subspan(ipv4), now, output);
}

unsigned Engine::send_injected(Output& output) {
  context_.output = &output;
  unsigned count = 0;
  for (; count < kMaxBurst; ++count) {
    Softwire computed_source;
    Softwire computed_destination;
    PacketState state;
    state.computed_source = &computed_source;
    state.computed_destination = &computed_destination;
    state.frame = dhcp_punt_.take_injected();
    if (state.frame == nullptr) break;
    ++context_.counters.generated;
    const Side side = context_of(*state.frame).side;
    const std::uint32_t bytes = state.frame->pkt_len;
    const Outcome outcome = transmit(side, state, bytes, prepare_injected(context_, state), output);
    if (is_sent(outcome)) continue;
    restore_ethernet(*state.frame);
    finish(side, state, bytes, {outcome});
  }
  output.flush();
  assert(context_.counters.add_up());
  return count;
}

void Engine::poll(Instant now, Output& output) {
  start_burst(now, output);
  output.flush();
  assert(context_.counters.add_up());
}

// Recursion ends, because each round needs more octets in one piece than the round before.
[[gnu::cold, gnu::noinline]] ParseStatus Engine::parse_scattered(Side side, Mbuf& frame,
                                                                 ParsedPacket& packet) const {
  if (!pull_up(frame, packet.needed)) {
    packet.outcome = Outcome::kNoBufferRoom;
    return ParseStatus::kDrop;
  }
  return parse(side, frame, packet);
}

}  // namespace softwire::dataplane
