// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/store/store_check.h"

#include <algorithm>
#include <span>
#include <utility>

#include "controlplane/softwires/statements/rule_statement.h"
#include "controlplane/store/row_sum.h"
#include "controlplane/store/schema.h"
#include "controlplane/store/totals.h"
#include "softwire/address_text.h"

namespace softwire::controlplane {

namespace {

// With more damaged rows than this, the file is damaged, not its rows.
constexpr std::size_t kMaxTakenOut = 1'000;

// A row that must not be used: its key for SQL, and why.
struct BadRow {
  std::string where;  // "ipv4 = 3221225985 AND psid = 0"
  std::string name;   // for people
  std::string why;
  std::int64_t sum = 0;  // the checksum that is stored in it
};

std::string id_column(const StoreTable& table) {
  return table.has_id ? "id, " : "";
}

// Returns the first columns as they are in the key of the table.
BadRow name_row(const StoreTable& table, const Statement& row, std::string why) {
  if (table.has_id) {
    const std::string id = std::to_string(row.integer(0));
    return {"id = " + id, "row " + id, std::move(why)};
  }
  if (table.key == "ipv4, psid") {
    const std::string ipv4 = std::to_string(row.integer(0));
    const std::string psid = std::to_string(row.integer(1));
    return {"ipv4 = " + ipv4 + " AND psid = " + psid,
            to_string(Ipv4Address::from_host(static_cast<std::uint32_t>(row.integer(0)))) + " psid " + psid,
            std::move(why)};
  }
  std::string quoted = "'";
  for (const char c : row.text(0)) quoted += c == '\'' ? "''" : std::string(1, c);
  return {std::string(table.key) + " = " + quoted + "'", "'" + row.text(0) + "'", std::move(why)};
}

struct Scan {
  std::vector<BadRow> bad;
  Total total;
};

// Reads all rows of a table.
Result<Scan> scan(Database& database, const StoreTable& table) {
  const std::string columns = id_column(table) + std::string(table.columns);
  auto rows = database.prepare("SELECT " + columns + ", sum, sum = " + sum_of(table.name, table.columns) +
                               " FROM " + std::string(table.name));
  if (!rows) return rows.error();
  const auto sum_column = static_cast<int>(std::ranges::count(columns, ',')) + 1;
  const bool is_rule = table.name == table_of(TableId::kRule).name;
  Scan scan;
  for (;;) {
    const auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return scan;
    const std::int64_t sum = rows->integer(sum_column);
    scan.total.add(sum);
    const bool is_sound = rows->integer(sum_column + 1) != 0;
    if (is_sound && !(is_rule && !parse_stored_rule(rows->text(0)))) continue;
    scan.bad.push_back(name_row(table, *rows, is_sound ? "is no rule" : "is damaged"));
    scan.bad.back().sum = sum;
    // A key that is damaged may be that of a sound row.
    if (!is_sound) scan.bad.back().where += " AND sum <> " + sum_of(table.name, table.columns);
  }
}

// Adds the rows of the query, which returns ipv4 and psid, to the bad ones.
Result<Done> add_orphans(Database& database, const StoreTable& table, const char* sql, const char* why,
                         std::vector<BadRow>& bad) {
  auto rows = database.prepare(sql);
  if (!rows) return rows.error();
  for (;;) {
    const auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return Done{};
    BadRow orphan = name_row(table, *rows, why);
    const auto same = [&orphan](const BadRow& other) { return other.where == orphan.where; };
    if (std::ranges::none_of(bad, same)) bad.push_back(std::move(orphan));
  }
}

// A lease and its binding are useless without each other.
Result<Done> find_orphans(Database& database, Scan& bindings, Scan& leases) {
  auto found = add_orphans(database, table_of(TableId::kBinding),
                           "SELECT ipv4, psid FROM binding WHERE origin = 2 AND (ipv4, psid) NOT IN "
                           "(SELECT ipv4, psid FROM lease)",
                           "is of a lease that is not there", bindings.bad);
  if (!found) return found;
  return add_orphans(database, table_of(TableId::kLease),
                     "SELECT ipv4, psid FROM lease WHERE (ipv4, psid) NOT IN "
                     "(SELECT ipv4, psid FROM binding WHERE origin = 2)",
                     "has no binding", leases.bad);
}

void report_rows(const StoreTable& table, const std::vector<BadRow>& bad, StoreReport& report) {
  const std::string name(table.name);
  for (const BadRow& row : std::span(bad).first(std::min(bad.size(), StoreReport::kMaxNamed))) {
    report.problems.push_back(name + " " + row.name + " " + row.why);
  }
  if (bad.size() > StoreReport::kMaxNamed) {
    report.problems.push_back(name + ": " + std::to_string(bad.size() - StoreReport::kMaxNamed) +
                              " more rows are damaged");
  }
}

void report_total(const StoreTable& table, const Total& counted, const Total& stored, StoreReport& report) {
  if (counted == stored) return;
  const std::string name(table.name);
  if (stored.rows < 0) {
    report.problems.push_back(name + ": the total is damaged, so rows may be missing");
  } else if (counted.rows < stored.rows) {
    report.problems.push_back(name + ": " + std::to_string(stored.rows - counted.rows) + " rows are missing");
  } else if (counted.rows > stored.rows) {
    report.problems.push_back(name + ": " + std::to_string(counted.rows - stored.rows) +
                              " rows were not written by softwired");
  } else {
    report.problems.push_back(name + ": rows are not those that softwired has written");
  }
}

// Moves rows to the quarantine. `are_counted`: they are in the total. Requires: a transaction.
Result<Done> take_out(SoftwireStore& store, TableId id, const std::vector<BadRow>& bad, bool are_counted) {
  const StoreTable& table = table_of(id);
  if (bad.size() > kMaxTakenOut) {
    return Error{std::string(table.name) + ": " + std::to_string(bad.size()) + " rows are damaged"};
  }
  std::string contents;
  for (std::size_t begin = 0; begin < table.columns.size();) {
    const std::size_t end = std::min(table.columns.find(", ", begin), table.columns.size());
    contents += std::string(contents.empty() ? "" : " || ', ' || ") + "quote(" +
                std::string(table.columns.substr(begin, end - begin)) + ")";
    begin = end + 2;
  }
  for (const BadRow& row : bad) {
    auto kept = store.database().prepare("INSERT INTO quarantine (name, contents, reason, at) SELECT ?1, " +
                                         contents + ", ?2, ?3 FROM " + std::string(table.name) + " WHERE " +
                                         row.where);
    if (!kept) return kept.error();
    kept->bind(1, table.name)
        .bind(2, std::string_view(row.why))
        .bind(3, store.now().time_since_epoch().count());
    if (auto run = kept->run(); !run) return run;
    auto removed = store.database().prepare("DELETE FROM " + std::string(table.name) + " WHERE " + row.where +
                                            " RETURNING sum");
    if (!removed) return removed.error();
    bool is_out = false;
    for (;;) {
      const auto one = removed->step();
      if (!one) return one.error();
      if (!*one) break;
      if (are_counted && store.total(id).rows > 0) store.total(id).remove(removed->integer(0));
      is_out = true;
    }
    // A row that is not where its key belongs cannot be found by it.
    if (!is_out) return Error{std::string(table.name) + " " + row.name + " is damaged beyond its row"};
  }
  return Done{};
}

void report_lost(const SoftwireStore& store, StoreReport& report) {
  if (store.lost_transactions() == 0) return;
  report.problems.push_back("the last " + std::to_string(store.lost_transactions()) +
                            " changes are missing: the journal is damaged, or the database is an older copy");
}

// Returns whether the total has the damaged rows. It does not have rows that another program has written.
bool are_counted(const Scan& scan, const Total& stored) {
  Total without = scan.total;
  for (const BadRow& row : scan.bad) without.remove(row.sum);
  return scan.bad.empty() || without != stored;
}

// Checks tables, takes their damaged rows out, and reports. Requires: a transaction.
Result<StoreReport> check_tables(SoftwireStore& store, bool with_history) {
  std::vector<Scan> scans;
  for (const StoreTable& table : kStoreTables) {
    if (!table.is_loaded && !with_history) continue;
    auto scanned = scan(store.database(), table);
    if (!scanned) return scanned.error();
    scans.push_back(std::move(*scanned));
  }
  StoreReport report;
  // First the damaged rows, for these make orphans.
  for (const bool are_orphans : {false, true}) {
    std::vector<bool> counted(scans.size(), true);
    if (are_orphans) {
      for (Scan& one : scans) one.bad.clear();
      if (auto found = find_orphans(store.database(), scans[0], scans[1]); !found) return found.error();
    }
    for (std::size_t i = 0; i < scans.size(); ++i) {
      const auto id = static_cast<TableId>(i);
      if (!are_orphans) {
        report.rows += scans[i].total.rows;
        report_total(table_of(id), scans[i].total, store.total(id), report);
        counted[i] = are_counted(scans[i], store.total(id));
      }
      report_rows(table_of(id), scans[i].bad, report);
      if (auto taken = take_out(store, id, scans[i].bad, counted[i]); !taken) return taken.error();
    }
  }
  report_lost(store, report);
  return report;
}

Result<StoreReport> check_and_commit(SoftwireStore& store, bool is_repair) {
  if (auto begun = store.begin(); !begun) return begun.error();
  auto report = check_tables(store, is_repair);
  if (report && is_repair) {
    if (auto accepted = store.accept_rows(); !accepted) report = accepted.error();
  }
  if (!report || (report->is_sound() && !is_repair)) {
    store.rollback();
    return report;
  }
  if (auto committed = store.commit(); !committed) return committed.error();
  return report;
}

}  // namespace

Result<StoreReport> check_loaded_rows(SoftwireStore& store) {
  return check_and_commit(store, false);
}

Result<StoreReport> repair_rows(SoftwireStore& store) {
  // An index that misses rows hides them from the check.
  if (auto made = store.database().run("REINDEX"); !made) return made.error();
  return check_and_commit(store, true);
}

Result<StoreReport> check_database(const std::string& path) {
  auto database = Database::open(path, Database::Access::kReadOnly);
  if (!database) return database.error();
  if (auto set = database->run("PRAGMA query_only = 1; PRAGMA busy_timeout = 2000; BEGIN"); !set) {
    return set.error();
  }
  if (auto checked = check_version(*database, path); !checked) return checked.error();
  StoreReport report;
  auto integrity =
      database->prepare("PRAGMA integrity_check(" + std::to_string(StoreReport::kMaxNamed) + ")");
  if (!integrity) return integrity.error();
  for (;;) {
    const auto row = integrity->step();
    if (!row) return row.error();
    if (!*row) break;
    if (integrity->text(0) != "ok") report.problems.push_back(integrity->text(0));
  }
  const auto version = database->integer("PRAGMA user_version");
  if (!version) return version.error();
  if (*version != schema_version()) return report;  // has no checksums
  const auto totals = read_totals(*database);
  if (!totals) return totals.error();
  std::vector<Scan> scans;
  for (const StoreTable& table : kStoreTables) {
    auto scanned = scan(*database, table);
    if (!scanned) {
      report.problems.push_back(std::string(table.name) + " cannot be read: " + scanned.error().text);
      scanned = Scan{{}, (*totals)[scans.size()]};
    }
    scans.push_back(std::move(*scanned));
  }
  if (auto found = find_orphans(*database, scans[0], scans[1]); !found)
    report.problems.push_back(found.error().text);
  for (std::size_t i = 0; i < scans.size(); ++i) {
    report.rows += scans[i].total.rows;
    report_rows(kStoreTables[i], scans[i].bad, report);
    report_total(kStoreTables[i], scans[i].total, (*totals)[i], report);
  }
  return report;
}

namespace {

// Copies rows from one end of the table until the first one that cannot be read. Returns whether all were
// read.
Result<bool> copy_rows(Database& from, SoftwireStore& to, const StoreTable& table, bool backwards) {
  const std::string columns = id_column(table) + std::string(table.columns) + ", sum";
  auto rows = from.prepare("SELECT " + columns + " FROM " + std::string(table.name) +
                           " WHERE sum = " + sum_of(table.name, table.columns) + " ORDER BY " +
                           (backwards && !table.has_id && table.key == "ipv4, psid"
                                ? std::string("ipv4 DESC, psid DESC")
                                : std::string(table.key) + (backwards ? " DESC" : "")));
  if (!rows) return false;
  std::string places = "?1";
  const auto count = static_cast<int>(std::ranges::count(columns, ',')) + 1;
  for (int i = 2; i <= count; ++i) places += ", ?" + std::to_string(i);
  auto put = to.database().prepare("INSERT OR IGNORE INTO " + std::string(table.name) + " (" + columns +
                                   ") VALUES (" + places + ")");
  if (!put) return put.error();
  for (;;) {
    const auto row = rows->step();
    if (!row) return false;
    if (!*row) return true;
    for (int i = 0; i < count; ++i) put->bind_column(i + 1, *rows, i);
    if (auto done = put->run(); !done) return done.error();
  }
}

// The record goes on where it was. Without its row, it begins at the latest time that is found.
Result<Done> copy_record(Database& from, SoftwireStore& to) {
  auto row = from.prepare("SELECT now, running, boot, begins, commits, sum FROM record WHERE sum = " +
                          sum_of("record", "now, running, boot, begins, commits"));
  if (row) {
    const auto found = row->step();
    if (found && *found) {
      auto put = to.database().prepare(
          "UPDATE record SET now = ?1, running = ?2, boot = ?3, begins = ?4, commits = ?5, sum = ?6");
      if (!put) return put.error();
      for (int i = 0; i < 6; ++i) put->bind_column(i + 1, *row, i);
      return put->run();
    }
  }
  const std::string columns = "now, running, boot, begins, commits";
  const std::string latest =
      "(SELECT max(t) FROM (SELECT max(since) AS t FROM binding UNION ALL SELECT max(since) FROM rule UNION "
      "ALL "
      "SELECT max(until) FROM ended_binding UNION ALL SELECT max(until) FROM ended_rule UNION ALL SELECT "
      "begins "
      "FROM record))";
  const std::string sql = "UPDATE record SET now = " + latest +
                          ", running = 0, boot = ''; UPDATE record SET sum = " + sum_of("record", columns);
  return to.database().run(sql.c_str());
}

}  // namespace

Result<std::int64_t> copy_sound_rows(const std::string& from, SoftwireStore& to, bool with_history) {
  auto database = Database::open(from, Database::Access::kReadOnly);
  if (database && !database->integer("SELECT count(*) FROM sqlite_schema")) {
    // A directory that is read-only has no room for the files beside the database.
    database = Database::open("file:" + from + "?immutable=1", Database::Access::kReadOnly);
  }
  if (!database) return database.error();
  if (auto checked = check_version(*database, from); !checked) return checked.error();
  const auto version = database->integer("PRAGMA user_version");
  if (!version) return version.error();
  if (*version != schema_version()) {
    return Error{from + ": is of an earlier softwired and has no checksums; restore a backup"};
  }
  if (auto begun = to.database().run("BEGIN IMMEDIATE"); !begun) return begun.error();
  const auto copy = [&]() -> Result<Done> {
    for (const StoreTable& table : kStoreTables) {
      if (!table.is_loaded && !with_history) continue;
      const auto all = copy_rows(*database, to, table, false);
      if (!all) return all.error();
      if (*all) continue;
      if (const auto rest = copy_rows(*database, to, table, true); !rest) return rest.error();
    }
    if (auto copied = copy_record(*database, to); !copied) return copied;
    return count_totals(to.database());
  };
  if (auto copied = copy(); !copied) {
    to.database().roll_back();
    return copied.error();
  }
  if (auto committed = to.database().run("COMMIT"); !committed) return committed.error();
  if (auto loaded = to.load_again(); !loaded) return loaded.error();
  const auto report = check_loaded_rows(to);  // leases without bindings, and the other way round
  if (!report) return report.error();
  return report->rows;
}

Result<std::vector<Quarantined>> quarantined(SoftwireStore& store, std::size_t most) {
  auto rows =
      store.database().prepare("SELECT name, contents, reason FROM quarantine ORDER BY id DESC LIMIT ?");
  if (!rows) return rows.error();
  rows->bind(1, static_cast<std::int64_t>(most));
  std::vector<Quarantined> found;
  for (;;) {
    const auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return found;
    found.push_back({rows->text(0), rows->text(1), rows->text(2)});
  }
}

}  // namespace softwire::controlplane
