// SPDX-License-Identifier: BSD-3-Clause
// Parsers of the values in softwired.conf, softwires.conf and the command line. Each has words for its
// values, for an error "'x' is not <those words>".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "softwire/address.h"
#include "softwire/address_text.h"
#include "softwire/martian.h"

namespace softwire::controlplane {

// An IPv4 address that a host may have: not in 0.0.0.0/8 or 127.0.0.0/8, and not multicast, reserved or
// broadcast (RFC 1122 section 3.2.1.3, RFC 1112 section 4).
inline constexpr std::string_view kIpv4HostWords =
    "an IPv4 address of a host (not in 0.0.0.0/8 or 127.0.0.0/8, and below 224.0.0.0)";
inline std::optional<Ipv4Address> parse_ipv4_host(std::string_view text) {
  const auto address = parse_ipv4(text);
  if (!address || address->host() >> 24 == 0 || address->is_loopback() || address->host() >> 29 == 7) {
    return std::nullopt;
  }
  return address;
}

// An IPv4 address that a subscriber may have: one of a host that is not link-local either, because no packet
// from or to such an address is forwarded (RFC 3927 section 7).
inline constexpr std::string_view kIpv4SubscriberWords =
    "an IPv4 address of a subscriber (not in 0.0.0.0/8, 127.0.0.0/8 or 169.254.0.0/16, and below 224.0.0.0)";
inline std::optional<Ipv4Address> parse_ipv4_subscriber(std::string_view text) {
  const auto address = parse_ipv4_host(text);
  return address && !is_martian(address->host()) ? address : std::nullopt;
}

// An IPv6 address that can be an end of a softwire, which is reached over many hops. The unspecified, the
// loopback and the IPv4-mapped addresses all have zeros in the upper 64 bits.
inline constexpr std::string_view kSoftwireAddressWords =
    "a unicast IPv6 address that is not link-local and whose upper 64 bits are not zero";
inline std::optional<Ipv6Address> parse_softwire_address(std::string_view text) {
  const auto address = parse_ipv6(text);
  if (!address || address->high() == 0 || address->is_multicast() || address->is_link_local()) {
    return std::nullopt;
  }
  return address;
}

// An IPv6 address of a node, which may be link-local.
inline constexpr std::string_view kNeighborWords = "a unicast IPv6 address";
inline std::optional<Ipv6Address> parse_neighbor(std::string_view text) {
  const auto address = parse_ipv6(text);
  return address && !address->is_unspecified() && !address->is_loopback() && !address->is_multicast()
             ? address
             : std::nullopt;
}

inline std::string decimal_words(std::uint32_t min, std::uint32_t max) {
  return "a number from " + std::to_string(min) + " to " + std::to_string(max);
}

// Returns the user's text for an error: in quotes, on one line, without control characters, and cut if it is
// long.
inline std::string in_quotes(std::string_view text) {
  constexpr std::size_t kMaxQuoted = 64;
  std::string result = "'";
  for (const char c : text.substr(0, kMaxQuoted)) result += c >= ' ' && c <= '~' ? c : '?';
  return result + (text.size() > kMaxQuoted ? "...'" : "'");
}

}  // namespace softwire::controlplane
