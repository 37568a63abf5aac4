// SPDX-License-Identifier: BSD-3-Clause
#include "tools/ctl/completion.h"

#include <algorithm>
#include <set>

#include "dataplane/counters/port_counters.h"
#include "softwire/outcome.h"
#include "tools/ctl/command.h"
#include "tools/ctl/events.h"

namespace softwire::ctl {

namespace {

constexpr std::string_view kFiles = ":files";

// The sorted candidates that begin with the last word.
class Candidates {
 public:
  explicit Candidates(std::string_view beginning) : beginning_(beginning) {}
  void add(std::string_view candidate) {
    if (candidate.starts_with(beginning_)) words_.emplace(candidate);
  }
  void want_files() { files_ = true; }
  [[nodiscard]] std::string text() const {
    if (files_) return std::string(kFiles) + "\n";
    std::string text;
    for (const std::string& word : words_) text += word + "\n";
    return text;
  }

 private:
  std::string_view beginning_;
  std::set<std::string, std::less<>> words_;
  bool files_ = false;
};

// Adds the common beginnings of counters ("drop-", "port-ipv4-") and the names of all outcomes.
void add_counters(Candidates& candidates) {
  for (const std::string_view prefix :
       {"received-", "sent-", "dropped-", "reassembled-", "generated-packets", "held-packets",
        "icmp-errors-suppressed", "bindings", "rules", "dhcp-", "dhcp-rx-", "dhcp-tx-", "drop-", "punt-",
        "handled-", "port-ipv4-", "port-ipv6-"}) {
    candidates.add(prefix);
  }
  for (const auto& outcome : kOutcomes) candidates.add(outcome.name);
  for (const auto& port : dataplane::kPortCounterInfos) {
    for (const char* side : {"port-ipv4-", "port-ipv6-"}) candidates.add(side + std::string(port.name));
  }
}

void add_values(Candidates& candidates, const Input& input) {
  for (const std::string_view choice : input.choices) candidates.add(choice);
  switch (input.offer) {
    case Offer::kNothing:
    case Offer::kCommand:  // see add_commands()
      break;
    case Offer::kFile:
      candidates.want_files();
      break;
    case Offer::kOutcome:
      for (const auto& outcome : kOutcomes) candidates.add(outcome.name);
      break;
    case Offer::kCounter:
      add_counters(candidates);
      break;
    case Offer::kEventKind:
      for (const std::string_view kind : kEventKinds) candidates.add(kind);
      break;
  }
}

// Adds the next word of every command that begins with these words.
void add_commands(Candidates& candidates, const std::vector<std::string>& words) {
  std::string prefix;
  for (const std::string& word : words) prefix += word + " ";
  for (const Command& command : commands()) {
    if (!command.name.starts_with(prefix)) continue;
    const std::string_view rest = command.name.substr(prefix.size());
    candidates.add(rest.substr(0, rest.find(' ')));
  }
}

const Input* find_option(const Command* command, std::string_view name) {
  const auto matches = [name](const Input& input) {
    return input.kind == InputKind::kOption && input.name == name;
  };
  if (command != nullptr) {
    const auto own = std::ranges::find_if(command->inputs, matches);
    if (own != command->inputs.end()) return &*own;
  }
  const auto global = std::ranges::find_if(global_options(), matches);
  return global == global_options().end() ? nullptr : &*global;
}

bool takes_value(std::string_view option_word) {
  const auto matches = [option_word](const Input& input) {
    return input.kind == InputKind::kOption && input.name == option_word && !input.value.empty();
  };
  return std::ranges::any_of(global_options(), matches) ||
         std::ranges::any_of(commands(), [&](const Command& command) {
           return std::ranges::any_of(command.inputs, matches);
         });
}

void add_options(Candidates& candidates, const Command* command) {
  const auto add = [&candidates](const std::vector<Input>& inputs) {
    for (const Input& input : inputs) {
      if (input.kind == InputKind::kOption) candidates.add("--" + std::string(input.name));
    }
  };
  add(global_options());
  if (command != nullptr) add(command->inputs);
}

// Adds the words that can follow. `words`: the words of the command without the last one.
void add_words(Candidates& candidates, const Command& command, const std::vector<std::string>& words) {
  const auto find = [&command](InputKind kind, std::string_view name) {
    return std::ranges::find_if(command.inputs,
                                [&](const Input& input) { return input.kind == kind && input.name == name; });
  };
  std::set<std::string_view> used;
  std::size_t arguments = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto pair = find(InputKind::kPair, words[i]);
    if (pair != command.inputs.end()) {
      if (i + 1 == words.size()) return add_values(candidates, *pair);
      used.insert(pair->name);
      ++i;
    } else if (const auto word = find(InputKind::kWord, words[i]); word != command.inputs.end()) {
      used.insert(word->name);
    } else {
      ++arguments;
    }
  }
  std::size_t number = 0;
  for (const Input& input : command.inputs) {
    if (input.kind == InputKind::kArgument) {
      if (number == arguments || (input.repeats && number < arguments)) {
        add_values(candidates, input);
        if (input.offer == Offer::kCommand) add_commands(candidates, words);
      }
      ++number;
    } else if (input.kind != InputKind::kOption && !used.contains(input.name)) {
      candidates.add(input.name);
    }
  }
}

}  // namespace

