// SPDX-License-Identifier: BSD-3-Clause
// The number of rows of each table, and the sum of their checksums. They show that rows are missing, or that
// there are more than were written.
#pragma once

#include <array>
#include <cstdint>

#include "controlplane/store/database.h"
#include "controlplane/store/row_sum.h"
#include "controlplane/store/schema.h"
#include "softwire/result.h"

namespace softwire::controlplane {

struct Total {
  std::int64_t rows = 0;
  std::int64_t sums = 0;  // of the checksums, modulo 2^62

  void add(std::int64_t sum) {
    ++rows;
    sums = (sums + sum) & kSumMask;
  }
  void remove(std::int64_t sum) {
    --rows;
    sums = (sums - sum) & kSumMask;
  }
  friend bool operator==(const Total&, const Total&) = default;
};
using Totals = std::array<Total, kStoreTables.size()>;  // by TableId

// Reads the stored totals. A total whose own checksum is wrong has -1 rows.
Result<Totals> read_totals(Database& database);
// Writes the totals that differ from `before`.
Result<Done> write_totals(Database& database, const Totals& totals, const Totals& before);
// Counts the rows of a table.
Result<Total> count_rows(Database& database, const StoreTable& table);
// Counts all tables, and writes the totals.
Result<Done> count_totals(Database& database);

}  // namespace softwire::controlplane
