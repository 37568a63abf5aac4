// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/lease/lease_table.h"

#include <algorithm>
#include <utility>

namespace softwire::controlplane {

bool identifies_client(const ClientId& client) {
  if (client.empty()) return false;  // a damaged row of the store
  const std::size_t first = client.front() == 0 ? 1 : 2;
  return std::any_of(client.begin() + static_cast<std::ptrdiff_t>(std::min(first, client.size())),
                     client.end(), [](std::uint8_t octet) { return octet != 0; });
}

const Lease* LeaseTable::find(LeaseKey key) const {
  const auto found = leases_.find(key);
  return found == leases_.end() ? nullptr : &found->second;
}

const Lease* LeaseTable::any_of(Ipv4Address ipv4) const {
  const auto found = leases_.lower_bound({ipv4, 0});
  return found == leases_.end() || found->first.ipv4 != ipv4 ? nullptr : &found->second;
}

const Lease* LeaseTable::find(const Ipv6Address& b4, const ClientId& client) const {
  const auto found = of_subscriber_.find(b4);
  if (found == of_subscriber_.end()) return nullptr;
  for (const LeaseKey& key : found->second) {
    const Lease& lease = leases_.at(key);
    if (lease.client == client) return &lease;
  }
  return nullptr;
}

const Lease* LeaseTable::find_on_link(const Ipv6Address& b4, const ClientId& client,
                                      const Ipv6Prefix& link) const {
  if (const Lease* own = find(b4, client)) return own;
  if (!identifies_client(client)) return nullptr;
  for (auto next = of_subscriber_.lower_bound(link.address);
       next != of_subscriber_.end() && link.contains(next->first); ++next) {
    if (const Lease* lease = find(next->first, client)) return lease;
  }
  return nullptr;
}

std::vector<const Lease*> LeaseTable::of_subscriber(const Ipv6Address& b4) const {
  std::vector<const Lease*> leases;
  const auto found = of_subscriber_.find(b4);
  if (found == of_subscriber_.end()) return leases;
  for (const LeaseKey& key : found->second) leases.push_back(&leases_.at(key));
  return leases;
}

std::size_t LeaseTable::count_of_subscriber(const Ipv6Address& b4) const {
  const auto found = of_subscriber_.find(b4);
  return found == of_subscriber_.end() ? 0 : found->second.size();
}

std::vector<const Lease*> LeaseTable::within(const Ipv6Prefix& prefix) const {
  std::vector<const Lease*> leases;
  auto next = of_subscriber_.lower_bound(prefix.address);
  for (; next != of_subscriber_.end() && prefix.contains(next->first); ++next) {
    for (const LeaseKey& key : next->second) leases.push_back(&leases_.at(key));
  }
  return leases;
}

std::size_t LeaseTable::count_within(const Ipv6Prefix& prefix) const {
  std::size_t count = 0;
  auto next = of_subscriber_.lower_bound(prefix.address);
  for (; next != of_subscriber_.end() && prefix.contains(next->first); ++next) count += next->second.size();
  return count;
}

void LeaseTable::put(Lease lease) {
  const LeaseKey key = lease.key();
  if (const auto old = leases_.find(key); old != leases_.end()) unlink(old->second);
  auto& keys = of_subscriber_[lease.binding.b4];
  keys.insert(std::ranges::lower_bound(keys, key), key);
  by_end_.emplace(lease.expires, key);
  leases_.insert_or_assign(key, std::move(lease));
}

bool LeaseTable::erase(LeaseKey key) {
  const auto found = leases_.find(key);
  if (found == leases_.end()) return false;
  unlink(found->second);
  leases_.erase(found);
  return true;
}

void LeaseTable::unlink(const Lease& lease) {
  by_end_.erase({lease.expires, lease.key()});
  const auto found = of_subscriber_.find(lease.binding.b4);
  std::erase(found->second, lease.key());
  if (found->second.empty()) of_subscriber_.erase(found);
}

std::vector<LeaseKey> LeaseTable::ended(WallTime now, std::size_t most) const {
  std::vector<LeaseKey> keys;
  for (const auto& [end, key] : by_end_) {
    if (end > now || keys.size() == most) break;
    keys.push_back(key);
  }
  return keys;
}

std::optional<WallTime> LeaseTable::next_end() const {
  if (by_end_.empty()) return std::nullopt;
  return by_end_.begin()->first;
}

void LeaseTable::for_each(std::optional<LeaseKey> after,
                          const std::function<bool(const Lease&)>& visit) const {
  for (auto next = after ? leases_.upper_bound(*after) : leases_.begin(); next != leases_.end(); ++next) {
    if (!visit(next->second)) return;
  }
}

}  // namespace softwire::controlplane
