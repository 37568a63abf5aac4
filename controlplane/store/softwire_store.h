// SPDX-License-Identifier: BSD-3-Clause
// The durable state: which softwires there are, where each comes from and since when; and those that have
// ended, from when until when, for who asks later who had an address and port at a time.
//
// One directory, STATE: softwired.db, an SQLite database in WAL mode. What is committed has been written and
// flushed; what is not is as if it had never been. One thread at a time.
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

// One that has ended.
template <typename Softwire>
struct Ended : Stored<Softwire> {
  WallTime until;
  EndReason reason = EndReason::kRemoved;
};
using EndedBinding = Ended<Binding>;
using EndedRule = Ended<Rule>;

class SoftwireStore {
 public:
  // Makes the directory (mode 0750) and the database when they are not there. Empty: in memory, and lost at
  // the end. A directory that another softwired uses is an error.
  static Result<std::unique_ptr<SoftwireStore>> open(const std::string& directory);
  // To look only, beside one that writes; null when there is no database yet.
  static Result<std::unique_ptr<SoftwireStore>> open_to_read(const std::string& directory);
  ~SoftwireStore();
  SoftwireStore(const SoftwireStore&) = delete;
  SoftwireStore& operator=(const SoftwireStore&) = delete;

  // Between begin() and commit(), all changes or none. One at a time.
  Result<Done> begin();
  Result<Done> commit();
  void rollback();
  // Within it: what follows can be taken back alone.
  Result<Done> begin_part();
  Result<Done> end_part(bool keep);

  // --- softwires as they are ---
  Result<std::optional<StoredBinding>> find(Ipv4Address ipv4, Psid psid);
  // One of the address whose ports are divided otherwise.
  Result<std::optional<StoredBinding>> find_other_layout(Ipv4Address ipv4, const PortParameters& parameters);
  // False: address and PSID are bound already.
  Result<bool> add(const StoredBinding& binding);
  Result<Done> end(const StoredBinding& binding, WallTime until, EndReason reason);
  // The same softwire comes from elsewhere now; the time since when it is there stays.
  Result<Done> set_origin(const Binding& binding, Origin origin);
  // In the order of address and PSID.
  Result<Done> for_each_binding(const std::function<void(const StoredBinding&)>& visit);
  Result<std::int64_t> count_bindings();
  Result<std::vector<StoredRule>> rules();
  // False: there is the same.
  Result<bool> add(const StoredRule& rule);
  Result<Done> end(const StoredRule& rule, WallTime until, EndReason reason);
  Result<Done> set_origin(const Rule& rule, Origin origin);

  // --- leases: each has a binding of origin kLease ---
  // Adds it, or puts it in the place of the one with the same key.
  Result<Done> put(const Lease& lease);
  Result<Done> end_lease(LeaseKey key);
  // In the order of address and PSID.
  Result<Done> for_each_lease(const std::function<void(Lease)>& visit);

  // --- what was ---
  // Forgets what ended before; some of it at a time: returns how many.
  Result<std::int64_t> forget_ended(WallTime before);

  // --- facts: small values by name; empty: there is none ---
  Result<std::string> fact(std::string_view name);
  Result<Done> set_fact(std::string_view name, std::string_view value);

  // For queries.
  [[nodiscard]] Database& database() { return database_; }

 private:
  struct Statements;
  SoftwireStore(Database database, std::unique_ptr<Statements> statements, int lock);
  static Result<std::unique_ptr<SoftwireStore>> prepare(Database database, int lock);

  int lock_;  // of the directory; -1: none
  Database database_;
  std::unique_ptr<Statements> statements_;
};

// Rows as the queries and the store read them: columns from `first` on are ipv4, psid, ports, b4, br, origin,
// since.
StoredBinding read_binding(const Statement& row, int first = 0);
inline constexpr std::string_view kBindingColumns = "ipv4, psid, ports, b4, br, origin, since";
// statement, origin, since. The statements are those that this program wrote.
Result<StoredRule> read_rule(const Statement& row, int first = 0);
WallTime read_time(const Statement& row, int column);

}  // namespace softwire::controlplane
