// SPDX-License-Identifier: BSD-3-Clause
// Text forms of addresses and prefixes. IPv4: dotted quad, strict form (RFC 6943). IPv6: reads RFC 4291,
// writes RFC 5952. Every parse function reads the whole text, and returns nullopt when any part of it does
// not fit.
#pragma once

#include <arpa/inet.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include "softwire/address.h"

namespace softwire {

namespace detail {
template <int Family, std::size_t Size>
std::optional<std::array<std::uint8_t, Size>> parse_inet(std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN + 1> buffer{};
  if (text.empty() || text.size() >= buffer.size()) return std::nullopt;
  text.copy(buffer.data(), text.size());
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  std::array<std::uint8_t, Size> octets{};
  if (inet_pton(Family, buffer.data(), octets.data()) != 1) return std::nullopt;
  return octets;
}
}  // namespace detail

// Reads a decimal number, digits only. Returns nullopt when the number is above `max`.
inline std::optional<std::uint32_t> parse_number(std::string_view text, std::uint32_t max) {
  std::uint32_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end || value > max) return std::nullopt;
  return value;
}

inline std::optional<Ipv4Address> parse_ipv4(std::string_view text) {
  const auto octets = detail::parse_inet<AF_INET, 4>(text);
  if (!octets) return std::nullopt;
  return Ipv4Address((*octets)[0], (*octets)[1], (*octets)[2], (*octets)[3]);
}

inline std::optional<Ipv6Address> parse_ipv6(std::string_view text) {
  const auto octets = detail::parse_inet<AF_INET6, 16>(text);
  if (!octets) return std::nullopt;
  return Ipv6Address(*octets);
}

// Reads a prefix such as "192.0.2.0/24". Requires that the bits beyond the length are zero.
inline std::optional<Ipv4Prefix> parse_ipv4_prefix(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto address = parse_ipv4(text.substr(0, slash));
  const auto length = parse_number(text.substr(slash + 1), 32);
  if (!address || !length) return std::nullopt;
  const Ipv4Prefix prefix{*address, static_cast<std::uint8_t>(*length)};
  return prefix.is_canonical() ? std::optional(prefix) : std::nullopt;
}

// Reads a prefix such as "2001:db8::/40". Requires that the bits beyond the length are zero.
inline std::optional<Ipv6Prefix> parse_ipv6_prefix(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto address = parse_ipv6(text.substr(0, slash));
  const auto length = parse_number(text.substr(slash + 1), 128);
  if (!address || !length) return std::nullopt;
  const Ipv6Prefix prefix{*address, static_cast<std::uint8_t>(*length)};
  return prefix.is_canonical() ? std::optional(prefix) : std::nullopt;
}

// Reads a MAC address such as "12:34:56:78:9a:bc", with two hexadecimal digits for each octet.
inline std::optional<MacAddress> parse_mac(std::string_view text) {
  if (text.size() != 17) return std::nullopt;
  MacAddress::Octets octets{};
  for (std::size_t i = 0; i < octets.size(); ++i) {
    const char* first = text.data() + 3 * i;
    const auto [stop, error] = std::from_chars(first, first + 2, octets[i], 16);
    if (error != std::errc() || stop != first + 2) return std::nullopt;
    if (i + 1 < octets.size() && first[2] != ':') return std::nullopt;
  }
  return MacAddress(octets);
}

inline std::string to_string(Ipv4Address address) {
  std::array<char, INET_ADDRSTRLEN> buffer{};
  const be32 wire = address.wire();
  return inet_ntop(AF_INET, &wire, buffer.data(), buffer.size());
}

inline std::string to_string(const Ipv6Address& address) {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  return inet_ntop(AF_INET6, address.octets().data(), buffer.data(), buffer.size());
}

inline std::string to_string(const Ipv4Prefix& prefix) {
  return to_string(prefix.address) + "/" + std::to_string(prefix.length);
}

inline std::string to_string(const Ipv6Prefix& prefix) {
  return to_string(prefix.address) + "/" + std::to_string(prefix.length);
}

inline std::string to_string(const MacAddress& mac) {
  std::array<char, 18> buffer{};
  const auto& o = mac.octets();
  std::snprintf(buffer.data(), buffer.size(), "%02x:%02x:%02x:%02x:%02x:%02x", o[0], o[1], o[2], o[3], o[4],
                o[5]);
  return buffer.data();
}

}  // namespace softwire
