// SPDX-License-Identifier: BSD-3-Clause
// The prepared statements of SoftwireStore. Only its own files include this.
#pragma once

#include "controlplane/store/softwire_store.h"

namespace softwire::controlplane {

struct SoftwireStore::Statements {
  Statement find, find_other_layout, add, end, remove, set_origin, binding_sum, all, count;
  Statement rules, add_rule, end_rule, remove_rule, set_rule_origin, rule_sum;
  Statement forget, forget_rules, fact, set_fact, fact_sum;
  Statement put_lease, end_lease, leases, lease_sum;
  Statement add_step, record;

  // Prepares all.
  Result<Done> prepare(Database& database);
};

inline std::int64_t milliseconds_of(WallTime time) {
  return time.time_since_epoch().count();
}

}  // namespace softwire::controlplane
