// SPDX-License-Identifier: BSD-3-Clause
// A thin layer over SQLite for the store: a connection and its statements. Errors are Results.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "softwire/result.h"

namespace softwire::controlplane {

// A prepared statement. Can be used many times: bind the parameters, call step() until it returns false, call
// reset().
class Statement {
 public:
  Statement() = default;

  // Parameters are numbered from 1, columns from 0, as in SQLite.
  Statement& bind(int index, std::int64_t value);
  Statement& bind(int index, std::string_view text);
  Statement& bind(int index, std::span<const std::uint8_t> octets);

  // Returns true when there is a row. Returns false after the last row, and resets the statement.
  Result<bool> step();
  // Runs a statement that returns no rows.
  Result<Done> run();
  // Does the same. Returns false when a constraint forbids the change; then nothing has changed.
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
  // Opens the file. Makes it if it does not exist, unless access is read-only. An empty path: a database in
  // memory.
  static Result<Database> open(const std::string& path, Access access = Access::kReadWrite);

  // Runs one or more statements that have no parameters and return no rows.
  Result<Done> run(const char* sql);
  Result<Statement> prepare(std::string_view sql);
  // Returns the one integer that the statement returns.
  Result<std::int64_t> integer(std::string_view sql);
  // Returns the number of rows that the last statement inserted, changed or deleted.
  [[nodiscard]] std::int64_t changes() const { return sqlite3_changes64(connection_.get()); }

 private:
  struct Close {
    void operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }
  };
  explicit Database(sqlite3* connection) : connection_(connection) {}
  std::unique_ptr<sqlite3, Close> connection_;
};

}  // namespace softwire::controlplane
