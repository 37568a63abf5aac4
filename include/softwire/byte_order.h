// SPDX-License-Identifier: BSD-3-Clause
// Integers in network byte order. The type states the byte order: no conversion to or from it is implicit.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace softwire {

static_assert(std::endian::native == std::endian::little, "byte_order.h is written for little-endian hosts");

// Two octets in network byte order. Alignment 1: the value may lie anywhere in a packet.
class be16 {
 public:
  constexpr be16() = default;
  constexpr explicit be16(std::uint16_t host) : octets_{std::uint8_t(host >> 8), std::uint8_t(host)} {}

  [[nodiscard]] constexpr std::uint16_t value() const {
    return __builtin_bswap16(std::bit_cast<std::uint16_t>(octets_));
  }
  // Returns the octets as the processor loads them, without a swap. Use it for checksums and comparisons
  // only.
  [[nodiscard]] constexpr std::uint16_t raw() const { return std::bit_cast<std::uint16_t>(octets_); }
  static constexpr be16 from_raw(std::uint16_t raw) {
    be16 result;
    result.octets_ = std::bit_cast<std::array<std::uint8_t, 2>>(raw);
    return result;
  }

  friend constexpr bool operator==(be16 a, be16 b) { return a.raw() == b.raw(); }

 private:
  std::array<std::uint8_t, 2> octets_{};
};

// Four octets in network byte order. Alignment 1.
class be32 {
 public:
  constexpr be32() = default;
  constexpr explicit be32(std::uint32_t host)
      : octets_{std::uint8_t(host >> 24), std::uint8_t(host >> 16), std::uint8_t(host >> 8),
                std::uint8_t(host)} {}

  [[nodiscard]] constexpr std::uint32_t value() const {
    return __builtin_bswap32(std::bit_cast<std::uint32_t>(octets_));
  }
  [[nodiscard]] constexpr std::uint32_t raw() const { return std::bit_cast<std::uint32_t>(octets_); }

  friend constexpr bool operator==(be32 a, be32 b) { return a.raw() == b.raw(); }

 private:
  std::array<std::uint8_t, 4> octets_{};
};

static_assert(sizeof(be16) == 2 && alignof(be16) == 1);
static_assert(sizeof(be32) == 4 && alignof(be32) == 1);

}  // namespace softwire
