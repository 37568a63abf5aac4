// SPDX-License-Identifier: BSD-3-Clause
// The places for connections of the control socket. Nobody can keep others out: some places are kept for
// those who may change the hub, and the users share the others. For the control thread.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace softwire::controlplane {

// Those with less rank come later.
enum class PeerRank : std::uint8_t {
  kRoot,      // root, and the user that softwired runs as
  kOperator,  // a member of control-group
  kReader,    // a member of control-read-group
};

struct ControlPlaces {
  std::size_t all = 64;
  std::size_t of_others = 56;    // connections of operators and readers together; the rest is kept for root
  std::size_t of_readers = 40;   // the rest is kept for root and control-group
  std::size_t of_operator = 32;  // connections of one user
  std::size_t of_reader = 16;    // connections of one user
  // A connection without request, transaction, capture and subscription for so long gives its place to a new
  // one.
  std::chrono::milliseconds idle = std::chrono::seconds(5);
};

// A connection that has a place.
struct PlaceHolder {
  uid_t user = 0;
  PeerRank rank = PeerRank::kReader;
  // How long it has been idle; negative: it is not idle.
  std::chrono::milliseconds idle{-1};
};

// The answer to a peer that wants a place.
struct PlaceDecision {
  bool has_place = false;
  // The index of a connection that must end for it, or the number of connections: none.
  std::size_t ends = 0;
  std::string why = {};  // why there is no place, or why that connection ends; one line
};

// Decides on one more connection of `user`. To make room:
// - If the user has too many, the user's connection that has been idle longest ends.
// - Else, of the users of no higher rank, the one with the most connections loses one to a user who has at
//   least two less. That is above its fair share. The connection may be busy, or have a subscription, a
//   capture or a transaction, but the one that has been idle longest goes first, and of those that are not
//   idle the one that came first in `holders`.
// - Else the connection that has been idle longest ends, of a user of no higher rank who has as many at
// least.
PlaceDecision decide_place(const std::vector<PlaceHolder>& holders, uid_t user, PeerRank rank,
                           const ControlPlaces& places);

}  // namespace softwire::controlplane
