// The packet path: a burst of frames in, bursts of frames and counted outcomes out. No device, no clock, no
// thread, no allocation, no lock. One engine belongs to one worker.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "dataplane/engine/counters.h"
#include "dataplane/engine/policy.h"
#include "dataplane/fragment/fragment.h"
#include "dataplane/fragment/reassembly.h"
#include "dataplane/packet/ethernet.h"
#include "dataplane/packet/mbuf.h"
#include "dataplane/packet/output.h"
#include "dataplane/packet/parse.h"
#include "dataplane/punt/punt.h"
#include "dataplane/punt/token_bucket.h"
#include "dataplane/softwire/flow_label.h"
#include "dataplane/tables/binding_table.h"

namespace softwire::dataplane {

class Engine {
 public:
  static constexpr unsigned kMaxBurst = 64;

  static constexpr std::uint32_t kReassemblyBuffers = 4096;

  // What an engine takes memory and unpredictability from.
  struct Resources {
    rte_mempool& pool;  // of buffers for the packets that it makes
    std::uint32_t reassembly_buffers =
        kReassemblyBuffers;  // of them, how many may hold fragments of each side
    std::uint64_t seed = 0;  // of fragment identifications and hashes: from outside, hard to guess
  };
  // The table, the channel and the pool must outlive the engine.
  Engine(const Policy& policy, const BindingTable& table, PuntChannel& punt_channel,
         const Resources& resources);

  // Takes the frames, at most kMaxBurst, in the order in which they came in on `side`, and owns them from
  // then on. `now` never goes back. Flushes `output` at the end.
  void receive(Side side, std::span<Mbuf* const> frames, Instant now, Output& output);

  // The same for the port that both sides are on: first the frames of the IPv4 side, then those of the other.
  void receive_on_a_stick(std::span<Mbuf* const> frames, Instant now, Output& output);

  // Sends what the control plane has injected, at most kMaxBurst packets. Returns how many there were.
  // Flushes.
  unsigned send_injected(Output& output);

  // Drops what has waited too long for its other fragments; receive() does so too.
  void expire(Instant now);

  // Buffers in which fragments wait.
  [[nodiscard]] std::uint32_t held_buffers() const {
    return ipv4_reassembler_.buffers() + ipv6_reassembler_.buffers();
  }
  [[nodiscard]] const EngineCounters& counters() const { return counters_; }

 private:
  // What is to be done with a frame once it has been parsed and looked up.
  enum class Course : std::uint8_t {
    kForward,
    kDrop,          // for the outcome that the parser found
    kIpv6Fragment,  // wait for the rest of its packet
    kIpv4Fragment,  // likewise: the packet's port is needed
  };

  // A frame of the burst, and what the stages found out about it.
  struct Item {
    Mbuf* frame = nullptr;
    ParsedPacket packet;
    BindingTable::Leaf source_leaf;  // IPv6 side only
    BindingTable::Leaf destination_leaf;
    const Softwire* source = nullptr;  // the slot, be it empty, that address and port lead to; null: none
    const Softwire* destination = nullptr;
    Course course = Course::kDrop;
  };

  [[nodiscard]] ParseStatus parse(Side side, Mbuf& frame, ParsedPacket& packet) const;
  [[nodiscard]] ParseStatus parse_scattered(Side side, Mbuf& frame, ParsedPacket& packet) const;
  void look_up(Side side, Item& item) const;
  [[nodiscard]] bool needs_port(Side side, const Item& item) const;
  [[nodiscard]] Outcome forward(Side side, Item& item, Instant now);
  [[nodiscard]] Outcome from_ipv4_side(Item& item, Instant now);
  [[nodiscard]] Outcome from_ipv6_side(Item& item, Instant now);
  [[nodiscard]] Outcome into_softwire(Item& item, Outcome success);
  [[nodiscard]] Outcome fragment_ipv6(Mbuf& frame, Outcome success);
  [[nodiscard]] Outcome fragment_ipv4(Mbuf& frame, Outcome success);
  [[nodiscard]] Outcome inject(Mbuf& packet);

  // The unlikely ways, out of line.
  void off_course(Side side, Item& item, Instant now, Output& output);
  [[nodiscard]] Mbuf* reassemble_ipv6(const Item& item, Instant now);
  [[nodiscard]] Mbuf* reassemble_ipv4(Side side, const Item& item, Instant now);
  [[nodiscard]] bool is_own_address(std::uint32_t address) const;
  [[nodiscard]] bool is_intercepted(std::uint32_t address) const;
  [[nodiscard]] bool is_dhcp_from_softwire(const Item& item, Outcome& outcome, Instant now);
  [[nodiscard]] Outcome unmatched_source(const Item& item) const;
  [[nodiscard]] Outcome wrong_softwire(const Item& item, const Softwire& softwire) const;
  [[nodiscard]] Outcome not_forwarded(const Item& item) const;
  [[nodiscard]] Outcome dhcp_from_server(const Item& item, Instant now);
  [[nodiscard]] Outcome punt(const Item& item, Side side, Outcome reason, TokenBucket& bucket, Instant now);

  [[nodiscard]] std::uint32_t flow_label(const ParsedPacket& packet) const {
    return policy_.flow_label ? flow_label_of(packet, seed_) : 0;
  }
  [[nodiscard]] bool may_leave(Side side, Mbuf& frame) const;
  void free_fragments();
  void push_fragments(Side side, Output& output);
  void finish(Side side, Mbuf& frame, std::uint32_t frame_bytes, Outcome outcome, Output& output);

  const Policy policy_;
  const std::uint64_t seed_;
  const bool has_egress_filter_;
  const BindingTable& table_;
  PuntChannel& punt_channel_;
  const EthernetTemplate ipv4_ethernet_;
  const EthernetTemplate ipv6_ethernet_;
  TokenBucket request_bucket_;
  TokenBucket reply_bucket_;
  Fragmenter fragmenter_;
  Mbuf* further_fragments_ = nullptr;  // of the packet whose outcome is about to be counted
  EngineCounters counters_;
  Reassembler ipv4_reassembler_;
  Reassembler ipv6_reassembler_;
  std::array<Item, kMaxBurst> items_;
};

}  // namespace softwire::dataplane
