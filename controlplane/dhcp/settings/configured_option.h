// SPDX-License-Identifier: BSD-3-Clause
// Parses the options that an operator configures for the DHCPv4 server (RFC 2132): a name and a value of the
// option's type, or a number and octets.
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
  bool always = false;              // sent also to clients that do not request it in option 55
  friend bool operator==(const ConfiguredOption&, const ConfiguredOption&) = default;
};

// Parses an option, such as "routers 192.0.2.1", "always interface-mtu 1460" or "224 hex:0a0b". An error
// names the option and the values that it takes.
Result<ConfiguredOption> parse_option(std::string_view text);

// Returns the names that parse_option() takes, in the order of their codes: "subnet-mask, time-offset, ...".
std::string option_names();

}  // namespace softwire::controlplane::dhcp
