// SPDX-License-Identifier: BSD-3-Clause
// softwirectl's import and export without the daemon, for tests: formats import|export ARGUMENTS
#include <iostream>
#include <string>
#include <vector>

#include "tools/ctl/formats/commands.h"

int main(int argc, char** argv) {
  const std::vector<std::string> all(argv + 1, argv + argc);
  if (all.empty()) return 2;
  const std::span<const std::string> arguments(all.begin() + 1, all.end());
  if (all[0] == "import") return softwire::ctl::run_import(arguments, std::cout, std::cerr);
  const auto no_daemon = [] {
    return softwire::Result<softwire::ctl::SoftwireSet>(softwire::Error{"no daemon; give --softwires"});
  };
  return softwire::ctl::run_export(arguments, no_daemon, std::cout, std::cerr);
}
