// SPDX-License-Identifier: BSD-3-Clause
// Rules by IPv6 prefix, longest prefix first. It finds the rule of a CE address (RFC 7597 section 8.1).
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "softwire/address.h"

namespace softwire::dataplane {

class RuleIndex {
 public:
  // Returns the entry with exactly this prefix, or nullopt.
  [[nodiscard]] std::optional<std::uint32_t> exact(const Ipv6Prefix& prefix) const;
  // Returns the entry of the longest prefix that contains the address, or nullopt. Takes one hash look-up for
  // each prefix length in use.
  [[nodiscard]] std::optional<std::uint32_t> find(const Ipv6Address& address) const;

  // Adds an entry. Requires: the index does not have the prefix.
  void add(const Ipv6Prefix& prefix, std::uint32_t entry);
  // Removes the entry of the prefix, if there is one.
  void remove(const Ipv6Prefix& prefix);

 private:
  struct Level {
    std::uint8_t length = 0;
    std::unordered_map<Ipv6Address, std::uint32_t> entries;
  };
  std::vector<Level> levels_;  // longest first; none is empty
};

}  // namespace softwire::dataplane
