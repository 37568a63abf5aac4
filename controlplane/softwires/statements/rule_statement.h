// SPDX-License-Identifier: BSD-3-Clause
// A rule of softwires.conf.
//
//   rule map-e ipv4 192.0.2.0/24 ipv6 2001:db8::/40 ea-len 16 psid-offset 6 br 2001:db8:ffff::1
//   rule map-e ipv4 192.0.2.18/32 ipv6 2001:db8:12:3400::/56 ea-len 0 psid-len 8 psid 0x34 br
//   2001:db8:ffff::1
//   rule map-t ipv4 192.0.2.0/24 ipv6 2001:db8::/40 ea-len 16 psid-offset 6 dmr 2001:db8:ffff::/64
//
// After the kind come pairs of a word and its value in any order, each word at most once. psid-offset
// defaults to 6. psid-len and psid are for a rule of one CE only, and have no default. Names as in RFC 8676.
#pragma once

#include <string>
#include <string_view>

#include "controlplane/text/port_68.h"
#include "softwire/result.h"
#include "softwire/rule.h"

namespace softwire::controlplane {

// Parses one statement without a comment. The returned rule is valid by itself; the table checks it against
// other rules. An error does not name a place.
Result<Rule> parse_rule(std::string_view statement, Port68 port_68);

// Does the same for a rule that the hub already has, whatever limits have been added since then: its IPv4
// prefix may contain link-local addresses, and its port sets port 68.
Result<Rule> parse_stored_rule(std::string_view statement);

// Returns the statement that parse_rule() parses into this rule.
std::string to_statement(const Rule& rule);

}  // namespace softwire::controlplane
