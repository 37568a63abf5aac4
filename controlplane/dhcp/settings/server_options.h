// SPDX-License-Identifier: BSD-3-Clause
// Settings of the embedded DHCPv4 server: addresses, subscribers and options.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "controlplane/dhcp/settings/configured_option.h"
#include "controlplane/lease/lease.h"
#include "softwire/address.h"
#include "softwire/binding.h"
#include "softwire/port_set.h"

namespace softwire::controlplane::dhcp {

// A range of addresses that the server leases, whole or divided into port sets. The first and the last
// address of a prefix are leased too: a softwire has no broadcast address.
struct PortPool {
  Ipv4Address first;
  Ipv4Address last;  // not below `first`
  PortParameters ports;

  [[nodiscard]] constexpr bool contains(Ipv4Address address) const {
    return first <= address && address <= last;
  }
  // Returns the lowest PSID that is leased; all above it are leased too. Returns psid_mask() + 1 when none
  // is. Port sets with system ports (RFC 7596 section 5.1) or the DHCPv4 client port are not leased: without
  // a PSID offset these are the lowest PSIDs, else all PSIDs or none. A whole address has PSID 0.
  [[nodiscard]] std::uint32_t first_psid() const;
  [[nodiscard]] std::uint64_t size() const {  // leases
    return (std::uint64_t{last.host()} - first.host() + 1) * (ports.psid_mask() + 1U - first_psid());
  }
  friend constexpr bool operator==(const PortPool&, const PortPool&) = default;
};

// A lease that only the subscribers within a prefix get, one of them at a time.
struct StaticLease {
  Ipv6Prefix subscriber;
  Ipv4Address ipv4;
  PortSet ports;
  friend constexpr bool operator==(const StaticLease&, const StaticLease&) = default;
};

struct ServerOptions {
  std::vector<PortPool> pools;  // tried in this order; pools of shared addresses come first
  std::vector<StaticLease> static_leases;
  std::vector<Ipv6Prefix> subscribers;  // the subscribers that it serves; empty: all
  Ipv4Address address;                  // server identifier, and source of the answers
  std::uint32_t lease_time = 3600;      // seconds
  std::uint32_t leases_per_subscriber = 1;
  std::chrono::seconds take_over_interval{60};  // between two take-overs of a subscriber's leases
  std::uint8_t subscriber_mask = 64;            // length of a subscriber's IPv6 prefix (RFC 7785)
  std::vector<ConfiguredOption> options;
  std::size_t max_message = 1472;    // octets of an answer; at least ReplyBuilder::kMinReplyLimit
  std::size_t max_offers = 262'144;  // recorded at a time; the same limit holds for grants
  // Returns what occupies the address and ports of a binding, leases included. Empty: they are always free.
  std::function<Occupancy(const Binding&)> occupancy;
  // Returns whether a grant of the key is not yet in the lease table, but being made durable. Empty: that
  // never takes longer than AddressAllocator::kOfferTime.
  std::function<bool(LeaseKey)> is_granting;

  [[nodiscard]] bool is_on() const { return !pools.empty() || !static_leases.empty(); }
};

inline constexpr std::uint64_t kMaxPoolLeases = std::uint64_t{1} << 24;  // in all pools together

// An error of one entry of a list. `text` is for the operator.
struct EntryError {
  std::size_t index = 0;
  std::string text;
};
// Returns the first pool that conflicts with the rules or with an earlier pool, or nullopt.
std::optional<EntryError> find_conflict(const std::vector<PortPool>& pools);
// Returns the first static lease that conflicts with the pools or with an earlier lease, or nullopt.
std::optional<EntryError> find_conflict(const std::vector<PortPool>& pools,
                                        const std::vector<StaticLease>& leases);

}  // namespace softwire::controlplane::dhcp
