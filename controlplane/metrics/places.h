// SPDX-License-Identifier: BSD-3-Clause
// The places for connections of the metrics server. Each address has a fair part of them, whatever it sends,
// and an address that has read metrics before finds a place again. For the control thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <vector>

#include "controlplane/turns/fair_queue.h"

namespace softwire::controlplane::metrics {

struct PlaceLimits {
  std::size_t connections = 64;  // at a time
  std::size_t of_address = 16;   // at a time, of one IPv4 address, or of one IPv6 prefix of 64 bits
  // Addresses that have taken a whole answer within `known_for`. One place is kept for each. Half of the
  // places at most. While there are so many, no further address becomes known.
  std::size_t known = 16;
  std::chrono::milliseconds known_for = std::chrono::minutes(10);
};

// A connection that has a place.
struct PlaceHolder {
  FairQueue::Peer address = 0;
  std::chrono::steady_clock::time_point since;  // of its last whole request, or when it connected
  bool is_idle = false;                         // may end for any other connection
};

// The answer to a connection that wants a place.
struct PlaceDecision {
  bool has_place = false;
  // The index of a connection that must end for it, or the number of connections: none.
  std::size_t ends = 0;
};

class Places {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit Places(const PlaceLimits& limits) : limits_(limits) {}

  // Notes that a client of the address has taken a whole answer.
  void answered(FairQueue::Peer address, Time now);

  // Decides on one more connection of `address`. When all places are taken, the address with the most
  // connections loses one to an address that has at least two less: the one without a whole request for the
  // longest time. Otherwise the connection that has been idle longest ends. The only connection of a known
  // address never ends.
  [[nodiscard]] PlaceDecision decide(const std::vector<PlaceHolder>& holders, FairQueue::Peer address,
                                     Time now) const;

 private:
  [[nodiscard]] bool is_known(FairQueue::Peer address, Time now) const;

  const PlaceLimits limits_;
  std::map<FairQueue::Peer, Time> known_;  // and when each took its last answer
};

}  // namespace softwire::controlplane::metrics
