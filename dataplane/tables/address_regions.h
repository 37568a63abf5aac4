// SPDX-License-Identifier: BSD-3-Clause
// One bit for each /16 of IPv4, in 8 KB. It lets the packet path pass most addresses with one load; an
// address in a marked region needs a closer look.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

namespace softwire::dataplane {

// One thread changes marks. Any thread may read them at the same time.
class AddressRegions {
 public:
  static constexpr std::uint32_t kRegions = 1U << 16;

  // Returns whether the region of the address is marked. `address`: in host byte order.
  [[nodiscard]] bool contains(std::uint32_t address) const {
    const std::uint64_t word = words_[address >> 22].load(std::memory_order_relaxed);
    return (word >> (address >> 16 & 63) & 1) != 0;
  }
  // `region`: the upper 16 bits of its addresses.
  void mark(std::uint32_t region, bool marked) {
    std::atomic<std::uint64_t>& word = words_[region >> 6];
    const std::uint64_t bit = std::uint64_t{1} << (region & 63);
    const std::uint64_t before = word.load(std::memory_order_relaxed);
    word.store(marked ? before | bit : before & ~bit, std::memory_order_relaxed);
  }

 private:
  std::array<std::atomic<std::uint64_t>, kRegions / 64> words_{};
};

}  // namespace softwire::dataplane
