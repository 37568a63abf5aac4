// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/control/places.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace softwire::controlplane {

namespace {

using IsCandidate = std::function<bool(const PlaceHolder&)>;

// Returns the longest idle candidate of the user with the most connections.
std::optional<std::size_t> victim(const std::vector<PlaceHolder>& holders, const ControlPlaces& places,
                                  const IsCandidate& is_candidate) {
  std::map<uid_t, std::size_t> counts;
  for (const PlaceHolder& holder : holders) ++counts[holder.user];
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < holders.size(); ++i) {
    const PlaceHolder& holder = holders[i];
    if (holder.idle < places.idle || !is_candidate(holder)) continue;
    const auto weight = [&](const PlaceHolder& one) { return std::pair(counts[one.user], one.idle); };
    if (!found || weight(holder) > weight(holders[*found])) found = i;
  }
  return found;
}

// A limit, the connections that it counts, and what to say when they are too many.
struct Limit {
  std::size_t most;
  IsCandidate counts;
  std::string refusal;
};

std::vector<Limit> limits_of(uid_t user, PeerRank rank, const ControlPlaces& places) {
  const auto taken = [](std::size_t most, const std::string& by) {
    return "all " + std::to_string(most) + " connections" + by +
           " are in use; close one of them, or try again";
  };
  std::vector<Limit> limits;
  if (rank != PeerRank::kRoot) {
    const std::size_t own = rank == PeerRank::kReader ? places.of_reader : places.of_operator;
    limits.push_back({own, [user](const PlaceHolder& holder) { return holder.user == user; },
                      taken(own, " that one user may have")});
  }
  if (rank == PeerRank::kReader) {
    limits.push_back({places.of_readers,
                      [](const PlaceHolder& holder) { return holder.rank == PeerRank::kReader; },
                      taken(places.of_readers, " for control-read-group")});
  }
  if (rank != PeerRank::kRoot) {
    limits.push_back({places.of_others,
                      [](const PlaceHolder& holder) { return holder.rank != PeerRank::kRoot; },
                      taken(places.of_others, " for others than root")});
  }
  limits.push_back({places.all, [](const PlaceHolder&) { return true; }, taken(places.all, "")});
  return limits;
}

}  // namespace

PlaceDecision decide_place(const std::vector<PlaceHolder>& holders, uid_t user, PeerRank rank,
                           const ControlPlaces& places) {
  std::size_t ends = holders.size();
  for (const Limit& limit : limits_of(user, rank, places)) {
    auto count = static_cast<std::size_t>(std::ranges::count_if(holders, limit.counts));
    if (ends != holders.size() && limit.counts(holders[ends])) --count;
    if (count < limit.most) continue;
    const auto found = victim(holders, places, [&](const PlaceHolder& holder) {
      return holder.rank >= rank && limit.counts(holder);
    });
    if (!found) return {false, holders.size(), limit.refusal};
    ends = *found;
  }
  return {true, ends, {}};
}

}  // namespace softwire::controlplane
