// SPDX-License-Identifier: BSD-3-Clause
// Formats the result of explain.packet for people.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "tools/ctl/client.h"
#include "tools/ctl/style.h"

namespace softwire::ctl {

[[nodiscard]] std::string text_of_explanation(const std::string& side, std::span<const std::uint8_t> frame,
                                              const Json& result, const Style& style);

}  // namespace softwire::ctl
