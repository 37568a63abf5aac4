// SPDX-License-Identifier: BSD-3-Clause
// The durable state. It contains the softwires with their origin and start time, and the history of ended
// softwires. The history tells who had an address and port at a given time.
//
// The store is one directory, `state`. It contains softwired.db, an SQLite database in WAL mode. Committed
// changes are on disk: written and flushed. A crash discards uncommitted changes. Only one thread at a time
// may use it.
//
// Times in the store are those of the record (timeline.h). They never run backwards. Every row has a
// checksum, and every table a total: a row that is damaged or missing is found (store_check.h).
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
#include "controlplane/store/timeline.h"
#include "controlplane/store/totals.h"
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
  // the store is in memory only. Returns an error when another softwired uses the directory, and then sets
  // `in_use`.
  static Result<std::unique_ptr<SoftwireStore>> open(const std::string& directory,
                                                     const RecordClock& clock = RecordClock(),
                                                     bool* in_use = nullptr);
  // Opens the store for reading, while another process may write. Returns null when there is no usable
  // database yet.
  static Result<std::unique_ptr<SoftwireStore>> open_to_read(const std::string& directory);
  // Returns a copy in memory of the store that another thread or process uses, as it is at one time: what a
  // start loads, without the ended softwires, of which there may be any number. Returns null when there is no
  // usable database. An error: the store cannot be read, or a row is damaged so that it cannot be copied.
  static Result<std::unique_ptr<SoftwireStore>> copy_in_memory(const std::string& directory);
  // Makes the directory of a store, if it does not exist.
  static Result<Done> make_directory(const std::string& directory);
  // Returns the path of the database.
  static std::string path_in(const std::string& directory) { return directory + "/softwired.db"; }
  ~SoftwireStore();
  SoftwireStore(const SoftwireStore&) = delete;
  SoftwireStore& operator=(const SoftwireStore&) = delete;

  // Gives this store the contents of another one: its database, and its time. The time does not run
  // backwards, unless this store refuses changes. Closes the database of this store.
  void take_over(SoftwireStore&& other);

  // --- time ---
  // Returns the time of the record now. All times in the store are such times.
  [[nodiscard]] WallTime now() const { return clock_.now(); }
  [[nodiscard]] const RecordClock& clock() const { return clock_; }
  [[nodiscard]] const Timeline& timeline() const { return timeline_; }
  // Records a step that the system clock has made since the last call. Returns it. Requires: no transaction.
  std::optional<ClockStep> observe_clock();
  // Returns the step that open() found: the system clock is not where the record expected it.
  [[nodiscard]] const std::optional<ClockStep>& step_at_open() const { return step_at_open_; }
  // Returns the recorded steps, the latest first, at most `most`.
  Result<std::vector<ClockStep>> clock_steps(std::size_t most);
  // Returns the time at which the history begins. What was before is not known.
  [[nodiscard]] WallTime begins() const { return record_.begins; }
  // Lets the history begin now, because this store does not have the one before.
  void begin_record_now() { record_.begins = now(); }

  // --- what is wrong ---
  // Returns why changes are refused. Empty: they are not. The softwires of softwires.conf are not refused.
  [[nodiscard]] const std::string& refusal() const { return refusal_; }
  void refuse(std::string why) { refusal_ = std::move(why); }
  // Returns whether the latest error is about the file or its disk.
  [[nodiscard]] bool has_failed() const { return database_.has_failed(); }
  // Returns how many of the last transactions are missing in the database, although they were durable.
  [[nodiscard]] std::int64_t lost_transactions() const { return lost_; }
  // Returns which tables had another number of rows then, for people. Empty: it is not known, or none had.
  [[nodiscard]] const std::string& lost_rows() const { return lost_rows_; }

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
  // deleted. Deletes fewer at once when the disk is full. Requires: no transaction.
  Result<std::int64_t> forget_ended(WallTime before);
  static constexpr std::int64_t kMaxForgotten = 500;  // at once: others wait for the store meanwhile

  // --- facts: small values by name; empty: not set ---
  Result<std::string> fact(std::string_view name);
  Result<Done> set_fact(std::string_view name, std::string_view value);

  // Returns the directory, or "" for a store in memory.
  [[nodiscard]] std::string directory() const { return database_.directory(); }
  // --- rows, for store_check.h ---
  // Reads the totals and the record again, after rows were copied into this store.
  Result<Done> load_again() { return load(""); }
  // Returns the totals of the tables, with those of the open transaction.
  [[nodiscard]] Total& total(TableId table) { return totals_[static_cast<std::size_t>(table)]; }
  // Sets the totals to what the tables contain, and forgets the transactions that are missing. Requires: a
  // transaction.
  Result<Done> accept_rows();

  // Returns the database, for queries.
  [[nodiscard]] Database& database() { return database_; }

 private:
  struct Statements;
  // The row of the table `record`.
  struct Record {
    WallTime now;
    std::chrono::milliseconds running{};
    std::string boot;
    WallTime begins;
    std::int64_t commits = 0;
  };
  SoftwireStore(Database database, std::unique_ptr<Statements> statements, int lock, RecordClock clock);
  static Result<std::unique_ptr<SoftwireStore>> prepare(Database database, int lock,
                                                        const RecordClock& clock);
  // Reads the totals and the record, and sets the clock.
  Result<Done> load(const std::string& directory);
  Result<Done> read_record();
  Result<Done> read_steps();
  void start_clock();
  // Returns an error when the file is not the one that was opened any more.
  [[nodiscard]] Result<Done> require_in_place() const;
  Result<Done> write_record();
  void count_commit();
  Result<std::int64_t> forget_some(WallTime before, std::int64_t most);
  // Writes a row that has a key, in place of the one that is there.
  Result<Done> replace(TableId table, Statement& find_sum, Statement& put);
  // Runs a statement that returns the checksums of the rows it deletes. Returns their number.
  Result<std::int64_t> erase(TableId table, Statement& statement);
  Result<bool> insert(TableId table, Statement& statement);

  int lock_;  // on the directory; -1: no lock
  Database database_;
  std::unique_ptr<Statements> statements_;
  RecordClock clock_;
  Timeline timeline_;
  Record record_;
  Totals totals_{};       // with the open transaction
  Totals stored_{};       // as committed
  Totals before_part_{};  // at begin_part()
  int commits_file_ = -1;
  std::int64_t lost_ = 0;
  std::string lost_rows_;
  std::optional<ClockStep> step_at_open_;
  std::string refusal_;
};

// Reads a row. Columns from `first` on are ipv4, psid, ports, b4, br, origin, since.
StoredBinding read_binding(const Statement& row, int first = 0);
inline constexpr std::string_view kBindingColumns = table_of(TableId::kBinding).columns;
// Reads a row. Columns from `first` on are statement, origin, since. The statements were written by this
// program.
Result<StoredRule> read_rule(const Statement& row, int first = 0);
WallTime read_time(const Statement& row, int column);
// Returns the columns of a table, and one that is 0 if the row is damaged.
std::string columns_and_soundness(TableId table);
// Returns the error of a damaged row.
Error damaged(TableId table);
// Returns whether the error is that of a damaged row.
bool is_of_damaged_row(const Error& error);

}  // namespace softwire::controlplane
