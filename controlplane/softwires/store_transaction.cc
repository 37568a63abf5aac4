// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/softwires/store_transaction.h"

#include <algorithm>
#include <unordered_map>

#include "controlplane/softwires/fill_table.h"
#include "controlplane/softwires/statements/rule_statement.h"
#include "softwire/address_text.h"

namespace softwire::controlplane {

namespace {

using Refused = ChangeError::Kind;

std::string from_elsewhere(const std::string& statement, const Config& config) {
  return "'" + statement + "' comes from " + config.softwires + "; remove it there, and reload";
}

}  // namespace

Result<Done, ChangeError> StoreTransaction::remove(const BindingKey& key, const std::string& field) {
  const auto found = store_.find(key.ipv4, key.psid.value_or(0));
  if (!found) return store_error(found.error());
  if (!*found || !key.names((*found)->softwire)) return not_found(key, *found, field);
  const StoredBinding& stored = **found;
  if (stored.origin == Origin::kFile) {
    return ChangeError{Refused::kConflict, field, from_elsewhere(to_statement(stored.softwire), config_)};
  }
  return end(stored, EndReason::kRemoved);
}

Result<Done, ChangeError> StoreTransaction::end(const LeaseEnding& ending) {
  const auto found = store_.find(ending.key.ipv4, ending.key.psid);
  if (!found) return store_error(found.error());
  const auto& stored = *found;
  if (!stored || stored->origin != Origin::kLease || stored->softwire.b4 != ending.b4) return Done{};
  return end(*stored, ending.reason);
}

Result<Done, ChangeError> StoreTransaction::grant(const Lease& lease, const std::string& field) {
  const auto found = store_.find(lease.binding.ipv4, lease.binding.ports.psid);
  if (!found) return store_error(found.error());
  const auto& stored = *found;
  const bool is_renewed = stored && stored->softwire == lease.binding;
  // The operator already has this binding: it lasts longer than a lease, so no lease is added.
  if (is_renewed && stored->origin != Origin::kLease) return Done{};
  // The grant must name the lease of another subscriber that it ends. A lease that it does not name may be
  // newer than the grant.
  const bool is_own = stored && stored->softwire.b4 == lease.binding.b4;
  if (is_own && !is_renewed && stored->origin == Origin::kLease) {
    if (auto ended = end(*stored, EndReason::kReplaced); !ended) return ended;
  }
  if (!is_renewed) {
    if (auto added = add(lease.binding, field, Origin::kLease); !added) return added;
  }
  if (const auto put = store_.put(lease); !put) return store_error(put.error());
  changed_.granted.push_back(lease);
  return Done{};
}

Result<Done, ChangeError> StoreTransaction::remove(const RuleKey& key, const std::string& field) {
  const auto rules = store_.rules();
  if (!rules) return store_error(rules.error());
  const auto found = std::ranges::find_if(*rules, [&key](const StoredRule& stored) {
    return key.rule ? stored.softwire == *key.rule : stored.softwire.ipv4 == key.ipv4;
  });
  if (found == rules->end()) {
    return ChangeError{Refused::kNotFound, field,
                       "there is no rule " +
                           (key.rule ? "'" + to_statement(*key.rule) + "'" : "of " + to_string(key.ipv4)) +
                           "; softwirectl show rules lists them"};
  }
  if (found->origin == Origin::kFile) {
    return ChangeError{Refused::kConflict, field, from_elsewhere(to_statement(found->softwire), config_)};
  }
  return end(*found, EndReason::kRemoved);
}

Result<Done, ChangeError> StoreTransaction::add(const Binding& binding, const std::string& field,
                                                Origin origin) {
  if (const std::string why = binding_conflict(config_, binding); !why.empty()) {
    return ChangeError{Refused::kConflict, field, why};
  }
  const auto other = store_.find_other_layout(binding.ipv4, binding.ports.parameters);
  if (!other) return store_error(other.error());
  if (*other) {
    return ChangeError{Refused::kConflict, field,
                       "'" + to_statement(binding) + "' disagrees with '" + to_statement((*other)->softwire) +
                           "': all bindings of an address must have the same psid-offset and psid-len"};
  }
  const StoredBinding stored{binding, origin, now_};
  const auto added = store_.add(stored);
  if (!added) return store_error(added.error());
  if (!*added) {
    const auto found = store_.find(binding.ipv4, binding.ports.psid);
    if (!found) return store_error(found.error());
    return ChangeError{Refused::kConflict, field,
                       "'" + to_statement(binding) + "' overlaps '" + to_statement((*found)->softwire) +
                           "': an address and PSID can be bound once only"};
  }
  changed_.added.push_back(stored);
  return Done{};
}

Result<Done, ChangeError> StoreTransaction::add(const Rule& rule, const std::string& field) {
  const StoredRule stored{rule, Origin::kOperator, now_};
  const auto added = store_.add(stored);
  if (!added) return store_error(added.error());
  if (!*added) {
    return ChangeError{Refused::kConflict, field, "'" + to_statement(rule) + "' already exists"};
  }
  changed_.added_rules.push_back(stored);
  return Done{};
}

Result<std::vector<std::size_t>, ChangeError> StoreTransaction::keep_only(
    const std::vector<std::variant<Binding, Rule>>& wanted) {
  std::unordered_map<std::uint64_t, std::size_t> bindings;  // by address and PSID: the index in `wanted`
  std::vector<std::size_t> missing;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (const auto* binding = std::get_if<Binding>(&wanted[i]);
        binding != nullptr && bindings.try_emplace(address_and_psid(*binding), i).second) {
      continue;
    }
    missing.push_back(i);  // there are few rules; a duplicate is refused when it is added
  }
  std::vector<StoredBinding> gone;
  const auto read = store_.for_each_binding([&](const StoredBinding& stored) {
    if (stored.origin != Origin::kOperator) return;
    const auto found = bindings.find(address_and_psid(stored.softwire));
    if (found != bindings.end() && std::get<Binding>(wanted[found->second]) == stored.softwire) {
      bindings.erase(found);
    } else {
      gone.push_back(stored);
    }
  });
  if (!read) return store_error(read.error());
  for (const StoredBinding& stored : gone) {
    const bool is_replaced = bindings.contains(address_and_psid(stored.softwire));
    if (auto ended = end(stored, is_replaced ? EndReason::kReplaced : EndReason::kRemoved); !ended) {
      return ended.error();
    }
  }
  const auto rules = store_.rules();
  if (!rules) return store_error(rules.error());
  for (const StoredRule& stored : *rules) {
    if (stored.origin != Origin::kOperator) continue;
    const auto same = std::ranges::find_if(missing, [&](std::size_t i) {
      const auto* rule = std::get_if<Rule>(&wanted[i]);
      return rule != nullptr && *rule == stored.softwire;
    });
    if (same != missing.end()) {
      missing.erase(same);
    } else if (auto ended = end(stored, EndReason::kRemoved); !ended) {
      return ended.error();
    }
  }
  for (const auto& [place, i] : bindings) missing.push_back(i);
  std::ranges::sort(missing);
  return missing;
}

