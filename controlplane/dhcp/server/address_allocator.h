// SPDX-License-Identifier: BSD-3-Clause
// Decides which address and ports a client of the embedded server gets. It owns the pools, the offers, the
// grants that are not durable yet, and the slots that clients declined. The caller owns the lease table, and
// passes the time.
#pragma once

#include <algorithm>
#include <array>
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
#include "controlplane/dhcp/server/offer_networks.h"
#include "controlplane/dhcp/settings/server_options.h"
#include "controlplane/lease/lease.h"
#include "controlplane/lease/lease_table.h"
#include "softwire/outcome.h"
#include "softwire/result.h"
#include "softwire/source_kind.h"
#include "softwire/wall_time.h"

namespace softwire::controlplane::dhcp {

class AddressAllocator {
 public:
  static constexpr std::chrono::seconds kOfferTime{60};       // lifetime, also of grants not yet durable
  static constexpr std::chrono::seconds kDeclinedTime{3600};  // a declined slot is not leased for this time
  // An offer that the client has not requested for this time may make room for another network's client.
  static constexpr std::chrono::seconds kUnrequestedTime{1};
  static constexpr std::uint8_t kNetworkLength = 48;  // bits; or a subscriber's prefix, if that is shorter
  static constexpr std::size_t kMaxDeclined = 65'536;
  static constexpr std::size_t kMaxDeclinedOfSubscriber = 4;  // others are leased again at once

  // Replaces the options. Keeps offers, grants and declined slots.
  void configure(ServerOptions options, const LeaseTable& lease_table);

  // --- Queries ---

  // Returns the client's lease, or null: a grant that is not durable yet, else one in the lease table.
  [[nodiscard]] const Lease* lease_of(const Exchange& exchange) const;
  // Returns the offer to the client, or null.
  [[nodiscard]] const Lease* offer_of(const Exchange& exchange) const { return exchange.find_in(offers_); }
  // Returns whether options, leases, offers and bindings let the client have the slot. Does not check the
  // limit of leases.
  [[nodiscard]] bool is_available(const Exchange& exchange, const AddressSlot& slot) const;
  [[nodiscard]] Occupancy occupancy(const Exchange& exchange, const AddressSlot& slot) const;
  // Returns whether the leases of, and the offers to, the other clients of the subscriber reach its limit.
  // The limit is one higher when the client takes over a lease.
  [[nodiscard]] bool is_at_limit(const Exchange& exchange) const;
  // Returns whether the leases of the other clients of the subscriber reach its limit.
  [[nodiscard]] bool is_at_lease_limit(const Exchange& exchange) const;
  // If the subscriber is at its limit, and the client has no lease: returns the lease of another client that
  // this client may take over. Else returns nullopt.
  [[nodiscard]] std::optional<LeaseKey> lease_to_take(const Exchange& exchange) const;

  // Returns the number of slots of the pools that no lease, offer or decline holds. A binding or rule may
  // occupy some of them.
  [[nodiscard]] std::size_t free_slots() const;

  // --- Changes ---

  // Chooses the slot to offer for a DISCOVER (RFC 2131 section 4.3.1). When no slot is free, takes back an
  // old offer: to a client of a lower kind, else to the network of the same kind that holds the most. Errors:
  // kDhcpLeaseLimit, kDhcpNoAddress, kDhcpPortSetNotAsked.
  [[nodiscard]] Result<AddressSlot, Outcome> choose(const Exchange& exchange);
  // Records an offer. Returns false when there is no room for it.
  [[nodiscard]] bool offer(const Exchange& exchange, const AddressSlot& slot);
  // Records a grant. It replaces the client's offer, and the lease that the client takes over. Returns the
  // key of the lease that ends, if any. Error kDhcpOffersFull.
  [[nodiscard]] Result<std::optional<LeaseKey>, Outcome> grant(const Exchange& exchange,
                                                               const AddressSlot& slot);
  // Forgets the client's grant of this key, and the offer to the client.
  void release(const Exchange& exchange, LeaseKey key);
  // Does what release() does, and leases the slot to nobody for kDeclinedTime.
  void decline(const Exchange& exchange, Lease declined);
  void forget_offer(const Exchange& exchange);
  // Forgets offers, grants and declined slots that have expired. Call it before each message.
  void forget_ended(WallTime now, const LeaseTable& lease_table);

  // See the functions of Server with these names.
  void not_kept(const Lease& grant, const std::optional<LeaseKey>& taken, const LeaseTable& lease_table);
  void freed(LeaseKey key);

 private:
  // Returns whether the client may have the slot, for which it must have asked.
  [[nodiscard]] bool suits(const Exchange& exchange, const AddressSlot& slot) const;
  struct OldOffer {
    OfferNetworks::Offer offer;
    SourceKind kind;  // of its client
  };
  [[nodiscard]] std::vector<OldOffer> offers_to_take_back(const Exchange& exchange) const;
  // Takes back an offer that suits the client. Returns its slot, or nullopt.
  [[nodiscard]] std::optional<AddressSlot> take_back(const Exchange& exchange);
  [[nodiscard]] Ipv6Address network_of(const Ipv6Address& b4) const {
    return Ipv6Prefix::of(b4, std::min(options_.subscriber_mask, kNetworkLength)).address;
  }
  [[nodiscard]] std::optional<AddressSlot> choose_from(LeasePool& pool, const Exchange& exchange);
  // Returns whether pools and static leases give the slot to the subscriber.
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

  // Adds the client's slot to offers_ or granted_. Requires: there is room.
  void remember(LeaseTable& where, const Exchange& exchange, const AddressSlot& slot);
  [[nodiscard]] bool has_room(const LeaseTable& where, const Exchange& exchange) const;
  void forget(LeaseTable& where, LeaseKey key, const LeaseTable& lease_table);
  [[nodiscard]] OfferNetworks& networks_of(SourceKind kind) {
    return offer_networks_[static_cast<std::size_t>(kind)];
  }
  // Forgets the network of an offer, in all kinds but one.
  void forget_network(LeaseKey key, std::optional<SourceKind> but = {});

  ServerOptions options_;
  std::vector<LeasePool> pools_;
  std::map<Ipv4Address, std::size_t> pool_from_;  // by first address
  std::map<std::uint8_t, std::unordered_map<Ipv6Address, StaticLease>, std::greater<>>
      static_leases_;  // by prefix length, the longest first, and prefix
  std::set<LeaseKey> static_keys_;
  // Reserved slots, each until it `expires`. A declined slot has no client.
  LeaseTable offers_;
  std::array<OfferNetworks, kSourceKinds> offer_networks_;  // of offers_, by kind of the client
  LeaseTable granted_;
  LeaseTable declined_;
  LeaseTable leaving_;                       // taken over by another client, but still in the lease table
  std::map<Ipv6Address, WallTime> took_at_;  // last take-over, by the subscriber's prefix
};

}  // namespace softwire::controlplane::dhcp
