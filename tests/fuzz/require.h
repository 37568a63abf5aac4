// SPDX-License-Identifier: BSD-3-Clause
// What must hold in a fuzz target, in optimised builds too.
#pragma once

namespace softwire::fuzz {

inline void require(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace softwire::fuzz
