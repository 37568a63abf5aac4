// SPDX-License-Identifier: BSD-3-Clause
// A slow model of the table of bindings and rules: lists that are searched from end to end, and addresses
// that are put together bit by bit as the RFCs define them. Fuzz targets compare the table and the packet
// path with it. It uses neither the table's code nor the arithmetic of Rule and PortParameters.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "softwire/address.h"
#include "softwire/binding.h"
#include "softwire/port_set.h"
#include "softwire/rule.h"

namespace softwire::fuzz {

// Returns whether the port belongs to the set (RFC 7597 section 5.1): there are an A, of `psid_offset` bits
// and at least 1 when it has any, and a j, of which the port consists with the PSID.
[[nodiscard]] bool is_in_set(const PortSet& ports, Port port);

// Returns the address of the CE with this IPv4 address and PSID (RFC 7597 sections 5.2 and 6).
[[nodiscard]] Ipv6Address ce_address(const Rule& rule, std::uint32_t ipv4, Psid psid);

// Returns whether both addresses have the first `bits` bits in common.
[[nodiscard]] bool same_prefix(const Ipv6Address& a, const Ipv6Address& b, unsigned bits);

struct ReferenceTable {
  struct Owner {
    Ipv6Address b4;              // or the CE's address
    Ipv6Address br;              // unspecified for MAP-T
    Rule const* rule = nullptr;  // null: a binding
  };
  // Returns who owns the address and port, in host byte order. A shared address without a port has no owner.
  [[nodiscard]] std::optional<Owner> owner(std::uint32_t ipv4, std::optional<Port> port) const;
  // Returns whether a binding has the address.
  [[nodiscard]] bool is_bound(std::uint32_t ipv4) const;
  // Returns the rule with the longest IPv4 prefix that contains the address, or null.
  [[nodiscard]] const Rule* rule_of(std::uint32_t ipv4) const;
  // Returns the rule with the longest IPv6 prefix that contains the address, or null.
  [[nodiscard]] const Rule* rule_around(const Ipv6Address& address) const;
  [[nodiscard]] bool is_b4(const Ipv6Address& address) const;
  [[nodiscard]] bool is_br(const Ipv6Address& address) const;

  std::vector<Binding> bindings;
  std::vector<Rule> rules;
};

}  // namespace softwire::fuzz
