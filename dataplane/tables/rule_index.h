// SPDX-License-Identifier: BSD-3-Clause
// Rules by IPv6 prefix, the longest first: the rule of a CE's address (RFC 7597 section 8.1).
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "softwire/address.h"

namespace softwire::dataplane {

class RuleIndex {
 public:
  // The entry that has exactly this prefix; none when there is none.
  [[nodiscard]] std::optional<std::uint32_t> exact(const Ipv6Prefix& prefix) const;
  // The entry of the longest prefix that the address lies in. Takes one probe for each length in use.
  [[nodiscard]] std::optional<std::uint32_t> find(const Ipv6Address& address) const;

  // The prefix is not there yet.
  void add(const Ipv6Prefix& prefix, std::uint32_t entry);
  // A prefix that is not there is left alone.
  void remove(const Ipv6Prefix& prefix);

 private:
  struct Level {
    std::uint8_t length = 0;
    std::unordered_map<Ipv6Address, std::uint32_t> entries;
  };
  std::vector<Level> levels_;  // longest first; none is empty
};

}  // namespace softwire::dataplane
