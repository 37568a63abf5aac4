// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/dhcp/server/offer_networks.h"

namespace softwire::controlplane::dhcp {

void OfferNetworks::put(LeaseKey key, const Ipv6Address& network, WallTime now) {
  if (const auto known = places_.find(key); known != places_.end()) {
    if (known->second.network == network) return;
    erase(key);
  }
  Offers& offers = networks_[network];
  by_count_.erase({offers.size(), network});
  offers.emplace(++numbers_, Offer{key, now});
  by_count_.emplace(offers.size(), network);
  places_.emplace(key, Place{network, numbers_});
}

void OfferNetworks::erase(LeaseKey key) {
  const auto place = places_.find(key);
  if (place == places_.end()) return;
  const auto found = networks_.find(place->second.network);
  by_count_.erase({found->second.size(), found->first});
  found->second.erase(place->second.number);
  if (found->second.empty()) {
    networks_.erase(found);
  } else {
    by_count_.emplace(found->second.size(), found->first);
  }
  places_.erase(place);
}

std::size_t OfferNetworks::count(const Ipv6Address& network) const {
  const auto found = networks_.find(network);
  return found == networks_.end() ? 0 : found->second.size();
}

std::optional<Ipv6Address> OfferNetworks::greediest() const {
  if (by_count_.empty()) return std::nullopt;
  return by_count_.rbegin()->second;
}

std::vector<OfferNetworks::Offer> OfferNetworks::oldest(const Ipv6Address& network, std::size_t most) const {
  std::vector<Offer> result;
  const auto found = networks_.find(network);
  if (found == networks_.end()) return result;
  for (const auto& [number, offer] : found->second) {
    if (result.size() == most) break;
    result.push_back(offer);
  }
  return result;
}

}  // namespace softwire::controlplane::dhcp
