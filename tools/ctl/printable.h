// SPDX-License-Identifier: BSD-3-Clause
// Text of others for a terminal, which would obey control characters in it (ECMA-48): it could clear the
// screen, or show other text than was sent.
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace softwire::ctl {

// Returns the text with visible escapes (\x1b, \u009b) for the control characters U+0000 to U+001F and U+007F
// to U+009F, and for octets that are not UTF-8.
std::string printable(std::string_view text);

// Does the same to every string and name of a value.
void make_printable(nlohmann::json& json);

// Returns a JSON text with escapes of JSON (\u009b) for U+007F to U+009F, which JSON allows in strings. Its
// value stays the same. Requires: `json` is JSON text in UTF-8.
std::string printable_json(std::string_view json);

}  // namespace softwire::ctl
