// SPDX-License-Identifier: BSD-3-Clause
// Mixes bits cheaply, for hashes with a key and for sequences that are hard to guess.
#pragma once

#include <cstdint>

namespace softwire {

// The finaliser of splitmix64. It is a permutation: every output bit depends on every input bit.
constexpr std::uint64_t mix64(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

}  // namespace softwire
