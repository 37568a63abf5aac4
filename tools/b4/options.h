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
  bool version = false;  // with either of them, the rest is not read
  bool print = false;
  std::string device;
  DeviceMode mode = DeviceMode::kTun;
  std::optional<unsigned> mtu;  // octets of the IPv4 packet; not given: what the route carries whole
  std::uint8_t hop_limit = 0;   // of the outer header
  Subscriber subscriber;
};

// The words after the program's name. An error is wrong usage.
Result<Options> parse_options(const std::vector<std::string>& words);

// What --help prints.
[[nodiscard]] std::string help_text();

}  // namespace softwire::b4
