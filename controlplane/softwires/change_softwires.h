// SPDX-License-Identifier: BSD-3-Clause
// Changes of the softwires, in the store: each is checked against what is there, and is done as a whole or
// not at all. What the tables say of it is for the hub to ask: see Hub::prepare().
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "controlplane/config/config.h"
#include "controlplane/softwires/statements/softwires_file.h"
#include "controlplane/store/softwire_store.h"
#include "softwire/result.h"
#include "softwire/wall_time.h"

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

// Within begin_part() and end_part() of the store: an error leaves the part to be taken back.
Result<SoftwiresChanged, ChangeError> change_softwires(SoftwireStore& store, const Config& config,
                                                       const SoftwireChange& change, WallTime now);

// Ends the leases that were over by `now`, while no hub was there to do it. Within begin() and commit().
Result<Done> end_expired_leases(SoftwireStore& store, WallTime now);

// Lets the softwires of origin kFile be those of the file, within begin() and commit(). What the operator had
// added and is in the file now, the same, becomes the file's. Errors name file and line.
Result<SoftwiresChanged> take_file(SoftwireStore& store, const Config& config, const Softwires& file,
                                   WallTime now);

// All softwires. Lines are those of `file`, for what comes from there; null: 0.
Result<Softwires> all_softwires(SoftwireStore& store, const Softwires* file);

}  // namespace softwire::controlplane
