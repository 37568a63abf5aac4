// A small set of IPv6 addresses with a fast "is it one of ours": BR addresses.
#pragma once

#include <cstddef>
#include <vector>

#include "softwire/address.h"

namespace softwire::dataplane {

// Every address counts how often it was added, so that several bindings can share one.
class AddressSet {
 public:
  AddressSet();

  void add(const Ipv6Address& address);
  // Takes one addition back; an address that is not there is left alone.
  void remove(const Ipv6Address& address);

  [[nodiscard]] bool contains(const Ipv6Address& address) const {
    const std::size_t at = find(address);
    return slots_[at].references != 0;
  }
  [[nodiscard]] std::size_t size() const { return used_; }
  [[nodiscard]] std::vector<Ipv6Address> addresses() const;

 private:
  struct Slot {
    Ipv6Address address;
    std::uint32_t references = 0;  // 0: the slot is free
  };
  // The slot of the address, or the free one where it would go. Linear probing; at most half of the slots are
  // used.
  [[nodiscard]] std::size_t find(const Ipv6Address& address) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = std::hash<Ipv6Address>()(address) & mask;
    while (slots_[at].references != 0 && !(slots_[at].address == address)) at = (at + 1) & mask;
    return at;
  }
  void rebuild(std::size_t slots);

  std::vector<Slot> slots_;
  std::size_t used_ = 0;
};

}  // namespace softwire::dataplane
