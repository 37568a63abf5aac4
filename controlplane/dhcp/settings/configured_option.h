// SPDX-License-Identifier: BSD-3-Clause
// Options that an operator has a server send: by name with a value of the option's type, or by number with
// octets (RFC 2132).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "softwire/result.h"

namespace softwire::controlplane::dhcp {

struct ConfiguredOption {
  std::uint8_t code = 0;
  std::vector<std::uint8_t> value;  // 1 to 255 octets
  bool always = false;              // also to clients that do not ask for it in option 55
  friend bool operator==(const ConfiguredOption&, const ConfiguredOption&) = default;
};

// "routers 192.0.2.1", "always interface-mtu 1460", "224 hex:0a0b". Errors name the option and what it takes.
Result<ConfiguredOption> parse_option(std::string_view text);

// The names that parse_option() takes, in the order of their codes: "subnet-mask, time-offset, ...".
std::string option_names();

}  // namespace softwire::controlplane::dhcp
