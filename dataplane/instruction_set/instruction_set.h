// SPDX-License-Identifier: BSD-3-Clause
// The instruction sets that the packet path is built for, as levels of the x86-64 psABI.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace softwire::dataplane {

enum class InstructionSet : std::uint8_t {
  kBaseline,  // x86-64-v2; on other processors, what DPDK requires there
  kX86V3,     // AVX2, BMI, FMA
  kX86V4,     // AVX-512 F, BW, CD, DQ, VL
};

// Returns the name of the set: "x86-64-v2", or "baseline" on other processors.
[[nodiscard]] std::string_view to_text(InstructionSet set);

// Returns the sets that this program was built for, lowest first. The baseline is always among them.
[[nodiscard]] std::span<const InstructionSet> built_instruction_sets();

// Returns the set with this name, or nullopt when the program was not built for it.
[[nodiscard]] std::optional<InstructionSet> instruction_set_of(std::string_view name);

// Returns whether this processor, and its operating system, can run the set.
[[nodiscard]] bool is_supported(InstructionSet set);

// Returns the highest set that the program was built for and this processor supports.
[[nodiscard]] InstructionSet best_instruction_set();

}  // namespace softwire::dataplane
