// SPDX-License-Identifier: BSD-3-Clause
// The commands import and export of softwirectl.
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

// Returns the softwires of the running daemon. Used by an export without a file.
using SoftwireSource = std::function<Result<SoftwireSet>()>;

// Both return the exit status: 0 done; 1 a file is unusable; 2 wrong usage. They write errors and notes to
// `err`, one per line.

// arguments: snabb|vpp|rfc8676 FILE [--softwires FILE] [--configuration FILE]. Writes the statements of
// softwires.conf to `out`, or to --softwires. Writes softwired.conf only to --configuration.
int run_import(std::span<const std::string> arguments, std::ostream& out, std::ostream& err);

// arguments: rfc8676|kea-dhcp6 [--softwires FILE] [--only bindings|rules]. Writes to `out`.
int run_export(std::span<const std::string> arguments, const SoftwireSource& daemon, std::ostream& out,
               std::ostream& err);

}  // namespace softwire::ctl
