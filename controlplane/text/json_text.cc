// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/text/json_text.h"

#include <algorithm>
#include <utility>

namespace softwire::controlplane {

namespace {

// Returns how many arrays and objects are open at most, if the text is JSON. For another text it returns at
// least the depth that a parser reaches before it finds the error.
std::size_t depth_of(std::string_view text) {
  std::size_t depth = 0;
  std::size_t deepest = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      deepest = std::max(deepest, ++depth);
    } else if ((c == ']' || c == '}') && depth != 0) {
      --depth;
    }
  }
  return deepest;
}

}  // namespace

Result<nlohmann::json, JsonFault> parse_json(std::string_view text) {
  if (depth_of(text) > kMaxJsonDepth) return JsonFault::kTooDeep;
  auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return JsonFault::kNotJson;
  return json;
}

}  // namespace softwire::controlplane
