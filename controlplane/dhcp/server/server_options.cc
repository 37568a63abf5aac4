#include "controlplane/dhcp/server/server_options.h"

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
  std::uint32_t psid = 0;
  while (psid <= ports.psid_mask() && !may_be_given({ports, static_cast<Psid>(psid)})) ++psid;
  return psid;
}

std::optional<Error> conflict(const std::vector<PortPool>& earlier, const PortPool& pool) {
  if (pool.first_psid() > pool.ports.psid_mask()) {
    return Error{"every port set of " + words(pool.ports) +
                 " has ports below 1024, which are not given out; use a psid-offset from 0 to 6, and a "
                 "psid-len above 0"};
  }
  std::uint64_t leases = pool.size();
  for (const PortPool& other : earlier) {
    leases += other.size();
    if (pool.contains(other.first) || other.contains(pool.first)) {
      return Error{"it overlaps the pool from " + to_string(other.first) + " to " + to_string(other.last) +
                   "; give each address in one pool"};
    }
  }
  if (leases > kMostPoolLeases) {
    return Error{"the pools have " + std::to_string(leases) + " leases; they may have " +
                 std::to_string(kMostPoolLeases) + ", so give fewer addresses"};
  }
  return std::nullopt;
}

std::optional<StaticLeaseError> conflict(const std::vector<PortPool>& pools,
                                         const std::vector<StaticLease>& leases) {
  std::map<std::pair<std::uint8_t, Ipv6Address>, std::size_t> of_prefix;
  std::map<LeaseKey, std::size_t> by_key;
  std::map<Ipv4Address, PortParameters> of_address;
  for (std::size_t i = 0; i < leases.size(); ++i) {
    const StaticLease& lease = leases[i];
    if (!may_be_given(lease.ports)) {
      return StaticLeaseError{i,
                              "the port set has ports below 1024, which are not given out; use a psid-offset "
                              "from 1 to 6, or another psid"};
    }
    for (const PortPool& pool : pools) {
      if (!pool.contains(lease.ipv4) || pool.ports == lease.ports.parameters) continue;
      return StaticLeaseError{i, to_string(lease.ipv4) + " is in a pool of " + words(pool.ports) +
                                     "; all leases of an address have the same"};
    }
    if (!of_prefix.emplace(std::pair(lease.subscriber.length, lease.subscriber.address), i).second) {
      return StaticLeaseError{
          i, to_string(lease.subscriber) + " has a static lease already; give each prefix one"};
    }
    const auto address = of_address.emplace(lease.ipv4, lease.ports.parameters).first;
    if (address->second != lease.ports.parameters) {
      return StaticLeaseError{i, to_string(lease.ipv4) + " has a static lease of " + words(address->second) +
                                     "; all leases of an address have the same"};
    }
    const auto [same, is_new] = by_key.emplace(LeaseKey{lease.ipv4, lease.ports.psid}, i);
    if (!is_new) {
      return StaticLeaseError{i, "it is the lease of " + to_string(leases[same->second].subscriber) +
                                     " already; give each lease once"};
    }
  }
  return std::nullopt;
}

}  // namespace softwire::controlplane::dhcp
