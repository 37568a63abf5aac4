// SPDX-License-Identifier: BSD-3-Clause
// IPv4, IPv6 and MAC addresses, and prefixes, as value types. They store addresses in network byte order and
// have alignment 1, so that a header struct can contain them. For text forms see address_text.h.
#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "softwire/byte_order.h"

namespace softwire {

class Ipv4Address {
 public:
  constexpr Ipv4Address() = default;  // 0.0.0.0
  constexpr explicit Ipv4Address(be32 wire) : wire_(wire) {}
  constexpr Ipv4Address(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d)
      : wire_(std::uint32_t{a} << 24 | std::uint32_t{b} << 16 | std::uint32_t{c} << 8 | d) {}
  static constexpr Ipv4Address from_host(std::uint32_t host) { return Ipv4Address(be32(host)); }

  [[nodiscard]] constexpr std::uint32_t host() const { return wire_.value(); }
  [[nodiscard]] constexpr be32 wire() const { return wire_; }
  [[nodiscard]] constexpr bool is_unspecified() const { return wire_.raw() == 0; }
  [[nodiscard]] constexpr bool is_broadcast() const { return wire_.raw() == 0xffffffffU; }
  [[nodiscard]] constexpr bool is_loopback() const { return host() >> 24 == 127; }
  [[nodiscard]] constexpr bool is_multicast() const { return host() >> 28 == 14; }

  friend constexpr bool operator==(Ipv4Address a, Ipv4Address b) { return a.wire_ == b.wire_; }
  friend constexpr auto operator<=>(Ipv4Address a, Ipv4Address b) { return a.host() <=> b.host(); }

 private:
  be32 wire_;
};

class Ipv6Address {
 public:
  using Octets = std::array<std::uint8_t, 16>;

  constexpr Ipv6Address() = default;  // ::
  constexpr explicit Ipv6Address(const Octets& octets) : octets_(octets) {}
  // Makes an address from two halves in host byte order: {0x20010db800000000, 1} is 2001:db8::1.
  static constexpr Ipv6Address from_host(std::uint64_t high, std::uint64_t low) {
    return Ipv6Address(std::bit_cast<Octets>(std::array{__builtin_bswap64(high), __builtin_bswap64(low)}));
  }

  [[nodiscard]] constexpr const Octets& octets() const { return octets_; }
  [[nodiscard]] constexpr std::uint64_t high() const { return __builtin_bswap64(raw_halves()[0]); }
  [[nodiscard]] constexpr std::uint64_t low() const { return __builtin_bswap64(raw_halves()[1]); }
  [[nodiscard]] constexpr bool is_unspecified() const { return *this == Ipv6Address(); }
  [[nodiscard]] constexpr bool is_multicast() const { return octets_[0] == 0xff; }
  [[nodiscard]] constexpr bool is_loopback() const { return high() == 0 && low() == 1; }
  [[nodiscard]] constexpr bool is_link_local() const {
    return octets_[0] == 0xfe && (octets_[1] & 0xc0) == 0x80;
  }

  friend constexpr bool operator==(const Ipv6Address& a, const Ipv6Address& b) {
    const auto x = a.raw_halves();
    const auto y = b.raw_halves();
    return ((x[0] ^ y[0]) | (x[1] ^ y[1])) == 0;
  }
  friend constexpr std::strong_ordering operator<=>(const Ipv6Address& a, const Ipv6Address& b) {
    return a.high() != b.high() ? a.high() <=> b.high() : a.low() <=> b.low();
  }

 private:
  [[nodiscard]] constexpr std::array<std::uint64_t, 2> raw_halves() const {
    return std::bit_cast<std::array<std::uint64_t, 2>>(octets_);
  }
  Octets octets_{};
};

// `length`: bits, 0 to 32. In a valid prefix the bits of the address beyond the length are zero.
struct Ipv4Prefix {
  Ipv4Address address;
  std::uint8_t length = 0;

  // Returns the netmask in host byte order.
  [[nodiscard]] constexpr std::uint32_t mask() const {
    return length == 0 ? 0 : ~std::uint32_t{0} << (32 - length);
  }
  [[nodiscard]] constexpr bool contains(Ipv4Address a) const {
    return ((a.host() ^ address.host()) & mask()) == 0;
  }
  [[nodiscard]] constexpr bool is_canonical() const { return (address.host() & ~mask()) == 0; }
  friend constexpr bool operator==(const Ipv4Prefix&, const Ipv4Prefix&) = default;
};

// `length`: bits, 0 to 128.
struct Ipv6Prefix {
  Ipv6Address address;
  std::uint8_t length = 0;

