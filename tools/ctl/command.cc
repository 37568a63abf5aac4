// SPDX-License-Identifier: BSD-3-Clause
#include "tools/ctl/command.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "controlplane/text/values.h"
#include "softwire/address_text.h"
#include "tools/ctl/families.h"

namespace softwire::ctl {

const std::vector<Command>& commands() {
  static const Commands every = [] {
    Commands all;
    add_show_commands(all);
    add_softwire_commands(all);
    add_file_commands(all);
    add_formats_commands(all);
    add_packet_commands(all);
    add_live_commands(all);
    add_store_commands(all);
    add_service_commands(all);
    return all;
  }();
  return every;
}

namespace {

// Returns how many of the words are the command's name: all words of the name, or 0.
std::size_t words_of_name(std::string_view name, const std::vector<std::string>& words) {
  std::size_t count = 0;
  while (!name.empty()) {
    const std::string_view word = name.substr(0, name.find(' '));
    if (count == words.size() || words[count] != word) return 0;
    name.remove_prefix(std::min(word.size() + 1, name.size()));
    ++count;
  }
  return count;
}

}  // namespace

FoundCommand find_command(const std::vector<std::string>& words) {
  FoundCommand found;
  for (const Command& command : commands()) {
    const std::size_t count = words_of_name(command.name, words);
    if (count > found.words) found = {&command, count};
  }
  return found;
}

const std::vector<Input>& global_options() {
  static const std::vector<Input> options = {
      option("socket", "PATH",
             "softwired's control socket; default: the environment variable SOFTWIRED_SOCKET, or "
             "/run/softwired/control.sock",
             Offer::kFile),
      flag("json", "JSON for programs instead of text for people"),
      option("timeout", "SECONDS",
             "time limit of each request to softwired, 0.1 to 86400; default 10, and longer for load, reload "
             "and "
             "test while softwired answers others"),
      flag("help", "show the help of the command"),
      flag("version", "show the version"),
  };
  return options;
}

namespace {

// Returns the input that a parameter of a request comes from: "outcomes" from --outcome, "kinds" from KIND.
const Input* input_of(const Command& command, std::string_view parameter) {
  const auto is_same = [parameter](std::string_view name) {
    return name == parameter || (parameter.starts_with(name) && parameter.substr(name.size()) == "s");
  };
  const auto found = std::ranges::find_if(command.inputs, [&](const Input& input) {
    std::string name(input.kind == InputKind::kArgument ? input.value : input.name);
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
    return is_same(name);
  });
  return found == command.inputs.end() ? nullptr : &*found;
}

}  // namespace

Failure in_own_words(const Command& command, Failure failure) {
  constexpr std::string_view kParams = "params.";
  if (failure.status != ExitStatus::kRefused || !failure.field.starts_with(kParams)) return failure;
  const std::string field = failure.field.substr(0, failure.field.find('['));
  const std::string parameter = field.substr(kParams.size());
  const Input* input = input_of(command, parameter);
  if (input == nullptr) return without_field(std::move(failure));
  std::string text = failure.text;
  if (text.starts_with(failure.field)) {
    text.erase(0, failure.field.size());
  } else if (text.starts_with(parameter + " ")) {
    text.erase(0, parameter.size());
  } else {
    text.insert(0, ": ");
  }
  const std::string name = input->kind == InputKind::kOption     ? "--" + std::string(input->name)
                           : input->kind == InputKind::kArgument ? std::string(input->value)
                                                                 : std::string(input->name);
  return wrong_usage(std::string(command.name) + ": " + name + text);
}

std::optional<std::string> Invocation::option(std::string_view name) const {
  const auto found = options.find(name);
  return found == options.end() ? std::nullopt : std::optional(found->second.back());
}

CommandResult<std::optional<std::uint32_t>> Invocation::number(std::string_view name, std::uint32_t min,
                                                               std::uint32_t max) const {
  const auto text = option(name);
  if (!text) return std::optional<std::uint32_t>();
  auto value = parse_number(*text, max);
  if (!value || *value < min) {
    return wrong_usage("--" + std::string(name) + ": " + controlplane::in_quotes(*text) + " is not " +
                       controlplane::decimal_words(min, max));
  }
  return value;
}

CommandResult<Client*> Invocation::client() {
  if (!client_) {
    auto connected = surroundings_.connect();
    if (!connected) return connected.error();
    client_.emplace(std::move(*connected));
    client_->set_timeout(surroundings_.timeout);
    client_->set_printable(surroundings_.out_is_terminal && !json());
  }
  return &*client_;
}

CommandResult<Json> Invocation::call(std::string_view method, Json params) {
  const auto connected = client();
  if (!connected) return connected.error();
  return (*connected)->call(method, std::move(params));
}

Client::IsAlive Invocation::is_alive() const {
  if (surroundings_.has_timeout) return {};
  return [connect = surroundings_.connect, timeout = surroundings_.timeout / Client::kProbePart] {
    auto other = connect();
    if (!other) return false;
    other->set_timeout(timeout);
    return other->call("status.get").ok();
  };
}

CommandResult<Json> Invocation::call_long(std::string_view method, Json params) {
  const auto connected = client();
  if (!connected) return connected.error();
  return (*connected)->call(method, std::move(params), is_alive());
}

}  // namespace softwire::ctl
