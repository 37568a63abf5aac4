// SPDX-License-Identifier: BSD-3-Clause
// A change of the softwires: what is wanted, what it has come to, and why it was refused.
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

// A rule by its IPv4 prefix and kind, or as it is.
struct RuleKey {
  Ipv4Prefix ipv4;
  std::optional<Rule> rule;  // exactly this one
};

// What is wanted changed: removals and endings first.
struct SoftwireChange {
  std::vector<std::variant<BindingKey, RuleKey>> remove;
  std::vector<std::variant<Binding, Rule>> add;
  bool replace = false;  // `add` is all that the operator has from then on
  std::vector<LeaseEnding> end = {};
  std::vector<Lease> grant = {};  // new ones and renewed ones, of what no other subscriber has by then

  [[nodiscard]] std::size_t size() const { return remove.size() + add.size() + end.size() + grant.size(); }
};

// Why a change was refused.
struct ChangeError {
  enum class Kind : std::uint8_t {
    kConflict,  // something is in the way
    kNotFound,
    kStore,  // the store failed
  };
  Kind kind = Kind::kStore;
  std::string field;  // what the error is about: "add[3]"; empty: all of it
  std::string text;
};

inline ChangeError store_error(const Error& error) {
  return {ChangeError::Kind::kStore, "", error.text};
}

// What a change has come to.
struct SoftwiresChanged {
  std::vector<StoredBinding> removed;
  std::vector<StoredBinding> added;
  std::vector<StoredRule> removed_rules;
  std::vector<StoredRule> added_rules;
  std::vector<LeaseKey> ended = {};  // leases
  std::vector<Lease> granted = {};   // leases, after those that ended

  [[nodiscard]] std::size_t removals() const { return removed.size() + removed_rules.size(); }
  [[nodiscard]] std::size_t additions() const { return added.size() + added_rules.size(); }
  [[nodiscard]] bool has_rules() const { return !removed_rules.empty() || !added_rules.empty(); }
};

// Address and PSID in one word.
inline std::uint64_t address_and_psid(const Binding& binding) {
  return std::uint64_t{binding.ipv4.host()} << 16 | binding.ports.psid;
}

}  // namespace softwire::controlplane
