// SPDX-License-Identifier: BSD-3-Clause
// Parses configurations from text, and returns their errors.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "controlplane/config/load_config.h"

namespace softwire::controlplane {

using Arguments = std::vector<std::string>;

inline Config parsed(std::string_view text, const Arguments& arguments = {}) {
  const auto config = parse_config(text, "/etc/hub/softwired.conf", arguments);
  EXPECT_TRUE(config) << config.error().text;
  return config ? *config : Config{};
}

inline std::string refused(std::string_view text, const Arguments& arguments = {}) {
  const auto config = parse_config(text, "s.conf", arguments);
  EXPECT_FALSE(config) << "taken: " << text;
  return config ? "" : config.error().text;
}

}  // namespace softwire::controlplane
