// SPDX-License-Identifier: BSD-3-Clause
// The state of a side's gateway: its MAC address, and whether it still answers. One state machine serves ARP
// and Neighbor Discovery: RFC 4861 section 7.3 specifies it, and RFC 1122 section 2.3.2.1 (2) requires the
// same of ARP. The gateway is probed even when no packets wait for it.
#pragma once

#include <cstdint>

#include "softwire/address.h"
#include "softwire/time.h"

namespace softwire::dataplane {

class Gateway {
 public:
  // RFC 4861 section 10. kRetransmit: RETRANS_TIMER. kRound: MAX_MULTICAST_SOLICIT or MAX_UNICAST_SOLICIT
  // times RETRANS_TIMER. kReachable: REACHABLE_TIME.
  static constexpr Instant kRetransmit = std::chrono::seconds(1);
  static constexpr Instant kRound = 3 * kRetransmit;
  static constexpr Instant kReachable = std::chrono::seconds(30);

  // `fixed`: the MAC address that the policy gives; when it is not set, the address is resolved.
  // `has_address`: whether the gateway has an IP address that can be resolved.
  Gateway(const MacAddress& fixed, bool has_address);

  [[nodiscard]] bool is_resolved() const { return resolved_; }
  [[nodiscard]] const MacAddress& mac() const { return mac_; }  // requires: is_resolved()
  [[nodiscard]] bool is_probed() const { return state_ != State::kFixed; }

  // Returns the time at which the next probe is due.
  [[nodiscard]] Instant deadline() const { return deadline_; }
  // Updates the state when a probe is sent: by unicast to mac() when is_resolved(), else by multicast.
  // Returns true when a round of probes found no gateway; packets that wait for it are then dropped.
  [[nodiscard]] bool probe(Instant now);

  // Takes an answer of the gateway to a probe.
  void confirm(const MacAddress& mac, Instant now);
  // Takes an announcement of the gateway's MAC address that no probe asked for. A new MAC address is used at
  // once, and probed (RFC 826; RFC 4861 section 7.2.3).
  void hear(const MacAddress& mac, Instant now);
  // Takes an advertisement that gives another MAC address without the override flag. The MAC address in use
  // is probed.
  void doubt(Instant now);

 private:
  enum class State : std::uint8_t {
    kFixed,
    kUnprobed,
    kIncomplete,
    kReachable,
    kProbe,  // in use, and being probed
  };
  void start_probing(Instant now);

  bool resolved_ = false;
  State state_ = State::kFixed;
  MacAddress mac_;
  Instant deadline_ = Instant::max();
  Instant probed_at_{};
  Instant round_end_{};
};

}  // namespace softwire::dataplane
