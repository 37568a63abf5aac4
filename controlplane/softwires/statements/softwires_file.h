// SPDX-License-Identifier: BSD-3-Clause
// softwires.conf: the operator's bindings and rules, one statement per line. Comments start with #.
//
//   binding ipv4 192.0.2.1 psid-offset 6 psid-len 8 psid 52 b4 2001:db8:1::2 br 2001:db8::1
//   binding ipv4 192.0.2.9 b4 2001:db8:1::9 br 2001:db8::1                      # a whole address
//   rule map-e ipv4 192.0.2.0/24 ipv6 2001:db8::/40 ea-len 16 br 2001:db8:ffff::1   # rule_statement.h
//   rule map-t ipv4 192.0.2.0/24 ipv6 2001:db8::/40 ea-len 16 dmr 2001:db8:ffff::/64
//
// After the first word come pairs of a word and its value, in any order, each word at most once. psid-offset
// and psid-len default to 0. psid is decimal or hexadecimal with 0x. Names as in RFC 8676.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/text/port_68.h"
#include "softwire/binding.h"
#include "softwire/result.h"
#include "softwire/rule.h"

namespace softwire::controlplane {

struct BindingStatement {
  Binding binding;
  std::uint32_t line = 0;  // counted from 1
};

struct RuleStatement {
  Rule rule;
  std::uint32_t line = 0;
};

struct Softwires {
  std::vector<BindingStatement> bindings;
  std::vector<RuleStatement> rules;
};

// Parses one statement of a binding without a comment. The table checks it against other bindings. An error
// does not name a place.
Result<Binding> parse_binding(std::string_view statement, Port68 port_68);

// Does the same for a binding that the hub already has, whatever limits have been added since then: its
// address may be link-local, and its port set contain port 68.
Result<Binding> parse_stored_binding(std::string_view statement);

// Names a binding by address and PSID. Whatever else is set must match as well.
struct BindingKey {
  Ipv4Address ipv4;
  std::optional<Psid> psid;  // not set: the binding of a whole address
  std::optional<PortParameters> parameters;
  std::optional<Ipv6Address> b4;
  std::optional<Ipv6Address> br;

  [[nodiscard]] bool names(const Binding& binding) const;
};
// Parses a statement of a binding. Only ipv4 is required, and psid if the address is shared.
Result<BindingKey> parse_binding_key(std::string_view statement);
std::string to_statement(const BindingKey& key);

// Parses all statements of a text. Returns the error of the first bad line; it begins with "name:line: ".
Result<Softwires> parse_softwires(std::string_view text, const std::string& name, Port68 port_68);

// Does the same for a file.
Result<Softwires> read_softwires(const std::string& path, Port68 port_68);

// Returns the statement that parse_binding() parses into this binding.
std::string to_statement(const Binding& binding);

}  // namespace softwire::controlplane
