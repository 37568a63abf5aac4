// SPDX-License-Identifier: BSD-3-Clause
// Generates ICMP errors about packets that the hub drops, or that others report, within rate limits: one for
// each version of IP, which the sources share fairly. One worker owns it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "dataplane/context/context.h"
#include "dataplane/icmp/error.h"
#include "dataplane/packet/packet_state.h"
#include "dataplane/policy/equal_share_rate.h"

namespace softwire::dataplane {

// The limits of errors of one version of IP (RFC 1812 section 4.3.2.8, RFC 4443 section 2.4 (f)).
class IcmpErrorRates {
 public:
  // Vital errors have a share of the rate that others cannot use. What a node reports does not count together
  // with errors about its own packets.
  enum class Kind : std::uint8_t { kOther, kVital, kRelayedOther, kRelayedVital };

  explicit IcmpErrorRates(std::uint64_t seed) : common_(seed), share_(seed) {}
  void configure(const SidePolicy& policy) {
    const std::uint32_t share = policy.icmp_error_rate / kShare;
    common_.configure(policy.icmp_error_rate - share, std::max(policy.icmp_error_source_rate, kLeastBurst));
    share_.configure(share, share);
  }
  // Returns whether one more error is allowed now, and counts it if so. `source`: the identity of who caused
  // it.
  bool take(const Ipv6Address& source, Kind kind, Instant now) {
    const bool is_vital = kind == Kind::kVital || kind == Kind::kRelayedVital;
    const unsigned is_relayed = kind == Kind::kRelayedOther || kind == Kind::kRelayedVital ? 1 : 0;
    return (is_vital && share_.take(source, now, is_relayed)) || common_.take(source, now, is_relayed);
  }

 private:
  static constexpr std::uint32_t kShare = 4;        // a quarter of the rate is for vital errors
  static constexpr std::uint32_t kLeastBurst = 10;  // enough for a traceroute

  EqualShareRate common_;
  EqualShareRate share_;
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

  // Returns whether one more ICMP error of another node may be translated, to leave on the side `to`, and
  // counts it if so. It counts like an error that is relayed. `error`: its ICMPv4 header, before or after the
  // translation. `reporter`: the identity of who reports it.
  [[nodiscard]] bool may_translate(Context& context, Side to, const IcmpError& error,
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
