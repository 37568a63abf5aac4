// SPDX-License-Identifier: BSD-3-Clause
// The offers of the embedded server by network, so that a network with many softwire ends does not hold every
// slot with offers that nobody requests. The control thread owns it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "controlplane/lease/lease.h"
#include "softwire/address.h"
#include "softwire/wall_time.h"

namespace softwire::controlplane::dhcp {

class OfferNetworks {
 public:
  struct Offer {
    LeaseKey key;
    WallTime since;  // the first offer of the key to this network
  };

  // Adds an offer. An offer of the same key to the same network keeps its place.
  void put(LeaseKey key, const Ipv6Address& network, WallTime now);
  // Removes an offer. Does nothing when there is none.
  void erase(LeaseKey key);

  [[nodiscard]] std::size_t count(const Ipv6Address& network) const;
  // Returns the network that holds the most offers, or nullopt when there are none.
  [[nodiscard]] std::optional<Ipv6Address> greediest() const;
  // Returns up to `most` offers of a network, the oldest first.
  [[nodiscard]] std::vector<Offer> oldest(const Ipv6Address& network, std::size_t most) const;

 private:
  using Offers = std::map<std::uint64_t, Offer>;  // by their number
  struct Place {
    Ipv6Address network;
    std::uint64_t number = 0;
  };
  std::uint64_t numbers_ = 0;
  std::map<LeaseKey, Place> places_;
  // Not a hash table: clients choose their networks, and could choose some with the same hash.
  std::map<Ipv6Address, Offers> networks_;
  std::set<std::pair<std::size_t, Ipv6Address>> by_count_;
};

}  // namespace softwire::controlplane::dhcp
