// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/metrics/places.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

namespace softwire::controlplane::metrics {

namespace {

using Counts = std::map<FairQueue::Peer, std::size_t>;

// Returns the candidate of the address with the most connections that has sent no whole request for longest.
std::optional<std::size_t> victim(const std::vector<PlaceHolder>& holders, const Counts& counts,
                                  const std::function<bool(const PlaceHolder&)>& is_candidate) {
  std::optional<std::size_t> found;
  const auto weight = [&](const PlaceHolder& one) {
    return std::pair(counts.at(one.address), -one.since.time_since_epoch());
  };
  for (std::size_t i = 0; i < holders.size(); ++i) {
    if (!is_candidate(holders[i])) continue;
    if (!found || weight(holders[i]) > weight(holders[*found])) found = i;
  }
  return found;
}

PlaceDecision in_place_of(const std::optional<std::size_t>& found, std::size_t holders) {
  return {found.has_value(), found.value_or(holders)};
}

}  // namespace

bool Places::is_known(FairQueue::Peer address, Time now) const {
  const auto found = known_.find(address);
  return found != known_.end() && now - found->second <= limits_.known_for;
}

void Places::answered(FairQueue::Peer address, Time now) {
  if (const auto found = known_.find(address); found != known_.end()) {
    found->second = now;
    return;
  }
  std::erase_if(known_, [&](const auto& one) { return now - one.second > limits_.known_for; });
  // Those known before stay, however many others come: an attacker may have many prefixes.
  if (known_.size() < std::min(limits_.known, limits_.connections / 2)) known_.emplace(address, now);
}

PlaceDecision Places::decide(const std::vector<PlaceHolder>& holders, FairQueue::Peer address,
                             Time now) const {
  Counts counts;
  for (const PlaceHolder& holder : holders) ++counts[holder.address];
  const std::size_t own = counts[address];
  if (own >= limits_.of_address) {
    return in_place_of(victim(holders, counts,
                              [&](const PlaceHolder& one) { return one.is_idle && one.address == address; }),
                       holders.size());
  }
  const auto kept = std::ranges::count_if(
      known_, [&](const auto& one) { return is_known(one.first, now) && !counts.contains(one.first); });
  const bool is_expected = own == 0 && is_known(address, now);
  const std::size_t taken = holders.size() + (is_expected ? 0 : static_cast<std::size_t>(kept));
  if (taken < limits_.connections) return {true, holders.size()};
  std::size_t most = 0;
  for (const auto& [one, count] : counts) most = std::max(most, count);
  if (own + 1 < most) {
    return in_place_of(
        victim(holders, counts, [&](const PlaceHolder& one) { return counts.at(one.address) == most; }),
        holders.size());
  }
  return in_place_of(victim(holders, counts,
                            [&](const PlaceHolder& one) {
                              const std::size_t count = counts.at(one.address);
                              return one.is_idle && count >= own &&
                                     (count > 1 || !is_known(one.address, now));
                            }),
                     holders.size());
}

}  // namespace softwire::controlplane::metrics
