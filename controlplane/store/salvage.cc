// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/store/salvage.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <numeric>
#include <queue>
#include <utility>

#include "controlplane/store/row_sum.h"
#include "controlplane/store/schema.h"
#include "controlplane/store/store_check.h"
#include "controlplane/store/store_files.h"
#include "controlplane/store/totals.h"

namespace softwire::controlplane {

namespace {

// Attempts to get into the parts of a table that cannot be read. A page that is damaged hides those behind it
// from a reader that comes from either end.
constexpr int kMaxAttempts = 4'000;

std::string id_column(const StoreTable& table) {
  return table.has_id ? "id, " : "";
}

// Copies the sound rows of one table.
class TableCopy {
 public:
  TableCopy(Database& from, SoftwireStore& to, const StoreTable& table)
      : from_(from), to_(to), table_(table) {}

  // Returns an error only when `to` cannot be written.
  Result<Done> run() {
    const std::string columns = id_column(table_) + std::string(table_.columns) + ", sum";
    count_ = static_cast<int>(std::ranges::count(columns, ',')) + 1;
    std::string places = "?1";
    for (int i = 2; i <= count_; ++i) places += ", ?" + std::to_string(i);
    auto put = to_.database().prepare("INSERT OR IGNORE INTO " + std::string(table_.name) + " (" + columns +
                                      ") VALUES (" + places + ")");
    if (!put) return put.error();
    put_ = std::move(*put);
    if (has_number()) return copy_numbered(columns);
    for (const bool backwards : {false, true}) {
      const auto all = copy(select(columns, "", backwards), nullptr);
      if (!all) return all.error();
      if (*all) break;
    }
    return Done{};
  }

 private:
  // A part of the keys, without its ends.
  struct Gap {
    std::int64_t first;
    std::int64_t last;
    // Differences of damaged numbers do not fit into 63 bits.
    [[nodiscard]] std::uint64_t width() const {
      return static_cast<std::uint64_t>(last) - static_cast<std::uint64_t>(first);
    }
    friend bool operator<(const Gap& one, const Gap& other) { return one.width() < other.width(); }
  };

  // Returns whether the key is a number, or an address and a PSID, which are one number of 48 bits.
  [[nodiscard]] bool has_number() const { return table_.has_id || table_.key == "ipv4, psid"; }
  [[nodiscard]] std::int64_t key_of(const Statement& row) const {
    if (table_.has_id) return row.integer(0);
    return static_cast<std::int64_t>((static_cast<std::uint64_t>(row.integer(0)) << 16) +
                                     static_cast<std::uint64_t>(row.integer(1)));
  }
  [[nodiscard]] std::string select(const std::string& columns, const std::string& where,
                                   bool backwards) const {
    std::string order(table_.key);
    if (backwards) {
      if (const auto comma = order.find(','); comma != std::string::npos) order.insert(comma, " DESC");
      order += " DESC";
    }
    return "SELECT " + columns + " FROM " + std::string(table_.name) +
           " WHERE sum = " + sum_of(table_.name, table_.columns) + where + " ORDER BY " + order;
  }

  // Copies the rows of the query until the first one that cannot be read. Sets `reached` to the last key.
  // Returns whether all were read.
  Result<bool> copy(const std::string& sql, std::int64_t* reached, const Gap& gap = Gap{0, 0}) {
    auto rows = from_.prepare(sql);
    if (!rows) return false;
    if (reached != nullptr && table_.has_id) {
      rows->bind(1, gap.first).bind(2, gap.last);
    } else if (reached != nullptr) {
      rows->bind(1, gap.first >> 16)
          .bind(2, gap.first & 0xffff)
          .bind(3, gap.last >> 16)
          .bind(4, gap.last & 0xffff);
    }
    for (;;) {
      const auto row = rows->step();
      if (!row) return false;
      if (!*row) return true;
      for (int i = 0; i < count_; ++i) put_.bind_column(i + 1, *rows, i);
      // A value that the schema forbids was not written by softwired.
      if (const auto done = put_.run_unless_constraint(); !done) return done.error();
      if (reached != nullptr) *reached = key_of(*rows);
    }
  }

