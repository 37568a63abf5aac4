// SPDX-License-Identifier: BSD-3-Clause
// Colours for a terminal (ECMA-48 SGR). Without a terminal, text is unchanged.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace softwire::ctl {

enum class Look : std::uint8_t { kPlain, kBold, kDim, kGood, kBad, kWarning };

class Style {
 public:
  explicit Style(bool colour) : colour_(colour) {}

  [[nodiscard]] std::string operator()(Look look, std::string_view text) const {
    if (!colour_ || look == Look::kPlain) return std::string(text);
    return std::string(begin_of(look)) + std::string(text) + "\033[0m";
  }

 private:
  static constexpr std::string_view begin_of(Look look) {
    switch (look) {
      case Look::kPlain:
        break;
      case Look::kBold:
        return "\033[1m";
      case Look::kDim:
        return "\033[2m";
      case Look::kGood:
        return "\033[32m";
      case Look::kBad:
        return "\033[31m";
      case Look::kWarning:
        return "\033[33m";
    }
    return "";
  }
  bool colour_;
};

}  // namespace softwire::ctl
