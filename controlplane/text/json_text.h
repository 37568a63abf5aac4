// SPDX-License-Identifier: BSD-3-Clause
// Parses JSON (RFC 8259) that another program wrote, with a limit of its depth: values are copied, written
// and compared by recursion, and a deeper one would end the program (RFC 8259 section 9 allows such a limit).
#pragma once

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "softwire/result.h"

namespace softwire::controlplane {

// Arrays and objects within each other. No program of ours writes more than 8.
inline constexpr std::size_t kMaxJsonDepth = 64;

enum class JsonFault : std::uint8_t { kNotJson, kTooDeep };

// Returns the value that is the whole text. The time is linear in the length of the text. May be called from
// any thread.
Result<nlohmann::json, JsonFault> parse_json(std::string_view text);

}  // namespace softwire::controlplane
