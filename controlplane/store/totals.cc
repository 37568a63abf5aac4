// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/store/totals.h"

#include <string>

namespace softwire::controlplane {

Result<Totals> read_totals(Database& database) {
  auto statement = database.prepare("SELECT rows, sums FROM total WHERE name = ? AND sum = " +
                                    sum_of("total", "name, rows, sums"));
  if (!statement) return statement.error();
  Totals totals;
  for (std::size_t i = 0; i < totals.size(); ++i) {
    const auto row = statement->bind(1, kStoreTables[i].name).step();
    if (!row) return row.error();
    totals[i].rows = *row ? statement->integer(0) : -1;
    totals[i].sums = *row ? statement->integer(1) : 0;
    statement->reset();
  }
  return totals;
}

Result<Done> write_totals(Database& database, const Totals& totals, const Totals& before) {
  auto statement =
      database.prepare("INSERT OR REPLACE INTO total (name, rows, sums, sum) VALUES (?1, ?2, ?3, " +
                       sum_of("total", "?1, ?2, ?3") + ")");
  if (!statement) return statement.error();
  for (std::size_t i = 0; i < totals.size(); ++i) {
    if (totals[i] == before[i]) continue;
    auto written =
        statement->bind(1, kStoreTables[i].name).bind(2, totals[i].rows).bind(3, totals[i].sums).run();
    if (!written) return written;
  }
  return Done{};
}

Result<Total> count_rows(Database& database, const StoreTable& table) {
  auto statement = database.prepare("SELECT sum FROM " + std::string(table.name));
  if (!statement) return statement.error();
  Total total;
  for (;;) {
    const auto row = statement->step();
    if (!row) return row.error();
    if (!*row) return total;
    total.add(statement->integer(0));
  }
}

Result<Done> count_totals(Database& database) {
  Totals totals;
  for (std::size_t i = 0; i < totals.size(); ++i) {
    const auto total = count_rows(database, kStoreTables[i]);
    if (!total) return total.error();
    totals[i] = *total;
  }
  Totals none;
  none.fill({-1, 0});
  return write_totals(database, totals, none);
}

}  // namespace softwire::controlplane
