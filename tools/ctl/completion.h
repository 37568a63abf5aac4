// SPDX-License-Identifier: BSD-3-Clause
// Completion of the command line in a shell.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace softwire::ctl {

// What can stand where the line ends, a word a line; ":files" where it is the name of a file. The line
// begins with the program's name; its last word, perhaps empty, is the one to complete.
[[nodiscard]] std::string completions(std::string_view line);

// The words of a command line as a shell reads them: blanks, quotes, backslashes. What is open at the end is
// closed there.
[[nodiscard]] std::vector<std::string> shell_words(std::string_view line);

[[nodiscard]] std::string bash_script();
[[nodiscard]] std::string zsh_script();

}  // namespace softwire::ctl
