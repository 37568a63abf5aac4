// SPDX-License-Identifier: BSD-3-Clause
// Settings of the leases that become bindings.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "softwire/address.h"
#include "softwire/port_set.h"

namespace softwire::controlplane {

// Addresses that may be leased, and their port parameters.
struct LeasePool {
  Ipv4Prefix ipv4;
  PortParameters ports;
  friend bool operator==(const LeasePool&, const LeasePool&) = default;
};

// How a conflict with the lease of another softwire is resolved.
enum class LeaseConflict : std::uint8_t {
  kReject,  // the older lease stays
  kMove,    // the newer lease replaces it
};

struct LeaseOptions {
  std::vector<LeasePool> pools;  // empty: leases do not become bindings
  LeaseConflict conflict = LeaseConflict::kReject;
  std::chrono::seconds move_interval{60};  // between two moves of one lease
  std::size_t per_subscriber = 16;         // limit of leases of one subscriber
  std::uint32_t grants_per_hour = 60;      // limit of new leases of one subscriber, without renewals
  std::uint8_t subscriber_mask = 64;       // length of a subscriber's IPv6 prefix (RFC 7785)
};

}  // namespace softwire::controlplane
