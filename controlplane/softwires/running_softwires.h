// SPDX-License-Identifier: BSD-3-Clause
// What the hub forwards by, taken from its tables: the last copy of softwires when the store is damaged.
#pragma once

#include <cstddef>
#include <vector>

#include "controlplane/lease/lease_table.h"
#include "controlplane/store/softwire_store.h"
#include "dataplane/tables/binding_table.h"
#include "softwire/binding.h"
#include "softwire/result.h"
#include "softwire/rule.h"

namespace softwire::controlplane {

struct RunningSoftwires {
  std::vector<Binding> bindings;  // in the order of address and PSID
  std::vector<Rule> rules;        // those that are not covered by others everywhere
};
// Returns the softwires of a table. Takes a second, so it is not for the control thread. Requires: nothing
// changes the table meanwhile.
RunningSoftwires running_softwires(const dataplane::BindingTable& table);

// Adds the softwires and leases that the hub forwards by and the store does not have. Their origin is
// kOperator or kLease, and they begin now. Softwires that disagree with those of the store stay out. Returns
// their number. Requires: nothing changes the tables meanwhile; no transaction.
Result<std::size_t> add_running(SoftwireStore& store, const dataplane::BindingTable& table,
                                const LeaseTable& leases);

}  // namespace softwire::controlplane
