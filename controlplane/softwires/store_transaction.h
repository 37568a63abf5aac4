// SPDX-License-Identifier: BSD-3-Clause
// A change of the softwires in the store, while it is in progress.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "controlplane/config/config.h"
#include "controlplane/softwires/softwire_change.h"
#include "controlplane/store/softwire_store.h"
#include "softwire/result.h"
#include "softwire/wall_time.h"

namespace softwire::controlplane {

// After an error, the caller must roll back the store. `field`: the name of the part in the change, for
// errors.
class StoreTransaction {
 public:
  StoreTransaction(SoftwireStore& store, const Config& config, WallTime now)
      : store_(store), config_(config), now_(now) {}

  Result<Done, ChangeError> remove(const BindingKey& key, const std::string& field);
  Result<Done, ChangeError> end(const LeaseEnding& ending);
  Result<Done, ChangeError> grant(const Lease& lease, const std::string& field);
  Result<Done, ChangeError> remove(const RuleKey& key, const std::string& field);
  Result<Done, ChangeError> add(const Binding& binding, const std::string& field,
                                Origin origin = Origin::kOperator);
  Result<Done, ChangeError> add(const Rule& rule, const std::string& field);
  // Ends the operator's softwires that are not in `wanted`. Returns the indexes of those in `wanted` that do
  // not exist yet.
  Result<std::vector<std::size_t>, ChangeError> keep_only(
      const std::vector<std::variant<Binding, Rule>>& wanted);

  SoftwiresChanged take() { return std::move(changed_); }

 private:
  Result<Done, ChangeError> end(const StoredBinding& stored, EndReason reason);
  Result<Done, ChangeError> end(const StoredRule& stored, EndReason reason);
  static ChangeError not_found(const BindingKey& key, const std::optional<StoredBinding>& there,
                               const std::string& field);

  SoftwireStore& store_;
  const Config& config_;
  const WallTime now_;
  SoftwiresChanged changed_;
};

}  // namespace softwire::controlplane
