// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/store/schema.h"

#include <algorithm>
#include <array>
#include <string>

#include "controlplane/store/totals.h"

namespace softwire::controlplane {

namespace {

// Identifies the file's program in its header (SQLite's application_id): "SWRD".
constexpr std::int64_t kApplication = 0x53575244;

// One migration from each version to the next. A released migration never changes. ports: psid-offset * 256 +
// psid-len; since, until: milliseconds since 1970; origin, reason: see origin.h.
constexpr std::array<const char*, 3> kMigrations = {
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
    // Checksums, limits of every column, times that never run backwards. sum: see row_sum.h. Times are those
    // of the record (timeline.h). 253402300799999 is the end of the year 9999. The temporary table
    // `migration` has `now`, the last time of the record, and `later`, the milliseconds from then to the
    // system time.
    R"(
ALTER TABLE binding RENAME TO old_binding;
ALTER TABLE lease RENAME TO old_lease;
ALTER TABLE rule RENAME TO old_rule;
ALTER TABLE fact RENAME TO old_fact;
ALTER TABLE ended_binding RENAME TO old_ended_binding;
ALTER TABLE ended_rule RENAME TO old_ended_rule;
DROP INDEX binding_by_b4;
DROP INDEX ended_binding_by_ipv4;
DROP INDEX ended_binding_by_b4;
DROP INDEX ended_binding_by_until;
DROP INDEX ended_rule_by_until;

CREATE TABLE binding (
  ipv4 INTEGER NOT NULL CHECK (ipv4 BETWEEN 0 AND 4294967295),
  psid INTEGER NOT NULL CHECK (psid BETWEEN 0 AND 65535),
  ports INTEGER NOT NULL CHECK (ports >= 0 AND ports / 256 + ports % 256 <= 16),
  b4 BLOB NOT NULL CHECK (length(b4) = 16),
  br BLOB NOT NULL CHECK (length(br) = 16),
  origin INTEGER NOT NULL CHECK (origin BETWEEN 0 AND 2),
  since INTEGER NOT NULL CHECK (since BETWEEN 0 AND 253402300799999),
  sum INTEGER NOT NULL CHECK (sum BETWEEN 1 AND 4611686018427387903),
  CHECK (psid < 1 << ports % 256),
  PRIMARY KEY (ipv4, psid)) STRICT, WITHOUT ROWID;
CREATE TABLE lease (
  ipv4 INTEGER NOT NULL CHECK (ipv4 BETWEEN 0 AND 4294967295),
  psid INTEGER NOT NULL CHECK (psid BETWEEN 0 AND 65535),
  client BLOB NOT NULL CHECK (length(client) BETWEEN 2 AND 256),
  expires INTEGER NOT NULL CHECK (expires BETWEEN 0 AND 253402300799999 OR expires = 9223372036854775807),
  server INTEGER NOT NULL CHECK (server BETWEEN 0 AND 4294967295),
  sum INTEGER NOT NULL CHECK (sum BETWEEN 1 AND 4611686018427387903),
  PRIMARY KEY (ipv4, psid)) STRICT, WITHOUT ROWID;
CREATE TABLE rule (
  statement TEXT PRIMARY KEY CHECK (length(statement) BETWEEN 1 AND 1024),
  origin INTEGER NOT NULL CHECK (origin BETWEEN 0 AND 1),
  since INTEGER NOT NULL CHECK (since BETWEEN 0 AND 253402300799999),
  sum INTEGER NOT NULL CHECK (sum BETWEEN 1 AND 4611686018427387903)) STRICT, WITHOUT ROWID;
CREATE TABLE fact (
  name TEXT PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 64),
  value TEXT NOT NULL CHECK (length(value) <= 1024),
  sum INTEGER NOT NULL CHECK (sum BETWEEN 1 AND 4611686018427387903)) STRICT, WITHOUT ROWID;
CREATE TABLE ended_binding (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  ipv4 INTEGER NOT NULL CHECK (ipv4 BETWEEN 0 AND 4294967295),
  psid INTEGER NOT NULL CHECK (psid BETWEEN 0 AND 65535),
  ports INTEGER NOT NULL CHECK (ports >= 0 AND ports / 256 + ports % 256 <= 16),
  b4 BLOB NOT NULL CHECK (length(b4) = 16),
  br BLOB NOT NULL CHECK (length(br) = 16),
  origin INTEGER NOT NULL CHECK (origin BETWEEN 0 AND 2),
  since INTEGER NOT NULL CHECK (since BETWEEN 0 AND 253402300799999),
  until INTEGER NOT NULL CHECK (until BETWEEN since AND 253402300799999),
  reason INTEGER NOT NULL CHECK (reason BETWEEN 0 AND 6),
  sum INTEGER NOT NULL CHECK (sum BETWEEN 1 AND 4611686018427387903),
  CHECK (psid < 1 << ports % 256)) STRICT;
CREATE TABLE ended_rule (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  statement TEXT NOT NULL CHECK (length(statement) BETWEEN 1 AND 1024),
  origin INTEGER NOT NULL CHECK (origin BETWEEN 0 AND 1),
  since INTEGER NOT NULL CHECK (since BETWEEN 0 AND 253402300799999),
  until INTEGER NOT NULL CHECK (until BETWEEN since AND 253402300799999),
  reason INTEGER NOT NULL CHECK (reason BETWEEN 0 AND 6),
  sum INTEGER NOT NULL CHECK (sum BETWEEN 1 AND 4611686018427387903)) STRICT;
CREATE TABLE clock_step (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL CHECK (at BETWEEN 0 AND 253402300799999),
  before INTEGER NOT NULL,
  after INTEGER NOT NULL,
  cause INTEGER NOT NULL CHECK (cause BETWEEN 0 AND 1),
  sum INTEGER NOT NULL CHECK (sum BETWEEN 1 AND 4611686018427387903)) STRICT;
CREATE TABLE record (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  now INTEGER NOT NULL CHECK (now BETWEEN 0 AND 253402300799999),
  running INTEGER NOT NULL CHECK (running >= 0),
  boot TEXT NOT NULL CHECK (length(boot) <= 64),
  begins INTEGER NOT NULL CHECK (begins BETWEEN 0 AND 253402300799999),
  commits INTEGER NOT NULL CHECK (commits >= 0),
  sum INTEGER NOT NULL CHECK (sum BETWEEN 1 AND 4611686018427387903)) STRICT;
CREATE TABLE total (
  name TEXT PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 64),
  rows INTEGER NOT NULL CHECK (rows >= 0),
  sums INTEGER NOT NULL CHECK (sums BETWEEN 0 AND 4611686018427387903),
  sum INTEGER NOT NULL CHECK (sum BETWEEN 1 AND 4611686018427387903)) STRICT, WITHOUT ROWID;
CREATE TABLE quarantine (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL, contents TEXT NOT NULL, reason TEXT NOT NULL, at INTEGER NOT NULL) STRICT;

INSERT OR IGNORE INTO binding SELECT ipv4, psid, ports, b4, br, origin, least,
    softwire_sum('binding', ipv4, psid, ports, b4, br, origin, least)
  FROM (SELECT *, min(since, (SELECT now FROM migration)) AS least FROM old_binding
    WHERE typeof(ipv4) || typeof(psid) || typeof(ports) || typeof(b4) || typeof(br) || typeof(origin) ||
      typeof(since) = 'integerintegerintegerblobblobintegerinteger');
INSERT INTO quarantine (name, contents, reason, at)
  SELECT 'binding', quote(ipv4) || ', ' || quote(psid) || ', ' || quote(ports) || ', ' || quote(b4) || ', ' ||
    quote(br) || ', ' || quote(origin) || ', ' || quote(since),
    iif((ipv4, psid) IN (SELECT ipv4, psid FROM binding), 'the time was in the future', 'a value is not valid'),
    (SELECT now FROM migration)
  FROM old_binding WHERE (ipv4, psid) NOT IN (SELECT ipv4, psid FROM binding)
    OR since > (SELECT now FROM migration);
INSERT OR IGNORE INTO lease SELECT ipv4, psid, client, sooner, server,
    softwire_sum('lease', ipv4, psid, client, sooner, server)
  FROM (SELECT *, iif(expires = 9223372036854775807, expires,
      max(0, expires - (SELECT later FROM migration))) AS sooner FROM old_lease
    WHERE typeof(ipv4) || typeof(psid) || typeof(client) || typeof(expires) || typeof(server) =
      'integerintegerblobintegerinteger');
INSERT INTO quarantine (name, contents, reason, at)
  SELECT 'lease', quote(ipv4) || ', ' || quote(psid) || ', ' || quote(client) || ', ' || quote(expires) || ', ' ||
    quote(server), 'a value is not valid', (SELECT now FROM migration)
  FROM old_lease WHERE (ipv4, psid) NOT IN (SELECT ipv4, psid FROM lease);
INSERT OR IGNORE INTO rule SELECT statement, origin, least, softwire_sum('rule', statement, origin, least)
  FROM (SELECT *, min(since, (SELECT now FROM migration)) AS least FROM old_rule
    WHERE typeof(statement) || typeof(origin) || typeof(since) = 'textintegerinteger');
INSERT INTO quarantine (name, contents, reason, at)
  SELECT 'rule', quote(statement) || ', ' || quote(origin) || ', ' || quote(since),
    iif(statement IN (SELECT statement FROM rule), 'the time was in the future', 'a value is not valid'),
    (SELECT now FROM migration)
  FROM old_rule WHERE statement NOT IN (SELECT statement FROM rule) OR since > (SELECT now FROM migration);
INSERT OR IGNORE INTO fact SELECT name, value, softwire_sum('fact', name, value) FROM old_fact
  WHERE typeof(name) || typeof(value) = 'texttext';
INSERT OR IGNORE INTO ended_binding
  SELECT id, ipv4, psid, ports, b4, br, origin, least, last, reason,
    softwire_sum('ended_binding', ipv4, psid, ports, b4, br, origin, least, last, reason)
  FROM (SELECT *, max(min(until, (SELECT now FROM migration)), least) AS last
    FROM (SELECT *, min(since, (SELECT now FROM migration)) AS least FROM old_ended_binding)
    WHERE typeof(ipv4) || typeof(psid) || typeof(ports) || typeof(b4) || typeof(br) || typeof(origin) ||
      typeof(since) || typeof(until) || typeof(reason) =
      'integerintegerintegerblobblobintegerintegerintegerinteger');
INSERT INTO quarantine (name, contents, reason, at)
  SELECT 'ended_binding', id || ', ' || quote(ipv4) || ', ' || quote(psid) || ', ' || quote(ports) || ', ' ||
    quote(b4) || ', ' || quote(br) || ', ' || quote(origin) || ', ' || quote(since) || ', ' || quote(until) ||
    ', ' || quote(reason),
    iif(id IN (SELECT id FROM ended_binding), 'the times ran backwards', 'a value is not valid'),
    (SELECT now FROM migration)
  FROM old_ended_binding WHERE id NOT IN (SELECT id FROM ended_binding) OR until < since
    OR since > (SELECT now FROM migration) OR until > (SELECT now FROM migration);
INSERT OR IGNORE INTO ended_rule
  SELECT id, statement, origin, least, last, reason,
    softwire_sum('ended_rule', statement, origin, least, last, reason)
  FROM (SELECT *, max(min(until, (SELECT now FROM migration)), least) AS last
    FROM (SELECT *, min(since, (SELECT now FROM migration)) AS least FROM old_ended_rule)
    WHERE typeof(statement) || typeof(origin) || typeof(since) || typeof(until) || typeof(reason) =
      'textintegerintegerintegerinteger');
INSERT INTO quarantine (name, contents, reason, at)
  SELECT 'ended_rule', id || ', ' || quote(statement) || ', ' || quote(origin) || ', ' || quote(since) || ', ' ||
    quote(until) || ', ' || quote(reason),
    iif(id IN (SELECT id FROM ended_rule), 'the times ran backwards', 'a value is not valid'),
    (SELECT now FROM migration)
  FROM old_ended_rule WHERE id NOT IN (SELECT id FROM ended_rule) OR until < since
    OR since > (SELECT now FROM migration) OR until > (SELECT now FROM migration);

DROP TABLE old_binding;
DROP TABLE old_lease;
DROP TABLE old_rule;
DROP TABLE old_fact;
DROP TABLE old_ended_binding;
DROP TABLE old_ended_rule;
CREATE INDEX binding_by_b4 ON binding (b4);
CREATE INDEX ended_binding_by_ipv4 ON ended_binding (ipv4, until);
CREATE INDEX ended_binding_by_b4 ON ended_binding (b4, until);
CREATE INDEX ended_binding_by_until ON ended_binding (until);
CREATE INDEX ended_rule_by_until ON ended_rule (until);
)",
};

