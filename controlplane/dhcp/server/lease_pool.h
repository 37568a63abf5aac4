// SPDX-License-Identifier: BSD-3-Clause
// The slots of a pool: one for each lease that the pool can give. Records which of them may be free.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "controlplane/dhcp/settings/server_options.h"
#include "controlplane/lease/lease.h"

namespace softwire::controlplane::dhcp {

// A set of numbers below a limit. next() takes a few steps, even when the set has few members.
class NumberSet {
 public:
  // Contains all numbers below `limit`, or none.
  NumberSet(std::size_t limit, bool all);
  void insert(std::size_t number);
  void erase(std::size_t number);
  [[nodiscard]] bool contains(std::size_t number) const;
  [[nodiscard]] std::size_t size() const { return size_; }
  // Returns the least member that is not below `from`.
  [[nodiscard]] std::optional<std::size_t> next(std::size_t from) const;

 private:
  std::size_t size_;
  // Bit n of a level is set when word n of the level below is not zero.
  std::vector<std::vector<std::uint64_t>> levels_;
};

class LeasePool {
 public:
  explicit LeasePool(const PortPool& pool);

  [[nodiscard]] const PortPool& pool() const { return pool_; }
  // Returns the number of slots that may be free. A binding or rule may occupy some of them.
  [[nodiscard]] std::size_t free() const { return free_.size(); }
  // Returns whether the pool gives this lease.
  [[nodiscard]] bool contains(LeaseKey key) const;

  // Returns the next slot that may be free, or nullopt. Goes through the slots in turn, so a slot that was
  // just given back comes last. The slot stays free until take().
  [[nodiscard]] std::optional<LeaseKey> next();
  // Continues the turn of another pool. Requires: it has the same slots.
  void go_on_from(const LeasePool& other) { turn_ = other.turn_; }
  // Requires: the pool contains the key.
  void take(LeaseKey key) { free_.erase(slot(key)); }
  void give_back(LeaseKey key) { free_.insert(slot(key)); }

 private:
  [[nodiscard]] std::size_t slot(LeaseKey key) const;

  PortPool pool_;
  std::uint32_t first_psid_;
  std::uint32_t psids_;  // leased PSIDs of each address
  NumberSet free_;
  std::size_t turn_ = 0;
};

}  // namespace softwire::controlplane::dhcp
