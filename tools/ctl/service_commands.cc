// SPDX-License-Identifier: BSD-3-Clause
// The commands test, reload, call, completion and help, for softwired and softwirectl themselves.
#include <utility>

#include "controlplane/text/json_text.h"
#include "controlplane/text/values.h"
#include "tools/ctl/completion.h"
#include "tools/ctl/families.h"
#include "tools/ctl/format.h"
#include "tools/ctl/help.h"

namespace softwire::ctl {

namespace {

CommandResult<Done> run_test(Invocation& invocation) {
  const auto result = invocation.call_long("config.test");
  if (!result) return result.error();
  if (invocation.json()) {
    invocation.print(*result);
  } else {
    invocation.out() << "softwired.conf and softwires.conf are valid\n";
  }
  return Done{};
}

CommandResult<Done> run_reload(Invocation& invocation) {
  const auto result = invocation.call_long("config.reload");
  if (!result) return result.error();
  if (invocation.json()) {
    invocation.print(*result);
  } else {
    invocation.out() << "reloaded: " << counted(number_of(*result, "bindings"), "binding") << ", "
                     << counted(number_of(*result, "rules"), "rule") << '\n';
  }
  return Done{};
}

CommandResult<Done> run_call(Invocation& invocation) {
  Json params = Json::object();
  if (invocation.arguments.size() > 1) {
    auto parsed = controlplane::parse_json(invocation.arguments[1]);
    if (!parsed || !parsed->is_object()) {
      return wrong_usage("call: " + controlplane::in_quotes(invocation.arguments[1]) +
                         " is not a JSON object such as '{\"prefix\": \"drop-\"}'");
    }
    params = std::move(*parsed);
  }
  const auto result = invocation.call(invocation.arguments.front(), std::move(params));
  if (!result) return result.error();
  invocation.print(*result);
  return Done{};
}

CommandResult<Done> run_completion(Invocation& invocation) {
  const std::string& what = invocation.arguments.front();
  if (what == "words") {
    invocation.out() << completions(invocation.arguments.size() > 1 ? invocation.arguments[1] : "");
  } else {
    invocation.out() << (what == "man" ? man_page() : what == "zsh" ? zsh_script() : bash_script());
  }
  return Done{};
}

CommandResult<Done> run_help(Invocation& invocation) {
  if (invocation.arguments.empty()) {
    invocation.out() << help_of_all();
    return Done{};
  }
  const FoundCommand found = find_command(invocation.arguments);
  if (found.command != nullptr) {
    invocation.out() << help_of(*found.command);
    return Done{};
  }
  // "help show" prints the help of all commands that begin with "show".
  std::string text;
  for (const Command& command : commands()) {
    if (command.name.starts_with(invocation.arguments.front() + " ")) {
      text += (text.empty() ? "" : "\n") + help_of(command);
    }
  }
  if (text.empty()) {
    return wrong_usage("help: " + controlplane::in_quotes(invocation.arguments.front()) +
                       " is not a command; softwirectl --help lists the commands");
  }
  invocation.out() << text;
  return Done{};
}

}  // namespace

void add_service_commands(Commands& commands) {
  commands.push_back(
      {.name = "test",
       .summary = "checks softwired.conf and softwires.conf, and reports errors; changes nothing",
       .run = &run_test});
  commands.push_back({.name = "reload",
                      .summary = "reloads softwired.conf and softwires.conf, as SIGHUP does",
                      .details = "After an error, nothing has changed.",
                      .run = &run_reload});
  commands.push_back(
      {.name = "call",
       .summary = "calls a method of the control socket and prints its result",
       .inputs = {argument("METHOD", "a method of docs/control-socket.md; rpc.describe lists them"),
                  optional(argument("JSON", "its parameters: a JSON object"))},
       .details = "  softwirectl call counters.get '{\"prefix\": \"dhcp-\"}'",
       .run = &run_call});
  commands.push_back(
      {.name = "completion",
       .summary = "prints the completion script of a shell, or the manual page",
       .inputs = {one_of(argument("bash|zsh|man|words",
                                  "bash, zsh: script of the shell; man: softwirectl(1); words: words that "
                                  "can follow, used by the scripts"),
                         {"bash", "zsh", "man", "words"}),
                  optional(argument("LINE", "for words: the command line up to the cursor"))},
       .details = "  eval \"$(softwirectl completion bash)\"\n\n"
                  "  softwirectl completion zsh > /usr/local/share/zsh/site-functions/_softwirectl\n\n"
                  "  softwirectl completion man > softwirectl.1; man -l softwirectl.1",
       .run = &run_completion});
  commands.push_back(
      {.name = "help",
       .summary = "shows the help of a command",
       .inputs = {repeated(optional(argument("COMMAND", "such as show bindings", Offer::kCommand)))},
       .run = &run_help});
}

}  // namespace softwire::ctl
