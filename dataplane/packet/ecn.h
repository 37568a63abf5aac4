// SPDX-License-Identifier: BSD-3-Clause
// Explicit congestion notification (ECN) through a tunnel, normal mode (RFC 6040).
#pragma once

#include <cstdint>

namespace softwire::dataplane {

inline constexpr std::uint8_t kEcnMask = 0x03;
inline constexpr std::uint8_t kNotEct = 0;
inline constexpr std::uint8_t kEct1 = 1;
inline constexpr std::uint8_t kEct0 = 2;
inline constexpr std::uint8_t kCe = 3;

// The ECN field of the inner header after decapsulation (RFC 6040 section 4.2, figure 4). `drop`: the packet
// must be dropped.
struct EcnDecision {
  std::uint8_t ecn;
  bool drop;
};

constexpr EcnDecision decapsulated_ecn(std::uint8_t inner, std::uint8_t outer) {
  if (outer == kCe) return {kCe, inner == kNotEct};  // a mark that the inner packet cannot carry means a loss
  if (outer == kEct1 && inner == kEct0) return {kEct1, false};
  return {inner, false};
}

}  // namespace softwire::dataplane
