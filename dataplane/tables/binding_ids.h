// SPDX-License-Identifier: BSD-3-Clause
// Identifiers of bindings, stored beside the slots of the binding table.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <new>
#include <vector>

#include "dataplane/tables/huge_array.h"
#include "dataplane/tables/softwire.h"

namespace softwire::dataplane {

// Identifies a binding of one table. Small numbers from 1 on, so that an array can be indexed by them.
using BindingId = std::uint32_t;
inline constexpr BindingId kNoBinding = 0;

// One thread writes. Readers may call at() for slots that they found in a published leaf.
class BindingIds {
 public:
  // Makes room for the identifiers of a block of slots. A block lies in one chunk of the slots.
  // Returns false when there is not enough memory.
  [[nodiscard]] bool reserve(std::uint32_t block) {
    std::unique_ptr<BindingId[]>& chunk = chunks_[block / kChunkSlots];
    if (chunk == nullptr) chunk.reset(new (std::nothrow) BindingId[kChunkSlots]());
    return chunk != nullptr;
  }
  [[nodiscard]] BindingId& at(std::uint32_t slot) { return chunks_[slot / kChunkSlots][slot % kChunkSlots]; }
  [[nodiscard]] BindingId at(std::uint32_t slot) const {
    return chunks_[slot / kChunkSlots][slot % kChunkSlots];
  }

  // Returns an identifier that no binding has. Identifiers that were given back are used first.
  [[nodiscard]] BindingId take() {
    if (free_.empty()) return ++last_;
    const BindingId id = free_.back();
    free_.pop_back();
    return id;
  }
  // Requires: no reader uses the identifier any more.
  void give_back(BindingId id) { free_.push_back(id); }
  // All identifiers that were ever taken are at most this.
  [[nodiscard]] BindingId last() const { return last_; }

 private:
  static constexpr std::uint32_t kChunkSlots = HugeArray<Softwire>::kChunkElements;

  std::array<std::unique_ptr<BindingId[]>, HugeArray<Softwire>::kMaxChunks> chunks_;
  std::vector<BindingId> free_;
  BindingId last_ = 0;
};

}  // namespace softwire::dataplane
