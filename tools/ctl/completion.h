// SPDX-License-Identifier: BSD-3-Clause
// Completes the command line in a shell.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace softwire::ctl {

// Returns the words that can stand at the end of the line, one per line, or ":files" for the name of a file.
// The line begins with the program's name. Its last word, perhaps empty, is the one to complete.
[[nodiscard]] std::string completions(std::string_view line);

// Splits a command line into words as a shell does: blanks, quotes, backslashes. A quote that is open at the
// end is closed there.
[[nodiscard]] std::vector<std::string> shell_words(std::string_view line);

[[nodiscard]] std::string bash_script();
[[nodiscard]] std::string zsh_script();

}  // namespace softwire::ctl
