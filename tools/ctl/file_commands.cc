// SPDX-License-Identifier: BSD-3-Clause
// The commands load and save, for files of softwires.
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <system_error>

#include "controlplane/text/read_file.h"
#include "tools/ctl/families.h"
#include "tools/ctl/format.h"
#include "tools/ctl/load.h"
#include "tools/ctl/save.h"

namespace softwire::ctl {

namespace {

CommandResult<std::string> read_input(const std::string& path) {
  if (path == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  const auto text = controlplane::read_file(path);
  return text ? CommandResult<std::string>(*text) : unusable(text.error().text);
}

CommandResult<Done> run_load(Invocation& invocation) {
  const std::string& path = invocation.arguments.front();
  const std::string name = path == "-" ? "standard input" : path;
  const auto text = read_input(path);
  if (!text) return text.error();
  const auto statements = read_statements(*text, name);
  if (!statements) return statements.error();
  const auto client = invocation.client();
  if (!client) return client.error();
  const Surroundings& surroundings = invocation.surroundings();
  Progress progress(surroundings.err_is_terminal ? &surroundings.err : nullptr);
  const auto loaded =
      load(**client, *statements, invocation.has("replace"), name, progress, invocation.is_alive());
  progress.clear();
  if (!loaded) return loaded.error();
  if (invocation.json()) {
    invocation.print({{"removed", loaded->removed}, {"added", loaded->added}});
  } else {
    invocation.out() << "removed " << loaded->removed << ", added " << loaded->added << '\n';
  }
  return Done{};
}

// Writes another file and renames it: a save that fails leaves the old file.
CommandResult<Done> save_to_file(Client& client, const std::string& origin, const std::string& path) {
  const std::string next = path + ".new";
  const auto failed = [](const std::string& which) {
    return unusable(which + ": cannot be written: " + std::generic_category().message(errno));
  };
  std::ofstream file(next, std::ios::binary | std::ios::trunc);
  if (!file) return failed(next);
  auto done = save(client, origin, file);
  file.close();
  if (!file) done = failed(next);
  if (done && std::rename(next.c_str(), path.c_str()) != 0) done = failed(path);
  if (!done) std::remove(next.c_str());
  return done;
}

CommandResult<Done> run_save(Invocation& invocation) {
  const std::string origin = invocation.option("origin").value_or("operator");
  const auto client = invocation.client();
  if (!client) return client.error();
  return invocation.arguments.empty() || invocation.arguments.front() == "-"
             ? save(**client, origin, invocation.out())
             : save_to_file(**client, origin, invocation.arguments.front());
}

}  // namespace

void add_file_commands(Commands& commands) {
  commands.push_back(
      {.name = "load",
       .summary = "adds the bindings and rules of a file: all of them, or none",
       .inputs = {argument("FILE", "statements as in softwires.conf; -: the standard input", Offer::kFile),
                  flag("replace", "replace everything that was added with add or load before")},
       .details =
           "The whole file is read and checked before it is sent to softwired. An error names the file and "
           "the line.\n\n  softwirectl save | grep -v 'ipv4 192.0.2.9 ' | softwirectl load - --replace",
       .run = &run_load});
  commands.push_back(
      {.name = "save",
       .summary = "writes the bindings and rules as statements that load and softwires.conf accept",
       .inputs = {optional(
                      argument("FILE", "output file; default, and -: the standard output", Offer::kFile)),
                  one_of(option("origin", "ORIGIN",
                                "where the softwires come from: operator (add and load; the default), file "
                                "(softwires.conf), lease, or all"),
                         {"operator", "file", "lease", "all"})},
       .details = "Ordered by address and PSID. A new file is written, and then replaces the old one.",
       .run = &run_save});
}

}  // namespace softwire::ctl
