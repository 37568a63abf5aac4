// SPDX-License-Identifier: BSD-3-Clause
// The packet path of one worker. It takes bursts of frames, and sends, punts or drops each packet with one
// counted outcome. It uses no device, no clock and no lock, and allocates no memory while it runs.
//
// The engine consists of rooms. Each room owns a part of the state:
//   Context       what all rooms read: policy, table, counters, output, time
//   NextHops      gateways, and packets that wait for them
//   Reassembly    fragments that wait for the rest of their packet
//   IcmpErrors    rates of generated ICMP errors
//   DhcpPunt      rates of DHCP messages, and the channel to the control plane
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "dataplane/context/context.h"
#include "dataplane/fragment/reassembly.h"
#include "dataplane/gateway/gateway_publisher.h"
#include "dataplane/gateway/next_hops.h"
#include "dataplane/icmp/icmp_errors.h"
#include "dataplane/packet/packet_state.h"
#include "dataplane/packet/parse_upper.h"
#include "dataplane/pipeline/pipeline.h"
#include "dataplane/punt/dhcp_punt.h"

namespace softwire::dataplane {

class Engine {
 public:
  static constexpr unsigned kMaxBurst = Pipeline::kMaxBurst;

  // The external resources of an engine. Everything must outlive it.
  struct Resources {
    rte_mempool& pool;       // buffers for packets that the engine makes
    std::uint64_t seed = 0;  // for fragment identifications and hashes; hard to guess
    // What the workers tell each other about the gateways. Null: there is one worker.
    GatewayPublisher* gateway_publisher = nullptr;
    bool probes_gateways = true;   // true in one of the workers, which asks for all
    DropChannel* drops = nullptr;  // takes dropped packets for capture. Null: no capture
    AddressConflicts* conflicts =
        nullptr;  // takes stations that claim our addresses. Null: nobody wants them
  };
  // The table, the channel and the resources must outlive the engine.
  Engine(const Policy& policy, const BindingTable& table, PuntChannel& punt_channel,
         const Resources& resources);

  // Makes this policy and this table active. Call it between two bursts. Waiting packets and fragments are
  // kept, except packets for another VLAN. The limits of reassembly do not change. Afterwards the engine does
  // not use the old policy and table.
  void activate(const Policy& policy, const BindingTable& table);

  // Processes frames that were received on `side`, in this order, and owns them. Flushes `output` at the end.
  // Requires: at most kMaxBurst frames; `now` never goes back.
  void receive(Side side, std::span<Mbuf* const> frames, Instant now, Output& output);

  // Does the same for frames of a port that both sides share. The frames of the IPv4 side are processed
  // first.
  void receive_on_a_stick(std::span<Mbuf* const> frames, Instant now, Output& output);

  // Sends packets that the control plane has injected, at most kMaxBurst. Returns their number. Flushes
  // `output`.
  unsigned send_injected(Output& output);

  // Runs the timers of gateway probes, reassembly and waiting packets. receive() runs them too. Call it about
  // every 100 ms while no frame is received. Flushes `output`.
  void poll(Instant now, Output& output);

  // Returns the number of buffers in which packets and fragments wait.
  [[nodiscard]] std::uint32_t held_buffers() const {
    return reassembly_.buffers() + next_hops_.queued_buffers();
  }
  [[nodiscard]] const EngineCounters& counters() const { return context_.counters; }

 private:
  // engine.cc and plain_path.h: the three loops over a burst (parse, look up, forward), and the plain path.
  void start_burst(Instant now, Output& output);
  void parse_burst(Side side, std::span<Mbuf* const> frames);
  void look_up_burst(Side side, unsigned count);
  void forward_burst(Side side, unsigned count);
  [[nodiscard]] ParseStatus parse(Side side, Mbuf& frame, ParsedPacket& packet) const;
  [[nodiscard]] ParseStatus parse_scattered(Side side, Mbuf& frame, ParsedPacket& packet) const;
  void look_up(Side side, PacketState& state) const;
  [[nodiscard]] Outcome forward(Side side, PacketState& state);
  [[nodiscard]] Outcome forward_from_ipv4_side(PacketState& state);
  [[nodiscard]] Outcome forward_from_ipv6_side(PacketState& state);
  [[nodiscard]] Outcome forward_into_softwire(PacketState& state, Outcome success);
  [[nodiscard]] Outcome forward_from_subscriber(PacketState& state, Outcome success);
  [[nodiscard]] Outcome transmit(Side from, PacketState& state, std::uint32_t frame_bytes, Outcome outcome,
                                 Output& output);

  // slow_path.cc: packets that the plain path does not forward.
  [[nodiscard]] static NextStep next_step_after(ParseStatus status);
  [[nodiscard]] NextStep next_step_after_look_up(Side side, PacketState& state) const;
  [[nodiscard]] bool needs_reassembly(Side side, const PacketState& state) const;
  [[nodiscard]] std::optional<Ipv6Address> sender_of_fragment(Side side, const PacketState& state) const;
  [[nodiscard]] bool may_be_dhcp_of_stranger(const PacketState& state) const;
  [[nodiscard]] std::optional<Outcome> refuse_source(const PacketState& state) const;
  [[nodiscard]] bool reassemble(Side side, PacketState& state);
  void slow_path(Side side, PacketState& state);
  void handle_icmpv6(PacketState& state);
  void handle_not_softwire(PacketState& state);
  [[nodiscard]] bool stands_for_ce(const PacketState& state) const;
  [[nodiscard]] Outcome unmatched_source(const PacketState& state) const;
  [[nodiscard]] Outcome wrong_softwire(const PacketState& state) const;
  [[nodiscard]] Outcome handle_unbound_destination(PacketState& state, Outcome translated);
  [[nodiscard]] Outcome unbound_destination(const PacketState& state) const;
  [[nodiscard]] Outcome forward_from_ce(PacketState& state, const UpperLayer& upper);

  // transmit.cc: packets that end here, and packets that leave later or in fragments.
  [[nodiscard]] bool passes_egress_filter(Side side, Mbuf& frame) const;
  void queue_for_gateway(Side from, Side to, PacketState& state, std::uint32_t frame_bytes, Outcome outcome);
  void transmit_later_fragments(Side from, Side to, PacketState& state, bool queued);
  void handle_unsent(Side side, PacketState& state, std::uint32_t frame_bytes, Outcome outcome);
  void finish(Side side, PacketState& state, std::uint32_t frame_bytes, const FrameResult& result);
  void show_copy(const PacketState& state, const Drop& drop);
  void restore_ethernet(Mbuf& packet) const;

  Context context_;
  NextHops next_hops_;
  Reassembly reassembly_;
  IcmpErrors icmp_errors_;
  DhcpPunt dhcp_punt_;
  bool has_egress_filter_ = false;
  std::array<PacketState, kMaxBurst> states_;
  std::array<Softwire, kMaxBurst> computed_sources_;  // room of the states, by index
  std::array<Softwire, kMaxBurst> computed_destinations_;
};

}  // namespace softwire::dataplane
