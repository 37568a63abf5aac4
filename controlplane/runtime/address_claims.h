// SPDX-License-Identifier: BSD-3-Clause
// The stations that claim an address of the hub, or dispute a gateway's with another station, with times that
// an operator can read. For the control thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "dataplane/gateway/address_conflicts.h"
#include "softwire/wall_time.h"

namespace softwire::controlplane {

struct AddressClaim {
  Side side{};
  std::string address;  // ours, or the gateway's
  MacAddress station;
  std::uint64_t frames = 0;
  WallTime since;  // the first frame; as exact as the calls of update() are frequent
  WallTime last;
  bool is_of_gateway = false;
};

class AddressClaims {
 public:
  // Takes what the workers have recorded until `now`. Returns all claims.
  std::vector<AddressClaim> update(const std::vector<dataplane::AddressConflicts::Conflict>& conflicts,
                                   WallTime now);

 private:
  using Key = std::tuple<Side, Ipv6Address, MacAddress::Octets>;
  std::map<Key, AddressClaim> claims_;
};

// Decides which claims the log names: each station and address once, and again when it was silent for an
// hour; not more than a few in an hour.
class ClaimLog {
 public:
  static constexpr std::chrono::hours kSilence{1};
  static constexpr std::size_t kMostInAnHour = 10;

  // Returns the lines to log.
  [[nodiscard]] std::vector<std::string> look(const std::vector<AddressClaim>& claims, WallTime now);

 private:
  using Key = std::tuple<Side, std::string, MacAddress::Octets>;
  std::map<Key, AddressClaim> known_;
  std::vector<WallTime> logged_;  // within the last hour
  bool has_said_more_ = false;
};

}  // namespace softwire::controlplane
