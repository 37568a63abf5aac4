// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/store/database.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>

#include "controlplane/store/row_sum.h"
#include "controlplane/store/store_files.h"

namespace softwire::controlplane {

namespace {

Error failed(sqlite3* connection) {
  const char* file = sqlite3_db_filename(connection, "main");
  Error error{(file == nullptr || *file == '\0' ? std::string("store in memory") : std::string(file)) + ": " +
              sqlite3_errmsg(connection)};
  const int code = sqlite3_errcode(connection) & 0xff;
  if (code == SQLITE_FULL) error.text += "; free space on its disk";
  if (const int why = sqlite3_system_errno(connection); code == SQLITE_IOERR && why != 0) {
    error.text += std::string(": ") + std::strerror(why);
  }
  return error;
}

// Makes the file, and gives it and the files beside it their mode, whatever the umask and earlier releases
// say. SQLite gives new files beside it the mode of the database. Ignores errors: SQLite reports them.
void set_modes(const std::string& path) {
  if (const auto file = open_regular(path, O_RDWR | O_CREAT)) close(*file);
  for (const char* suffix : {"", "-wal", "-shm"}) {
    static_cast<void>(chmod((path + suffix).c_str(), kStoreFileMode));
  }
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

Statement& Statement::bind_column(int index, const Statement& row, int column) {
  sqlite3_bind_value(statement_.get(), index, sqlite3_column_value(row.statement_.get(), column));
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

Result<std::optional<std::int64_t>> Statement::returned_unless_constraint() {
  int code = sqlite3_step(statement_.get());
  std::optional<std::int64_t> returned;
  if (code == SQLITE_ROW) {
    returned = integer(0);
    code = sqlite3_step(statement_.get());
  }
  const Error error = code == SQLITE_DONE ? Error{} : failed(sqlite3_db_handle(statement_.get()));
  reset();
  if (code == SQLITE_DONE) return returned;
  if ((code & 0xff) == SQLITE_CONSTRAINT) return std::optional<std::int64_t>();
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
  if (!path.empty()) {
    // SQLite would wait for the other end of a FIFO.
    if (auto regular = require_regular_database(path); !regular) return regular.error();
    if (access == Access::kReadWrite) set_modes(path);
  }
  sqlite3* connection = nullptr;
  const int flags =
      access == Access::kReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  // SQLITE_OPEN_NOMUTEX: only one thread at a time uses a connection.
  const int code = sqlite3_open_v2(path.empty() ? ":memory:" : path.c_str(), &connection,
                                   flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI, nullptr);
  Database database(connection);
  if (code != SQLITE_OK) {
    return connection == nullptr ? Error{path + ": no memory"}
                                 : Error{path + ": " + sqlite3_errmsg(connection)};
  }
  if (!add_row_sum(*connection)) return failed(connection);
  return database;
}

std::string Database::directory() const {
  const char* file = sqlite3_db_filename(connection_.get(), "main");
  return file == nullptr ? std::string() : std::filesystem::path(file).parent_path().string();
}

std::vector<std::uint8_t> Database::octets() const {
  sqlite3_int64 size = 0;
  const std::unique_ptr<unsigned char, decltype(&sqlite3_free)> copy(
      sqlite3_serialize(connection_.get(), "main", &size, 0), &sqlite3_free);
  if (copy == nullptr) return {};
  const std::span all(copy.get(), static_cast<std::size_t>(size));
  return {all.begin(), all.end()};
}

bool Database::has_moved() const {
  int moved = 0;
  return sqlite3_file_control(connection_.get(), "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK &&
         moved != 0;
}

std::vector<std::uint8_t> Database::first_octets(std::size_t most) {
  sqlite3_file* file = nullptr;
  sqlite3_int64 size = 0;
  if (sqlite3_file_control(connection_.get(), "main", SQLITE_FCNTL_FILE_POINTER, static_cast<void*>(&file)) !=
          SQLITE_OK ||
      file == nullptr || file->pMethods == nullptr || file->pMethods->xFileSize(file, &size) != SQLITE_OK) {
    return {};
  }
  std::vector<std::uint8_t> octets(std::min(most, static_cast<std::size_t>(size)));
  if (file->pMethods->xRead(file, octets.data(), static_cast<int>(octets.size()), 0) != SQLITE_OK) return {};
  return octets;
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

void Database::roll_back() {
  before_roll_back_ = sqlite3_errcode(connection_.get());
  if (sqlite3_get_autocommit(connection_.get()) == 0) (void)run("ROLLBACK");
}

int Database::code() const {
  const int code = sqlite3_errcode(connection_.get());
  return (code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW ? before_roll_back_ : code) & 0xff;
}

bool Database::has_failed() const {
  constexpr std::array<int, 8> kOfTheFile = {SQLITE_FULL,     SQLITE_IOERR,    SQLITE_CORRUPT, SQLITE_NOTADB,
                                             SQLITE_CANTOPEN, SQLITE_READONLY, SQLITE_PERM,    SQLITE_BUSY};
  return std::ranges::find(kOfTheFile, code()) != kOfTheFile.end();
}

bool Database::is_damaged() const {
  return code() == SQLITE_CORRUPT || code() == SQLITE_NOTADB;
}

bool Database::is_full() const {
  return code() == SQLITE_FULL || code() == SQLITE_IOERR;
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
