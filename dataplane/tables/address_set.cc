#include "dataplane/tables/address_set.h"

#include <algorithm>
#include <utility>

namespace softwire::dataplane {

AddressSet::AddressSet() : slots_(16) {}

void AddressSet::add(const Ipv6Address& address) {
  if (2 * (used_ + 1) > slots_.size()) rebuild(2 * slots_.size());
  Slot& slot = slots_[find(address)];
  if (slot.references++ == 0) {
    slot.address = address;
    ++used_;
  }
}

void AddressSet::remove(const Ipv6Address& address) {
  Slot& slot = slots_[find(address)];
  if (slot.references == 0 || --slot.references != 0) return;
  --used_;
  rebuild(slots_.size());  // closes the gap in every probe sequence that ran over it
}

std::vector<Ipv6Address> AddressSet::addresses() const {
  std::vector<Ipv6Address> result;
  for (const Slot& slot : slots_) {
    if (slot.references != 0) result.push_back(slot.address);
  }
  std::sort(result.begin(), result.end());
  return result;
}

void AddressSet::rebuild(std::size_t slots) {
  const std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(slots));
  for (const Slot& slot : old) {
    if (slot.references != 0) slots_[find(slot.address)] = slot;
  }
}

}  // namespace softwire::dataplane
