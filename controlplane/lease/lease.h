// SPDX-License-Identifier: BSD-3-Clause
// A lease: a softwire that a DHCPv4 server has given to a subscriber for a time (RFC 7596 section 6.1).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "controlplane/lease/origin.h"
#include "softwire/address.h"
#include "softwire/binding.h"
#include "softwire/wall_time.h"

namespace softwire::controlplane {

// Where a lease is: RFC 7618 section 6 has address and PSID together identify one.
struct LeaseKey {
  Ipv4Address ipv4;
  Psid psid = 0;
  friend constexpr auto operator<=>(const LeaseKey&, const LeaseKey&) = default;
};

// Who a client says it is: 0 and the value of option 61, or 1, htype and chaddr (RFC 2131 section 2, "client
// identifier").
using ClientId = std::vector<std::uint8_t>;

struct Lease {
  Binding binding;     // address, ports, the subscriber's end and ours
  ClientId client;     // 2 to 256 octets
  WallTime expires;    // the softwire ends then
  Ipv4Address server;  // its server identifier; the relay's own address: the embedded server

  [[nodiscard]] LeaseKey key() const { return {binding.ipv4, binding.ports.psid}; }
  friend bool operator==(const Lease&, const Lease&) = default;
};

// The end of a lease; what no longer is that subscriber's is left alone.
struct LeaseEnding {
  LeaseKey key;
  Ipv6Address b4;
  EndReason reason = EndReason::kReleased;
};

// What there is already where a lease wants to be: nothing; this very binding, the operator's or a lease's;
// or something in its way: another softwire, ports divided otherwise, a rule, the hub itself.
enum class Occupancy : std::uint8_t { kFree, kSame, kOther };

// What one message changes.
struct LeaseChange {
  std::optional<LeaseEnding> end;
  std::optional<LeaseEnding> replaced = {};  // another subscriber's lease of what is granted
  std::optional<Lease> grant;                // after the ends; of what no other subscriber has then
};

// Makes a change durable and lets the workers go by it; then calls `done`. False: it was refused, and nothing
// has changed.
using KeepLeases = std::function<void(LeaseChange, std::function<void(bool)> done)>;

}  // namespace softwire::controlplane
