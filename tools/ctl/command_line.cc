// SPDX-License-Identifier: BSD-3-Clause
#include "tools/ctl/command_line.h"

#include <algorithm>
#include <boost/program_options.hpp>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <set>

#include "controlplane/text/option_error.h"
#include "controlplane/text/values.h"
#include "tools/ctl/help.h"
#include "tools/ctl/printable.h"

namespace softwire::ctl {

namespace po = boost::program_options;
using controlplane::in_quotes;

namespace {

constexpr const char* kWords = "word";

// Returns the options of all commands, because the command is not known before the options are parsed. An
// option of one name takes a value in every command or in none.
po::options_description all_options() {
  po::options_description description;
  std::set<std::string_view> names;
  const auto add = [&](const Input& input) {
    if (input.kind != InputKind::kOption || !names.insert(input.name).second) return;
    if (input.value.empty()) {
      description.add_options()(std::string(input.name).c_str(), "");
    } else {
      description.add_options()(std::string(input.name).c_str(), po::value<std::vector<std::string>>(), "");
    }
  };
  for (const Input& input : global_options()) add(input);
  for (const Command& command : commands()) {
    for (const Input& input : command.inputs) add(input);
  }
  description.add_options()(kWords, po::value<std::vector<std::string>>(), "");
  return description;
}

Failure wrong(const Command& command, const std::string& what) {
  return wrong_usage(what + "; it is: softwirectl " + synopsis(command));
}

CommandResult<Done> check_choice(const Command& command, const Input& input, const std::string& value) {
  if (input.choices.empty() || std::ranges::find(input.choices, value) != input.choices.end()) return Done{};
  std::string choices;
  for (const std::string_view choice : input.choices) {
    choices += (choices.empty() ? "" : ", ") + std::string(choice);
  }
  const std::string name = input.kind == InputKind::kOption ? "--" + std::string(input.name)
                           : input.name.empty()             ? std::string(input.value)
                                                            : std::string(input.name);
  return wrong_usage(std::string(command.name) + ": " + name + ": " + in_quotes(value) + " is not one of " +
                     choices);
}

const Input* find_input(const std::vector<Input>& inputs, InputKind kind, std::string_view name) {
  const auto found = std::ranges::find_if(
      inputs, [&](const Input& input) { return input.kind == kind && input.name == name; });
  return found == inputs.end() ? nullptr : &*found;
}

CommandResult<Done> take_options(const po::parsed_options& parsed, CommandLine& line) {
  const Command& command = *line.command;
  for (const auto& given : parsed.options) {
    if (given.position_key >= 0) continue;
    const Input* input = find_input(command.inputs, InputKind::kOption, given.string_key);
    if (input == nullptr) input = find_input(global_options(), InputKind::kOption, given.string_key);
    if (input == nullptr) {
      return wrong(command, "--" + given.string_key + " is not an option of " + std::string(command.name));
    }
    auto& values = line.options[given.string_key];
    if (!values.empty() && !input->repeats) {
      return wrong(command, "--" + given.string_key + " is given twice; give it once");
    }
    const std::string value = given.value.empty() ? std::string() : given.value.front();
    if (const auto right = check_choice(command, *input, value); !right) return right.error();
    values.push_back(value);
  }
  for (const Input& input : command.inputs) {
    if (input.kind == InputKind::kOption && input.required && !line.options.contains(input.name)) {
      return wrong(command, written(input) + " is missing");
    }
  }
  return Done{};
}

// A pair is recognized by its word. Every other word is the next argument.
CommandResult<Done> take_words(const std::vector<std::string>& words, CommandLine& line) {
  const Command& command = *line.command;
  std::vector<const Input*> arguments;
  for (const Input& input : command.inputs) {
    if (input.kind == InputKind::kArgument) arguments.push_back(&input);
  }
  std::size_t next = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (const Input* pair = find_input(command.inputs, InputKind::kPair, words[i]); pair != nullptr) {
      if (i + 1 == words.size()) {
        return wrong(command, words[i] + " has no value; give " + written(*pair));
      }
      if (!line.pairs.emplace(words[i], words[i + 1]).second) {
        return wrong(command, words[i] + " is given twice; give it once");
      }
      if (const auto right = check_choice(command, *pair, words[i + 1]); !right) return right.error();
      ++i;
      continue;
    }
    if (next == arguments.size()) return wrong(command, in_quotes(words[i]) + " is one argument too many");
    if (const auto right = check_choice(command, *arguments[next], words[i]); !right) return right.error();
    line.arguments.push_back(words[i]);
    if (!arguments[next]->repeats) ++next;
  }
  for (std::size_t i = line.arguments.size(); i < arguments.size(); ++i) {
    if (arguments[i]->required) return wrong(command, written(*arguments[i]) + " is missing");
  }
  for (const Input& input : command.inputs) {
    if (input.kind == InputKind::kPair && input.required && !line.pairs.contains(input.name)) {
      return wrong(command, written(input) + " is missing");
    }
  }
  return Done{};
}

Failure no_such_command(const std::vector<std::string>& words) {
  // For "show nonsense": lists the commands that begin with "show".
  std::string known;
  for (const Command& command : commands()) {
    if (command.name.starts_with(words.front() + " ")) {
      known += (known.empty() ? "" : ", ") + std::string(command.name.substr(words.front().size() + 1));
    }
  }
  if (known.empty()) {
    return wrong_usage(in_quotes(words.front()) + " is not a command; softwirectl --help lists the commands");
  }
  if (words.size() == 1) return wrong_usage(words.front() + ": give one of " + known);
  return wrong_usage(words.front() + " " + in_quotes(words[1]) + " is not a command; " + words.front() +
                     " has " + known);
}

CommandResult<CommandLine> read(const po::parsed_options& parsed) {
  CommandLine line;
  std::vector<std::string> words;
  const auto is_given = [&parsed](std::string_view name) {
    return std::ranges::any_of(parsed.options,
                               [name](const po::option& given) { return given.string_key == name; });
  };
  for (const auto& given : parsed.options) {
    if (given.position_key >= 0) words.insert(words.end(), given.value.begin(), given.value.end());
  }
  const FoundCommand found = find_command(words);
  line.command = found.command;
  if (is_given("version")) {
    line.request = Request::kVersion;
    return line;
  }
  if (is_given("help")) {
    line.request = Request::kHelp;
    return line;
  }
  if (words.empty()) return wrong_usage("a command is missing; softwirectl --help lists them");
  if (found.command == nullptr) return no_such_command(words);
  if (const auto taken = take_options(parsed, line); !taken) return taken.error();
  words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(found.words));
  if (found.command->reads_words_itself) {
    line.arguments = std::move(words);
    return line;
  }
  if (const auto taken = take_words(words, line); !taken) return taken.error();
  return line;
}

}  // namespace

