// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/tables/address_set.h"

#include <algorithm>
#include <bit>

#include "dataplane/tables/reclaimer.h"

namespace softwire::dataplane {

namespace {

constexpr std::size_t kLeastSlots = 16;

}  // namespace

AddressSet::AddressSet() : slots_(new Slots(kLeastSlots)) {}

AddressSet::~AddressSet() {
  delete slots_.load(std::memory_order_relaxed);
}

void AddressSet::add(const Ipv6Address& address) {
  if (additions_[address]++ != 0) return;
  Slots& slots = *slots_.load(std::memory_order_relaxed);
  if (reclaimer_ != nullptr || 2 * additions_.size() > slots.size()) return rebuild();
  slots[find(slots, address)] = address;
}

void AddressSet::remove(const Ipv6Address& address) {
  const auto found = additions_.find(address);
  if (found == additions_.end() || --found->second != 0) return;
  additions_.erase(found);
  rebuild();  // a freed slot alone would break the probe sequences that pass it
}

std::vector<Ipv6Address> AddressSet::addresses() const {
  std::vector<Ipv6Address> result;
  for (const auto& [address, count] : additions_) result.push_back(address);
  std::sort(result.begin(), result.end());
  return result;
}

void AddressSet::rebuild() {
  auto slots = std::make_unique<Slots>(std::bit_ceil(std::max(2 * additions_.size(), kLeastSlots)));
  for (const auto& [address, count] : additions_) (*slots)[find(*slots, address)] = address;
  std::unique_ptr<Slots> old(slots_.exchange(slots.release(), std::memory_order_release));
  if (reclaimer_ == nullptr) return;
  const std::size_t bytes = sizeof(Slots) + old->size() * sizeof(Ipv6Address);
  reclaimer_->retire(std::move(old), bytes);
}

}  // namespace softwire::dataplane
