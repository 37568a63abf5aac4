// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/dhcp/settings/server_options.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "controlplane/lease/lease.h"
#include "softwire/address_text.h"

namespace softwire::controlplane::dhcp {
namespace {

constexpr bool may_be_given(const PortSet& ports) {
  return ports.parameters.is_whole() ||
         (!ports.contains_system_ports() && !ports.contains_dhcp_client_port());
}

std::string words(const PortParameters& ports) {
  if (ports.is_whole()) return "whole addresses";
  return "psid-offset " + std::to_string(ports.psid_offset) + " psid-len " + std::to_string(ports.psid_len);
}

}  // namespace

std::uint32_t PortPool::first_psid() const {
  constexpr std::uint32_t kSystemPorts = 1024;
  const std::uint32_t none = ports.psid_mask() + 1U;
  if (ports.is_whole()) return 0;
  if (ports.psid_offset != 0) return PortSet{ports, 0}.contains_system_ports() ? none : 0;
  const unsigned m = ports.suffix_bits();
  return std::min(none, (kSystemPorts + (1U << m) - 1) >> m);
}

std::optional<EntryError> find_conflict(const std::vector<PortPool>& pools) {
  std::uint64_t leases = 0;
  std::map<Ipv4Address, const PortPool*> by_first;
  for (std::size_t i = 0; i < pools.size(); ++i) {
    const PortPool& pool = pools[i];
    if (pool.first_psid() > pool.ports.psid_mask()) {
      return EntryError{i,
                        "every port set of " + words(pool.ports) +
                            " has ports below 1024, which are not given out; use a psid-offset from 0 to 6, "
                            "and a psid-len above 0"};
    }
    // Earlier pools do not overlap each other. Compares with the last of them that begins no later than this
    // one ends.
    auto other = by_first.upper_bound(pool.last);
    if (other != by_first.begin() && pool.first <= (--other)->second->last) {
      return EntryError{i, "it overlaps the pool from " + to_string(other->second->first) + " to " +
                               to_string(other->second->last) + "; give each address in one pool"};
    }
    by_first.emplace(pool.first, &pool);
    leases += pool.size();
    if (leases > kMaxPoolLeases) {
      return EntryError{i, "the pools have " + std::to_string(leases) + " leases; they may have " +
                               std::to_string(kMaxPoolLeases) + ", so give fewer addresses"};
    }
  }
  return std::nullopt;
}

std::optional<EntryError> find_conflict(const std::vector<PortPool>& pools,
                                        const std::vector<StaticLease>& leases) {
  std::map<std::pair<std::uint8_t, Ipv6Address>, std::size_t> of_prefix;
  std::map<LeaseKey, std::size_t> by_key;
  std::map<Ipv4Address, PortParameters> of_address;
  for (std::size_t i = 0; i < leases.size(); ++i) {
    const StaticLease& lease = leases[i];
    if (!may_be_given(lease.ports)) {
      return EntryError{i,
                        "the port set has ports below 1024, which are not given out; use a psid-offset "
                        "from 1 to 6, or another psid"};
    }
    for (const PortPool& pool : pools) {
      if (!pool.contains(lease.ipv4) || pool.ports == lease.ports.parameters) continue;
      return EntryError{i, to_string(lease.ipv4) + " is in a pool of " + words(pool.ports) +
                               "; all leases of an address need the same psid-offset and psid-len"};
    }
    if (!of_prefix.emplace(std::pair(lease.subscriber.length, lease.subscriber.address), i).second) {
      return EntryError{i, to_string(lease.subscriber) + " has a static lease already; give each prefix one"};
    }
    const auto address = of_address.emplace(lease.ipv4, lease.ports.parameters).first;
    if (address->second != lease.ports.parameters) {
      return EntryError{i, to_string(lease.ipv4) + " has a static lease of " + words(address->second) +
                               "; all leases of an address need the same psid-offset and psid-len"};
    }
    const auto [same, is_new] = by_key.emplace(LeaseKey{lease.ipv4, lease.ports.psid}, i);
    if (!is_new) {
      return EntryError{i, "it is the lease of " + to_string(leases[same->second].subscriber) +
                               " already; give each lease once"};
    }
  }
  return std::nullopt;
}

}  // namespace softwire::controlplane::dhcp
