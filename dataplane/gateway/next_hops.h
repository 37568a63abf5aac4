// SPDX-License-Identifier: BSD-3-Clause
// The next hop of each side: its MAC address, the packets that wait for it, and what workers tell each other
// about it. One worker owns it.
#pragma once

#include <array>
#include <cstdint>

#include "dataplane/context/context.h"
#include "dataplane/gateway/address_conflicts.h"
#include "dataplane/gateway/gateway.h"
#include "dataplane/gateway/gateway_publisher.h"
#include "dataplane/gateway/waiting_queue.h"

namespace softwire::dataplane {

class NextHops {
 public:
  // What a message says about the gateway of a side.
  enum class Message : std::uint8_t {
    kAnswer,      // it has the form of an answer to a request of the hub
    kClaim,       // it tells everybody the gateway's MAC address
    kQuestion,    // the gateway asks, and names its MAC address
    kWeakAnswer,  // an answer without the override flag gives another MAC address
    kDoubt,       // another advertisement of this kind
  };

  // `publisher`: what the workers tell each other; null when there is one worker. It must outlive this.
  // `probes`: whether this worker asks the gateways, and decides what is true; one of the workers does it for
  // all. `conflicts`: takes stations that claim an address of the hub; null: nobody wants them. It must
  // outlive this.
  NextHops(const Policy& policy, GatewayPublisher* publisher, bool probes, AddressConflicts* conflicts);

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
  // Returns whether a station with this MAC address said that it is the side's gateway.
  [[nodiscard]] bool knows(Side side, const MacAddress& mac) const {
    if (probes_) return hop(side).gateway.knows(mac);
    return publisher_ != nullptr && publisher_->knows(side, mac);
  }

  // Returns whether run_timers() has something to do.
  [[nodiscard]] bool has_work(Instant now) const { return now >= next_probe_ || has_news(); }
  // Runs the timers of the gateways: takes what other workers know, sends requests, and drops packets that
  // wait for a gateway that does not answer.
  void run_timers(Context& context);

  // Takes a message about the side's gateway. Packets that waited and can go leave with `received_at` as
  // their time. Requires: is_probed(side).
  void learn(Context& context, Side side, Message message, const GatewayPublisher::Speaker& speaker,
             Instant received_at);

  // Takes a station that claims an address of the hub, and tells all stations on the link whose it is (RFC
  // 5227 section 2.4 (c), RFC 4861 section 7.2.6). `address`: an IPv4 address as identity_of().
  void take_conflict(Context& context, Side side, const Ipv6Address& address, const MacAddress& station);

  // Queues a frame that lacks only the gateway's MAC address, and owns it. Drops the oldest frames when there
  // is no room (RFC 4861 section 7.2.2).
  void queue(Context& context, Side side, const WaitingPacket& packet);
  [[nodiscard]] std::uint32_t queued_buffers() const {
    return hops_[0].waiting.buffers() + hops_[1].waiting.buffers();
  }

 private:
  using Word = GatewayPublisher::Word;
  struct Hop {
    Gateway gateway;
    WaitingQueue waiting;
    Word seen = 0;  // of the worker that asks: reports(); of others: latest()
    std::array<Word, GatewayPublisher::kReports> reports{};  // taken; of the worker that asks
    GatewayPublisher::News published;
  };
  [[nodiscard]] Hop& hop(Side side) { return hops_[static_cast<std::size_t>(side)]; }
  [[nodiscard]] const Hop& hop(Side side) const { return hops_[static_cast<std::size_t>(side)]; }

  [[nodiscard]] Word news_of(Side side) const {
    return probes_ ? publisher_->reports(side) : publisher_->latest(side);
  }
  [[nodiscard]] bool has_news() const {
    return publisher_ != nullptr &&
           (news_of(Side::kIpv4) != hop(Side::kIpv4).seen || news_of(Side::kIpv6) != hop(Side::kIpv6).seen);
  }
  void renew(Context& context, Side side, const Policy& before);
  void take_news(Context& context, Side side);
  void take_reports(Context& context, Side side);
  void follow(Context& context, Side side);
  void report(Context& context, Side side, Message message, const GatewayPublisher::Speaker& speaker);
  void apply(const Context& context, Side side, Message message, const GatewayPublisher::Speaker& speaker);
  [[nodiscard]] static Message message_of(GatewayPublisher::Report report);
  void run_probe_timers(Context& context, Side side);
  void ask(Context& context, Side side, const MacAddress* station);
  void publish(const Context& context, Side side, bool again);
  void update(Context& context, Side side, Instant received_at, bool round_failed);
  void drop_waiting(Context& context, Side side);
  void schedule_next_probe();
  static void drop_queued(Context& context, const WaitingPacket& packet, Outcome outcome);

  std::array<Hop, 2> hops_;  // by Side
  Instant next_probe_ = Instant::min();
  GatewayPublisher* const publisher_;
  AddressConflicts* const conflicts_;
  const bool probes_;
};

}  // namespace softwire::dataplane
