// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/control/places.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace softwire::controlplane {

namespace {

using IsCandidate = std::function<bool(const PlaceHolder&)>;
using Counts = std::map<uid_t, std::size_t>;

// Returns the longest idle candidate of the user with the most connections.
std::optional<std::size_t> victim(const std::vector<PlaceHolder>& holders, const Counts& counts,
                                  const IsCandidate& is_candidate) {
  std::optional<std::size_t> found;
  const auto weight = [&](const PlaceHolder& one) { return std::pair(counts.at(one.user), one.idle); };
  for (std::size_t i = 0; i < holders.size(); ++i) {
    if (!is_candidate(holders[i])) continue;
    if (!found || weight(holders[i]) > weight(holders[*found])) found = i;
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

// Makes room within a limit that is reached, by one of the candidates. Returns no place if that cannot be.
PlaceDecision make_room(const std::vector<PlaceHolder>& holders, uid_t user, const Limit& limit,
                        const IsCandidate& is_candidate, std::chrono::milliseconds idle) {
  Counts counts;
  counts[user] = 0;
  for (const PlaceHolder& holder : holders) {
    if (is_candidate(holder) || holder.user == user) ++counts[holder.user];
  }
  const std::size_t own = counts[user];
  const auto greediest = victim(holders, counts, is_candidate);
  if (greediest && own + 1 < counts[holders[*greediest].user]) {
    const std::size_t most = counts[holders[*greediest].user];
    return {true, *greediest,
            "the user has " + std::to_string(most) + " connections, more than the fair share of " +
                std::to_string(limit.most / counts.size()) + ", and another user needs a place"};
  }
  const auto found = victim(holders, counts, [&](const PlaceHolder& one) {
    return one.idle >= idle && is_candidate(one) && counts[one.user] >= own;
  });
  if (!found) return {false, holders.size(), limit.refusal};
  return {true, *found, "the connection was idle, and another one needs its place"};
}

}  // namespace

PlaceDecision decide_place(const std::vector<PlaceHolder>& holders, uid_t user, PeerRank rank,
                           const ControlPlaces& places) {
  PlaceDecision decision{true, holders.size()};
  for (const Limit& limit : limits_of(user, rank, places)) {
    auto count = static_cast<std::size_t>(std::ranges::count_if(holders, limit.counts));
    if (decision.ends != holders.size() && limit.counts(holders[decision.ends])) --count;
    if (count < limit.most) continue;
    decision = make_room(
        holders, user, limit,
        [&](const PlaceHolder& holder) { return holder.rank >= rank && limit.counts(holder); }, places.idle);
    if (!decision.has_place) break;
  }
  return decision;
}

}  // namespace softwire::controlplane