  // Reads each part from both ends. Then tries the halves of what is between, the widest first.
  Result<Done> copy_numbered(const std::string& columns) {
    const std::string within = table_.has_id ? " AND id > ?1 AND id < ?2"
                                             : " AND (ipv4, psid) > (?1, ?2) AND (ipv4, psid) < (?3, ?4)";
    const std::string forwards = select(columns, within, false);
    const std::string backwards = select(columns, within, true);
    std::priority_queue<Gap> gaps;
    gaps.push({-1, table_.has_id ? std::numeric_limits<std::int64_t>::max() : std::int64_t{1} << 48});
    for (int i = 0; i < kMaxAttempts && !gaps.empty(); ++i) {
      Gap gap = gaps.top();
      gaps.pop();
      std::int64_t first = gap.first;
      std::int64_t last = gap.last;
      auto all = copy(forwards, &first, gap);
      if (all && !*all) all = copy(backwards, &last, gap);
      if (!all) return all.error();
      if (*all) continue;
      // Keys of rows out of order may lead outside.
      if (first > gap.first && first < gap.last) gap.first = first;
      if (last < gap.last && last > gap.first) gap.last = last;
      const std::int64_t middle = std::midpoint(gap.first, gap.last);
      if (middle <= gap.first + 1) continue;
      gaps.push({gap.first, middle});
      gaps.push({middle - 1, gap.last});
    }
    return Done{};
  }

  Database& from_;
  SoftwireStore& to_;
  const StoreTable& table_;
  Statement put_;
  int count_ = 0;
};

// Copies the row of the record. Returns whether there was a sound one.
Result<bool> copy_record(Database& from, SoftwireStore& to) {
  auto row = from.prepare("SELECT now, running, boot, begins, commits, sum FROM record WHERE sum = " +
                          sum_of("record", "now, running, boot, begins, commits"));
  if (!row) return false;
  const auto found = row->step();
  if (!found || !*found) return false;
  auto put = to.database().prepare(
      "UPDATE record SET now = ?1, running = ?2, boot = ?3, begins = ?4, commits = ?5, sum = ?6");
  if (!put) return put.error();
  for (int i = 0; i < 6; ++i) put->bind_column(i + 1, *row, i);
  if (auto done = put->run(); !done) return done.error();
  return true;
}

// Lets the record begin at the latest time that is found.
Result<Done> make_record(SoftwireStore& to) {
  const std::string columns = "now, running, boot, begins, commits";
  const std::string latest =
      "(SELECT max(t) FROM (SELECT max(since) AS t FROM binding UNION ALL SELECT max(since) FROM rule UNION "
      "ALL SELECT max(until) FROM ended_binding UNION ALL SELECT max(until) FROM ended_rule UNION ALL SELECT "
      "begins FROM record))";
  const std::string sql = "UPDATE record SET now = " + latest +
                          ", running = 0, boot = ''; UPDATE record SET sum = " + sum_of("record", columns);
  return to.database().run(sql.c_str());
}

bool is_known(std::int64_t count) {
  return count >= 0;
}

// Sets the counts that are not known yet to those of the database.
void read_counts(Database& database, RowCounts& had) {
  const auto totals = read_totals(database);
  if (!totals) return;
  for (std::size_t i = 0; i < had.size(); ++i) {
    if (!is_known(had[i])) had[i] = (*totals)[i].rows;
  }
}

// Opens a database for reading. Sets `refusal` when its rows must not be taken.
Result<Database> open_damaged(const std::string& path, std::optional<Error>& refusal) {
  auto database = Database::open(path, Database::Access::kReadOnly);
  if (!database || !database->integer("SELECT count(*) FROM sqlite_schema")) {
    // A directory that is read-only has no room for the files beside the database, or other things are in
    // their places.
    if (auto alone = Database::open("file:" + path + "?immutable=1", Database::Access::kReadOnly);
        alone && alone->integer("SELECT count(*) FROM sqlite_schema")) {
      database = std::move(alone);
    }
  }
  if (!database) return database;
  if (auto set = database->run("PRAGMA query_only = 1; PRAGMA busy_timeout = 2000; BEGIN"); !set) {
    return set.error();
  }
  const auto fit = fit_of(*database);
  if (!fit) return fit.error();
  if (*fit == Fit::kLater || *fit == Fit::kForeign) refusal = check_version(*database, path).error();
  const auto version = database->integer("PRAGMA user_version");
  if (*fit == Fit::kUsable && version && *version != schema_version()) {
    refusal = Error{path + ": is of an earlier softwired and has no checksums; restore a backup"};
  }
  if (refusal) return *refusal;
  return database;
}

class Salvage {
 public:
  Salvage(SoftwireStore& to, bool with_history) : to_(to), with_history_(with_history) { had_.fill(-1); }

  Result<Done> take(Database& from) {
    read_counts(from, had_);
    for (const StoreTable& table : kStoreTables) {
      if (!table.is_loaded && !with_history_) continue;
      if (auto copied = TableCopy(from, to_, table).run(); !copied) return copied;
    }
    if (has_record_) return Done{};
    const auto copied = copy_record(from, to_);
    if (!copied) return copied.error();
    has_record_ = *copied;
    return Done{};
  }
  // Returns whether all rows are there.
  Result<bool> is_complete() {
    const auto lost = lost_rows(had_, to_, with_history_);
    if (!lost) return lost.error();
    return has_record_ && lost->is_known && lost->problems.empty();
  }
  Result<Done> finish() {
    if (has_record_) return Done{};
    return make_record(to_);
  }
  [[nodiscard]] RowCounts& had() { return had_; }
  [[nodiscard]] bool with_history() const { return with_history_; }

