// SPDX-License-Identifier: BSD-3-Clause
// The interface of a hub that forwards by the softwires of a SoftwireManager.
#pragma once

#include <memory>

#include "controlplane/config/config.h"
#include "controlplane/lease/lease.h"
#include "controlplane/lease/lease_table.h"
#include "controlplane/softwires/statements/softwires_file.h"
#include "dataplane/tables/binding_table.h"
#include "softwire/result.h"

namespace softwire::controlplane {

// The result of prepare(), and the argument of activate(). Only the host knows its contents.
struct RuntimeConfig;
using RuntimeConfigPtr = std::shared_ptr<RuntimeConfig>;

// All functions except prepare() are for the control thread.
class SoftwireHost {
 public:
  virtual ~SoftwireHost() = default;

  // Returns the table that the workers read. The control thread may change its bindings; the workers see each
  // change at once.
  [[nodiscard]] virtual dataplane::BindingTable& table() = 0;
  // Makes a configuration that has these softwires. May be called from any thread.
  [[nodiscard]] virtual Result<RuntimeConfigPtr> prepare(const Config& config,
                                                         const Softwires& softwires) const = 0;
  // Activates the configuration. Returns when all workers use it.
  virtual void activate(RuntimeConfigPtr next) = 0;

  // Sets where leases are made durable. Until it is called, leases are not durable.
  virtual void keep_leases_in(KeepLeases keep) = 0;
  [[nodiscard]] virtual const LeaseTable& leases() const = 0;
  virtual void lease_granted(const Lease& lease) = 0;
  // Reports the end of a lease, or of another binding: the embedded server may then lease the address.
  virtual void lease_ended(LeaseKey key) = 0;
};

}  // namespace softwire::controlplane
