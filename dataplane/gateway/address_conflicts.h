// SPDX-License-Identifier: BSD-3-Clause
// The stations that claim an address of the hub itself (RFC 5227 section 2.4, RFC 4862 section 5.4.4) or of a
// gateway, for the control plane, and when the hub last answered such a claim. Workers add; any thread reads.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <vector>

#include "softwire/address.h"
#include "softwire/binding.h"
#include "softwire/time.h"

namespace softwire::dataplane {

class AddressConflicts {
 public:
  // One station that claims one address.
  struct Conflict {
    Side side{};
    Ipv6Address address;  // IPv4 in the low 32 bits (identity_of())
    MacAddress station;
    std::uint64_t frames = 0;
    Instant last{};
    bool is_of_gateway = false;  // the address is a gateway's
  };
  // The newest conflict replaces the one that was silent longest.
  static constexpr std::size_t kConflicts = 16;
  static constexpr Instant kDefendInterval = std::chrono::seconds(10);  // RFC 5227 section 2.4 (c)

  // Adds a frame in which a station claims an address. Returns whether the hub may tell the link whose the
  // address is: once in kDefendInterval for each address. Does not wait: when another worker adds at the same
  // moment, the frame is not recorded, and the link is not told.
  bool add(Side side, const Ipv6Address& address, const MacAddress& station, Instant now);

  // Adds a frame of a station that disputes a gateway's address with another, or that says without being
  // asked that it has it. Does not wait, as above.
  void add_to_gateway(Side side, const Ipv6Address& address, const MacAddress& station, Instant now);

  // Returns all conflicts, in no order. For other threads than the workers: may wait for them.
  [[nodiscard]] std::vector<Conflict> list() const;

 private:
  // When the hub last told the link about an address.
  struct Defence {
    Ipv6Address address;
    Instant last{};  // 0: never
  };

  [[nodiscard]] bool may_defend(Side side, const Ipv6Address& address, Instant now);
  [[nodiscard]] Conflict& place_of(const Conflict& wanted);
  // Returns false when another thread is in there.
  [[nodiscard]] bool enter() const { return !busy_.test_and_set(std::memory_order_acquire); }
  void leave() const { busy_.clear(std::memory_order_release); }

  mutable std::atomic_flag busy_;
  std::array<Conflict, kConflicts> conflicts_{};               // frames is 0: no conflict
  std::array<std::array<Defence, kConflicts>, 2> defences_{};  // by Side
};

}  // namespace softwire::dataplane
