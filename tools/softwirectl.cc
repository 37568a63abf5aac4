// SPDX-License-Identifier: BSD-3-Clause
// softwirectl: the operator's command line.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>

#include "tools/ctl/command_line.h"

namespace softwire::ctl {
namespace {

// Uses colours only on a terminal, and only if NO_COLOR is not set (no-color.org) and the terminal has
// colours.
bool wants_colour() {
  const char* no_colour = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  return isatty(STDOUT_FILENO) != 0 && (no_colour == nullptr || *no_colour == '\0') && terminal != nullptr &&
         std::string_view(terminal) != "dumb";
}

ExitStatus run(const std::vector<std::string>& words) {
  Surroundings surroundings{std::cout, std::cerr};
  surroundings.out_is_terminal = isatty(STDOUT_FILENO) != 0;
  surroundings.err_is_terminal = isatty(STDERR_FILENO) != 0;
  surroundings.colour = wants_colour();
  return run_softwirectl(words, std::move(surroundings), SOFTWIRE_VERSION);
}

}  // namespace
}  // namespace softwire::ctl

int main(int argc, char** argv) {
  try {
    return static_cast<int>(softwire::ctl::run({argv + 1, argv + argc}));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "softwirectl: %s\n", error.what());
    return 1;
  }
}
