// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/store/database.h"

namespace softwire::controlplane {

namespace {

Error failed(sqlite3* connection) {
  const char* file = sqlite3_db_filename(connection, "main");
  return Error{(file == nullptr || *file == '\0' ? std::string("store in memory") : std::string(file)) +
               ": " + sqlite3_errmsg(connection)};
}

}  // namespace

Statement& Statement::bind(int index, std::int64_t value) {
  sqlite3_bind_int64(statement_.get(), index, value);
  return *this;
}

Statement& Statement::bind(int index, std::string_view text) {
  sqlite3_bind_text64(statement_.get(), index, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  return *this;
}

Statement& Statement::bind(int index, std::span<const std::uint8_t> octets) {
  sqlite3_bind_blob64(statement_.get(), index, octets.data(), octets.size(), SQLITE_TRANSIENT);
  return *this;
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  const Error error = code == SQLITE_DONE ? Error{} : failed(sqlite3_db_handle(statement_.get()));
  reset();
  if (code == SQLITE_DONE) return false;
  return error;
}

Result<Done> Statement::run() {
  if (const auto stepped = step(); !stepped) return stepped.error();
  return Done{};
}

Result<bool> Statement::run_unless_constraint() {
  const int code = sqlite3_step(statement_.get());
  const Error error = code == SQLITE_DONE ? Error{} : failed(sqlite3_db_handle(statement_.get()));
  reset();
  if (code == SQLITE_DONE) return true;
  if ((code & 0xff) == SQLITE_CONSTRAINT) return false;
  return error;
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

std::string Statement::text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
  return text == nullptr
             ? std::string()
             : std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column)));
}

std::span<const std::uint8_t> Statement::octets(int column) const {
  const auto* first = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_.get(), column));
  return {first, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

Result<Database> Database::open(const std::string& path, Access access) {
  sqlite3* connection = nullptr;
  const int flags =
      access == Access::kReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  // SQLITE_OPEN_NOMUTEX: only one thread at a time uses a connection.
  const int code = sqlite3_open_v2(path.empty() ? ":memory:" : path.c_str(), &connection,
                                   flags | SQLITE_OPEN_NOMUTEX, nullptr);
  Database database(connection);
  if (code != SQLITE_OK) {
    return connection == nullptr ? Error{path + ": no memory"}
                                 : Error{path + ": " + sqlite3_errmsg(connection)};
  }
  return database;
}

Result<Done> Database::run(const char* sql) {
  if (sqlite3_exec(connection_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
    return failed(connection_.get());
  }
  return Done{};
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(connection_.get(), sql.data(), static_cast<int>(sql.size()),
                         SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK) {
    return failed(connection_.get());
  }
  return Statement(statement);
}

Result<std::int64_t> Database::integer(std::string_view sql) {
  auto statement = prepare(sql);
  if (!statement) return statement.error();
  const auto row = statement->step();
  if (!row) return row.error();
  const std::int64_t value = *row ? statement->integer(0) : 0;
  statement->reset();
  return value;
}

}  // namespace softwire::controlplane
