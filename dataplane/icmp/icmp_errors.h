// SPDX-License-Identifier: BSD-3-Clause
// ICMP errors that the hub generates about packets that it drops or that others report, within a rate for
// each version of IP. One worker owns it.
#pragma once

#include <cstdint>
#include <optional>

#include "dataplane/context/context.h"
#include "dataplane/icmp/error.h"
#include "dataplane/packet/packet_state.h"
#include "dataplane/policy/token_bucket.h"

namespace softwire::dataplane {

class IcmpErrors {
 public:
  explicit IcmpErrors(const Policy& policy) : ipv4_bucket_(0, 0), ipv6_bucket_(0, 0) { activate(policy); }
  // Starts anew with the rates of this policy.
  void activate(const Policy& policy) {
    ipv4_bucket_ = TokenBucket(policy.ipv4.icmp_error_rate, policy.ipv4.icmp_error_rate);
    ipv6_bucket_ = TokenBucket(policy.ipv6.icmp_error_rate, policy.ipv6.icmp_error_rate);
  }

  // Makes the error that the sender of a packet dropped for `cause` gets, in the packet's own buffer. Returns
  // the outcome with which the error leaves, or nullopt when there is none; the buffer then still holds the
  // packet.
  [[nodiscard]] std::optional<Outcome> make_error(Context& context, Side side, PacketState& state,
                                                  Outcome cause);

  // Makes an ICMPv4 error about the IPv4 packet `packet` in the frame, of which packet.ipv4_length octets are
  // there. Requires: the IPv4 header lies in one piece. `home`: the softwire of the error's receiver; empty:
  // it is on the IPv4 side. Returns as make_error().
  [[nodiscard]] std::optional<Outcome> make_icmpv4_error_about(Context& context, Mbuf& frame,
                                                               const ParsedPacket& packet,
                                                               Icmpv4ErrorKind kind, const Softwire& home);

 private:
  [[nodiscard]] std::optional<Outcome> make_source_policy_error(Context& context, PacketState& state);

  TokenBucket ipv4_bucket_;
  TokenBucket ipv6_bucket_;
};

// Where a packet to the sender of `packet` goes: its softwire, or an empty one for the IPv4 side. Nullopt:
// the address belongs to subscribers, but its port to none.
[[nodiscard]] std::optional<Softwire> softwire_of_sender(const Context& context, const ParsedPacket& packet);

}  // namespace softwire::dataplane
