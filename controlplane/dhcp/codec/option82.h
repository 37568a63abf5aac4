// SPDX-License-Identifier: BSD-3-Clause
// The relay agent information option, option 82 (RFC 3046): built for servers, read in what they return.
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

// Builds an option 82. Sub-options stand in the order in which they were added.
class Option82Builder {
 public:
  // Adds nothing and returns false when the sub-options would be more than an option holds (255 octets).
  bool add(std::uint8_t code, Octets value);
  // Code, length and sub-options. Lives as long as the builder.
  [[nodiscard]] Octets octets() const { return Octets(octets_).first(2U + octets_[1]); }

 private:
  std::array<std::uint8_t, 2 + 255> octets_{option::kRelayAgentInformation, 0};
};

// The sub-options of an option 82, found by code: servers return them in an order of their own.
class Option82View {
 public:
  // Parses the value of an option. Returns nullopt when a sub-option runs past its end. Codes 0 and 255 are
  // codes like any other: there are no pads and no End inside (RFC 3046 section 2.0).
  static std::optional<Option82View> parse(Octets value);

  [[nodiscard]] std::size_t count(std::uint8_t code) const;
  // Returns the value of a sub-option that is there exactly once, else nullopt.
  [[nodiscard]] std::optional<Octets> sole(std::uint8_t code) const;
  // The same, when it is 16 octets long. (A server may return a repeated sub-option as one that is too long.)
  [[nodiscard]] std::optional<Ipv6Address> ipv6(std::uint8_t code) const;

 private:
  explicit Option82View(Octets value) : value_(value) {}
  Octets value_;
};

}  // namespace softwire::controlplane::dhcp
