// SPDX-License-Identifier: BSD-3-Clause
// Help texts from the declarations of the commands.
#pragma once

#include <string>

#include "tools/ctl/command.h"

namespace softwire::ctl {

// Returns the general help: a line for each command, the global options and the exit status.
[[nodiscard]] std::string help_of_all();
// Returns the help of one command: its synopsis, its words and options, and examples.
[[nodiscard]] std::string help_of(const Command& command);

// Returns the reference part of docs/softwirectl.md in Markdown.
[[nodiscard]] std::string reference();
// Returns softwirectl(1), for man(7).
[[nodiscard]] std::string man_page();

// Returns an input in the form that it is written in: "ipv4 ADDRESS", "--all".
[[nodiscard]] std::string written(const Input& input);
// Returns the summary of the command as a sentence, with a capital letter and a full stop.
[[nodiscard]] std::string sentence_of(const Command& command);
// Splits Command::details into paragraphs.
[[nodiscard]] std::vector<std::string> paragraphs(std::string_view text);

struct ExitStatusText {
  ExitStatus status;
  std::string_view text;
};
// Returns all exit statuses with their meanings.
const std::vector<ExitStatusText>& exit_statuses();

}  // namespace softwire::ctl
