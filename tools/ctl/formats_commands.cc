// SPDX-License-Identifier: BSD-3-Clause
// The commands import and export, for softwires and configurations of other programs.
#include "tools/ctl/families.h"
#include "tools/ctl/formats/commands.h"
#include "tools/ctl/save.h"

namespace softwire::ctl {

namespace {

// Returns the arguments, and the named options, in the form that run_import() and run_export() read.
std::vector<std::string> words_of(const Invocation& invocation,
                                  std::initializer_list<std::string_view> options) {
  std::vector<std::string> words = invocation.arguments;
  for (const std::string_view name : options) {
    if (auto value = invocation.option(name)) {
      words.push_back("--" + std::string(name));
      words.push_back(*value);
    }
  }
  return words;
}

// The error text has been printed already.
CommandResult<Done> ended(int status) {
  if (status == 0) return Done{};
  return Failure{static_cast<ExitStatus>(status), ""};
}

CommandResult<Done> run_import_command(Invocation& invocation) {
  return ended(run_import(words_of(invocation, {"softwires", "configuration"}), invocation.out(),
                          invocation.surroundings().err));
}

CommandResult<SoftwireSet> softwires_of_softwired(Invocation& invocation) {
  const auto client = invocation.client();
  if (!client) return client.error();
  SoftwireSet set;
  const auto taken = for_each_softwire(**client, "all", [&set](const Softwire& softwire) {
    if (const auto* rule = std::get_if<Rule>(&softwire)) {
      set.rules.push_back(*rule);
    } else {
      set.bindings.push_back(std::get<Binding>(softwire));
    }
    return CommandResult<Done>(Done{});
  });
  return taken ? CommandResult<SoftwireSet>(std::move(set)) : taken.error();
}

CommandResult<Done> run_export_command(Invocation& invocation) {
  std::optional<Failure> failure;
  const auto softwires = [&]() -> Result<SoftwireSet> {
    auto set = softwires_of_softwired(invocation);
    if (set) return std::move(*set);
    failure = set.error();
    return Error{"softwirectl: " + failure->text};
  };
  const int status = run_export(words_of(invocation, {"softwires", "only"}), softwires, invocation.out(),
                                invocation.surroundings().err);
  return failure ? Failure{failure->status, ""} : ended(status);
}

}  // namespace

void add_formats_commands(Commands& commands) {
  commands.push_back(
      {.name = "import",
       .summary = "converts another program's configuration into softwires.conf and softwired.conf",
       .inputs = {one_of(argument("snabb|vpp|rfc8676", "program or format of the configuration"),
                         {"snabb", "vpp", "rfc8676"}),
                  argument("FILE", "the configuration", Offer::kFile),
                  option("softwires", "FILE", "output file for the statements; default: the standard output",
                         Offer::kFile),
                  option("configuration", "FILE", "output file for the keys of softwired.conf",
                         Offer::kFile)},
       .details = "  softwirectl import snabb lwaftr.conf | softwirectl load -",
       .run = &run_import_command});
  commands.push_back(
      {.name = "export",
       .summary = "writes the softwires for other programs, to the standard output",
       .inputs = {one_of(argument("rfc8676|kea-dhcp6", "output format"), {"rfc8676", "kea-dhcp6"}),
                  option("softwires", "FILE", "softwires of a file; default: those of softwired",
                         Offer::kFile),
                  one_of(option("only", "bindings|rules", "export only these"), {"bindings", "rules"})},
       .run = &run_export_command});
}

}  // namespace softwire::ctl
