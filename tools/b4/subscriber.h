// SPDX-License-Identifier: BSD-3-Clause
// The subscriber that softwire-b4 represents: both ends of its softwire and, for a MAP CE, the IPv4 address
// and ports that follow from the rule (RFC 7597 section 5).
#pragma once

#include <optional>
#include <string>

#include "softwire/address.h"
#include "softwire/port_set.h"
#include "softwire/result.h"
#include "softwire/rule.h"

namespace softwire::b4 {

struct Subscriber {
  Ipv6Address b4;
  Ipv6Address br;
  std::optional<Ipv4Prefix> ipv4;  // of a CE; a lw4o6 subscriber gets its address by DHCPv4
  std::optional<PortSet> ports;    // of a CE that shares its address
};

// Returns the CE with this end-user prefix. An error names the option --end-user-prefix.
Result<Subscriber> ce_of_prefix(const Rule& rule, const Ipv6Prefix& end_user_prefix);

// Returns the CE with this address, or with the prefix that contains the address, and with this PSID. Only a
// CE that shares its address has a PSID. An error names the option --ipv4 or --psid.
Result<Subscriber> ce_of_address(const Rule& rule, Ipv4Address address, std::optional<Psid> psid);

// Returns text for scripts, with a name, a space and a value per line: b4 and br; of a CE also ipv4 and, if
// it shares the address, psid and ports. The value of ports is the ranges in ascending order, separated by
// spaces.
std::string to_text(const Subscriber& subscriber);

}  // namespace softwire::b4
