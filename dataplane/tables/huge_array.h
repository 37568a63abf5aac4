// SPDX-License-Identifier: BSD-3-Clause
// Memory for tables: chunks of one 2 MB page, from which blocks of 2^n elements are allocated. Elements start
// as zero octets and never move. One thread allocates and releases; other threads may use at() for blocks
// that are published.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>
#include <vector>

namespace softwire::dataplane {

inline constexpr std::size_t kHugePageBytes = std::size_t{2} << 20;

// Returns one zeroed, aligned 2 MB page: a reserved huge page, else memory for which the kernel is asked to
// use a huge page. Returns null when there is not enough memory.
void* map_huge_page();
void unmap_huge_page(void* page);

template <typename T>
class HugeArray {
 public:
  static constexpr unsigned kChunkElements = kHugePageBytes / sizeof(T);
  static constexpr unsigned kMaxChunks = 1U << 12;  // 8 GB
  static constexpr unsigned kMaxOrder = __builtin_ctz(kChunkElements);
  static_assert(std::is_trivially_destructible_v<T> && (kChunkElements & (kChunkElements - 1)) == 0);

  HugeArray() = default;
  HugeArray(const HugeArray&) = delete;
  HugeArray& operator=(const HugeArray&) = delete;
  ~HugeArray() {
    for (unsigned i = 0; i < chunk_count_; ++i) unmap_huge_page(chunks_[i]);
  }

  T* at(std::uint32_t index) { return chunks_[index / kChunkElements] + index % kChunkElements; }
  const T* at(std::uint32_t index) const { return chunks_[index / kChunkElements] + index % kChunkElements; }

  // Allocates 2^order contiguous elements, all zero, and returns the index of the first. Returns kNone when
  // there is not enough memory. Requires: order <= kMaxOrder.
  std::uint32_t allocate(unsigned order) {
    for (unsigned found = order; found <= kMaxOrder; ++found) {
      if (free_[found].empty()) continue;
      const std::uint32_t index = free_[found].back();
      free_[found].pop_back();
      used_ += std::size_t{1} << order;
      // The upper halves of a larger block stay free.
      while (found > order) {
        --found;
        free_[found].push_back(index + (1U << found));
      }
      return index;
    }
    if (chunk_count_ == kMaxChunks) return kNone;
    void* page = map_huge_page();
    if (page == nullptr) return kNone;
    chunks_[chunk_count_] = static_cast<T*>(page);
    free_[kMaxOrder].push_back(chunk_count_ * kChunkElements);
    ++chunk_count_;
    return allocate(order);
  }

  // Frees a block, and sets it to zero. Requires: allocate(order) returned `index`.
  void release(std::uint32_t index, unsigned order) {
    const std::size_t elements = std::size_t{1} << order;
    std::uninitialized_value_construct_n(at(index), elements);
    used_ -= elements;
    free_[order].push_back(index);
  }

  [[nodiscard]] std::size_t bytes() const { return chunk_count_ * kHugePageBytes; }
  // Returns the octets of blocks that are allocated.
  [[nodiscard]] std::size_t bytes_in_use() const { return used_ * sizeof(T); }

  static constexpr std::uint32_t kNone = ~std::uint32_t{0};

 private:
  std::array<T*, kMaxChunks> chunks_{};
  std::uint32_t chunk_count_ = 0;
  std::size_t used_ = 0;  // elements
  std::array<std::vector<std::uint32_t>, kMaxOrder + 1> free_{};
};

}  // namespace softwire::dataplane
