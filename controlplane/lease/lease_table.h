// SPDX-License-Identifier: BSD-3-Clause
// All leases in memory, found by address and PSID, by subscriber, by client, and by the time they end. The
// store makes them durable.
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

// Returns whether an identifier identifies a client. One of zeros alone does not: clients without a hardware
// address have it.
[[nodiscard]] bool identifies_client(const ClientId& client);

class LeaseTable {
 public:
  // Returns null when there is none. Pointers are valid until the next change.
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
  // In the order of address and PSID.
  [[nodiscard]] std::vector<const Lease*> of_subscriber(const Ipv6Address& b4) const;
  [[nodiscard]] std::size_t count_of_subscriber(const Ipv6Address& b4) const;
  // Of all ends in a prefix; takes longer the more they are.
  [[nodiscard]] std::vector<const Lease*> within(const Ipv6Prefix& prefix) const;
  [[nodiscard]] std::size_t count_within(const Ipv6Prefix& prefix) const;
  [[nodiscard]] std::size_t size() const { return leases_.size(); }

  // The link of an end: the addresses that its client may have another end at. 64 bits long, or longer where
  // several subscribers live in one /64.
  [[nodiscard]] Ipv6Prefix link_of(const Ipv6Address& b4) const { return Ipv6Prefix::of(b4, link_length_); }
  // bits: 0..128; below 64 as 64.
  void set_subscriber_mask(std::uint8_t bits) { link_length_ = std::max<std::uint8_t>(bits, 64); }

  // Adds a lease, or replaces the one with the same key.
  void put(Lease lease);
  // Returns false when there is none.
  bool erase(LeaseKey key);
  // Keys of up to `most` leases that have ended by `now`, the earliest first.
  [[nodiscard]] std::vector<LeaseKey> ended(WallTime now, std::size_t most) const;
  // When the next one ends.
  [[nodiscard]] std::optional<WallTime> next_end() const;
  // In the order of address and PSID, from the first behind `after` on; until `visit` returns false.
  void for_each(std::optional<LeaseKey> after, const std::function<bool(const Lease&)>& visit) const;

 private:
  void unlink(const Lease& lease);

  std::uint8_t link_length_ = 64;
  std::map<LeaseKey, Lease> leases_;
  std::map<Ipv6Address, std::vector<LeaseKey>> of_subscriber_;
  std::set<std::pair<WallTime, LeaseKey>> by_end_;
};

}  // namespace softwire::controlplane
