// SPDX-License-Identifier: BSD-3-Clause
// From the words of the command line to a command at work.
#pragma once

#include <string>
#include <vector>

#include "tools/ctl/command.h"

namespace softwire::ctl {

// What was asked for before any command is looked at.
enum class Request : std::uint8_t { kCommand, kHelp, kVersion };

struct CommandLine {
  Request request = Request::kCommand;
  const Command* command = nullptr;  // null with kHelp: the help of all
  std::vector<std::string> arguments;
  std::map<std::string, std::string, std::less<>> pairs;
  std::map<std::string, std::vector<std::string>, std::less<>> options;
};

// The words after the program's name. The failure is wrong usage, and says what would be right.
CommandResult<CommandLine> parse_command_line(const std::vector<std::string>& words);

// How the command is written: "show bindings [ipv4 ADDRESS|PREFIX] [--limit N]".
std::string synopsis(const Command& command);

// The whole of softwirectl but for what belongs to the process: parses, runs, says what went wrong.
// `connect` of the surroundings is set here when it is empty.
ExitStatus run_softwirectl(const std::vector<std::string>& words, Surroundings surroundings,
                           const std::string& version);

}  // namespace softwire::ctl
