// SPDX-License-Identifier: BSD-3-Clause
// The packet path: a burst of frames in, bursts of frames and counted outcomes out. No device, no clock, no
// thread, no allocation, no lock. One engine belongs to one worker.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "dataplane/capture/drop_channel.h"
#include "dataplane/counters/engine_counters.h"
#include "dataplane/fragment/fragment.h"
#include "dataplane/fragment/reassembly.h"
#include "dataplane/gateway/gateway.h"
#include "dataplane/gateway/gateway_publisher.h"
#include "dataplane/gateway/neighbor_message.h"
#include "dataplane/gateway/waiting_queue.h"
#include "dataplane/icmp/error.h"
#include "dataplane/map/translate.h"
#include "dataplane/packet/ethernet.h"
#include "dataplane/packet/mbuf.h"
#include "dataplane/packet/output.h"
#include "dataplane/packet/parse.h"
#include "dataplane/policy/policy.h"
#include "dataplane/punt/punt_channel.h"
#include "dataplane/punt/subscriber_rates.h"
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
    rte_mempool& pool;                                      // of buffers for the packets that it makes
    std::uint32_t reassembly_buffers = kReassemblyBuffers;  // of them, those that may hold fragments, a side
    std::uint64_t seed = 0;  // of fragment identifications and hashes: from outside, hard to guess
    // Where the engines of several workers tell each other of the gateways; null: there is one engine.
    GatewayPublisher* gateway_publisher = nullptr;
    bool asks_gateways = true;     // one of the engines does, for all
    DropChannel* drops = nullptr;  // where packets that are dropped are shown; null: nowhere
  };
  // The table, the channels, the pool and the publisher must outlive the engine.
  Engine(const Policy& policy, const BindingTable& table, PuntChannel& punt_channel,
         const Resources& resources);

  // Between two bursts: goes on with this policy and this table. What it has from the ones before it needs no
  // more; packets and fragments that wait go on waiting, but for packets to another VLAN. The limits of
  // reassembly stay what they were.
  void adopt(const Policy& policy, const BindingTable& table);

  // Takes the frames, at most kMaxBurst, in the order in which they came in on `side`, and owns them from
  // then on. `now` never goes back. Flushes `output` at the end.
  void receive(Side side, std::span<Mbuf* const> frames, Instant now, Output& output);

  // The same for the port that both sides are on: first the frames of the IPv4 side, then those of the other.
  void receive_on_a_stick(std::span<Mbuf* const> frames, Instant now, Output& output);

  // Sends what the control plane has injected, at most kMaxBurst packets. Returns how many there were.
  // Flushes.
  unsigned send_injected(Output& output);

  // What time alone brings about, and receive() does too: gateways are asked for their MAC addresses, what
  // has waited too long is dropped. To be called every 100 ms or so when nothing comes in. Flushes.
  void poll(Instant now, Output& output);

  // Buffers in which packets and fragments wait.
  [[nodiscard]] std::uint32_t held_buffers() const {
    return ipv4_reassembler_.buffers() + ipv6_reassembler_.buffers() + ipv4_hop_.waiting.buffers() +
           ipv6_hop_.waiting.buffers();
  }
  [[nodiscard]] const EngineCounters& counters() const { return counters_; }

 private:
  // What is to be done with a frame once it has been parsed and looked up.
  enum class Course : std::uint8_t {
    kForward,
    kDrop,          // for the outcome that the parser found
    kIpv6Fragment,  // wait for the rest of its packet
    kIpv4Fragment,  // likewise: the packet's port is needed
    kIcmpError,     // IPv4 packet that goes where its ICMP error is about
    kIcmpv6,        // no softwire packet
    kArp,           // likewise
    kNotSoftwire,   // an IPv6 packet that MAP-T may have a use for
  };

  // A frame of the burst, and what the stages found out about it.
  struct Item {
    Mbuf* frame = nullptr;
    ParsedPacket packet;
    BindingTable::Leaf source_leaf;  // IPv6 side only
    BindingTable::Leaf destination_leaf;
    const Softwire* source = nullptr;  // slot (be it empty) or computed, of address and port; null: none
    const Softwire* destination = nullptr;
    Course course = Course::kDrop;
  };

  // Where the packets of a side go next.
  struct NextHop {
    Gateway gateway;
    WaitingQueue waiting;
  };
  [[nodiscard]] NextHop& next_hop(Side side) { return side == Side::kIpv4 ? ipv4_hop_ : ipv6_hop_; }

  // What becomes of a frame that ends here, and, when something was made of its buffer, of that.
  struct Answer {
    Outcome received;
    std::optional<Outcome> sent = std::nullopt;
    bool shown = false;  // to whoever wants to see what is dropped
  };

  // engine.cc: the plain path, and who leaves it for which file.
  [[nodiscard]] static Course course_of(ParseStatus status);
  [[nodiscard]] Course course_of(Side side, Item& item) const;
  [[nodiscard]] ParseStatus parse(Side side, Mbuf& frame, ParsedPacket& packet) const;
  [[nodiscard]] ParseStatus parse_scattered(Side side, Mbuf& frame, ParsedPacket& packet) const;
  void look_up(Side side, Item& item);
  [[nodiscard]] Outcome forward(Side side, Item& item, Instant now);
  [[nodiscard]] Outcome from_ipv4_side(Item& item, Instant now);
  [[nodiscard]] Outcome from_ipv6_side(Item& item, Instant now);
  [[nodiscard]] Outcome into_softwire(Item& item, Outcome success);
  [[nodiscard]] Outcome out_of_softwire(Item& item, Outcome success);
  [[nodiscard]] Outcome past_softwires(Item& item, Outcome translated);
  void off_course(Side side, Item& item, Instant now, Output& output);
  void not_softwire(Item& item, Instant now, Output& output);
  [[nodiscard]] Outcome forward_translated(Item& item);
  [[nodiscard]] Outcome unmatched_source(const Item& item) const;
  [[nodiscard]] Outcome wrong_softwire(const Item& item, const Softwire& softwire) const;
  [[nodiscard]] Outcome not_forwarded(const Item& item) const;
  [[nodiscard]] Softwire softwire_of(std::uint32_t address, PortKey key, Port port) const;
  [[nodiscard]] bool is_own_address(std::uint32_t address) const {
    return address != 0 && (address == policy_.ipv4_address.host() ||
                            (policy_.dhcp_relay.enabled && address == policy_.dhcp_relay.address.host()));
  }
  [[nodiscard]] std::uint32_t flow_label(const ParsedPacket& packet) const {
    return policy_.flow_label ? flow_label_of(packet, seed_) : 0;
  }
  [[nodiscard]] bool may_leave(Side side, Mbuf& frame) const;
  [[nodiscard]] bool pass_on(Side from, Mbuf& frame, std::uint32_t frame_bytes, Outcome& outcome,
                             Output& output);
  void refuse(Side side, Item& item, std::uint32_t frame_bytes, Outcome outcome, Instant now, Output& output);
  void end(Side side, Mbuf& frame, std::uint32_t frame_bytes, Answer answer, Output& output);
  void expire(Instant now);

  // engine_drops.cc.
  [[nodiscard]] bool show_copy(const Item& item, const Drop& drop);
  void put_into_frame(Mbuf& packet) const;

  // engine_dhcp.cc: what is the relay's, and the relay's own packets.
  [[nodiscard]] bool is_intercepted(std::uint32_t address) const;
  [[nodiscard]] bool is_relays(std::uint32_t destination) const;
  [[nodiscard]] bool is_dhcp_from_softwire(const Item& item, Outcome& outcome, Instant now);
  [[nodiscard]] Outcome dhcp_from_ce(Item& item, const RuleEntry& rule, Instant now);
  [[nodiscard]] bool is_dhcp_from_server(const Item& item, Outcome& outcome, Instant now);
  [[nodiscard]] Outcome punt_request(const Item& item, Outcome reason, const Ipv6Address& subscriber,
                                     Instant now);
  [[nodiscard]] Outcome punt(const Item& item, Side side, Outcome reason, TokenBucket& bucket, Instant now);
  [[nodiscard]] Outcome inject(Mbuf& packet);

  // engine_dhcp6.cc: the same where DHCP is not in a softwire.
  [[nodiscard]] bool may_be_dhcp(const Item& item) const;
  [[nodiscard]] static bool is_udp_fragment(const UpperLayer& upper);
  [[nodiscard]] Outcome dhcp_over_ipv6(Item& item, Instant now);
  [[nodiscard]] Outcome inject_ipv6(Mbuf& packet);

  // engine_fragment.cc.
  [[nodiscard]] bool needs_port(Side side, const Item& item) const;
  [[nodiscard]] Mbuf* reassemble_ipv6(const Item& item, Instant now);
  [[nodiscard]] Mbuf* reassemble_ipv4(Side side, const Item& item, Instant now);
  [[nodiscard]] Outcome fragment_ipv6(Mbuf& frame, unsigned ip_offset, Outcome success);
  [[nodiscard]] Outcome fragment_ipv4(Mbuf& frame, unsigned ip_offset, Outcome success);
  void push_fragments(Side from, Side to, Output& output);
  void free_fragments();

  // MAP: engine_rules.cc.
  void apply_rule_to_source(Item& item);
  void apply_rule_to_destination(Item& item);
  [[nodiscard]] const Softwire* apply_rule(BindingTable::Leaf leaf, bool has_port, std::uint32_t address,
                                           Port port, Softwire& place) const;
  [[nodiscard]] bool stands_for_ce(const Item& item) const;

  // MAP-T: engine_translate.cc.
  // Between whom a packet goes to a CE; and between whom the packet was that it is about, if it is an error.
  struct CePath {
    Ipv6Pair addresses;
    Ipv6Pair quoted;
  };
  static constexpr unsigned kLowestIpv6Mtu = 1280;  // RFC 7915 section 4

  [[nodiscard]] TranslationMtus mtus() const { return {policy_.ipv4.mtu, policy_.ipv6.mtu}; }
  [[nodiscard]] std::optional<Outcome> find_ce(const Item& item, CePath& path) const;
  [[nodiscard]] Outcome forward_to_ce(Item& item, Outcome success);
  [[nodiscard]] Outcome send_to_ce(Item& item, Outcome success);
  [[nodiscard]] Outcome translate_to_ce(Item& item, const CePath& path, Outcome success);
  [[nodiscard]] std::optional<Outcome> put_headers(Mbuf& frame, const Ipv6Pair& addresses) const;
  [[nodiscard]] std::optional<Outcome> read_translatable(Item& item, UpperLayer& upper) const;
  [[nodiscard]] static std::optional<Outcome> read_upper(Item& item, UpperLayer& upper);
  [[nodiscard]] bool needs_whole(const Item& item, const UpperLayer& upper) const;
  [[nodiscard]] std::optional<Outcome> read_quote(Item& item, const UpperLayer& upper,
                                                  Ipv6Pair& quoted) const;
  [[nodiscard]] Outcome from_ce(Item& item, const UpperLayer& upper, Instant now);
  [[nodiscard]] std::optional<Outcome> validate_ce(const ParsedPacket& packet, const Ipv6Address& ce) const;

  // engine_icmp.cc: what the hub has to say itself.
  [[nodiscard]] std::optional<Outcome> make_icmp_error(Side side, const Item& item, Outcome cause,
                                                       Instant now);
  [[nodiscard]] std::optional<Softwire> home_of_sender(const ParsedPacket& packet) const;
  [[nodiscard]] std::optional<Outcome> make_icmpv4_error_about(Mbuf& frame, const ParsedPacket& packet,
                                                               Icmpv4ErrorKind kind, const Softwire& home,
                                                               Instant now);
  [[nodiscard]] std::optional<Outcome> make_icmpv6_policy_error(const Item& item, Instant now);
  [[nodiscard]] bool is_other_node(const Ipv6Address& address) const;
  [[nodiscard]] std::optional<Outcome> send_icmpv4_error(Mbuf& frame, std::uint16_t length,
                                                         const Softwire& home) const;
  [[nodiscard]] Answer answer_echo(Side side, const Item& item);
  [[nodiscard]] static Answer echo_answered(Outcome sent);
  [[nodiscard]] Answer answer_icmpv6(Item& item, Instant now);
  [[nodiscard]] Answer answer_icmpv6_echo(const Item& item);

  // engine_icmp_errors.cc: what others say about packets that have passed the hub.
  [[nodiscard]] static bool icmpv4_checksum_ok(const Item& item);
  [[nodiscard]] std::optional<Outcome> take_quoted_ports(Side side, Item& item) const;
  [[nodiscard]] Answer answer_tunnel_error(Item& item, Instant now);

  // engine_neighbor.cc: ARP and Neighbor Discovery.
  [[nodiscard]] static bool is_neighbor_message(const Item& item);
  [[nodiscard]] Outcome receive_arp(const Item& item, Instant now, Output& output);
  [[nodiscard]] Outcome receive_nd(const Item& item, Instant now, Output& output);
  [[nodiscard]] Outcome answer(const NdMessage& nd, const Item& item, Output& output, Instant now);
  [[nodiscard]] Outcome learn(const NdMessage& nd, const Item& item, Output& output, Instant now);
  [[nodiscard]] bool is_own_address(const Ipv6Address& address) const;
  [[nodiscard]] bool stands_in_for(const ArpMessage& arp) const;
  void see_to_gateways(Instant now, Output& output);
  void ask_gateways(Instant now, Output& output);
  void ask_gateway(Side side, Instant now, Output& output);
  void gateway_changed(Side side, Instant received_at, Output& output);
  void tell_others(Side side, GatewayPublisher::Kind kind);
  void renew_gateway(Side side, const Policy& before);
  void hear_others(Instant now, Output& output);
  [[nodiscard]] bool has_news() const {
    return publisher_ != nullptr &&
           (publisher_->latest(Side::kIpv4) != heard_[0] || publisher_->latest(Side::kIpv6) != heard_[1]);
  }
  [[nodiscard]] bool needs_gateway(Mbuf& frame) const;
  void hold(Side to, Side from, Mbuf& frame, std::uint32_t frame_bytes, Outcome outcome);
  void wait(NextHop& hop, const WaitingPacket& packet);
  void give_up(const WaitingPacket& packet, Outcome outcome);
  void send_message(Side side, const MacAddress& to, std::uint16_t type, std::span<const std::uint8_t> packet,
                    Outcome outcome, Instant received_at, Output& output);

  Policy policy_;
  const std::uint64_t seed_;
  bool has_egress_filter_;
  const bool asks_gateways_;
  const BindingTable* table_;
  PuntChannel& punt_channel_;
  DropChannel* const drops_;
  rte_mempool& pool_;
  EthernetTemplate ipv4_ethernet_;  // to the gateway, or to nobody until its MAC address is known
  EthernetTemplate ipv6_ethernet_;
  Instant next_question_ = Instant::min();
  GatewayPublisher* const publisher_;
  std::array<GatewayPublisher::Word, 2> heard_{};  // by Side
  TokenBucket request_bucket_;
  TokenBucket relay_bucket_;
  TokenBucket reply_bucket_;
  TokenBucket dhcp4o6_reply_bucket_;  // these come from the subscribers' side
  SubscriberRates subscriber_rates_;  // one that floods takes little from others
  TokenBucket icmpv4_bucket_;
  TokenBucket icmpv6_bucket_;
  Fragmenter fragmenter_;
  Mbuf* further_fragments_ = nullptr;  // of the packet whose outcome is about to be counted
  EngineCounters counters_;
  Reassembler ipv4_reassembler_;
  Reassembler ipv6_reassembler_;
  NextHop ipv4_hop_;
  NextHop ipv6_hop_;
  std::array<Item, kMaxBurst> items_;
  // Softwires that rules compute: what an item's pointers name when no slot does.
  std::array<Softwire, kMaxBurst> computed_sources_;
  std::array<Softwire, kMaxBurst> computed_destinations_;
};

}  // namespace softwire::dataplane
