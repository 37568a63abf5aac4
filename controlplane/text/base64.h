// SPDX-License-Identifier: BSD-3-Clause
// Base 64 (RFC 4648 section 4), with padding.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace softwire::controlplane {

[[nodiscard]] std::string to_base64(std::span<const std::uint8_t> octets);
// Returns nullopt when the text is not base 64.
[[nodiscard]] std::optional<std::vector<std::uint8_t>> from_base64(std::string_view text);

}  // namespace softwire::controlplane