  // Returns the prefix of this length that contains the address.
  static constexpr Ipv6Prefix of(const Ipv6Address& a, std::uint8_t length) {
    const Ipv6Prefix all{{}, length};
    return {Ipv6Address::from_host(a.high() & all.mask_high(), a.low() & all.mask_low()), length};
  }
  [[nodiscard]] constexpr bool contains(const Ipv6Address& a) const {
    return ((a.high() ^ address.high()) & mask_high()) == 0 && ((a.low() ^ address.low()) & mask_low()) == 0;
  }
  [[nodiscard]] constexpr bool contains(const Ipv6Prefix& longer) const {
    return longer.length >= length && contains(longer.address);
  }
  [[nodiscard]] constexpr bool is_canonical() const {
    return (address.high() & ~mask_high()) == 0 && (address.low() & ~mask_low()) == 0;
  }
  friend constexpr bool operator==(const Ipv6Prefix&, const Ipv6Prefix&) = default;

 private:
  [[nodiscard]] constexpr std::uint64_t mask_high() const {
    return length == 0 ? 0 : length >= 64 ? ~std::uint64_t{0} : ~std::uint64_t{0} << (64 - length);
  }
  [[nodiscard]] constexpr std::uint64_t mask_low() const {
    return length <= 64 ? 0 : ~std::uint64_t{0} << (128 - length);
  }
};

class MacAddress {
 public:
  using Octets = std::array<std::uint8_t, 6>;

  constexpr MacAddress() = default;  // 00:00:00:00:00:00, "not set"
  constexpr explicit MacAddress(const Octets& octets) : octets_(octets) {}
  static constexpr MacAddress broadcast() { return MacAddress({0xff, 0xff, 0xff, 0xff, 0xff, 0xff}); }

  [[nodiscard]] constexpr const Octets& octets() const { return octets_; }
  [[nodiscard]] constexpr bool is_set() const { return !(*this == MacAddress()); }
  [[nodiscard]] constexpr bool is_multicast() const { return (octets_[0] & 1) != 0; }  // broadcast included

  // Returns whether the address is the broadcast address, or derives from an IP multicast group (RFC 1112
  // section 6.4, RFC 2464 section 7).
  [[nodiscard]] constexpr bool is_ip_group() const {
    return *this == broadcast() || (octets_[0] == 0x01 && octets_[1] == 0x00 && octets_[2] == 0x5e) ||
           (octets_[0] == 0x33 && octets_[1] == 0x33);
  }

  // Compares 16-bit words: a comparison of the arrays would call memcmp for every frame.
  friend constexpr bool operator==(const MacAddress& a, const MacAddress& b) {
    const auto x = std::bit_cast<std::array<std::uint16_t, 3>>(a.octets_);
    const auto y = std::bit_cast<std::array<std::uint16_t, 3>>(b.octets_);
    return ((x[0] ^ y[0]) | (x[1] ^ y[1]) | (x[2] ^ y[2])) == 0;
  }

 private:
  Octets octets_{};
};

static_assert(sizeof(Ipv4Address) == 4 && alignof(Ipv4Address) == 1);
static_assert(sizeof(Ipv6Address) == 16 && alignof(Ipv6Address) == 1);
static_assert(sizeof(MacAddress) == 6 && alignof(MacAddress) == 1);

}  // namespace softwire

template <>
struct std::hash<softwire::Ipv4Address> {
  std::size_t operator()(softwire::Ipv4Address a) const noexcept {
    return std::hash<std::uint32_t>()(a.host());
  }
};

template <>
struct std::hash<softwire::Ipv6Address> {
  std::size_t operator()(const softwire::Ipv6Address& a) const noexcept {
    // Mixes both halves with splitmix64, because the addresses of subscribers differ in few, regular bits.
    std::uint64_t x = a.high() * 0x9e3779b97f4a7c15ULL ^ a.low();
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    return x ^ (x >> 31);
  }
};
