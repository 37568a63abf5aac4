// SPDX-License-Identifier: BSD-3-Clause
// Softwires in the languages of other programs: read from them, and written for them.
//
// An import takes what the text says of forwarding: bindings, rules, and the softwired.conf that goes with
// them. Whatever has no counterpart here is named in a note, with its place; nothing is left out silently. An
// import never changes what a port set or an address means; two softwires that disagree are for softwired to
// refuse.
#pragma once

#include <iosfwd>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "softwire/binding.h"
#include "softwire/result.h"
#include "softwire/rule.h"

namespace softwire::ctl {

struct Imported {
  std::vector<Binding> bindings;  // in the order of the text
  std::vector<Rule> rules;
  std::string configuration;       // lines of softwired.conf; empty: the text says nothing for it
  std::vector<std::string> notes;  // "name:line: KEY is not carried over: reason"
};

// Error of each: "name:line: what is wrong, and what would be right".

// A Snabb lwAFTR configuration in YANG text (modules snabb-softwire-v1, -v2 and -v3).
Result<Imported> import_snabb(std::string_view text, const std::string& name);

// A VPP startup script: `map add domain`, `map add rule`, and what belongs to them (plugin map).
Result<Imported> import_vpp(std::string_view text, const std::string& name);

// Instance data of module ietf-softwire-br (RFC 8676) as JSON (RFC 7951).
Result<Imported> import_rfc8676(std::string_view text, const std::string& name);

// Each export writes as it goes and returns notes on what the format cannot say, or says differently.

std::vector<std::string> export_rfc8676(std::ostream& out, std::span<const Binding> bindings,
                                        std::span<const Rule> rules);

// A configuration of kea-dhcp6 with the options of RFC 7598. What a subscriber is told follows from what the
// server leases to it: the options stand at the pool that holds the subscriber's end of its softwire.
std::vector<std::string> export_kea_dhcp6(std::ostream& out, std::span<const Binding> bindings,
                                          std::span<const Rule> rules);

}  // namespace softwire::ctl
