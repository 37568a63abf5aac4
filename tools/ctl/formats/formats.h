// SPDX-License-Identifier: BSD-3-Clause
// Reads softwires from the formats of other programs, and writes them.
//
// An import reads the forwarding configuration of the text: bindings, rules, and the matching softwired.conf.
// Each setting that softwired does not support gets a note with its place. An import never changes the
// meaning of a port set or an address. softwired refuses softwires that conflict.
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
  std::string configuration;       // lines of softwired.conf; empty: there are none
  std::vector<std::string> notes;  // "name:line: KEY is not carried over: reason"
};

// The error of each import is "name:line: fault; remedy".

// Reads a Snabb lwAFTR configuration in YANG text (modules snabb-softwire-v1, -v2 and -v3).
Result<Imported> import_snabb(std::string_view text, const std::string& name);

// Reads a VPP startup script: `map add domain`, `map add rule`, and related commands (plugin map).
Result<Imported> import_vpp(std::string_view text, const std::string& name);

// Reads instance data of module ietf-softwire-br (RFC 8676) in JSON (RFC 7951).
Result<Imported> import_rfc8676(std::string_view text, const std::string& name);

// Each export returns notes about data that the format cannot express, or expresses differently.

std::vector<std::string> export_rfc8676(std::ostream& out, std::span<const Binding> bindings,
                                        std::span<const Rule> rules);

// Writes a configuration of kea-dhcp6 with the options of RFC 7598. The options of a subscriber are at the
// pool that contains its end of the softwire, so whoever leases from that pool gets them.
std::vector<std::string> export_kea_dhcp6(std::ostream& out, std::span<const Binding> bindings,
                                          std::span<const Rule> rules);

}  // namespace softwire::ctl
