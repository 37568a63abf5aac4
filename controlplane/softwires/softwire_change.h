// SPDX-License-Identifier: BSD-3-Clause
// A change of the softwires: the request, the result, and the error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "controlplane/lease/lease.h"
#include "controlplane/softwires/statements/softwires_file.h"
#include "controlplane/store/softwire_store.h"
#include "softwire/result.h"

namespace softwire::controlplane {

// Names a rule by its IPv4 prefix, or by the whole rule.
struct RuleKey {
  Ipv4Prefix ipv4;
  std::optional<Rule> rule;  // only this rule; not set: the rule of the prefix
};

// A requested change. Removals and endings are done first.
struct SoftwireChange {
  std::vector<std::variant<BindingKey, RuleKey>> remove;
  std::vector<std::variant<Binding, Rule>> add;
  bool replace = false;  // replace all softwires of the operator by those of `add`
  std::vector<LeaseEnding> end = {};
  std::vector<Lease> grant = {};  // new and renewed leases; their keys must be free by then

  [[nodiscard]] std::size_t size() const { return remove.size() + add.size() + end.size() + grant.size(); }
};

// The reason why a change was refused.
struct ChangeError {
  enum class Kind : std::uint8_t {
    kConflict,  // conflicts with something that exists
    kNotFound,
    kStore,  // the store failed
  };
  Kind kind = Kind::kStore;
  std::string field;  // the part that is wrong: "add[3]"; empty: the whole change
  std::string text;
};

inline ChangeError store_error(const Error& error) {
  return {ChangeError::Kind::kStore, "", error.text};
}

// The result of a change.
struct SoftwiresChanged {
  std::vector<StoredBinding> removed;
  std::vector<StoredBinding> added;
  std::vector<StoredRule> removed_rules;
  std::vector<StoredRule> added_rules;
  std::vector<LeaseKey> ended = {};  // leases
  std::vector<Lease> granted = {};   // granted after those in `ended` ended

  [[nodiscard]] std::size_t removals() const { return removed.size() + removed_rules.size(); }
  [[nodiscard]] std::size_t additions() const { return added.size() + added_rules.size(); }
  [[nodiscard]] bool has_rules() const { return !removed_rules.empty() || !added_rules.empty(); }
};

// Returns the address and the PSID in one word.
inline std::uint64_t address_and_psid(const Binding& binding) {
  return std::uint64_t{binding.ipv4.host()} << 16 | binding.ports.psid;
}

}  // namespace softwire::controlplane
