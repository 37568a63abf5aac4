// SPDX-License-Identifier: BSD-3-Clause
// Input: the words of softwirectl's command line, one on each line. Wrong usage has an exit status and a
// remedy on one line; what is accepted names a command, with every required input and no unknown one. Help
// and completion can be printed for any words.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/fuzz/require.h"
#include "tools/ctl/command_line.h"
#include "tools/ctl/completion.h"
#include "tools/ctl/help.h"

using softwire::fuzz::require;
namespace ctl = softwire::ctl;

namespace {

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines(1);
  for (const char c : text) {
    if (c == '\n') {
      lines.emplace_back();
    } else {
      lines.back() += c;
    }
  }
  return lines;
}

void check(const ctl::CommandLine& line) {
  const ctl::Command& command = *line.command;
  for (const ctl::Input& input : command.inputs) {
    if (!input.required) continue;
    if (input.kind == ctl::InputKind::kOption) require(line.options.contains(input.name));
    if (command.reads_words_itself) continue;
    if (input.kind == ctl::InputKind::kPair) require(line.pairs.contains(input.name));
    if (input.kind == ctl::InputKind::kArgument) require(!line.arguments.empty());
  }
  const auto knows = [&](const std::string& name, ctl::InputKind kind) {
    return std::ranges::any_of(
        command.inputs, [&](const ctl::Input& input) { return input.kind == kind && input.name == name; });
  };
  for (const auto& [name, value] : line.pairs) require(knows(name, ctl::InputKind::kPair));
  require(!ctl::help_of(command).empty() && ctl::synopsis(command).starts_with(command.name));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto words = lines_of({reinterpret_cast<const char*>(data), size});
  const auto line = ctl::parse_command_line(words);
  // The octets as a line that a shell wants completed.
  const std::string text(reinterpret_cast<const char*>(data), size);
  require(ctl::shell_words(text).size() <= size + 1);
  (void)ctl::completions(text);
  if (!line) {
    require(line.error().status == ctl::ExitStatus::kWrongUsage && !line.error().text.empty());
  } else if (line->request == ctl::Request::kCommand) {
    require(line->command != nullptr);
    check(*line);
  }
  return 0;
}
