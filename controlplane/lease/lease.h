// SPDX-License-Identifier: BSD-3-Clause
// A lease: a softwire that a DHCPv4 server gives to a subscriber for a limited time (RFC 7596 section 6.1).
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

// Identifies a lease by address and PSID (RFC 7618 section 6).
struct LeaseKey {
  Ipv4Address ipv4;
  Psid psid = 0;
  friend constexpr auto operator<=>(const LeaseKey&, const LeaseKey&) = default;
};

// A client identifier (RFC 2131 section 2): 0 and the value of option 61, or 1, htype and chaddr. The client
// chooses it.
using ClientId = std::vector<std::uint8_t>;

struct Lease {
  Binding binding;     // address, ports, the subscriber's end and ours
  ClientId client;     // 2 to 256 octets
  WallTime expires;    // the end of the softwire
  Ipv4Address server;  // server identifier; the relay's own address for the embedded server

  [[nodiscard]] LeaseKey key() const { return {binding.ipv4, binding.ports.psid}; }
  friend bool operator==(const Lease&, const Lease&) = default;
};

// The end of a lease. Has no effect if the lease no longer belongs to the softwire end `b4`.
struct LeaseEnding {
  LeaseKey key;
  Ipv6Address b4;
  EndReason reason = EndReason::kReleased;
};

// The state of an address and ports before they are leased. kSame: the operator or a lease has made this very
// binding. kOther: another softwire or a rule has them, the address has other port parameters, or it is the
// hub's own.
enum class Occupancy : std::uint8_t { kFree, kSame, kOther };

// The changes to the leases that one message makes.
struct LeaseChange {
  std::optional<LeaseEnding> end;
  std::optional<LeaseEnding> replaced = {};  // another subscriber's lease with the key of `grant`
  std::optional<Lease> grant;                // applied after the ends; its key is then free
  // `replaced` has not run out: once kept, the grant starts the interval in which the lease must not move
  // again.
  bool moves = false;
};

// Makes a change durable, applies it to the binding tables, then calls `done`. Passes false when the change
// was refused; then nothing has changed.
using KeepLeases = std::function<void(LeaseChange, std::function<void(bool)> done)>;

}  // namespace softwire::controlplane
