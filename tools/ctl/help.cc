// SPDX-License-Identifier: BSD-3-Clause
#include "tools/ctl/help.h"

#include <algorithm>
#include <cctype>

#include "tools/ctl/command_line.h"

namespace softwire::ctl {

namespace {

constexpr std::size_t kHelpColumns = 100;
constexpr std::size_t kMarkdownColumns = 120;

// Wraps the text into lines of at most `columns`. All lines except the first begin with `indent` blanks.
std::string wrapped(std::string_view text, std::size_t indent, std::size_t columns = kHelpColumns) {
  std::string result;
  std::size_t column = indent;
  bool is_first = true;  // of the line
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    if (!is_first && column + 1 + word.size() > columns) {
      result += '\n' + std::string(indent, ' ');
      column = indent;
      is_first = true;
    }
    if (!is_first) {
      result += ' ';
      ++column;
    }
    is_first = false;
    result += word;
    column += word.size();
  }
  return result;
}

std::string entry(const std::string& what, std::string_view help) {
  constexpr std::size_t kIndent = 26;
  std::string text = "  " + what;
  if (text.size() + 2 > kIndent) {
    text += '\n' + std::string(kIndent, ' ');
  } else {
    text.resize(kIndent, ' ');
  }
  return text + wrapped(help, kIndent) + '\n';
}

}  // namespace

std::string sentence_of(const Command& command) {
  std::string text = std::string(command.summary) + ".";
  text.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(text.front())));
  return text;
}

const std::vector<ExitStatusText>& exit_statuses() {
  static const std::vector<ExitStatusText> statuses = {
      {ExitStatus::kSuccess, "success"},
      {ExitStatus::kUnusable, "a file or another input is unusable; show health: a check is not ok"},
      {ExitStatus::kWrongUsage, "wrong usage of the command line"},
      {ExitStatus::kUnreachable, "softwired cannot be reached"},
      {ExitStatus::kNotFound, "nothing was found"},
      {ExitStatus::kRefused, "softwired refused the request"},
      {ExitStatus::kPermission, "this user has no permission"},
  };
  return statuses;
}

std::string written(const Input& input) {
  std::string value(input.value);
  switch (input.kind) {
    case InputKind::kArgument:
      return value;
    case InputKind::kPair:
      return std::string(input.name) + " " + value;
    case InputKind::kWord:
      return std::string(input.name);
    case InputKind::kOption:
      break;
  }
  return "--" + std::string(input.name) + (value.empty() ? "" : " " + value);
}

std::vector<std::string> paragraphs(std::string_view text) {
  std::vector<std::string> result;
  while (!text.empty()) {
    const std::string_view one = text.substr(0, text.find("\n\n"));
    result.emplace_back(one);
    text.remove_prefix(std::min(one.size() + 2, text.size()));
  }
  return result;
}

std::string help_of_all() {
  std::string text =
      "Usage: softwirectl [--socket PATH] [--json] COMMAND ...\n\nControls softwired through its control "
      "socket.\n\nCommands:\n";
  for (const Command& command : commands()) text += entry(std::string(command.name), command.summary);
  text += "\nOptions:\n";
  for (const Input& input : global_options()) text += entry(written(input), input.help);
  text += "\nExit status:\n";
  for (const auto& [status, what] : exit_statuses()) {
    text += entry(std::to_string(static_cast<unsigned>(status)), what);
  }
  return text + "\nsoftwirectl help COMMAND shows more.\n";
}

std::string help_of(const Command& command) {
  std::string text = "Usage: softwirectl " + wrapped(synopsis(command), 19) + "\n\n" +
                     wrapped(sentence_of(command), 0) + "\n";
  if (!command.inputs.empty()) text += '\n';
  for (const Input& input : command.inputs) text += entry(written(input), input.help);
  for (const std::string& paragraph : paragraphs(command.details)) {
    text += '\n' + (paragraph.starts_with(' ') ? paragraph : wrapped(paragraph, 0)) + '\n';
  }
  return text;
}

namespace {

// Indents lines that begin with two blanks to four blanks, for a code block.
std::string code_block(const std::string& paragraph) {
  std::string text = "  ";
  for (const char c : paragraph) {
    text += c;
    if (c == '\n') text += "  ";
  }
  return text;
}

}  // namespace

std::string reference() {
  std::string text;
  for (const Command& command : commands()) {
    text += "\n### " + std::string(command.name) + "\n\n    softwirectl " +
            wrapped(synopsis(command), 16, kMarkdownColumns) + "\n\n" + sentence_of(command) + "\n";
    if (!command.inputs.empty()) text += "\n| | |\n|---|---|\n";
    for (const Input& input : command.inputs) {
      std::string what = written(input);
      for (std::size_t at = 0; (at = what.find('|', at)) != std::string::npos; at += 2) what.insert(at, "\\");
      text += "| `" + what + "` | " + std::string(input.help) + " |\n";
    }
    for (const std::string& paragraph : paragraphs(command.details)) {
      text += '\n' +
              (paragraph.starts_with(' ') ? code_block(paragraph) : wrapped(paragraph, 0, kMarkdownColumns)) +
              '\n';
    }
  }
  return text;
}

}  // namespace softwire::ctl
