// SPDX-License-Identifier: BSD-3-Clause
#include "tools/ctl/command.h"

#include <algorithm>

#include "controlplane/text/values.h"
#include "softwire/address_text.h"
#include "tools/ctl/families.h"

namespace softwire::ctl {

const std::vector<Command>& commands() {
  static const Commands kAll = [] {
    Commands all;
    add_show_commands(all);
    add_softwire_commands(all);
    add_file_commands(all);
    add_formats_commands(all);
    add_packet_commands(all);
    add_live_commands(all);
    add_service_commands(all);
    return all;
  }();
  return kAll;
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
  static const std::vector<Input> kOptions = {
      option("socket", "PATH",
             "softwired's control socket; default: the environment variable SOFTWIRED_SOCKET, or "
             "/run/softwired/control.sock",
             Offer::kFile),
      flag("json", "JSON for programs instead of text for people"),
      flag("help", "show the help of the command"),
      flag("version", "show the version"),
  };
  return kOptions;
}

std::optional<std::string> Invocation::option(std::string_view name) const {
  const auto found = options.find(name);
  return found == options.end() ? std::nullopt : std::optional(found->second.back());
}

CommandResult<std::optional<std::uint32_t>> Invocation::number(std::string_view name, std::uint32_t min,
                                                               std::uint32_t max) const {
  const auto text = option(name);
  if (!text) return std::optional<std::uint32_t>();
  const auto value = parse_number(*text, max);
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
  }
  return &*client_;
}

CommandResult<Json> Invocation::call(std::string_view method, Json params) {
  const auto connected = client();
  if (!connected) return connected.error();
  return (*connected)->call(method, std::move(params));
}

}  // namespace softwire::ctl
