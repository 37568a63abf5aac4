// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/softwires/change_softwires.h"

#include <algorithm>
#include <unordered_map>

#include "controlplane/softwires/fill_table.h"
#include "controlplane/softwires/statements/rule_statement.h"
#include "softwire/address_text.h"

namespace softwire::controlplane {

namespace {

using Refused = ChangeError::Kind;

ChangeError of_store(const Error& error) {
  return {Refused::kStore, "", error.text};
}

std::string from_elsewhere(const std::string& statement, const Config& config) {
  return "'" + statement + "' comes from " + config.softwires + "; take it out there, and reload";
}

// Address and PSID in one word.
std::uint64_t place_of(const Binding& binding) {
  return std::uint64_t{binding.ipv4.host()} << 16 | binding.ports.psid;
}

// One change in progress.
class StoreTransaction {
 public:
  StoreTransaction(SoftwireStore& store, const Config& config, WallTime now)
      : store_(store), config_(config), now_(now) {}

  Result<Done, ChangeError> remove(const BindingKey& key, const std::string& field) {
    const auto found = store_.find(key.ipv4, key.psid.value_or(0));
    if (!found) return of_store(found.error());
    if (!*found || !key.names((*found)->softwire)) return not_found(key, *found, field);
    const StoredBinding& stored = **found;
    if (stored.origin == Origin::kFile) {
      return ChangeError{Refused::kConflict, field, from_elsewhere(to_statement(stored.softwire), config_)};
    }
    return end(stored, EndReason::kRemoved);
  }

  Result<Done, ChangeError> end(const LeaseEnding& ending) {
    const auto found = store_.find(ending.key.ipv4, ending.key.psid);
    if (!found) return of_store(found.error());
    const auto& stored = *found;
    if (!stored || stored->origin != Origin::kLease || stored->softwire.b4 != ending.b4) return Done{};
    return end(*stored, ending.reason);
  }

  Result<Done, ChangeError> grant(const Lease& lease, const std::string& field) {
    const auto found = store_.find(lease.binding.ipv4, lease.binding.ports.psid);
    if (!found) return of_store(found.error());
    const auto& stored = *found;
    const bool is_renewed = stored && stored->softwire == lease.binding;
    // What the operator says anyway lasts longer than a lease.
    if (is_renewed && stored->origin != Origin::kLease) return Done{};
    // Another subscriber's must have been ended by name: it may be a newer one than the grant knew of.
    const bool is_own = stored && stored->softwire.b4 == lease.binding.b4;
    if (is_own && !is_renewed && stored->origin == Origin::kLease) {
      if (auto ended = end(*stored, EndReason::kReplaced); !ended) return ended;
    }
    if (!is_renewed) {
      if (auto added = add(lease.binding, field, Origin::kLease); !added) return added;
    }
    if (const auto put = store_.put(lease); !put) return of_store(put.error());
    changed_.granted.push_back(lease);
    return Done{};
  }

