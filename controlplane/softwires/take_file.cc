// SPDX-License-Identifier: BSD-3-Clause
// Writes the softwires of softwires.conf to the store.
#include <algorithm>
#include <unordered_map>

#include "controlplane/softwires/change_softwires.h"
#include "controlplane/softwires/statements/rule_statement.h"

namespace softwire::controlplane {

namespace {

class FileTransaction {
 public:
  FileTransaction(SoftwireStore& store, const Config& config, WallTime now)
      : store_(store), config_(config), now_(now) {}

  Result<Done> take_bindings(const std::vector<BindingStatement>& statements) {
    if (auto wanted = want(statements); !wanted) return wanted;
    if (auto compared = compare(); !compared) return compared;
    if (auto ended = end_gone(); !ended) return ended;
    if (auto taken = take_over(); !taken) return taken;
    for (const BindingStatement& statement : statements) {
      if (!wanted_.contains(address_and_psid(statement.binding))) continue;
      const StoredBinding stored{statement.binding, Origin::kFile, now_};
      if (const auto added = store_.add(stored); !added) return added.error();
      changed_.added.push_back(stored);
    }
    return Done{};
  }

  Result<Done> take_rules(const std::vector<RuleStatement>& statements) {
    auto rules = store_.rules();
    if (!rules) return rules.error();
    for (const RuleStatement& statement : statements) {
      const auto same = std::ranges::find(*rules, statement.rule, &StoredRule::softwire);
      if (same == rules->end()) {
        if (auto added = add(statement); !added) return added;
        continue;
      }
      if (same->origin != Origin::kFile) {
        if (auto set = store_.set_origin(statement.rule, Origin::kFile); !set) return set;
      }
      rules->erase(same);
    }
    for (const StoredRule& stored : *rules) {
      if (stored.origin != Origin::kFile) continue;
      if (auto ended = store_.end(stored, now_, EndReason::kFile); !ended) return ended;
      changed_.removed_rules.push_back(stored);
    }
    return Done{};
  }

  SoftwiresChanged take() { return std::move(changed_); }

 private:
  template <typename Statement>
  [[nodiscard]] Error at(const Statement& statement, const std::string& what) const {
    return Error{config_.softwires + ":" + std::to_string(statement.line) + ": " + what};
  }

  Result<Done> want(const std::vector<BindingStatement>& statements) {
    wanted_.reserve(statements.size());
    for (const BindingStatement& statement : statements) {
      const auto [first, is_new] = wanted_.try_emplace(address_and_psid(statement.binding), &statement);
      if (is_new) continue;
      return at(statement, "'" + to_statement(statement.binding) + "' overlaps '" +
                               to_statement(first->second->binding) +
                               "': an address and PSID can be bound once only");
    }
    return Done{};
  }

  // Removes existing softwires from `wanted_`, and finds what else must change.
  Result<Done> compare() {
    std::optional<Error> conflict;
    auto read = store_.for_each_binding([&](const StoredBinding& stored) {
      const auto found = wanted_.find(address_and_psid(stored.softwire));
      const bool is_same = found != wanted_.end() && found->second->binding == stored.softwire;
      if (is_same) {
        if (stored.origin != Origin::kFile) taken_over_.push_back(stored);
        wanted_.erase(found);
      } else if (stored.origin == Origin::kFile) {
        gone_.push_back(stored);
      } else if (found != wanted_.end() && !conflict) {
        conflict = at(
            *found->second,
            "'" + to_statement(found->second->binding) + "' overlaps '" + to_statement(stored.softwire) +
                (stored.origin == Origin::kLease
                     ? "', which is leased; end the lease (softwirectl del), or remove this line"
                     : "', which was added over the control socket; remove one of them (softwirectl del)"));
      }
    });
    if (!read) return read;
    return conflict ? Result<Done>(*conflict) : Done{};
  }

  Result<Done> end_gone() {
    for (const StoredBinding& stored : gone_) {
      const bool is_replaced = wanted_.contains(address_and_psid(stored.softwire));
      auto ended = store_.end(stored, now_, is_replaced ? EndReason::kReplaced : EndReason::kFile);
      if (!ended) return ended;
    }
    changed_.removed = std::move(gone_);
    return Done{};
  }

  Result<Done> take_over() {
    for (const StoredBinding& stored : taken_over_) {
      if (auto set = store_.set_origin(stored.softwire, Origin::kFile); !set) return set;
      if (stored.origin != Origin::kLease) continue;
      const LeaseKey key{stored.softwire.ipv4, stored.softwire.ports.psid};
      if (auto ended = store_.end_lease(key); !ended) return ended;
      changed_.ended.push_back(key);
    }
    return Done{};
  }

  Result<Done> add(const RuleStatement& statement) {
    const StoredRule stored{statement.rule, Origin::kFile, now_};
    const auto added = store_.add(stored);
    if (!added) return added.error();
    if (!*added) return at(statement, "'" + to_statement(statement.rule) + "' is given twice; give it once");
    changed_.added_rules.push_back(stored);
    return Done{};
  }

  SoftwireStore& store_;
  const Config& config_;
  const WallTime now_;
  std::unordered_map<std::uint64_t, const BindingStatement*> wanted_;  // statements that do not exist yet
  std::vector<StoredBinding> gone_;                                    // no longer in the file
  std::vector<StoredBinding> taken_over_;                              // get origin kFile
  SoftwiresChanged changed_;
};

}  // namespace

Result<SoftwiresChanged> take_file(SoftwireStore& store, const Config& config, const Softwires& file,
                                   WallTime now) {
  FileTransaction transaction(store, config, now);
  if (const auto taken = transaction.take_bindings(file.bindings); !taken) return taken.error();
  if (const auto taken = transaction.take_rules(file.rules); !taken) return taken.error();
  return transaction.take();
}

}  // namespace softwire::controlplane