// Makes the temporary table `migration` for the migration from version 2. The last time of the record is the
// latest of its times, but not later than the system time: a clock that was wrong may have written that.
Result<Done> note_times(Database& database, WallTime now) {
  const auto latest = database.integer(
      "SELECT max(coalesce((SELECT max(since) FROM binding), 0), coalesce((SELECT max(since) FROM rule), 0), "
      "coalesce((SELECT max(until) FROM ended_binding), 0), coalesce((SELECT max(until) FROM ended_rule), "
      "0))");
  if (!latest) return latest.error();
  const std::int64_t system = now.time_since_epoch().count();
  const std::int64_t last = *latest > 0 ? std::min(*latest, system) : system;
  const std::string sql = "CREATE TEMP TABLE migration AS SELECT " + std::to_string(last) + " AS now, " +
                          std::to_string(system - last) + " AS later";
  return database.run(sql.c_str());
}

Result<Done> make_record(Database& database) {
  return database.run(
      "INSERT INTO record SELECT 1, now, 0, '', begins, 0, softwire_sum('record', now, 0, '', begins, 0) "
      "FROM "
      "(SELECT now, max(0, min(now, coalesce((SELECT min(since) FROM binding), now), "
      "coalesce((SELECT min(since) FROM rule), now), coalesce((SELECT min(since) FROM ended_binding), now), "
      "coalesce((SELECT min(since) FROM ended_rule), now))) AS begins FROM migration); "
      "DROP TABLE migration");
}

}  // namespace

