// SPDX-License-Identifier: BSD-3-Clause
// Input: a configuration file and, after the first NUL octet, arguments of a command line, one per line.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/config/load_config.h"
#include "controlplane/config/policy.h"
#include "tests/fuzz/require.h"

using softwire::controlplane::Config;
using softwire::fuzz::require;

namespace {

void check(const Config& config) {
  require(config.hop_limit >= 1);
  require(config.ipv4.mtu >= 68 && config.ipv4.mtu <= 9600 && config.ipv6.mtu >= 1280 &&
          config.ipv6.mtu <= 9600);
  require(config.ipv4.vlan <= 4094 && config.ipv6.vlan <= 4094);
  require(!config.ipv4.mac.is_multicast() && !config.ipv6.mac.is_multicast());
  for (const auto& br : config.br_addresses) require(br.high() != 0 && !br.is_multicast());
  const auto& relay = config.dhcp_relay;
  require(relay.servers.empty() || !relay.address.is_unspecified());
  require(relay.hop_limit >= 1 && relay.hop_limit <= 16);
  require(make_policy(config).dhcp_relay.server_count == relay.servers.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string_view text = input.substr(0, input.find('\0'));
  std::vector<std::string> arguments;
  for (std::size_t at = text.size() + 1; at < input.size();) {
    arguments.emplace_back(input.substr(at, input.find('\n', at) - at));
    at += arguments.back().size() + 1;
  }
  const auto config = softwire::controlplane::parse_config(text, "f", arguments);
  if (config) {
    check(*config);
  } else {
    const std::string& error = config.error().text;
    require(error.starts_with("f:") || error.starts_with("command line: "));
    require(error.find('\n') == std::string::npos);
  }
  return 0;
}
