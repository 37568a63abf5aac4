// SPDX-License-Identifier: BSD-3-Clause
// Ends a program that uses DPDK, with one clear line, on a processor below x86-64-v2. It runs before the
// constructors of the shared libraries, which already use those instructions. This file is compiled for every
// x86-64 processor.
#include <unistd.h>

#if defined(__x86_64__)

namespace {

void require_x86_64_v2() {
  __builtin_cpu_init();
  if (__builtin_cpu_supports("sse4.2") != 0 && __builtin_cpu_supports("sse4.1") != 0 &&
      __builtin_cpu_supports("ssse3") != 0 && __builtin_cpu_supports("popcnt") != 0) {
    return;
  }
  constexpr char kText[] =
      "this program needs a processor with x86-64-v2 (SSE4.2, SSSE3, POPCNT); in a virtual machine, choose "
      "another processor model, such as host or Nehalem\n";
  static_cast<void>(!write(STDERR_FILENO, kText, sizeof kText - 1));
  _exit(1);
}

[[gnu::section(".preinit_array"), gnu::used]] void (*const run_before_constructors)() = require_x86_64_v2;

}  // namespace

#endif
