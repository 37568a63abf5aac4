// SPDX-License-Identifier: BSD-3-Clause
// What is known of a side's gateway: its MAC address, and whether it still answers. One state machine for ARP
// and Neighbor Discovery: RFC 4861 section 7.3 is it, and RFC 1122 section 2.3.2.1 (2) asks the same of ARP.
// The gateway is always wanted, so it is asked whether packets wait or not.
#pragma once

#include <cstdint>

#include "softwire/address.h"
#include "softwire/time.h"

namespace softwire::dataplane {

class Gateway {
 public:
  // RFC 4861 section 10: RETRANS_TIMER; MAX_MULTICAST_SOLICIT and MAX_UNICAST_SOLICIT of them;
  // REACHABLE_TIME.
  static constexpr Instant kRetransmit = std::chrono::seconds(1);
  static constexpr Instant kRound = 3 * kRetransmit;
  static constexpr Instant kReachable = std::chrono::seconds(30);

  // `fixed`: the MAC address, if nobody has to be asked. `has_address`: else, whether there is somebody to
  // ask.
  Gateway(const MacAddress& fixed, bool has_address);

  [[nodiscard]] bool is_resolved() const { return resolved_; }
  [[nodiscard]] const MacAddress& mac() const { return mac_; }  // when is_resolved()
  [[nodiscard]] bool is_asked() const { return state_ != State::kFixed; }

  // When the next question is due.
  [[nodiscard]] Instant deadline() const { return deadline_; }
  // The question goes out now: to mac() when is_resolved(), else to everyone. True when a round of them has
  // found nobody, and what waits is to be given up.
  [[nodiscard]] bool ask(Instant now);

  // It answered.
  void confirm(const MacAddress& mac, Instant now);
  // It said so, unasked: a new address is taken, and asked whether it is right (RFC 826; RFC 4861 section
  // 7.2.3).
  void hear(const MacAddress& mac, Instant now);
  // Somebody says that it is another one.
  void doubt(Instant now);

 private:
  enum class State : std::uint8_t {
    kFixed,
    kUnasked,
    kIncomplete,
    kReachable,
    kProbe,  // in use, and being asked
  };
  void probe(Instant now);

  bool resolved_ = false;
  State state_ = State::kFixed;
  MacAddress mac_;
  Instant deadline_ = Instant::max();
  Instant asked_at_{};
  Instant round_end_{};
};

}  // namespace softwire::dataplane
