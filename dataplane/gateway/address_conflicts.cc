// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/gateway/address_conflicts.h"

#include <algorithm>
#include <thread>

namespace softwire::dataplane {

bool AddressConflicts::add(Side side, const Ipv6Address& address, const MacAddress& station, Instant now) {
  if (!enter()) return false;
  Conflict& place = place_of({.side = side, .address = address, .station = station});
  ++place.frames;
  place.last = now;
  const bool may = may_defend(side, address, now);
  leave();
  return may;
}

void AddressConflicts::add_to_gateway(Side side, const Ipv6Address& address, const MacAddress& station,
                                      Instant now) {
  if (!enter()) return;
  Conflict& place = place_of({.side = side, .address = address, .station = station, .is_of_gateway = true});
  ++place.frames;
  place.last = now;
  leave();
}

// Stations may claim more addresses than there are places: BR addresses. The one that was defended first
// gives up its place, when its interval is over. Until then there is no place, and the link is not told.
bool AddressConflicts::may_defend(Side side, const Ipv6Address& address, Instant now) {
  const auto is_same = [&](const Defence& one) { return one.last != Instant() && one.address == address; };
  auto& places = defences_[static_cast<std::size_t>(side)];
  const auto known = std::ranges::find_if(places, is_same);
  Defence& place = known != places.end() ? *known : *std::ranges::min_element(places, {}, &Defence::last);
  if (place.last != Instant() && now - place.last < kDefendInterval) return false;
  place = {address, now};
  return true;
}

AddressConflicts::Conflict& AddressConflicts::place_of(const Conflict& wanted) {
  const auto is_same = [&](const Conflict& one) {
    return one.frames != 0 && one.side == wanted.side && one.address == wanted.address &&
           one.station == wanted.station;
  };
  const auto known = std::find_if(conflicts_.begin(), conflicts_.end(), is_same);
  if (known != conflicts_.end()) return *known;
  Conflict& oldest =
      *std::min_element(conflicts_.begin(), conflicts_.end(), [](const Conflict& a, const Conflict& b) {
        if ((a.frames == 0) != (b.frames == 0)) return a.frames == 0;
        return a.last < b.last;
      });
  oldest = wanted;
  return oldest;
}

std::vector<AddressConflicts::Conflict> AddressConflicts::list() const {
  std::vector<Conflict> result;
  result.reserve(kConflicts);
  while (!enter()) std::this_thread::yield();
  for (const Conflict& one : conflicts_) {
    if (one.frames != 0) result.push_back(one);
  }
  leave();
  return result;
}

}  // namespace softwire::dataplane
