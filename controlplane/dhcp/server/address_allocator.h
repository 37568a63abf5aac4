// SPDX-License-Identifier: BSD-3-Clause
// Decides which address and ports a client of the embedded server gets. It owns the pools, the offers, the
// grants that are not durable yet, and the slots that clients declined. The caller keeps the lease table and
// tells the time.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "controlplane/dhcp/server/exchange.h"
#include "controlplane/dhcp/server/lease_pool.h"
#include "controlplane/dhcp/settings/server_options.h"
#include "controlplane/lease/lease.h"
#include "controlplane/lease/lease_table.h"
#include "softwire/outcome.h"
#include "softwire/result.h"
#include "softwire/wall_time.h"

namespace softwire::controlplane::dhcp {

class AddressAllocator {
 public:
  static constexpr std::chrono::seconds kOfferTime{
      60};  // for which an offer, or a grant not durable yet, is kept
  static constexpr std::chrono::seconds kDeclinedTime{3600};  // for which a declined slot is not given
  static constexpr std::size_t kMaxDeclined = 65'536;
  static constexpr std::size_t kMaxDeclinedOfSubscriber =
      4;  // slots declined beyond this are given again at once

  // Takes other options. Offers, grants and declined slots stay.
  void configure(ServerOptions options, const LeaseTable& lease_table);

  // --- what there is ---

  // Returns the client's lease: a grant that is not durable yet, or one in the lease table. Null: there is
  // none.
  [[nodiscard]] const Lease* lease_of(const Exchange& exchange) const;
  // Returns what the client is offered, or null.
  [[nodiscard]] const Lease* offer_of(const Exchange& exchange) const { return exchange.find_in(offers_); }
  // Returns whether the client may have the slot, as far as options, leases, offers and bindings are
  // concerned.
  [[nodiscard]] bool is_available(const Exchange& exchange, const AddressSlot& slot) const;
  [[nodiscard]] Occupancy occupancy(const Exchange& exchange, const AddressSlot& slot) const;
  // Returns whether the other clients of the subscriber have, or are offered, all leases that it may have.
  [[nodiscard]] bool is_at_limit(const Exchange& exchange) const;
  // The same without what they are offered.
  [[nodiscard]] bool is_at_lease_limit(const Exchange& exchange) const;
  // Returns the lease that the client takes over if it gets one: its subscriber has all leases that it may
  // have, and none of them is the client's. Nullopt: none.
  [[nodiscard]] std::optional<LeaseKey> lease_to_take(const Exchange& exchange) const;

  // --- what clients get ---

  // Chooses what a client gets for a DISCOVER (RFC 2131 section 4.3.1). Errors: kDhcpLeaseLimit,
  // kDhcpNoAddress, kDhcpPortSetNotAsked.
  [[nodiscard]] Result<AddressSlot, Outcome> choose(const Exchange& exchange);
  // Records an offer. Returns false when there is no room for it.
  [[nodiscard]] bool offer(const Exchange& exchange, const AddressSlot& slot);
  // Records a grant, in the place of the client's offer, and of the lease that the client takes over. Returns
  // the key of the lease that ends by it, if any. Error kDhcpOffersFull.
  [[nodiscard]] Result<std::optional<LeaseKey>, Outcome> grant(const Exchange& exchange,
                                                               const AddressSlot& slot);
  // Forgets the client's grant of this key, and what it is offered.
  void release(const Exchange& exchange, LeaseKey key);
  // Does what release() does, and does not give the slot to anybody for kDeclinedTime.
  void decline(const Exchange& exchange, Lease declined);
  void forget_offer(const Exchange& exchange);
  // Forgets what has ended. Call it before each message.
  void forget_ended(WallTime now, const LeaseTable& lease_table);

  // As the functions of Server with these names.
  void not_kept(const Lease& grant, const std::optional<LeaseKey>& taken, const LeaseTable& lease_table);
  void freed(LeaseKey key);

 private:
  [[nodiscard]] std::optional<AddressSlot> choose_from(LeasePool& pool, const Exchange& exchange);
  // Returns whether the options let the subscriber have the slot.
  [[nodiscard]] bool gives(const Ipv6Address& subscriber, const AddressSlot& slot) const;
  [[nodiscard]] bool is_in_use(const LeaseTable& lease_table, LeaseKey key) const;
  // Returns how many other clients of the subscriber are in these tables.
  [[nodiscard]] std::size_t count_others(const Exchange& exchange,
                                         std::initializer_list<const LeaseTable*> tables) const;
  [[nodiscard]] Ipv6Prefix subscriber_of(const Ipv6Address& b4) const {
    return Ipv6Prefix::of(b4, options_.subscriber_mask);
  }
  [[nodiscard]] const StaticLease* static_lease_of(const Ipv6Address& subscriber) const;
  [[nodiscard]] LeasePool* pool_of(LeaseKey key);
  [[nodiscard]] const LeasePool* pool_of(LeaseKey key) const;

  // Puts a client's slot into offers_ or granted_. Requires: has_room().
  void remember(LeaseTable& where, const Exchange& exchange, const AddressSlot& slot);
  [[nodiscard]] bool has_room(const LeaseTable& where, const Exchange& exchange) const;
  void forget(LeaseTable& where, LeaseKey key, const LeaseTable& lease_table);

  ServerOptions options_;
  std::vector<LeasePool> pools_;
  std::map<Ipv4Address, std::size_t> pool_from_;  // by first address
  std::map<std::uint8_t, std::unordered_map<Ipv6Address, StaticLease>, std::greater<>>
      static_leases_;  // by length of prefix, the longest first, and prefix
  std::set<LeaseKey> static_keys_;
  // Slots that nobody else gets, each until it `expires`. A declined slot has no client.
  LeaseTable offers_;
  LeaseTable granted_;
  LeaseTable declined_;
  LeaseTable leaving_;                       // taken over from their clients, but still in the lease table
  std::map<Ipv6Address, WallTime> took_at_;  // by the subscriber's prefix, within the interval
};

}  // namespace softwire::controlplane::dhcp