std::int64_t schema_version() {
  return static_cast<std::int64_t>(kMigrations.size());
}

Result<Fit> fit_of(Database& database) {
  const auto version = database.integer("PRAGMA user_version");
  if (!version) return version.error();
  const auto application = database.integer("PRAGMA application_id");
  if (!application) return application.error();
  const auto tables = database.integer("SELECT count(*) FROM sqlite_schema");
  if (!tables) return tables.error();
  if (*tables == 0) return *version == 0 ? Fit::kEmpty : Fit::kDamaged;
  // No other program writes such a row, and no softwired before the version with checksums.
  constexpr std::int64_t kFirstWithRecord = 3;
  const auto records = database.integer("SELECT count(*) FROM record WHERE sum = " +
                                        sum_of("record", "now, running, boot, begins, commits"));
  const bool has_record = records && *records == 1;
  if (*application != kApplication) return has_record ? Fit::kDamaged : Fit::kForeign;
  // A version grows by one with a release. When one of its higher octets has changed, that is damage.
  const bool is_damaged = *version < 1 || (has_record && *version < kFirstWithRecord) ||
                          (*version > 0xff && (*version & 0xff) == schema_version());
  if (is_damaged) return Fit::kDamaged;
  return *version > schema_version() ? Fit::kLater : Fit::kUsable;
}