  Result<Done, ChangeError> remove(const RuleKey& key, const std::string& field) {
    const auto rules = store_.rules();
    if (!rules) return of_store(rules.error());
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

  Result<Done, ChangeError> add(const Binding& binding, const std::string& field,
                                Origin origin = Origin::kOperator) {
    if (const std::string why = taken_from_hub(config_, binding); !why.empty()) {
      return ChangeError{Refused::kConflict, field, why};
    }
    const auto other = store_.find_other_layout(binding.ipv4, binding.ports.parameters);
    if (!other) return of_store(other.error());
    if (*other) {
      return ChangeError{Refused::kConflict, field,
                         "'" + to_statement(binding) + "' disagrees with '" +
                             to_statement((*other)->softwire) +
                             "': all bindings of an address must have the same psid-offset and psid-len"};
    }
    const StoredBinding stored{binding, origin, now_};
    const auto added = store_.add(stored);
    if (!added) return of_store(added.error());
    if (!*added) {
      const auto found = store_.find(binding.ipv4, binding.ports.psid);
      if (!found) return of_store(found.error());
      return ChangeError{Refused::kConflict, field,
                         "'" + to_statement(binding) + "' overlaps '" + to_statement((*found)->softwire) +
                             "': an address and PSID can be bound once only"};
    }
    changed_.added.push_back(stored);
    return Done{};
  }

  Result<Done, ChangeError> add(const Rule& rule, const std::string& field) {
    const StoredRule stored{rule, Origin::kOperator, now_};
    const auto added = store_.add(stored);
    if (!added) return of_store(added.error());
    if (!*added) {
      return ChangeError{Refused::kConflict, field, "'" + to_statement(rule) + "' is there already"};
    }
    changed_.added_rules.push_back(stored);
    return Done{};
  }

  // Ends what the operator has and `wanted` has not. Returns what of `wanted` is not there yet: the places in
  // it.
  Result<std::vector<std::size_t>, ChangeError> keep_only(
      const std::vector<std::variant<Binding, Rule>>& wanted) {
    std::unordered_map<std::uint64_t, std::size_t> bindings;  // by place: where in `wanted`
    std::vector<std::size_t> missing;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      if (const auto* binding = std::get_if<Binding>(&wanted[i]);
          binding != nullptr && bindings.try_emplace(place_of(*binding), i).second) {
        continue;
      }
      missing.push_back(i);  // rules are few; and what is there twice is refused when it is added
    }
    std::vector<StoredBinding> gone;
    const auto read = store_.for_each_binding([&](const StoredBinding& stored) {
      if (stored.origin != Origin::kOperator) return;
      const auto found = bindings.find(place_of(stored.softwire));
      if (found != bindings.end() && std::get<Binding>(wanted[found->second]) == stored.softwire) {
        bindings.erase(found);
      } else {
        gone.push_back(stored);
      }
    });
    if (!read) return of_store(read.error());
    for (const StoredBinding& stored : gone) {
      const bool is_replaced = bindings.contains(place_of(stored.softwire));
      if (auto ended = end(stored, is_replaced ? EndReason::kReplaced : EndReason::kRemoved); !ended) {
        return ended.error();
      }
    }
    const auto rules = store_.rules();
    if (!rules) return of_store(rules.error());
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

  SoftwiresChanged take() { return std::move(changed_); }

 private:
  Result<Done, ChangeError> end(const StoredBinding& stored, EndReason reason) {
    if (const auto ended = store_.end(stored, now_, reason); !ended) return of_store(ended.error());
    changed_.removed.push_back(stored);
    if (stored.origin != Origin::kLease) return Done{};
    const LeaseKey key{stored.softwire.ipv4, stored.softwire.ports.psid};
    if (const auto ended = store_.end_lease(key); !ended) return of_store(ended.error());
    changed_.ended.push_back(key);
    return Done{};
  }
  Result<Done, ChangeError> end(const StoredRule& stored, EndReason reason) {
    if (const auto ended = store_.end(stored, now_, reason); !ended) return of_store(ended.error());
    changed_.removed_rules.push_back(stored);
    return Done{};
  }

  static ChangeError not_found(const BindingKey& key, const std::optional<StoredBinding>& there,
                               const std::string& field) {
    std::string text = "there is no '" + to_statement(key) + "'";
    if (there && there->softwire.ipv4 == key.ipv4) {
      text += "; there is '" + to_statement(there->softwire) + "'";
    } else {
      text += "; softwirectl show bindings ipv4 " + to_string(key.ipv4) + " lists those of the address";
    }
    return {Refused::kNotFound, field, text};
  }

  SoftwireStore& store_;
  const Config& config_;
  const WallTime now_;
  SoftwiresChanged changed_;
};

std::string field_name(const char* list, std::size_t index) {
  return std::string(list) + "[" + std::to_string(index) + "]";
}

}  // namespace

Result<SoftwiresChanged, ChangeError> change_softwires(SoftwireStore& store, const Config& config,
                                                       const SoftwireChange& change, WallTime now) {
  StoreTransaction changing(store, config, now);
  for (std::size_t i = 0; i < change.remove.size(); ++i) {
    const auto removed = std::visit(
        [&](const auto& key) { return changing.remove(key, field_name("remove", i)); }, change.remove[i]);
    if (!removed) return removed.error();
  }
  for (const LeaseEnding& ending : change.end) {
    if (auto ended = changing.end(ending); !ended) return ended.error();
  }
  for (std::size_t i = 0; i < change.grant.size(); ++i) {
    if (auto granted = changing.grant(change.grant[i], field_name("grant", i)); !granted) {
      return granted.error();
    }
  }
  const auto add = [&](std::size_t i) {
    return std::visit([&](const auto& softwire) { return changing.add(softwire, field_name("add", i)); },
                      change.add[i]);
  };
  if (change.replace) {
    const auto missing = changing.keep_only(change.add);
    if (!missing) return missing.error();
    for (const std::size_t i : *missing) {
      if (auto added = add(i); !added) return added.error();
    }
    return changing.take();
  }
  for (std::size_t i = 0; i < change.add.size(); ++i) {
    if (auto added = add(i); !added) return added.error();
  }
  return changing.take();
}

Result<Done> end_expired_leases(SoftwireStore& store, WallTime now) {
  std::vector<LeaseKey> expired;
  const auto read = store.for_each_lease([&](const Lease& lease) {
    if (lease.expires <= now) expired.push_back(lease.key());
  });
  if (!read) return read.error();
  for (const LeaseKey& key : expired) {
    const auto stored = store.find(key.ipv4, key.psid);
    if (!stored) return stored.error();
    if (*stored && (*stored)->origin == Origin::kLease) {
      if (const auto ended = store.end(**stored, now, EndReason::kExpired); !ended) return ended.error();
    }
    if (const auto ended = store.end_lease(key); !ended) return ended.error();
  }
  return Done{};
}

Result<SoftwiresChanged> take_file(SoftwireStore& store, const Config& config, const Softwires& file,
                                   WallTime now) {
  SoftwiresChanged changed;
  std::unordered_map<std::uint64_t, const BindingStatement*> wanted;
  wanted.reserve(file.bindings.size());
  const auto at = [&config](const auto& statement, const std::string& what) {
    return Error{config.softwires + ":" + std::to_string(statement.line) + ": " + what};
  };
  for (const BindingStatement& statement : file.bindings) {
    const auto [first, is_new] = wanted.try_emplace(place_of(statement.binding), &statement);
    if (is_new) continue;
    return at(statement, "'" + to_statement(statement.binding) + "' overlaps '" +
                             to_statement(first->second->binding) +
                             "': an address and PSID can be bound once only");
  }
  std::vector<StoredBinding> gone;
  std::vector<StoredBinding> taken_over;
  std::optional<Error> conflict;
  const auto read = store.for_each_binding([&](const StoredBinding& stored) {
    const auto found = wanted.find(place_of(stored.softwire));
    const bool is_same = found != wanted.end() && found->second->binding == stored.softwire;
    if (is_same) {
      if (stored.origin != Origin::kFile) taken_over.push_back(stored);
      wanted.erase(found);
    } else if (stored.origin == Origin::kFile) {
      gone.push_back(stored);
    } else if (found != wanted.end() && !conflict) {
      conflict =
          at(*found->second,
             "'" + to_statement(found->second->binding) + "' overlaps '" + to_statement(stored.softwire) +
                 (stored.origin == Origin::kLease
                      ? "', which is leased; end the lease (softwirectl del), or take this line out"
                      : "', which came over the control socket; take one of them out (softwirectl del)"));
    }
  });
  if (!read) return read.error();
  if (conflict) return *conflict;
  for (const StoredBinding& stored : gone) {
    const bool is_replaced = wanted.contains(place_of(stored.softwire));
    const auto ended = store.end(stored, now, is_replaced ? EndReason::kReplaced : EndReason::kFile);
    if (!ended) return ended.error();
  }
  changed.removed = std::move(gone);
  for (const StoredBinding& stored : taken_over) {
    if (const auto set = store.set_origin(stored.softwire, Origin::kFile); !set) return set.error();
    if (stored.origin != Origin::kLease) continue;
    const LeaseKey key{stored.softwire.ipv4, stored.softwire.ports.psid};
    if (const auto ended = store.end_lease(key); !ended) return ended.error();
    changed.ended.push_back(key);
  }
  for (const BindingStatement& statement : file.bindings) {
    const auto found = wanted.find(place_of(statement.binding));
    if (found == wanted.end()) continue;
    const StoredBinding stored{statement.binding, Origin::kFile, now};
    const auto added = store.add(stored);
    if (!added) return added.error();
    changed.added.push_back(stored);
  }

  auto rules = store.rules();
  if (!rules) return rules.error();
  for (const RuleStatement& statement : file.rules) {
    const auto same = std::ranges::find(*rules, statement.rule, &StoredRule::softwire);
    if (same == rules->end()) {
      const StoredRule stored{statement.rule, Origin::kFile, now};
      const auto added = store.add(stored);
      if (!added) return added.error();
      if (!*added) return at(statement, "'" + to_statement(statement.rule) + "' is there twice");
      changed.added_rules.push_back(stored);
      continue;
    }
    if (same->origin != Origin::kFile) {
      if (const auto set = store.set_origin(statement.rule, Origin::kFile); !set) return set.error();
    }
    rules->erase(same);
  }
  for (const StoredRule& stored : *rules) {
    if (stored.origin != Origin::kFile) continue;
    if (const auto ended = store.end(stored, now, EndReason::kFile); !ended) return ended.error();
    changed.removed_rules.push_back(stored);
  }
  return changed;
}

Result<Softwires> all_softwires(SoftwireStore& store, const Softwires* file) {
  std::unordered_map<std::uint64_t, std::uint32_t> lines;
  if (file != nullptr) {
    lines.reserve(file->bindings.size());
    for (const BindingStatement& statement : file->bindings) {
      lines.emplace(place_of(statement.binding), statement.line);
    }
  }
  Softwires softwires;
  const auto count = store.count_bindings();
  if (!count) return count.error();
  softwires.bindings.reserve(static_cast<std::size_t>(*count));
  const auto read = store.for_each_binding([&](const StoredBinding& stored) {
    const auto line = stored.origin == Origin::kFile ? lines.find(place_of(stored.softwire)) : lines.end();
    softwires.bindings.push_back({stored.softwire, line == lines.end() ? 0 : line->second});
  });
  if (!read) return read.error();
  const auto rules = store.rules();
  if (!rules) return rules.error();
  for (const StoredRule& stored : *rules) {
    std::uint32_t line = 0;
    if (file != nullptr && stored.origin == Origin::kFile) {
      const auto found = std::ranges::find(file->rules, stored.softwire, &RuleStatement::rule);
      if (found != file->rules.end()) line = found->line;
    }
    softwires.rules.push_back({stored.softwire, line});
  }
  return softwires;
}

}  // namespace softwire::controlplane
