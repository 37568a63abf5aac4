// SPDX-License-Identifier: BSD-3-Clause
// What the workers go by, replaced as a whole: a policy and the table that goes with it.
#pragma once

#include <atomic>

#include "dataplane/policy/policy.h"
#include "dataplane/tables/binding_table.h"

namespace softwire::dataplane {

// Immutable but for the bindings of the table, which change in place. Its owner frees it when every worker
// has gone on to the next one: see Reclaimer.
struct Snapshot {
  Policy policy;
  const BindingTable* table = nullptr;
};

// One thread publishes, every worker looks between two bursts.
class SnapshotPublisher {
 public:
  void publish(const Snapshot& snapshot) { current_.store(&snapshot, std::memory_order_release); }
  // Null: none has been published yet.
  [[nodiscard]] const Snapshot* current() const { return current_.load(std::memory_order_acquire); }

 private:
  std::atomic<const Snapshot*> current_ = nullptr;
};

}  // namespace softwire::dataplane
