// SPDX-License-Identifier: BSD-3-Clause
// Who forwards by the softwires that a SoftwireManager keeps.
#pragma once

#include <memory>

#include "controlplane/config/config.h"
#include "controlplane/lease/lease.h"
#include "controlplane/softwires/statements/softwires_file.h"
#include "dataplane/tables/binding_table.h"
#include "softwire/result.h"

namespace softwire::controlplane {

// What prepare() has made and activate() takes; only the host knows what is in it.
struct RuntimeConfig;
using RuntimeConfigPtr = std::shared_ptr<RuntimeConfig>;

// All functions but prepare() are for the control thread.
class SoftwireHost {
 public:
  virtual ~SoftwireHost() = default;

  // The table that the workers read, which the control thread may change: its bindings, at once for all
  // workers.
  [[nodiscard]] virtual dataplane::BindingTable& table() = 0;
  // What another configuration with these softwires comes to. Any thread.
  [[nodiscard]] virtual Result<RuntimeConfigPtr> prepare(const Config& config,
                                                         const Softwires& softwires) const = 0;
  // Lets the workers go by it. Waits until every one of them does.
  virtual void activate(RuntimeConfigPtr next) = 0;

  // Where leases are made durable; as long as nothing is said, nowhere.
  virtual void keep_leases_in(KeepLeases keep) = 0;
  virtual void lease_granted(const Lease& lease) = 0;
  // Also of bindings that were no leases: the embedded server may give their addresses to somebody.
  virtual void lease_ended(LeaseKey key) = 0;
};

}  // namespace softwire::controlplane
