// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/tables/rule_index.h"

#include <algorithm>

namespace softwire::dataplane {

std::optional<std::uint32_t> RuleIndex::exact(const Ipv6Prefix& prefix) const {
  const auto level = std::ranges::find(levels_, prefix.length, &Level::length);
  if (level == levels_.end()) return std::nullopt;
  const auto found = level->entries.find(prefix.address);
  return found == level->entries.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::uint32_t> RuleIndex::find(const Ipv6Address& address) const {
  for (const Level& level : levels_) {
    const auto found = level.entries.find(Ipv6Prefix::of(address, level.length).address);
    if (found != level.entries.end()) return found->second;
  }
  return std::nullopt;
}

void RuleIndex::add(const Ipv6Prefix& prefix, std::uint32_t entry) {
  auto level = std::ranges::lower_bound(levels_, prefix.length, std::greater{}, &Level::length);
  if (level == levels_.end() || level->length != prefix.length) {
    level = levels_.insert(level, Level{.length = prefix.length, .entries = {}});
  }
  level->entries.emplace(prefix.address, entry);
}

void RuleIndex::remove(const Ipv6Prefix& prefix) {
  const auto level = std::ranges::find(levels_, prefix.length, &Level::length);
  if (level == levels_.end()) return;
  level->entries.erase(prefix.address);
  if (level->entries.empty()) levels_.erase(level);
}

}  // namespace softwire::dataplane
