// SPDX-License-Identifier: BSD-3-Clause
// Parses the command line, and runs the command.
#pragma once

#include <string>
#include <vector>

#include "tools/ctl/command.h"

namespace softwire::ctl {

// The request of the command line, apart from a command's own options.
enum class Request : std::uint8_t { kCommand, kHelp, kVersion };

struct CommandLine {
  Request request = Request::kCommand;
  const Command* command = nullptr;  // null with kHelp: help of all commands
  std::vector<std::string> arguments;
  std::map<std::string, std::string, std::less<>> pairs;
  std::map<std::string, std::vector<std::string>, std::less<>> options;
};

// Parses the words after the program's name. A failure is wrong usage, and says how to correct it.
CommandResult<CommandLine> parse_command_line(const std::vector<std::string>& words);

// Returns the syntax of the command: "show bindings [ipv4 ADDRESS|PREFIX] [--limit N]".
std::string synopsis(const Command& command);

// Runs softwirectl except for what concerns the process: parses, runs, and prints errors. Sets `connect` of
// the surroundings if it is empty.
ExitStatus run_softwirectl(const std::vector<std::string>& words, Surroundings surroundings,
                           const std::string& version);

}  // namespace softwire::ctl