CommandResult<CommandLine> parse_command_line(const std::vector<std::string>& words) {
  using Written = po::command_line_style::style_t;
  constexpr int kStyle = Written::allow_long | Written::long_allow_adjacent | Written::long_allow_next;
  static const po::options_description options = all_options();
  po::positional_options_description positional;
  positional.add(kWords, -1);
  try {
    return read(po::command_line_parser(words).options(options).positional(positional).style(kStyle).run());
  } catch (const po::error& error) {
    return wrong_usage(option_error_text(error) + "; softwirectl --help lists the options");
  }
}

std::string synopsis(const Command& command) {
  std::string text(command.name);
  for (const Input& input : command.inputs) {
    const std::string one = written(input);
    text += " " + (input.required ? one : "[" + one + "]") + (input.repeats ? "..." : "");
  }
  return text;
}

namespace {

std::string socket_of(const CommandLine& line) {
  const auto given = line.options.find("socket");
  if (given != line.options.end()) return given->second.front();
  const char* environment = std::getenv("SOFTWIRED_SOCKET");
  return environment != nullptr && *environment != '\0' ? environment : kDefaultSocket;
}

ExitStatus say(Surroundings& surroundings, const Failure& failure) {
  surroundings.out << std::flush;
  const std::string text = surroundings.err_is_terminal ? printable(failure.text) : failure.text;
  if (!text.empty()) surroundings.err << "softwirectl: " << text << '\n';
  return failure.status;
}

// Applies --timeout.
CommandResult<Done> take_timeout(const CommandLine& line, Surroundings& surroundings) {
  const auto given = line.options.find("timeout");
  if (given == line.options.end()) return Done{};
  constexpr double kMin = 0.1;
  constexpr double kMax = 86'400;
  const std::string& text = given->second.front();
  const char* end = text.data() + text.size();
  double seconds = 0;
  const auto [stop, error] = std::from_chars(text.data(), end, seconds);
  if (error != std::errc() || stop != end || !(seconds >= kMin && seconds <= kMax)) {
    return wrong_usage("--timeout: " + in_quotes(text) + " is not a number of seconds from 0.1 to 86400");
  }
  surroundings.timeout = std::chrono::milliseconds(std::lround(seconds * 1000));
  surroundings.has_timeout = true;
  return Done{};
}

// Runs the command. Members of softwired's answers may be missing or have another type, if it is of another
// version.
CommandResult<Done> run_command(Invocation& invocation) {
  try {
    return invocation.command().run(invocation);
  } catch (const Json::exception&) {
    return Failure{ExitStatus::kUnreachable,
                   std::string(invocation.command().name) +
                       ": softwired has answered in a form that this softwirectl does not know; use the "
                       "softwirectl of softwired's version (softwirectl --version)"};
  }
}

}  // namespace

ExitStatus run_softwirectl(const std::vector<std::string>& words, Surroundings surroundings,
                           const std::string& version) {
  auto line = parse_command_line(words);
  if (!line) return say(surroundings, line.error());
  if (line->request == Request::kVersion) {
    surroundings.out << "softwirectl " << version << '\n';
    return ExitStatus::kSuccess;
  }
  if (line->request == Request::kHelp) {
    surroundings.out << (line->command == nullptr ? help_of_all() : help_of(*line->command));
    return ExitStatus::kSuccess;
  }
  if (const auto taken = take_timeout(*line, surroundings); !taken) return say(surroundings, taken.error());
  if (!surroundings.connect) {
    surroundings.connect = [path = socket_of(*line), timeout = surroundings.timeout] {
      return Client::connect(path, timeout);
    };
  }
  Invocation invocation(*line->command, surroundings);
  invocation.arguments = std::move(line->arguments);
  invocation.pairs = std::move(line->pairs);
  invocation.options = std::move(line->options);
  const auto done = run_command(invocation);
  if (!done) return say(surroundings, done.error());
  surroundings.out << std::flush;
  if (!surroundings.out) return say(surroundings, unusable("standard output: cannot be written"));
  return ExitStatus::kSuccess;
}

}  // namespace softwire::ctl
