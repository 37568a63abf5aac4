// SPDX-License-Identifier: BSD-3-Clause
// Holds all leases in memory, indexed by address and PSID, by subscriber, and by expiry. The store makes them
// durable.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "controlplane/lease/lease.h"

namespace softwire::controlplane {

// Returns whether an identifier identifies one client. An identifier of zeros does not: all clients without a
// hardware address have it.
[[nodiscard]] bool identifies_client(const ClientId& client);

class LeaseTable {
 public:
  // Returns the lease with this key, or null. Pointers are valid until the next change.
  [[nodiscard]] const Lease* find(LeaseKey key) const;
  // Returns any lease of an address, or null. All leases of an address have the same port parameters.
  [[nodiscard]] const Lease* any_of(Ipv4Address ipv4) const;
  // Returns the lease of a client behind a subscriber's end, or null. The same identifier behind another end
  // is another client, because clients choose their identifiers.
  [[nodiscard]] const Lease* find(const Ipv6Address& b4, const ClientId& client) const;
  // Returns the lease that find() returns. If there is none and identifies_client(client), returns that of
  // the client behind another end on the link.
  [[nodiscard]] const Lease* find_on_link(const Ipv6Address& b4, const ClientId& client,
                                          const Ipv6Prefix& link) const;
  // Returns the leases of a softwire end, in the order of address and PSID.
  [[nodiscard]] std::vector<const Lease*> of_subscriber(const Ipv6Address& b4) const;
  [[nodiscard]] std::size_t count_of_subscriber(const Ipv6Address& b4) const;
  // Returns the leases of all softwire ends in a prefix. The time grows with their number.
  [[nodiscard]] std::vector<const Lease*> within(const Ipv6Prefix& prefix) const;
  [[nodiscard]] std::size_t count_within(const Ipv6Prefix& prefix) const;
  [[nodiscard]] std::size_t size() const { return leases_.size(); }

  // Returns the link of a softwire end: the prefix within which the end of a client may move. It is 64 bits
  // long, or longer when several subscribers share a /64.
  [[nodiscard]] Ipv6Prefix link_of(const Ipv6Address& b4) const { return Ipv6Prefix::of(b4, link_length_); }
  // Sets the prefix length of a subscriber. `bits`: 0 to 128; below 64 counts as 64.
  void set_subscriber_mask(std::uint8_t bits) { link_length_ = std::max<std::uint8_t>(bits, 64); }

  // Adds a lease, or replaces the one with the same key.
  void put(Lease lease);
  // Removes a lease. Returns false when there is none.
  bool erase(LeaseKey key);
  // Returns the keys of up to `most` leases that have expired by `now`, the earliest first.
  [[nodiscard]] std::vector<LeaseKey> ended(WallTime now, std::size_t most) const;
  // Returns the time at which the next lease expires, or nullopt without leases.
  [[nodiscard]] std::optional<WallTime> next_end() const;
  // Calls `visit` for the leases behind `after`, in the order of address and PSID, until it returns false.
  void for_each(std::optional<LeaseKey> after, const std::function<bool(const Lease&)>& visit) const;

 private:
  void unlink(const Lease& lease);

  std::uint8_t link_length_ = 64;
  std::map<LeaseKey, Lease> leases_;
  std::map<Ipv6Address, std::vector<LeaseKey>> of_subscriber_;
  std::set<std::pair<WallTime, LeaseKey>> by_end_;
};

}  // namespace softwire::controlplane