 private:
  SoftwireStore& to_;
  bool with_history_;
  RowCounts had_{};
  bool has_record_ = false;
};

// Takes the rows of the database as it is, then those that a mended beginning leads to.
Result<std::string> take_all(const std::string& from, Salvage& salvage, const std::string& work) {
  std::optional<Error> refusal;
  std::string why;
  if (auto regular = require_regular(from); !regular) return regular.error().text;
  const auto take = [&](const std::string& path) -> Result<Done> {
    auto database = open_damaged(path, refusal);
    if (refusal) return *refusal;
    if (!database) {
      if (why.empty()) why = database.error().text;
      return Done{};
    }
    return salvage.take(*database);
  };
  if (auto header = check_header(from); !header) why = header.error().text;
  if (auto taken = take(from); !taken) return taken.error();
  std::error_code error;
  for (const Mend mend : {Mend::kHeader, Mend::kFirstPage}) {
    const auto complete = salvage.is_complete();
    if (!complete) return complete.error();
    if (*complete || work.empty() || std::filesystem::file_size(from, error) == 0 || error) break;
    // A start does not copy a large file for rows that may not be there either.
    if (why.empty() && !salvage.with_history()) break;
    if (auto copied = copy_mended(from, work, mend); !copied) {
      // A start takes what it has; a repair can be tried again.
      if (salvage.with_history()) return copied.error();
      break;
    }
    std::string of_file = std::exchange(why, "mended");
    const auto taken = take(work);
    why = std::move(of_file);
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(work + suffix, error);
    if (!taken) return taken.error();
  }
  return why;
}

}  // namespace

Result<Salvaged> copy_sound_rows(const std::string& from, SoftwireStore& to, bool with_history,
                                 const std::string& work) {
  if (auto begun = to.database().run("BEGIN IMMEDIATE"); !begun) return begun.error();
  Salvage salvage(to, with_history);
  const auto copy = [&]() -> Result<std::string> {
    auto why = take_all(from, salvage, work);
    if (!why) return why;
    if (auto finished = salvage.finish(); !finished) return finished.error();
    if (auto counted = count_totals(to.database()); !counted) return counted.error();
    return why;
  };
  const auto why = copy();
  if (!why) {
    to.database().roll_back();
    return why.error();
  }
  if (auto committed = to.database().run("COMMIT"); !committed) return committed.error();
  if (auto loaded = to.load_again(); !loaded) return loaded.error();
  const auto report = check_loaded_rows(to);  // leases without bindings, and the other way round
  if (!report) return report.error();
  // The note beside the database tells the numbers when the database cannot.
  const CommitNote note = read_commit_note(std::filesystem::path(from).parent_path().string());
  for (std::size_t i = 0; note.rows && i < note.rows->size(); ++i) {
    if (!is_known(salvage.had()[i])) salvage.had()[i] = (*note.rows)[i];
  }
  return Salvaged{report->rows, salvage.had(), *why};
}

Result<Done> copy_missing_rows(SoftwireStore& from, SoftwireStore& to) {
  if (auto begun = to.database().run("BEGIN IMMEDIATE"); !begun) return begun;
  const auto copy = [&]() -> Result<Done> {
    for (const StoreTable& table : kStoreTables) {
      // Numbers of rows are those of one store only.
      if (table.has_id) continue;
      if (auto copied = TableCopy(from.database(), to, table).run(); !copied) return copied;
    }
    return count_totals(to.database());
  };
  if (auto copied = copy(); !copied) {
    to.database().roll_back();
    return copied;
  }
  if (auto committed = to.database().run("COMMIT"); !committed) return committed;
  return to.load_again();
}

Result<LostRows> lost_rows(const RowCounts& had, SoftwireStore& now, bool with_history) {
  LostRows lost;
  for (std::size_t i = 0; i < had.size(); ++i) {
    const StoreTable& table = kStoreTables[i];
    if (!table.is_loaded && !with_history) continue;
    if (!is_known(had[i])) {
      lost.is_known = false;
      continue;
    }
    const auto count = now.database().integer("SELECT count(*) FROM " + std::string(table.name));
    if (!count) return count.error();
    if (*count >= had[i]) continue;
    lost.problems.push_back(std::string(table.name) + ": " + std::to_string(had[i] - *count) + " of " +
                            std::to_string(had[i]) + " rows are lost");
  }
  return lost;
}

}  // namespace softwire::controlplane
