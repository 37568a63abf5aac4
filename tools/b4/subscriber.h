// SPDX-License-Identifier: BSD-3-Clause
// The subscriber that softwire-b4 is: both ends of its softwire and, for a MAP CE, the IPv4 address and ports
// that follow from the rule (RFC 7597 section 5).
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
  std::optional<Ipv4Prefix> ipv4;  // a CE's; a subscriber of lw4o6 gets its address by DHCPv4
  std::optional<PortSet> ports;    // of a CE that shares its address
};

// The CE of this end-user prefix. The error names the option --end-user-prefix.
Result<Subscriber> ce_of_prefix(const Rule& rule, const Ipv6Prefix& end_user_prefix);

// The CE of this address, or of the prefix that the address lies in, and of this PSID, which only a CE that
// shares its address has. The error names the option --ipv4 or --psid.
Result<Subscriber> ce_of_address(const Rule& rule, Ipv4Address address, std::optional<Psid> psid);

// For scripts: a name, a space and its value on every line. b4, br; of a CE also ipv4 and, where it shares
// the address, psid and ports: its ranges in ascending order, a space between two.
std::string to_text(const Subscriber& subscriber);

}  // namespace softwire::b4