Result<Done, ChangeError> StoreTransaction::end(const StoredBinding& stored, EndReason reason) {
  if (const auto ended = store_.end(stored, now_, reason); !ended) return store_error(ended.error());
  changed_.removed.push_back(stored);
  if (stored.origin != Origin::kLease) return Done{};
  const LeaseKey key{stored.softwire.ipv4, stored.softwire.ports.psid};
  if (const auto ended = store_.end_lease(key); !ended) return store_error(ended.error());
  changed_.ended.push_back(key);
  return Done{};
}

Result<Done, ChangeError> StoreTransaction::end(const StoredRule& stored, EndReason reason) {
  if (const auto ended = store_.end(stored, now_, reason); !ended) return store_error(ended.error());
  changed_.removed_rules.push_back(stored);
  return Done{};
}

ChangeError StoreTransaction::not_found(const BindingKey& key, const std::optional<StoredBinding>& there,
                                        const std::string& field) {
  std::string text = "there is no '" + to_statement(key) + "'";
  if (there && there->softwire.ipv4 == key.ipv4) {
    text += "; there is '" + to_statement(there->softwire) + "'";
  } else {
    text += "; softwirectl show bindings ipv4 " + to_string(key.ipv4) + " lists the bindings of the address";
  }
  return {Refused::kNotFound, field, text};
}

}  // namespace softwire::controlplane