Result<Done> check_version(Database& database, const std::string& path) {
  const auto fit = fit_of(database);
  if (!fit) return fit.error();
  if (*fit == Fit::kForeign) {
    return Error{path + ": is a database of another program; give another directory as state"};
  }
  if (*fit == Fit::kDamaged) {
    return Error{path + ": the header of the file is damaged (program or version)"};
  }
  if (*fit == Fit::kLater) {
    const auto version = database.integer("PRAGMA user_version");
    return Error{path + ": was written by a later softwired (table version " +
                 std::to_string(version ? *version : 0) + ", this one supports " +
                 std::to_string(schema_version()) +
                 "); install the later softwired, or give another directory as state"};
  }
  return Done{};
}

Result<Done> migrate(Database& database, const std::string& path, WallTime now) {
  if (auto begun = database.run("BEGIN IMMEDIATE"); !begun) return begun;
  auto change = [&]() -> Result<Done> {
    if (auto checked = check_version(database, path); !checked) return checked;
    const auto version = database.integer("PRAGMA user_version");
    if (!version) return version.error();
    constexpr std::size_t kToChecksums = 2;  // the migration to version 3
    for (auto next = static_cast<std::size_t>(*version); next < kMigrations.size(); ++next) {
      if (next == kToChecksums) {
        if (auto noted = note_times(database, now); !noted) return noted;
      }
      if (auto migrated = database.run(kMigrations[next]); !migrated) return migrated;
      if (next == kToChecksums) {
        if (auto made = make_record(database); !made) return made;
        if (auto totals = count_totals(database); !totals) return totals;
      }
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
