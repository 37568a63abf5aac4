// SPDX-License-Identifier: BSD-3-Clause
// Formats events of softwired as lines, for watch.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "tools/ctl/client.h"
#include "tools/ctl/style.h"

namespace softwire::ctl {

// The kinds that can be subscribed to. Every subscriber also gets the kind `lost`.
inline constexpr std::array<std::string_view, 5> kEventKinds = {"softwire", "reload", "link", "gateway",
                                                                "health"};

// Returns one line without a line feed: the time, the kind, and the details.
[[nodiscard]] std::string line_of_event(const Json& event, const Style& style);

}  // namespace softwire::ctl
