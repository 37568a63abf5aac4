// SPDX-License-Identifier: BSD-3-Clause
// What the declarations of the commands say to people.
#pragma once

#include <string>

#include "tools/ctl/command.h"

namespace softwire::ctl {

// A line for each command, the global options and the exit status.
[[nodiscard]] std::string help_of_all();
// Of one command: how it is written, what its words and options are, examples.
[[nodiscard]] std::string help_of(const Command& command);

// The reference part of docs/softwirectl.md, Markdown.
[[nodiscard]] std::string reference();
// softwirectl(1), for man(7).
[[nodiscard]] std::string man_page();

// An input as it is written: "ipv4 ADDRESS", "--all".
[[nodiscard]] std::string written(const Input& input);
// Its summary with a capital letter and a full stop.
[[nodiscard]] std::string sentence_of(const Command& command);
// The paragraphs of Command::details.
[[nodiscard]] std::vector<std::string> paragraphs(std::string_view text);

struct ExitStatusText {
  ExitStatus status;
  std::string_view text;
};
// All of them.
const std::vector<ExitStatusText>& exit_statuses();

}  // namespace softwire::ctl
