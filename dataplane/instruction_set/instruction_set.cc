// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/instruction_set/instruction_set.h"

#include <array>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace softwire::dataplane {

namespace {

// SOFTWIRE_HAS_V3 and SOFTWIRE_HAS_V4 say which variants the build contains (dataplane/CMakeLists.txt).
constexpr auto kBuilt = std::to_array<InstructionSet>({
    InstructionSet::kBaseline,
#ifdef SOFTWIRE_HAS_V3
    InstructionSet::kX86V3,
#endif
#ifdef SOFTWIRE_HAS_V4
    InstructionSet::kX86V4,
#endif
});

#if defined(__x86_64__)
// Returns whether the processor has the parts of x86-64-v3 that __builtin_cpu_supports() does not know with
// every compiler. A hypervisor may hide single ones.
bool has_movbe_f16c_lzcnt() {
  constexpr unsigned kMovbe = 1U << 22;  // ecx of leaf 1
  constexpr unsigned kF16c = 1U << 29;   // ecx of leaf 1
  constexpr unsigned kLzcnt = 1U << 5;   // ecx of leaf 0x80000001
  unsigned eax = 0;
  unsigned ebx = 0;
  unsigned ecx = 0;
  unsigned edx = 0;
  if (__get_cpuid(1, &eax, &ebx, &ecx, &edx) == 0) return false;
  if ((ecx & kMovbe) == 0 || (ecx & kF16c) == 0) return false;
  return __get_cpuid(0x80000001U, &eax, &ebx, &ecx, &edx) != 0 && (ecx & kLzcnt) != 0;
}

// The test of avx2 includes that the kernel saves the registers.
bool has_v3() {
  return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("bmi") != 0 &&
         __builtin_cpu_supports("bmi2") != 0 && __builtin_cpu_supports("fma") != 0 && has_movbe_f16c_lzcnt();
}

bool has_v4() {
  return has_v3() && __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
         __builtin_cpu_supports("avx512cd") != 0 && __builtin_cpu_supports("avx512dq") != 0 &&
         __builtin_cpu_supports("avx512vl") != 0;
}
#else
bool has_v3() {
  return false;
}
bool has_v4() {
  return false;
}
#endif

}  // namespace

std::string_view to_text(InstructionSet set) {
  switch (set) {
    case InstructionSet::kBaseline:
#if defined(__x86_64__)
      return "x86-64-v2";
#else
      return "baseline";
#endif
    case InstructionSet::kX86V3:
      return "x86-64-v3";
    case InstructionSet::kX86V4:
      return "x86-64-v4";
  }
  return "";
}

std::span<const InstructionSet> built_instruction_sets() {
  return kBuilt;
}

std::optional<InstructionSet> instruction_set_of(std::string_view name) {
  for (const InstructionSet set : kBuilt) {
    if (to_text(set) == name) return set;
  }
  return std::nullopt;
}

bool is_supported(InstructionSet set) {
  switch (set) {
    case InstructionSet::kBaseline:
      return true;
    case InstructionSet::kX86V3:
      return has_v3();
    case InstructionSet::kX86V4:
      return has_v4();
  }
  return false;
}

InstructionSet best_instruction_set() {
  InstructionSet best = InstructionSet::kBaseline;
  for (const InstructionSet set : kBuilt) {
    if (is_supported(set)) best = set;
  }
  return best;
}

}  // namespace softwire::dataplane
