// SPDX-License-Identifier: BSD-3-Clause
// What watch shows: events of softwired as lines.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "tools/ctl/client.h"
#include "tools/ctl/style.h"

namespace softwire::ctl {

// The kinds that one may ask for. (What was lost is told to everybody.)
inline constexpr std::array<std::string_view, 3> kEventKinds = {"softwire", "reload", "link"};

// One line without a line feed: the time, the kind, and what has happened.
[[nodiscard]] std::string line_of_event(const Json& event, const Style& style);

}  // namespace softwire::ctl
