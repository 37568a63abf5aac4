// SPDX-License-Identifier: BSD-3-Clause
// Reads the input of a fuzz target as a row of choices. After the end it reads zeros, so that every input
// means something, and a longer input with the same start means the same at first.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace softwire::fuzz {

class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : rest_(data, size) {}

  [[nodiscard]] bool empty() const { return rest_.empty(); }
  std::uint8_t octet() {
    if (rest_.empty()) return 0;
    const std::uint8_t octet = rest_.front();
    rest_ = rest_.subspan(1);
    return octet;
  }
  std::uint16_t two_octets() {
    const unsigned high = octet();
    return static_cast<std::uint16_t>(high << 8 | octet());
  }
  std::uint64_t number(unsigned octets) {
    std::uint64_t number = 0;
    for (; octets != 0; --octets) number = number << 8 | octet();
    return number;
  }
  // Returns one of `count` values, from 0.
  unsigned choose(unsigned count) { return octet() % count; }
  // Returns at most `count` octets.
  std::span<const std::uint8_t> octets(std::size_t count) {
    const auto taken = rest_.first(std::min(count, rest_.size()));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }
  std::string_view text(std::size_t count) {
    const auto taken = octets(count);
    return {reinterpret_cast<const char*>(taken.data()), taken.size()};
  }
  std::span<const std::uint8_t> rest() { return octets(rest_.size()); }

 private:
  std::span<const std::uint8_t> rest_;
};

}  // namespace softwire::fuzz
