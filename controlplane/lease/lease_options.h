// SPDX-License-Identifier: BSD-3-Clause
// What the operator allows of leases that become bindings.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "softwire/address.h"
#include "softwire/port_set.h"

namespace softwire::controlplane {

// Addresses that may be leased, and how their ports are divided.
struct LeasePool {
  Ipv4Prefix ipv4;
  PortParameters ports;
  friend bool operator==(const LeasePool&, const LeasePool&) = default;
};

// What becomes of a lease of what another softwire has.
enum class LeaseConflict : std::uint8_t {
  kReject,  // the older one stays
  kMove,    // it goes to the newer one
};

struct LeaseOptions {
  std::vector<LeasePool> pools;  // empty: leases do not become bindings
  LeaseConflict conflict = LeaseConflict::kReject;
  std::chrono::seconds move_interval{60};  // between two moves of one lease
  std::size_t per_subscriber = 16;         // leases that one subscriber may have
  std::uint32_t grants_per_hour = 60;      // new leases that one subscriber is given; renewals do not count
  std::uint8_t subscriber_mask = 64;       // length of the IPv6 prefix that is one subscriber's (RFC 7785)
};

}  // namespace softwire::controlplane
