// SPDX-License-Identifier: BSD-3-Clause
// The next hop of each side: its MAC address, the packets that wait for it, and what workers tell each other
// about it. One worker owns it.
#pragma once

#include <array>
#include <cstdint>

#include "dataplane/context/context.h"
#include "dataplane/gateway/gateway.h"
#include "dataplane/gateway/gateway_publisher.h"
#include "dataplane/gateway/waiting_queue.h"

namespace softwire::dataplane {

class NextHops {
 public:
  // `publisher`: passes what one worker learns about a gateway to the others; null when there is one worker.
  // It must outlive this. `probes`: whether this worker sends the probes; one of the workers sends them for
  // all.
  NextHops(const Policy& policy, GatewayPublisher* publisher, bool probes);

  // Returns the Ethernet headers for Context. Their destination is the MAC address that the policy gives,
  // else zero until the gateway is resolved.
  [[nodiscard]] static EthernetHeaders ethernet_headers(const Policy& policy) {
    return EthernetHeaders(policy);
  }

  // Applies context.policy, which has replaced `before`. A gateway whose address, MAC address or VLAN changed
  // is resolved again. Packets that wait are kept, unless their VLAN changed.
  void activate(Context& context, const Policy& before);

  [[nodiscard]] bool is_resolved(Side side) const { return hop(side).gateway.is_resolved(); }
  // Returns whether the side's gateway has an IP address that is resolved by ARP or Neighbor Discovery.
  [[nodiscard]] bool is_probed(Side side) const { return hop(side).gateway.is_probed(); }
  // Requires: is_resolved(side).
  [[nodiscard]] const MacAddress& mac(Side side) const { return hop(side).gateway.mac(); }

  // Returns whether run_timers() has something to do.
  [[nodiscard]] bool has_work(Instant now) const { return now >= next_probe_ || has_news(); }
  // Runs the timers of the gateways: takes what other workers learned, sends probes, and drops packets that
  // wait for a gateway that does not answer.
  void run_timers(Context& context);

  // Takes an answer or announcement of the side's gateway, and tells the other workers. Packets that waited
  // leave with `received_at` as their time. Requires: is_resolved(side) when `kind` is kDoubted.
  void learn(Context& context, Side side, GatewayPublisher::Kind kind, const MacAddress& mac,
             Instant received_at);

  // Queues a frame that lacks only the gateway's MAC address, and owns it. Drops the oldest frames when there
  // is no room (RFC 4861 section 7.2.2).
  void queue(Context& context, Side side, const WaitingPacket& packet);
  [[nodiscard]] std::uint32_t queued_buffers() const {
    return hops_[0].waiting.buffers() + hops_[1].waiting.buffers();
  }

 private:
  struct Hop {
    Gateway gateway;
    WaitingQueue waiting;
    GatewayPublisher::Word heard = 0;  // the last news that this worker has taken over or published itself
  };
  [[nodiscard]] Hop& hop(Side side) { return hops_[static_cast<std::size_t>(side)]; }
  [[nodiscard]] const Hop& hop(Side side) const { return hops_[static_cast<std::size_t>(side)]; }

  [[nodiscard]] bool has_news() const {
    return publisher_ != nullptr && (publisher_->latest(Side::kIpv4) != hop(Side::kIpv4).heard ||
                                     publisher_->latest(Side::kIpv6) != hop(Side::kIpv6).heard);
  }
  void renew(Context& context, Side side, const Policy& before);
  void take_news(Context& context);
  void run_probe_timers(Context& context);
  void probe(Context& context, Side side);
  void publish(const Context& context, Side side, GatewayPublisher::Kind kind);
  void update(Side side, GatewayPublisher::Kind kind, const MacAddress& mac, Instant now);
  void flush_queue(Context& context, Side side, Instant received_at);
  void schedule_next_probe();
  static void drop_queued(Context& context, const WaitingPacket& packet, Outcome outcome);

  std::array<Hop, 2> hops_;  // by Side
  Instant next_probe_ = Instant::min();
  GatewayPublisher* const publisher_;
  const bool probes_;
};

}  // namespace softwire::dataplane
