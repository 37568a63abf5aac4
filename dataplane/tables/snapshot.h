// SPDX-License-Identifier: BSD-3-Clause
// The policy and the table that the workers use. Both are replaced together.
#pragma once

#include <atomic>

#include "dataplane/policy/policy.h"
#include "dataplane/tables/binding_table.h"

namespace softwire::dataplane {

// Does not change, except the bindings of the table, which change in place. The owner frees it when every
// worker uses a later one: see Reclaimer.
struct Snapshot {
  Policy policy;
  const BindingTable* table = nullptr;
};

// One thread publishes. Every worker reads between two bursts.
class SnapshotPublisher {
 public:
  void publish(const Snapshot& snapshot) { current_.store(&snapshot, std::memory_order_release); }
  // Returns null before the first publish().
  [[nodiscard]] const Snapshot* current() const { return current_.load(std::memory_order_acquire); }

 private:
  std::atomic<const Snapshot*> current_ = nullptr;
};

}  // namespace softwire::dataplane
