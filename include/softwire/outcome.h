// SPDX-License-Identifier: BSD-3-Clause
// The outcome table. Each packet that the hub receives, and each packet that the hub makes, ends with exactly
// one outcome. The enum, the counters, the metrics, `explain` and docs/counters.md are all made from this
// table. To add an outcome, add a row here and print docs/counters.md again with build/tests/counters_doc.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "softwire/outcome_table.h"

namespace softwire {

enum class Disposition : std::uint8_t {
  kSent,     // left on one of the two sides
  kPunted,   // handed to the control plane, which counts it again, with an outcome of CountedBy::kDhcp
  kDropped,  // discarded
  kHandled,  // consumed: a message to the hub itself, or a fragment that became part of a whole packet
};

constexpr std::string_view to_text(Disposition disposition) {
  switch (disposition) {
    case Disposition::kSent:
      return "sent";
    case Disposition::kPunted:
      return "punted";
    case Disposition::kDropped:
      return "dropped";
    case Disposition::kHandled:
      return "handled";
  }
  return "";
}

enum class CountedBy : std::uint8_t {
  kDataplane,  // the worker that processes the packet
  kDhcp,       // the DHCP relay or the embedded server, for a punted packet
};

// The side on which a packet with this outcome leaves.
enum class EgressSide : std::uint8_t {
  kNone,  // it does not leave
  kIpv4,
  kIpv6,
  kAny,  // the side of the packet that it is a part of
};

// The origin of the packet.
enum class Origin : std::uint8_t {
  kReceived,      // received in a frame; or any of the origins, for a reason that drops packets of all
  kHub,           // made by the packet path
  kControlPlane,  // made by the control plane and injected
};

// The stage of the packet path that decides the outcome, in the order of the stages.
enum class Stage : std::uint8_t {
  kFrame,
  kHeaders,
  kReassembly,
  kDhcp,
  kNeighbor,
  kIcmp,
  kSource,
  kDestination,
  kRewrite,
  kOut,
  kRelayClient,
  kRelayServer,
  kServer,
};

// The ICMP error that the sender of a dropped packet gets, within the rate limits. The packet of a MAP-T CE,
// and one that the control plane injects, causes none.
enum class ErrorToSender : std::uint8_t {
  kNone,
  kSourcePolicy,     // ICMPv6 1/5 to the B4 (RFC 7596 section 6.2)
  kTimeExceeded,     // ICMPv4 11/0
  kHostUnreachable,  // ICMPv4 3/1
  kTooBigForIpv6,    // ICMPv4 3/4 with the MTU of the IPv6 side minus the octets that the packet grows by
  kTooBigForIpv4,    // ICMPv4 3/4 with the MTU of the IPv4 side
};

enum class Outcome : std::uint8_t {
#define SOFTWIRE_OUTCOME_ENUMERATOR(enumerator, ...) enumerator,
  SOFTWIRE_OUTCOMES(SOFTWIRE_OUTCOME_ENUMERATOR)
#undef SOFTWIRE_OUTCOME_ENUMERATOR
};

struct OutcomeInfo {
  std::string_view name;  // in counters and metrics
  CountedBy counted_by;
  Disposition disposition;
  EgressSide egress_side;
  Origin origin;
  Stage stage;
  ErrorToSender error_to_sender;
  std::string_view help;
  std::string_view source;  // RFC and section; empty when the implementation sets the limit
};

inline constexpr auto kOutcomes = std::to_array<OutcomeInfo>({
#define SOFTWIRE_OUTCOME_INFO(enumerator, name, counted_by, disposition, egress_side, origin, stage, \
                              error_to_sender, help, source)                                         \
  {name,           CountedBy::counted_by, Disposition::disposition,       EgressSide::egress_side,   \
   Origin::origin, Stage::stage,          ErrorToSender::error_to_sender, help,                      \
   source},
    SOFTWIRE_OUTCOMES(SOFTWIRE_OUTCOME_INFO)
#undef SOFTWIRE_OUTCOME_INFO
});

inline constexpr std::size_t kOutcomeCount = kOutcomes.size();

constexpr const OutcomeInfo& info(Outcome outcome) {
  return kOutcomes[static_cast<std::size_t>(outcome)];
}

// The number of sent outcomes. They stand first in the table, so that the packet path compares a number only.
inline constexpr std::size_t kSentOutcomes = [] {
  std::size_t count = 0;
  while (kOutcomes[count].disposition == Disposition::kSent) ++count;
  return count;
}();
constexpr bool is_sent(Outcome outcome) {
  return static_cast<std::size_t>(outcome) < kSentOutcomes;
}

// Bit i is set when the sent outcome i leaves on the IPv4 side.
inline constexpr std::uint64_t kIpv4EgressOutcomes = [] {
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < kSentOutcomes; ++i) {
    if (kOutcomes[i].egress_side == EgressSide::kIpv4) bits |= std::uint64_t{1} << i;
  }
  return bits;
}();
// Returns whether the packet leaves on the IPv4 side. Requires: is_sent(outcome), and its egress side is not
// kAny.
constexpr bool leaves_by_ipv4_side(Outcome outcome) {
  return (kIpv4EgressOutcomes >> static_cast<unsigned>(outcome) & 1) != 0;
}

// Checks the table: a packet has an egress side exactly when it is sent, only a sent packet has another
// origin than kReceived, and only a dropped packet causes an error to its sender.
static_assert(kSentOutcomes <= 64 && [] {
  for (std::size_t i = 0; i < kOutcomeCount; ++i) {
    const OutcomeInfo& row = kOutcomes[i];
    const bool is_sent = i < kSentOutcomes;
    if ((row.disposition == Disposition::kSent) != is_sent) return false;
    if ((row.egress_side != EgressSide::kNone) != is_sent) return false;
    if (row.origin != Origin::kReceived && !is_sent) return false;
    if (row.error_to_sender != ErrorToSender::kNone && row.disposition != Disposition::kDropped) return false;
  }
  return true;
}());

// One counter for each outcome. It counts packets, not messages: a DHCP message that goes to two servers
// counts once.
class OutcomeCounters {
 public:
  void add(Outcome outcome, std::uint64_t packets = 1) {
    counts_[static_cast<std::size_t>(outcome)] += packets;
  }
  [[nodiscard]] std::uint64_t operator[](Outcome outcome) const {
    return counts_[static_cast<std::size_t>(outcome)];
  }
  [[nodiscard]] std::uint64_t total(Disposition disposition,
                                    CountedBy counted_by = CountedBy::kDataplane) const {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < kOutcomeCount; ++i) {
      if (kOutcomes[i].disposition == disposition && kOutcomes[i].counted_by == counted_by) sum += counts_[i];
    }
    return sum;
  }
  OutcomeCounters& operator+=(const OutcomeCounters& other) {
    for (std::size_t i = 0; i < kOutcomeCount; ++i) counts_[i] += other.counts_[i];
    return *this;
  }

 private:
  std::array<std::uint64_t, kOutcomeCount> counts_{};
};

}  // namespace softwire
