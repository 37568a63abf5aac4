// SPDX-License-Identifier: BSD-3-Clause
// Generates ICMP errors about packets that the hub drops, or that others report, within rate limits: for each
// version of IP, and below it for each source. One worker owns it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "dataplane/context/context.h"
#include "dataplane/icmp/error.h"
#include "dataplane/packet/packet_state.h"
#include "dataplane/policy/source_rates.h"
#include "dataplane/policy/token_bucket.h"

namespace softwire::dataplane {

// The limits of errors of one version of IP (RFC 1812 section 4.3.2.8, RFC 4443 section 2.4 (f)).
class IcmpErrorRates {
 public:
  // Vital errors have a share of the rate that others cannot use. Errors of each kind have their own limit
  // for a source. That limit holds while less than half of the tokens are left: what nobody else needs, one
  // source may have.
  enum class Kind : std::uint8_t { kOther, kVital, kRelayedOther, kRelayedVital };

  explicit IcmpErrorRates(std::uint64_t seed) : common_(0, 0), share_(0, 0), sources_(1, 1, seed) {}
  void configure(const SidePolicy& policy) {
    const std::uint32_t share = policy.icmp_error_rate / kShare;
    common_ = TokenBucket(policy.icmp_error_rate - share, policy.icmp_error_rate - share);
    share_ = TokenBucket(share, share);
    const std::uint32_t least = std::min(kLeastBurst, policy.icmp_error_rate);
    sources_.configure(policy.icmp_error_source_rate, std::max(policy.icmp_error_source_rate, least));
  }
  // Returns whether one more error is allowed now, and counts it if so. `source`: the identity of who caused
  // it.
  bool take(const Ipv6Address& source, Kind kind, Instant now) {
    const bool is_within = sources_.take(source, now, static_cast<unsigned>(kind));
    if (!is_within && common_.is_below_half(now)) return false;
    const bool is_vital = kind == Kind::kVital || kind == Kind::kRelayedVital;
    return (is_vital && is_within && share_.take(now)) || common_.take(now);
  }

 private:
  static constexpr std::uint32_t kShare = 4;        // a quarter of the rate is for vital errors
  static constexpr std::uint32_t kLeastBurst = 10;  // enough for a traceroute

  TokenBucket common_;
  TokenBucket share_;
  SourceRates sources_;
};

class IcmpErrors {
 public:
  // `seed`: for hashes; hard to guess.
  IcmpErrors(const Policy& policy, std::uint64_t seed) : ipv4_rates_(seed), ipv6_rates_(seed + 1) {
    activate(policy);
  }
  // Sets the rates of this policy, and resets all limits.
  void activate(const Policy& policy) {
    ipv4_rates_.configure(policy.ipv4);
    ipv6_rates_.configure(policy.ipv6);
  }

  // Makes the ICMP error for the sender of a packet that is dropped for `cause`, in the packet's own buffer.
  // Returns the outcome with which the error leaves, or nullopt when there is no error. When the buffer has
  // no room for the headers of the error, it returns nullopt too, and the frame no longer holds the packet.
  [[nodiscard]] std::optional<Outcome> make_error(Context& context, Side side, PacketState& state,
                                                  Outcome cause);

  // Makes an ICMPv4 error about the IPv4 packet `packet` in the frame, of which packet.ipv4_length octets are
  // there, because the subscriber with this B4 address reports it. `home`: the softwire of the error's
  // receiver; empty when the receiver is on the IPv4 side. Returns the same as make_error(). Requires: the
  // IPv4 header lies in one piece.
  [[nodiscard]] std::optional<Outcome> relay_error(Context& context, Mbuf& frame, const ParsedPacket& packet,
                                                   Icmpv4ErrorKind kind, const Softwire& home,
                                                   const Ipv6Address& reporter);

 private:
  // Who caused an error, and how it counts.
  struct Cause {
    Ipv6Address source;
    bool is_relayed = false;
  };
  [[nodiscard]] std::optional<Outcome> make_icmpv4_error_about(Context& context, Mbuf& frame,
                                                               const ParsedPacket& packet,
                                                               Icmpv4ErrorKind kind, const Softwire& home,
                                                               const Cause& cause);
  [[nodiscard]] std::optional<Outcome> make_source_policy_error(Context& context, PacketState& state);

  IcmpErrorRates ipv4_rates_;
  IcmpErrorRates ipv6_rates_;
};

// Returns the softwire to the sender of `packet`, or an empty softwire when the sender is on the IPv4 side.
// Returns nullopt when the address belongs to subscribers, but the port to none of them.
[[nodiscard]] std::optional<Softwire> softwire_of_sender(const Context& context, const ParsedPacket& packet);

}  // namespace softwire::dataplane
