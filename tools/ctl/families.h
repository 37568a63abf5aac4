// SPDX-License-Identifier: BSD-3-Clause
// The commands in groups. commands() joins them.
#pragma once

#include <vector>

#include "tools/ctl/command.h"

namespace softwire::ctl {

using Commands = std::vector<Command>;

void add_show_commands(Commands& commands);
void add_softwire_commands(Commands& commands);
void add_file_commands(Commands& commands);
void add_formats_commands(Commands& commands);
void add_port_commands(Commands& commands);
void add_packet_commands(Commands& commands);
void add_live_commands(Commands& commands);
void add_store_commands(Commands& commands);
void add_service_commands(Commands& commands);

// Helpers that make inputs for the declarations.
inline Input argument(std::string_view value, std::string_view help, Offer offer = Offer::kNothing) {
  return {.kind = InputKind::kArgument, .value = value, .help = help, .required = true, .offer = offer};
}
inline Input pair(std::string_view word, std::string_view value, std::string_view help) {
  return {.kind = InputKind::kPair, .name = word, .value = value, .help = help};
}
inline Input word(std::string_view name, std::string_view help) {
  return {.kind = InputKind::kWord, .name = name, .help = help};
}
inline Input option(std::string_view name, std::string_view value, std::string_view help,
                    Offer offer = Offer::kNothing) {
  return {.kind = InputKind::kOption, .name = name, .value = value, .help = help, .offer = offer};
}
inline Input flag(std::string_view name, std::string_view help) {
  return {.kind = InputKind::kOption, .name = name, .help = help};
}
inline Input required(Input input) {
  input.required = true;
  return input;
}
inline Input optional(Input input) {
  input.required = false;
  return input;
}
inline Input repeated(Input input) {
  input.repeats = true;
  return input;
}
inline Input one_of(Input input, std::vector<std::string_view> choices) {
  input.choices = std::move(choices);
  return input;
}

}  // namespace softwire::ctl
