// SPDX-License-Identifier: BSD-3-Clause
// The subcommands import and export of softwirectl.
#pragma once

#include <functional>
#include <iosfwd>
#include <span>
#include <string>
#include <vector>

#include "softwire/binding.h"
#include "softwire/result.h"
#include "softwire/rule.h"

namespace softwire::ctl {

struct SoftwireSet {
  std::vector<Binding> bindings;
  std::vector<Rule> rules;
};

// Where an export takes its softwires from when no file is named: the running daemon.
using SoftwireSource = std::function<Result<SoftwireSet>()>;

// Exit status of both: 0 done; 1 a file is unusable; 2 wrong usage. Errors and notes go to `err`, one a line.

// arguments: snabb|vpp|rfc8676 FILE [--softwires FILE] [--configuration FILE]. Statements of softwires.conf
// go to `out` unless a file is named; the softwired.conf is written when one is.
int run_import(std::span<const std::string> arguments, std::ostream& out, std::ostream& err);

// arguments: rfc8676|kea-dhcp6 [--softwires FILE] [--only bindings|rules], to `out`.
int run_export(std::span<const std::string> arguments, const SoftwireSource& daemon, std::ostream& out,
               std::ostream& err);

}  // namespace softwire::ctl
