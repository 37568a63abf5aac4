// SPDX-License-Identifier: BSD-3-Clause
// Formats the result of a lookup for people.
#pragma once

#include <string>

#include "tools/ctl/client.h"
#include "tools/ctl/style.h"

namespace softwire::ctl {

// `who`: as the user wrote it. `when`: RFC 3339; empty: now. `found`: of softwires.lookup; not empty.
[[nodiscard]] std::string text_of_lookup(const std::string& who, const std::string& when, const Json& found,
                                         const Style& style);

}  // namespace softwire::ctl
