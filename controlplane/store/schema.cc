// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/store/schema.h"

#include <array>
#include <string>

namespace softwire::controlplane {

namespace {

// Identifies the file's program in its header (SQLite's application_id): "SWRD".
constexpr std::int64_t kApplication = 0x53575244;

// One migration from each version to the next. A released migration never changes. ports: psid-offset * 256 +
// psid-len; since, until: milliseconds since 1970; origin, reason: see origin.h.
constexpr std::array<const char*, 2> kMigrations = {
    R"(
CREATE TABLE binding (
  ipv4 INTEGER NOT NULL, psid INTEGER NOT NULL, ports INTEGER NOT NULL, b4 BLOB NOT NULL, br BLOB NOT NULL,
  origin INTEGER NOT NULL, since INTEGER NOT NULL, PRIMARY KEY (ipv4, psid)) WITHOUT ROWID;
CREATE INDEX binding_by_b4 ON binding (b4);
CREATE TABLE ended_binding (
  id INTEGER PRIMARY KEY, ipv4 INTEGER NOT NULL, psid INTEGER NOT NULL, ports INTEGER NOT NULL,
  b4 BLOB NOT NULL, br BLOB NOT NULL, origin INTEGER NOT NULL, since INTEGER NOT NULL,
  until INTEGER NOT NULL, reason INTEGER NOT NULL);
CREATE INDEX ended_binding_by_ipv4 ON ended_binding (ipv4, until);
CREATE INDEX ended_binding_by_b4 ON ended_binding (b4, until);
CREATE INDEX ended_binding_by_until ON ended_binding (until);
CREATE TABLE rule (
  statement TEXT PRIMARY KEY, origin INTEGER NOT NULL, since INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE ended_rule (
  id INTEGER PRIMARY KEY, statement TEXT NOT NULL, origin INTEGER NOT NULL, since INTEGER NOT NULL,
  until INTEGER NOT NULL, reason INTEGER NOT NULL);
CREATE INDEX ended_rule_by_until ON ended_rule (until);
CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
)",
    // Leases. Each has a binding whose origin is a lease.
    R"(
CREATE TABLE lease (
  ipv4 INTEGER NOT NULL, psid INTEGER NOT NULL, client BLOB NOT NULL, expires INTEGER NOT NULL,
  server INTEGER NOT NULL, PRIMARY KEY (ipv4, psid)) WITHOUT ROWID;
)",
};

}  // namespace

std::int64_t schema_version() {
  return static_cast<std::int64_t>(kMigrations.size());
}

Result<Done> migrate(Database& database, const std::string& path) {
  if (auto begun = database.run("BEGIN IMMEDIATE"); !begun) return begun;
  const auto change = [&]() -> Result<Done> {
    const auto version = database.integer("PRAGMA user_version");
    if (!version) return version.error();
    const auto application = database.integer("PRAGMA application_id");
    if (!application) return application.error();
    const auto tables = database.integer("SELECT count(*) FROM sqlite_schema");
    if (!tables) return tables.error();
    if (*tables != 0 && *application != kApplication) {
      return Error{path + ": is a database of another program; give another directory as state"};
    }
    if (*version > schema_version()) {
      return Error{path + ": was written by a later softwired (table version " + std::to_string(*version) +
                   ", this one supports " + std::to_string(schema_version()) +
                   "); install the later softwired, or give another directory as state"};
    }
    for (auto next = static_cast<std::size_t>(*version); next < kMigrations.size(); ++next) {
      if (auto migrated = database.run(kMigrations[next]); !migrated) return migrated;
    }
    if (*version == schema_version()) return Done{};
    const std::string mark = "PRAGMA user_version = " + std::to_string(schema_version()) +
                             "; PRAGMA application_id = " + std::to_string(kApplication);
    return database.run(mark.c_str());
  }();
  if (!change) {
    (void)database.run("ROLLBACK");
    return change;
  }
  return database.run("COMMIT");
}

}  // namespace softwire::controlplane
