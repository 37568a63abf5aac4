// SPDX-License-Identifier: BSD-3-Clause
// Makes an identity of fixed size from several fields, for limits that count by it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "softwire/address.h"
#include "softwire/mix.h"

namespace softwire {

// A hash with a secret key, so that nobody can choose fields that have the identity of others.
class KeyedIdentity {
 public:
  // `key`: hard to guess.
  explicit constexpr KeyedIdentity(std::uint64_t key) : high_(mix64(key)), low_(mix64(~key)) {}

  constexpr void add(std::uint64_t value) {
    high_ = mix64(high_ ^ value) + low_;
    low_ = mix64(low_ + value) ^ high_;
  }
  constexpr void add(const Ipv6Address& address) {
    add(address.high());
    add(address.low());
  }
  // Adds the octets and their number.
  constexpr void add(std::span<const std::uint8_t> octets) {
    add(octets.size());
    for (std::size_t i = 0; i < octets.size(); i += sizeof(std::uint64_t)) {
      std::uint64_t word = 0;
      for (std::size_t j = i; j < octets.size() && j < i + sizeof(word); ++j) word = word << 8 | octets[j];
      add(word);
    }
  }
  // Returns the identity of what was added so far, in the form of an address.
  [[nodiscard]] constexpr Ipv6Address address() const {
    return Ipv6Address::from_host(mix64(high_), mix64(low_ ^ high_));
  }

 private:
  std::uint64_t high_;
  std::uint64_t low_;
};

}  // namespace softwire
