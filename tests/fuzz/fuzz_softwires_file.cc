// SPDX-License-Identifier: BSD-3-Clause
// Input: a softwires.conf. Accepted statements are the same after they are written and read again. An error
// has a place.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "controlplane/softwires/statements/rule_statement.h"
#include "controlplane/softwires/statements/softwires_file.h"
#include "tests/fuzz/require.h"

using softwire::controlplane::Port68;
using softwire::fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto strict = softwire::controlplane::parse_softwires(text, "f", Port68::kRefuse);
  const auto result = softwire::controlplane::parse_softwires(text, "f", Port68::kExclude);
  require(!strict || (result && result->bindings.size() == strict->bindings.size() &&
                      result->rules.size() == strict->rules.size()));
  if (!result) {
    require(result.error().text.starts_with("f:"));
    require(result.error().text.find('\n') == std::string::npos);
    return 0;
  }
  std::uint32_t line = 0;
  for (const auto& statement : result->bindings) {
    require(statement.line > line);
    line = statement.line;
    const auto& [ipv4, ports, b4, br] = statement.binding;
    require(softwire::PortSet::make(ports.parameters.psid_offset, ports.parameters.psid_len, ports.psid) ==
            ports);
    require(b4.high() != 0 && br.high() != 0 && !ipv4.is_multicast());
    const std::string written = softwire::controlplane::to_statement(statement.binding);
    const auto again = softwire::controlplane::parse_binding(written, Port68::kExclude);
    require(again && *again == statement.binding);
  }
  line = 0;
  for (const auto& statement : result->rules) {
    require(statement.line > line);
    line = statement.line;
    require(statement.rule.is_valid());
    const std::string written = softwire::controlplane::to_statement(statement.rule);
    const auto again = softwire::controlplane::parse_rule(written, Port68::kExclude);
    require(again && *again == statement.rule);
  }
  return 0;
}
