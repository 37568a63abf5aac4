// SPDX-License-Identifier: BSD-3-Clause
// The command line of softwire-b4.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "softwire/result.h"
#include "tools/b4/device.h"
#include "tools/b4/subscriber.h"

namespace softwire::b4 {

struct Options {
  bool help = false;
  bool version = false;  // with --help or --version, the rest is not read
  bool print = false;
  std::string device;
  DeviceMode mode = DeviceMode::kTun;
  std::optional<unsigned> mtu;  // octets of the IPv4 packet; not set: that of the route, less 40
  std::uint8_t hop_limit = 0;   // of the outer header
  Subscriber subscriber;
};

// Parses the words after the program's name. An error is wrong usage.
Result<Options> parse_options(const std::vector<std::string>& words);

// Returns the text of --help.
[[nodiscard]] std::string help_text();

}  // namespace softwire::b4
