// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/store/store_check.h"

#include <algorithm>
#include <span>
#include <utility>

#include "controlplane/softwires/statements/rule_statement.h"
#include "controlplane/store/row_sum.h"
#include "controlplane/store/schema.h"
#include "controlplane/store/store_files.h"
#include "controlplane/store/totals.h"
#include "softwire/address_text.h"

namespace softwire::controlplane {

std::string lost_changes(std::int64_t count) {
  return "the last " + std::to_string(count) +
         " changes are missing: the journal is damaged, or the database is an older copy";
}

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

std::string one_line(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  return text;
}

void report_lost(const SoftwireStore& store, StoreReport& report) {
  if (store.lost_transactions() == 0) return;
  std::string problem = lost_changes(store.lost_transactions());
  if (!store.lost_rows().empty()) problem += " (" + store.lost_rows() + ")";
  report.problems.push_back(std::move(problem));
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

namespace {

// Adds what SQLite finds. Returns an error when it finds the file not readable at all.
Result<Done> check_pages(Database& database, StoreReport& report) {
  auto integrity = database.prepare("PRAGMA integrity_check(" + std::to_string(StoreReport::kMaxNamed) + ")");
  if (!integrity) return integrity.error();
  for (;;) {
    const auto row = integrity->step();
    if (!row) return row.error();
    if (!*row) return Done{};
    // SQLite gives each line of one fault that it has found in several tables.
    if (integrity->text(0) != "ok") report.problems.push_back(one_line(integrity->text(0)));
  }
}

Result<Done> check_rows(Database& database, StoreReport& report) {
  const auto totals = read_totals(database);
  if (!totals) return totals.error();
  const auto records = database.integer("SELECT count(*) FROM record WHERE sum = " +
                                        sum_of("record", "now, running, boot, begins, commits"));
  if (!records || *records != 1) report.problems.emplace_back("the time of the record is damaged");
  std::vector<Scan> scans;
  for (const StoreTable& table : kStoreTables) {
    auto scanned = scan(database, table);
    if (!scanned) {
      report.problems.push_back(std::string(table.name) + " cannot be read: " + scanned.error().text);
      scanned = Scan{{}, (*totals)[scans.size()]};
    }
    scans.push_back(std::move(*scanned));
  }
  if (auto found = find_orphans(database, scans[0], scans[1]); !found)
    report.problems.push_back(found.error().text);
  for (std::size_t i = 0; i < scans.size(); ++i) {
    report.rows += scans[i].total.rows;
    report_rows(kStoreTables[i], scans[i].bad, report);
    report_total(kStoreTables[i], scans[i].total, (*totals)[i], report);
  }
  return Done{};
}

// Returns an error when the tables of an earlier version are not there.
Result<Done> require_tables(Database& database, const std::string& path) {
  const auto tables = database.integer(
      "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('binding', 'ended_binding', "
      "'rule', 'ended_rule', 'fact')");
  if (!tables) return tables.error();
  constexpr std::int64_t kOfVersion1 = 5;
  if (*tables == kOfVersion1) return Done{};
  return Error{path + ": does not have the tables of softwired"};
}

}  // namespace

Result<StoreReport> check_database(const std::string& path) {
  if (auto checked = check_header(path); !checked) return checked.error();
  auto database = Database::open(path, Database::Access::kReadOnly);
  if (!database) return database.error();
  if (auto set = database->run("PRAGMA query_only = 1; PRAGMA busy_timeout = 2000; BEGIN"); !set) {
    return set.error();
  }
  const auto fit = fit_of(*database);
  if (!fit) return fit.error();
  if (*fit == Fit::kEmpty) return Error{path + ": is empty: it has no tables of softwired"};
  if (auto checked = check_version(*database, path); !checked) return checked.error();
  StoreReport report;
  if (auto checked = check_pages(*database, report); !checked) return checked.error();
  const auto version = database->integer("PRAGMA user_version");
  if (!version) return version.error();
  if (*version != schema_version()) {  // has no checksums
    if (auto required = require_tables(*database, path); !required) return required.error();
    return report;
  }
  if (auto checked = check_rows(*database, report); !checked) return checked.error();
  return report;
}

Result<StoreReport> check_store(const std::string& directory) {
  // The note may be older than the database that is read then, but not newer.
  const CommitNote note = read_commit_note(directory);
  const std::string path = SoftwireStore::path_in(directory);
  auto report = check_database(path);
  if (!report) return report;
  auto database = Database::open(path, Database::Access::kReadOnly);
  if (!database) return database.error();
  const auto commits = database->integer("SELECT commits FROM record");
  if (commits && *commits < note.commits) report->problems.push_back(lost_changes(note.commits - *commits));
  return report;
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
