// SPDX-License-Identifier: BSD-3-Clause
// What the operator sets for the embedded DHCPv4 server: addresses, subscribers and options.
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

// Addresses that are given out, whole or divided into port sets. All of them, the first and the last of a
// prefix too: a softwire has no broadcast address.
struct PortPool {
  Ipv4Address first;
  Ipv4Address last;  // not below `first`
  PortParameters ports;

  [[nodiscard]] constexpr bool contains(Ipv4Address address) const {
    return first <= address && address <= last;
  }
  // PSIDs without system ports, which RFC 7596 section 5.1 has kept back, and without the DHCPv4 client port:
  // this one and all above it; psid_mask() + 1 when there is none. They are either all PSIDs or, with no
  // offset, the upper ones. An address that is not shared counts as its PSID 0.
  [[nodiscard]] std::uint32_t first_psid() const;
  [[nodiscard]] std::uint64_t size() const {  // leases
    return (std::uint64_t{last.host()} - first.host() + 1) * (ports.psid_mask() + 1U - first_psid());
  }
  friend constexpr bool operator==(const PortPool&, const PortPool&) = default;
};

// A lease that only subscribers within a prefix get; one of them at a time.
struct StaticLease {
  Ipv6Prefix subscriber;
  Ipv4Address ipv4;
  PortSet ports;
  friend constexpr bool operator==(const StaticLease&, const StaticLease&) = default;
};

struct ServerOptions {
  std::vector<PortPool> pools;  // tried in this order, those of shared addresses first
  std::vector<StaticLease> static_leases;
  std::vector<Ipv6Prefix> subscribers;  // whom it serves; empty: everybody
  Ipv4Address address;                  // server identifier, and the address it answers from
  std::uint32_t lease_time = 3600;      // seconds
  std::uint32_t leases_per_subscriber = 1;
  std::chrono::seconds take_over_interval{60};  // between two that take over a lease of one subscriber's
  std::uint8_t subscriber_mask = 64;  // length of the IPv6 prefix that is one subscriber's (RFC 7785)
  std::vector<ConfiguredOption> options;
  std::size_t max_message = 1472;    // octets of an answer; at least ReplyBuilder::kMinReplyLimit
  std::size_t max_offers = 262'144;  // that are remembered at a time, and as many grants
  // Returns what is in the way of a binding, leases included. Empty: nothing ever is.
  std::function<Occupancy(const Binding&)> occupancy;
  // Returns whether a grant of the key is still on its way to the lease table. Empty: it never takes
  // longer than AddressAllocator::kOfferTime.
  std::function<bool(LeaseKey)> is_granting;

  [[nodiscard]] bool is_on() const { return !pools.empty() || !static_leases.empty(); }
};

inline constexpr std::uint64_t kMaxPoolLeases = std::uint64_t{1} << 24;  // of all pools together

// What is wrong with an entry of a list, as text for the operator.
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