std::vector<std::string> shell_words(std::string_view line) {
  std::vector<std::string> words;
  std::string word;
  bool in_word = false;
  char quote = '\0';
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '\\' && quote != '\'' && i + 1 < line.size()) {
      word += line[++i];
      in_word = true;
    } else if (quote != '\0') {
      if (c == quote) {
        quote = '\0';
      } else {
        word += c;
      }
    } else if (c == '\'' || c == '"') {
      quote = c;
      in_word = true;
    } else if (c == ' ' || c == '\t') {
      if (in_word) words.push_back(std::move(word));
      word.clear();
      in_word = false;
    } else {
      word += c;
      in_word = true;
    }
  }
  words.push_back(std::move(word));
  return words;
}

std::string completions(std::string_view line) {
  std::vector<std::string> words = shell_words(line);
  const std::string last = std::move(words.back());
  words.pop_back();
  if (words.empty()) return {};
  words.erase(words.begin());  // removes the program's name

  // Separates the options, and the option that still needs its value.
  std::vector<std::string> plain;
  std::string waiting;
  for (const std::string& word : words) {
    if (!waiting.empty()) {
      waiting.clear();
    } else if (!word.starts_with("--")) {
      plain.push_back(word);
    } else if (word.find('=') == std::string::npos && takes_value(word.substr(2))) {
      waiting = word.substr(2);
    }
  }
  const FoundCommand found = find_command(plain);
  Candidates candidates(last);
  if (!waiting.empty()) {
    if (const Input* option = find_option(found.command, waiting); option != nullptr) {
      add_values(candidates, *option);
    }
  } else if (last.starts_with('-')) {
    add_options(candidates, found.command);
  } else if (found.command == nullptr) {
    add_commands(candidates, plain);
  } else {
    plain.erase(plain.begin(), plain.begin() + static_cast<std::ptrdiff_t>(found.words));
    add_words(candidates, *found.command, plain);
  }
  return candidates.text();
}

std::string bash_script() {
  return R"sh(# bash completion of softwirectl: eval "$(softwirectl completion bash)"
_softwirectl() {
  COMPREPLY=()
  local reply
  reply=$("${COMP_WORDS[0]}" completion words "${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
  if [ "$reply" = :files ]; then
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "${COMP_WORDS[COMP_CWORD]}")
  elif [ -n "$reply" ]; then
    mapfile -t COMPREPLY <<<"$reply"
    # What is the beginning of a counter's name goes on.
    if [ "${#COMPREPLY[@]}" -eq 1 ] && [[ "${COMPREPLY[0]}" == *- ]]; then compopt -o nospace 2>/dev/null; fi
  fi
}
complete -F _softwirectl softwirectl
)sh";
}

std::string zsh_script() {
  return R"sh(#compdef softwirectl
# zsh completion of softwirectl: a file _softwirectl in a folder of $fpath
_softwirectl() {
  local -a reply
  reply=("${(@f)$("${words[1]}" completion words "${(j: :)words[1,CURRENT]}" 2>/dev/null)}")
  if [[ "${reply[1]}" == :files ]]; then
    _files
  elif [[ -n "${reply[1]}" ]]; then
    compadd -a reply
  fi
}
if [ "$funcstack[1]" = _softwirectl ]; then
  _softwirectl "$@"
else
  compdef _softwirectl softwirectl
fi
)sh";
}

}  // namespace softwire::ctl
