// SPDX-License-Identifier: BSD-3-Clause
// SQLite, as far as the store needs it: a connection and its statements, errors as Results.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "softwire/result.h"

namespace softwire::controlplane {

// A prepared statement, for one use after the other: bind all, step until there are no more rows, reset.
class Statement {
 public:
  Statement() = default;

  // Parameters count from 1, columns from 0, as in SQLite.
  Statement& bind(int index, std::int64_t value);
  Statement& bind(int index, std::string_view text);
  Statement& bind(int index, std::span<const std::uint8_t> octets);

  // True: there is a row. False: there is none (any more); the statement is reset.
  Result<bool> step();
  // For one that gives no rows.
  Result<Done> run();
  // The same; false: a constraint forbids it, and nothing has changed.
  Result<bool> run_unless_constraint();
  void reset() { sqlite3_reset(statement_.get()); }

  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::string text(int column) const;
  // Valid until the next step() or reset().
  [[nodiscard]] std::span<const std::uint8_t> octets(int column) const;
  [[nodiscard]] bool is_null(int column) const;

 private:
  friend class Database;
  struct Free {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  std::unique_ptr<sqlite3_stmt, Free> statement_;
};

class Database {
 public:
  enum class Access : std::uint8_t { kReadWrite, kReadOnly };
  // Makes the file when it is not there, unless read-only. Empty: in memory.
  static Result<Database> open(const std::string& path, Access access = Access::kReadWrite);

  // One or more statements without parameters and rows.
  Result<Done> run(const char* sql);
  Result<Statement> prepare(std::string_view sql);
  // The one integer that the statement gives.
  Result<std::int64_t> integer(std::string_view sql);
  // Rows that the last statement inserted, changed or deleted.
  [[nodiscard]] std::int64_t changes() const { return sqlite3_changes64(connection_.get()); }

 private:
  struct Close {
    void operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }
  };
  explicit Database(sqlite3* connection) : connection_(connection) {}
  std::unique_ptr<sqlite3, Close> connection_;
};

}  // namespace softwire::controlplane
