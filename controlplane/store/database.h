// SPDX-License-Identifier: BSD-3-Clause
// A thin layer over SQLite for the store: a connection and its statements. Errors are Results.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

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
  // Binds a value of another statement's row.
  Statement& bind_column(int index, const Statement& row, int column);

  // Returns true when there is a row. Returns false after the last row, and resets the statement.
  Result<bool> step();
  // Runs a statement that returns no rows.
  Result<Done> run();
  // Runs a statement that returns no rows. Returns false when a constraint forbids the change; then nothing
  // has changed.
  Result<bool> run_unless_constraint();
  // Runs a statement that changes at most one row, and returns an integer of it. Returns nullopt when a
  // constraint forbids the change, or no row is changed.
  Result<std::optional<std::int64_t>> returned_unless_constraint();
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
  Database() = default;  // no connection: only for assignment
  enum class Access : std::uint8_t { kReadWrite, kReadOnly };
  // Opens the file, or the URI "file:...". Makes it (mode 0640) if it does not exist, unless access is
  // read-only. Refuses what is not a regular file, without waiting. An empty path: a database in memory.
  // Statements may use softwire_sum(): see row_sum.h.
  static Result<Database> open(const std::string& path, Access access = Access::kReadWrite);

  // Runs one or more statements that have no parameters and return no rows.
  Result<Done> run(const char* sql);
  // Rolls back the transaction, if there is one. has_failed() and is_damaged() still tell of the error before
  // it.
  void roll_back();
  Result<Statement> prepare(std::string_view sql);
  // Returns the directory of the file, or "" for a database in memory.
  [[nodiscard]] std::string directory() const;
  // Returns whether the file was deleted, moved or replaced since it was opened. What is written then is
  // lost.
  [[nodiscard]] bool has_moved() const;
  // Returns what a file of the database has. Returns nothing when there is not enough memory.
  [[nodiscard]] std::vector<std::uint8_t> octets() const;
  // Returns the first octets of the file, without what the journal has. To open and close the file in another
  // way would release the locks that SQLite has on it (fcntl(2)).
  [[nodiscard]] std::vector<std::uint8_t> first_octets(std::size_t most);
  // Returns the one integer that the statement returns.
  Result<std::int64_t> integer(std::string_view sql);
  // Returns the number of rows that the last statement inserted, changed or deleted.
  [[nodiscard]] std::int64_t changes() const { return sqlite3_changes64(connection_.get()); }
  // Returns whether the latest error is about the file or its disk: full, damaged, not readable or not
  // writable. A wrong statement or a broken constraint is not such an error.
  [[nodiscard]] bool has_failed() const;
  // Returns whether the latest error says that the disk is full, or that it does not take what is written.
  [[nodiscard]] bool is_full() const;
  // Forgets the error before the latest roll_back().
  void forget_error() { before_roll_back_ = SQLITE_OK; }
  // Returns whether the latest error says that the file is damaged or is no database.
  [[nodiscard]] bool is_damaged() const;

 private:
  struct Close {
    void operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }
  };
  explicit Database(sqlite3* connection) : connection_(connection) {}
  [[nodiscard]] int code() const;
  std::unique_ptr<sqlite3, Close> connection_;
  int before_roll_back_ = SQLITE_OK;  // the error that led to the latest roll_back()
};

}  // namespace softwire::controlplane
