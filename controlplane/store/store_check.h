// SPDX-License-Identifier: BSD-3-Clause
// Finds damaged and missing rows of the store, and takes damaged rows out.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "controlplane/store/database.h"
#include "controlplane/store/softwire_store.h"
#include "softwire/result.h"

namespace softwire::controlplane {

// What a check found. Each problem is one sentence for people, without a full stop.
struct StoreReport {
  std::vector<std::string>
      problems;           // at most kMaxNamed of each table; the last one tells the number of the others
  std::int64_t rows = 0;  // that were checked
  [[nodiscard]] bool is_sound() const { return problems.empty(); }
  [[nodiscard]] bool has(const std::string& problem) const {
    return std::ranges::find(problems, problem) != problems.end();
  }

  static constexpr std::size_t kMaxNamed = 20;
};

// Checks the rows that a start loads: checksums, totals, and that leases and their bindings belong together.
// Moves damaged rows to the table `quarantine`. Requires: no transaction. Returns an error when the database
// cannot be read or written.
Result<StoreReport> check_loaded_rows(SoftwireStore& store);

// Checks a whole database, with its history and its indexes. Changes nothing. Uses a connection of its own,
// so it may run on any thread beside a store. An error: the file cannot be read at all, or is no database of
// softwired.
Result<StoreReport> check_database(const std::string& path);
// Does the same with the database of a directory, and finds changes that are missing in it.
Result<StoreReport> check_store(const std::string& directory);

// Moves all damaged rows to `quarantine`, makes the indexes again, and accepts the rows that are then there.
// Requires: no transaction. Returns what was wrong.
Result<StoreReport> repair_rows(SoftwireStore& store);

// Returns the problem that the newest transactions are not in the database.
std::string lost_changes(std::int64_t count);

// Returns the newest entries of `quarantine`, at most `most`.
struct Quarantined {
  std::string table;
  std::string contents;
  std::string reason;
};
Result<std::vector<Quarantined>> quarantined(SoftwireStore& store, std::size_t most);

}  // namespace softwire::controlplane
