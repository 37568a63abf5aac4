// SPDX-License-Identifier: BSD-3-Clause
// Generates ICMP errors about packets that the hub drops, or that others report, within a rate limit for each
// version of IP. One worker owns it.
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
  // Sets the rates of this policy, and resets both limits.
  void activate(const Policy& policy) {
    ipv4_bucket_ = TokenBucket(policy.ipv4.icmp_error_rate, policy.ipv4.icmp_error_rate);
    ipv6_bucket_ = TokenBucket(policy.ipv6.icmp_error_rate, policy.ipv6.icmp_error_rate);
  }

  // Makes the ICMP error for the sender of a packet that is dropped for `cause`, in the packet's own buffer.
  // Returns the outcome with which the error leaves, or nullopt when there is no error. When the buffer has
  // no room for the headers of the error, it returns nullopt too, and the frame no longer holds the packet.
  [[nodiscard]] std::optional<Outcome> make_error(Context& context, Side side, PacketState& state,
                                                  Outcome cause);

  // Makes an ICMPv4 error about the IPv4 packet `packet` in the frame, of which packet.ipv4_length octets are
  // there. `home`: the softwire of the error's receiver; empty when the receiver is on the IPv4 side. Returns
  // the same as make_error(). Requires: the IPv4 header lies in one piece.
  [[nodiscard]] std::optional<Outcome> make_icmpv4_error_about(Context& context, Mbuf& frame,
                                                               const ParsedPacket& packet,
                                                               Icmpv4ErrorKind kind, const Softwire& home);

 private:
  [[nodiscard]] std::optional<Outcome> make_source_policy_error(Context& context, PacketState& state);

  TokenBucket ipv4_bucket_;
  TokenBucket ipv6_bucket_;
};

// Returns the softwire to the sender of `packet`, or an empty softwire when the sender is on the IPv4 side.
// Returns nullopt when the address belongs to subscribers, but the port to none of them.
[[nodiscard]] std::optional<Softwire> softwire_of_sender(const Context& context, const ParsedPacket& packet);

}  // namespace softwire::dataplane
