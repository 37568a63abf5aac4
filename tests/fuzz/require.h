// SPDX-License-Identifier: BSD-3-Clause
// Checks conditions in a fuzz target, also in optimised builds.
#pragma once

#include <cstdio>

namespace softwire::fuzz {

// Ends the program, after it has printed the place, unless the condition holds.
inline void require(bool holds, const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  if (holds) return;
  std::fprintf(stderr, "%s:%d: the condition does not hold\n", file, line);
  __builtin_trap();
}

}  // namespace softwire::fuzz
