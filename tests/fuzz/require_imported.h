// SPDX-License-Identifier: BSD-3-Clause
// Checks the result of any import.
#pragma once

#include <string>

#include "controlplane/softwires/statements/rule_statement.h"
#include "controlplane/softwires/statements/softwires_file.h"
#include "tests/fuzz/require.h"
#include "tools/ctl/formats/formats.h"

namespace softwire::fuzz {

// The name of the text was "f".
inline void require_imported(const Result<ctl::Imported>& imported) {
  if (!imported) {
    require(imported.error().text.starts_with("f:"));
    require(imported.error().text.find('\n') == std::string::npos);
    return;
  }
  for (const std::string& note : imported->notes) {
    require(note.starts_with("f:") && note.find('\n') == std::string::npos);
  }
  for (const Binding& binding : imported->bindings) {
    const auto read =
        controlplane::parse_binding(controlplane::to_statement(binding), controlplane::Port68::kExclude);
    require(read && *read == binding);
  }
  for (const Rule& rule : imported->rules) {
    const auto read =
        controlplane::parse_rule(controlplane::to_statement(rule), controlplane::Port68::kExclude);
    require(read && *read == rule);
  }
}

}  // namespace softwire::fuzz
