// SPDX-License-Identifier: BSD-3-Clause
// The durable state. It contains the softwires with their origin and start time, and the history of ended
// softwires. The history tells who had an address and port at a given time.
//
// The store is one directory, `state`. It contains softwired.db, an SQLite database in WAL mode. Committed
// changes are on disk: written and flushed. A crash discards uncommitted changes. Only one thread at a time
// may use it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/lease/lease.h"
#include "controlplane/lease/origin.h"
#include "controlplane/store/database.h"
#include "softwire/binding.h"
#include "softwire/result.h"
#include "softwire/rule.h"
#include "softwire/wall_time.h"

namespace softwire::controlplane {

template <typename Softwire>
struct Stored {
  Softwire softwire;
  Origin origin = Origin::kOperator;
  WallTime since;
};
using StoredBinding = Stored<Binding>;
using StoredRule = Stored<Rule>;

// A softwire that has ended.
template <typename Softwire>
struct Ended : Stored<Softwire> {
  WallTime until;
  EndReason reason = EndReason::kRemoved;
};
using EndedBinding = Ended<Binding>;
using EndedRule = Ended<Rule>;

class SoftwireStore {
 public:
  // Opens the store. Makes the directory (mode 0750) and the database if they do not exist. An empty path:
  // the store is in memory only. Returns an error when another softwired uses the directory.
  static Result<std::unique_ptr<SoftwireStore>> open(const std::string& directory);
  // Opens the store for reading, while another process may write. Returns null when there is no usable
  // database yet.
  static Result<std::unique_ptr<SoftwireStore>> open_to_read(const std::string& directory);
  ~SoftwireStore();
  SoftwireStore(const SoftwireStore&) = delete;
  SoftwireStore& operator=(const SoftwireStore&) = delete;

  // Starts a transaction: commit() makes all its changes, rollback() none. There is one transaction at a
  // time.
  Result<Done> begin();
  Result<Done> commit();
  void rollback();
  // Starts a part of the transaction. end_part(false) rolls back only that part.
  Result<Done> begin_part();
  Result<Done> end_part(bool keep);

  // --- existing softwires ---
  Result<std::optional<StoredBinding>> find(Ipv4Address ipv4, Psid psid);
  // Returns a binding of the address with another port layout.
  Result<std::optional<StoredBinding>> find_other_layout(Ipv4Address ipv4, const PortParameters& parameters);
  // Adds a binding. Returns false when address and PSID are already bound.
  Result<bool> add(const StoredBinding& binding);
  Result<Done> end(const StoredBinding& binding, WallTime until, EndReason reason);
  // Changes the origin of a softwire. Its start time stays.
  Result<Done> set_origin(const Binding& binding, Origin origin);
  // Visits the bindings in the order of address and PSID.
  Result<Done> for_each_binding(const std::function<void(const StoredBinding&)>& visit);
  Result<std::int64_t> count_bindings();
  Result<std::vector<StoredRule>> rules();
  // Adds a rule. Returns false when the same rule exists.
  Result<bool> add(const StoredRule& rule);
  Result<Done> end(const StoredRule& rule, WallTime until, EndReason reason);
  Result<Done> set_origin(const Rule& rule, Origin origin);

  // --- leases: each has a binding of origin kLease ---
  // Adds the lease, or replaces the one with the same key.
  Result<Done> put(const Lease& lease);
  Result<Done> end_lease(LeaseKey key);
  // Visits the leases in the order of address and PSID.
  Result<Done> for_each_lease(const std::function<void(Lease)>& visit);

  // --- history ---
  // Deletes some of the softwires that ended before this time. Returns their number; 0 means that all are
  // deleted.
  Result<std::int64_t> forget_ended(WallTime before);

  // --- facts: small values by name; empty: not set ---
  Result<std::string> fact(std::string_view name);
  Result<Done> set_fact(std::string_view name, std::string_view value);

  // Returns the database, for queries.
  [[nodiscard]] Database& database() { return database_; }

 private:
  struct Statements;
  SoftwireStore(Database database, std::unique_ptr<Statements> statements, int lock);
  static Result<std::unique_ptr<SoftwireStore>> prepare(Database database, int lock);

  int lock_;  // on the directory; -1: no lock
  Database database_;
  std::unique_ptr<Statements> statements_;
};

// Reads a row. Columns from `first` on are ipv4, psid, ports, b4, br, origin, since.
StoredBinding read_binding(const Statement& row, int first = 0);
inline constexpr std::string_view kBindingColumns = "ipv4, psid, ports, b4, br, origin, since";
// Reads a row. Columns from `first` on are statement, origin, since. The statements were written by this
// program.
Result<StoredRule> read_rule(const Statement& row, int first = 0);
WallTime read_time(const Statement& row, int column);

}  // namespace softwire::controlplane
