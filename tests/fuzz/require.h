// SPDX-License-Identifier: BSD-3-Clause
// Checks conditions in a fuzz target, also in optimised builds.
#pragma once

namespace softwire::fuzz {

inline void require(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace softwire::fuzz
