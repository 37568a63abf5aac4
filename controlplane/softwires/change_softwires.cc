// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/softwires/change_softwires.h"

#include <algorithm>
#include <unordered_map>

#include "controlplane/softwires/store_transaction.h"

namespace softwire::controlplane {

namespace {

std::string field_name(const char* list, std::size_t index) {
  return std::string(list) + "[" + std::to_string(index) + "]";
}

}  // namespace

Result<SoftwiresChanged, ChangeError> change_softwires(SoftwireStore& store, const Config& config,
                                                       const SoftwireChange& change, WallTime now) {
  StoreTransaction transaction(store, config, now);
  for (std::size_t i = 0; i < change.remove.size(); ++i) {
    const auto removed = std::visit(
        [&](const auto& key) { return transaction.remove(key, field_name("remove", i)); }, change.remove[i]);
    if (!removed) return removed.error();
  }
  for (const LeaseEnding& ending : change.end) {
    if (auto ended = transaction.end(ending); !ended) return ended.error();
  }
  for (std::size_t i = 0; i < change.grant.size(); ++i) {
    if (auto granted = transaction.grant(change.grant[i], field_name("grant", i)); !granted) {
      return granted.error();
    }
  }
  const auto add = [&](std::size_t i) {
    return std::visit([&](const auto& softwire) { return transaction.add(softwire, field_name("add", i)); },
                      change.add[i]);
  };
  if (change.replace) {
    const auto missing = transaction.keep_only(change.add);
    if (!missing) return missing.error();
    for (const std::size_t i : *missing) {
      if (auto added = add(i); !added) return added.error();
    }
    return transaction.take();
  }
  for (std::size_t i = 0; i < change.add.size(); ++i) {
    if (auto added = add(i); !added) return added.error();
  }
  return transaction.take();
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

Result<Softwires> all_softwires(SoftwireStore& store, const Softwires* file) {
  std::unordered_map<std::uint64_t, std::uint32_t> lines;
  if (file != nullptr) {
    lines.reserve(file->bindings.size());
    for (const BindingStatement& statement : file->bindings) {
      lines.emplace(address_and_psid(statement.binding), statement.line);
    }
  }
  Softwires softwires;
  const auto count = store.count_bindings();
  if (!count) return count.error();
  softwires.bindings.reserve(static_cast<std::size_t>(*count));
  const auto read = store.for_each_binding([&](const StoredBinding& stored) {
    const auto line =
        stored.origin == Origin::kFile ? lines.find(address_and_psid(stored.softwire)) : lines.end();
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
