// SPDX-License-Identifier: BSD-3-Clause
// Builds and parses the relay agent information option, option 82 (RFC 3046).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "controlplane/dhcp/codec/message.h"

namespace softwire::controlplane::dhcp {

namespace suboption {
inline constexpr std::uint8_t kCircuitId = 1;                  // RFC 3046 section 3.1
inline constexpr std::uint8_t kRemoteId = 2;                   // RFC 3046 section 3.2
inline constexpr std::uint8_t kLinkSelection = 5;              // RFC 3527: an address of the subnet, 4 octets
inline constexpr std::uint8_t kRelayAgentFlags = 10;           // RFC 5010: 1 octet
inline constexpr std::uint8_t kServerIdentifierOverride = 11;  // RFC 5107: an IPv4 address, 4 octets
inline constexpr std::uint8_t kRelayId = 12;                   // RFC 6925: 1 octet or more
inline constexpr std::uint8_t kFlagUnicast = 0x80;             // in kRelayAgentFlags (RFC 5010 section 3)
}  // namespace suboption

// Builds an option 82. The sub-options are in the order of the calls of add().
class Option82Builder {
 public:
  // Adds a sub-option. Returns false and adds nothing when the sub-options together would exceed 255 octets,
  // the maximum of an option.
  bool add(std::uint8_t code, Octets value);
  // Returns code, length and sub-options. Valid as long as the builder.
  [[nodiscard]] Octets octets() const { return Octets(octets_).first(2U + octets_[1]); }

 private:
  std::array<std::uint8_t, 2 + 255> octets_{option::kRelayAgentInformation, 0};
};

// The sub-options of an option 82, found by code, because servers may return them in another order.
class Option82View {
 public:
  // Parses the value of an option. Returns nullopt when a sub-option runs past its end. Codes 0 and 255 have
  // no special meaning: there are no pads and no End inside (RFC 3046 section 2.0).
  static std::optional<Option82View> parse(Octets value);

  [[nodiscard]] std::size_t count(std::uint8_t code) const;
  // Returns the value of a sub-option that is present exactly once, else nullopt.
  [[nodiscard]] std::optional<Octets> sole(std::uint8_t code) const;
  // Does the same for a value of 16 octets. Returns nullopt for any other length: a server may join repeated
  // sub-options into one.
  [[nodiscard]] std::optional<Ipv6Address> ipv6(std::uint8_t code) const;

 private:
  explicit Option82View(Octets value) : value_(value) {}
  Octets value_;
};

}  // namespace softwire::controlplane::dhcp
