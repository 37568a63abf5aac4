// SPDX-License-Identifier: BSD-3-Clause
// The tables of the store, and their migration from earlier versions.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "controlplane/store/database.h"
#include "softwire/result.h"
#include "softwire/wall_time.h"

namespace softwire::controlplane {

// A table whose rows have a checksum in the column `sum`.
struct StoreTable {
  std::string_view name;
  std::string_view columns;  // without `sum`, and without the sequence number `id`
  std::string_view key;      // column that the rows are in the order of, and that names a row
  bool has_id = false;    // the sequence number is a column: rows are never changed, only added and deleted
  bool is_loaded = true;  // a start reads all rows
};
inline constexpr std::array<StoreTable, 7> kStoreTables = {{
    {"binding", "ipv4, psid, ports, b4, br, origin, since", "ipv4, psid"},
    {"lease", "ipv4, psid, client, expires, server", "ipv4, psid"},
    {"rule", "statement, origin, since", "statement"},
    {"fact", "name, value", "name"},
    {"clock_step", "at, before, after, cause", "id", true},
    {"ended_binding", "ipv4, psid, ports, b4, br, origin, since, until, reason", "id", true, false},
    {"ended_rule", "statement, origin, since, until, reason", "id", true, false},
}};
// Places in kStoreTables.
enum class TableId : std::uint8_t { kBinding, kLease, kRule, kFact, kClockStep, kEndedBinding, kEndedRule };
constexpr const StoreTable& table_of(TableId id) {
  return kStoreTables[static_cast<std::size_t>(id)];
}

// Returns the version of the tables that this program uses (SQLite's user_version).
std::int64_t schema_version();

// What a database is for this program.
enum class Fit : std::uint8_t {
  kEmpty,    // it has no tables
  kUsable,   // of this version, or of one that migrate() migrates
  kDamaged,  // its rows are those of softwired, its header is not
  kLater,    // of a later softwired
  kForeign,  // of another program
};
// An error: the database cannot be read.
Result<Fit> fit_of(Database& database);
// Returns an error that names the remedy for a database of a later version or of another program, and for one
// with a damaged header.
Result<Done> check_version(Database& database, const std::string& path);

// Makes the tables, or migrates those of an earlier version, in one transaction. Returns an error, and
// changes nothing, for a database of a later version or of another program. `now`: the system time. Rows of
// version 2 that the constraints of version 3 forbid go into the table quarantine.
Result<Done> migrate(Database& database, const std::string& path, WallTime now);

}  // namespace softwire::controlplane
