// SPDX-License-Identifier: BSD-3-Clause
// Opens the store; its time, its transactions, and the checks that go with them.
#include "controlplane/store/softwire_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include "controlplane/store/schema.h"
#include "controlplane/store/store_files.h"
#include "controlplane/store/store_statements.h"

namespace softwire::controlplane {

namespace {

// Commits are flushed before they return. Readers and the writer do not block each other.
constexpr const char* kSettings =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536; "
    "PRAGMA temp_store = MEMORY; PRAGMA busy_timeout = 2000";
constexpr const char* kReadSettings = "PRAGMA query_only = 1; PRAGMA busy_timeout = 2000";

}  // namespace

Result<Done> SoftwireStore::make_directory(const std::string& directory) {
  std::error_code error;
  if (std::filesystem::create_directories(directory, error)) {
    using std::filesystem::perms;
    std::filesystem::permissions(directory, perms::owner_all | perms::group_read | perms::group_exec, error);
  }
  if (!error) return Done{};
  return Error{directory + ": " + error.message() + std::string(kStateMustBeWritable)};
}

SoftwireStore::SoftwireStore(Database database, std::unique_ptr<Statements> statements, int lock,
                             RecordClock clock)
    : lock_(lock),
      database_(std::move(database)),
      statements_(std::move(statements)),
      clock_(std::move(clock)) {}

SoftwireStore::~SoftwireStore() {
  if (commits_file_ >= 0) close(commits_file_);
  statements_.reset();
  if (lock_ >= 0) close(lock_);
}

void SoftwireStore::take_over(SoftwireStore&& other) {
  const ClockReading reading = clock_.read();
  const WallTime theirs = other.clock_.at(reading);
  const WallTime now = refusal_.empty() ? std::max(clock_.at(reading), theirs) : theirs;
  std::swap(lock_, other.lock_);
  std::swap(statements_, other.statements_);
  std::swap(database_, other.database_);
  std::swap(timeline_, other.timeline_);
  std::swap(record_, other.record_);
  std::swap(totals_, other.totals_);
  std::swap(stored_, other.stored_);
  std::swap(commits_file_, other.commits_file_);
  std::swap(lost_, other.lost_);
  std::swap(lost_rows_, other.lost_rows_);
  refusal_ = std::move(other.refusal_);
  // Statements before the database, which they use.
  other.statements_.reset();
  other.database_ = Database();
  if (other.lock_ >= 0) close(std::exchange(other.lock_, -1));
  clock_.set(now, reading);
  clock_.set_ahead(timeline_.ahead());
}

Result<std::unique_ptr<SoftwireStore>> SoftwireStore::prepare(Database database, int lock,
                                                              const RecordClock& clock) {
  auto statements = std::make_unique<Statements>();
  if (const auto prepared = statements->prepare(database); !prepared) {
    if (lock >= 0) close(lock);
    return prepared.error();
  }
  return std::unique_ptr<SoftwireStore>(
      new SoftwireStore(std::move(database), std::move(statements), lock, clock));
}

Result<std::unique_ptr<SoftwireStore>> SoftwireStore::open(const std::string& directory,
                                                           const RecordClock& clock, bool* in_use) {
  int lock = -1;
  std::string path;
  if (!directory.empty()) {
    if (const auto made = make_directory(directory); !made) return made.error();
    bool is_locked = false;
    const auto locked = lock_directory(directory, is_locked);
    if (in_use != nullptr) *in_use = is_locked;
    if (!locked) return locked.error();
    lock = *locked;
    path = path_in(directory);
  }
  const auto set_up = [&]() -> Result<Database> {
    if (auto checked = check_header(path); !path.empty() && !checked) return checked.error();
    if (auto regular = require_regular(commit_note_path(directory)); !directory.empty() && !regular) {
      return Error{regular.error().text + "; remove it"};
    }
    auto database = Database::open(path);
    if (!database) return database;
    if (const auto set = database->run(kSettings); !set) return set.error();
    if (const auto migrated = migrate(*database, path, clock.read().system); !migrated)
      return migrated.error();
    return database;
  };
  auto database = set_up();
  if (!database) {
    if (lock >= 0) close(lock);
    return database.error();
  }
  auto store = prepare(std::move(*database), lock, clock);
  if (!store) return store;
  if (const auto loaded = (*store)->load(directory); !loaded) return loaded.error();
  (*store)->step_at_open_ = (*store)->observe_clock();
  return store;
}

Result<std::unique_ptr<SoftwireStore>> SoftwireStore::open_to_read(const std::string& directory) {
  const std::string path = path_in(directory);
  std::error_code error;
  if (directory.empty() || !std::filesystem::exists(path, error)) return std::unique_ptr<SoftwireStore>();
  auto database = Database::open(path, Database::Access::kReadOnly);
  if (!database) return database.error();
  if (const auto set = database->run(kReadSettings); !set) return set.error();
  const auto version = database->integer("PRAGMA user_version");
  if (!version) return version.error();
  if (*version != schema_version()) return std::unique_ptr<SoftwireStore>();  // softwired will migrate it
  auto store = prepare(std::move(*database), -1, RecordClock());
  if (!store) return store;
  if (const auto loaded = (*store)->load(""); !loaded) return loaded.error();
  return store;
}

Result<Done> SoftwireStore::load(const std::string& directory) {
  const auto totals = read_totals(database_);
  if (!totals) return totals.error();
  totals_ = stored_ = *totals;
  if (auto read = read_record(); !read) return read;
  if (auto read = read_steps(); !read) return read;
  start_clock();
  if (directory.empty()) return Done{};
  if (const auto file = open_regular(commit_note_path(directory), O_RDWR | O_CREAT)) commits_file_ = *file;
  const CommitNote note = read_commit_note(directory);
  lost_ = std::max<std::int64_t>(note.commits - record_.commits, 0);
  if (lost_ == 0 || !note.rows) return Done{};
  for (std::size_t i = 0; i < kStoreTables.size(); ++i) {
    if (totals_[i].rows == (*note.rows)[i]) continue;
    lost_rows_ += (lost_rows_.empty() ? "" : ", ") + std::string(kStoreTables[i].name) + " has " +
                  std::to_string(totals_[i].rows) + " rows and had " + std::to_string((*note.rows)[i]);
  }
  return Done{};
}

Result<Done> SoftwireStore::read_record() {
  auto statement = database_.prepare("SELECT now, running, boot, begins, commits FROM record WHERE sum = " +
                                     sum_of("record", "now, running, boot, begins, commits"));
  if (!statement) return statement.error();
  const auto row = statement->step();
  if (!row) return row.error();
  if (*row) {
    record_ = {read_time(*statement, 0), std::chrono::milliseconds(statement->integer(1)), statement->text(2),
               read_time(*statement, 3), statement->integer(4)};
    return Done{};
  }
  return Error{"the record of the store is damaged"};
}

Result<Done> SoftwireStore::read_steps() {
  auto statement = database_.prepare("SELECT " + columns_and_soundness(TableId::kClockStep) +
                                     " FROM clock_step ORDER BY id");
  if (!statement) return statement.error();
  timeline_ = Timeline();
  for (;;) {
    const auto row = statement->step();
    if (!row) return row.error();
    if (!*row) return Done{};
    if (statement->integer(4) == 0) continue;  // store_check.h reports it
    timeline_.add({read_time(*statement, 0), read_time(*statement, 1), read_time(*statement, 2),
                   static_cast<ClockStep::Cause>(statement->integer(3))});
  }
}

// Within one run of the machine, the monotonic clock tells how much time has passed. Otherwise nothing does:
// the system clock may be wrong.
void SoftwireStore::start_clock() {
  const ClockReading reading = clock_.read();
  WallTime now = record_.now;
  if (reading.boot == record_.boot && reading.running >= record_.running) {
    now += reading.running - record_.running;
  }
  clock_.set(now, reading);
  clock_.set_ahead(timeline_.ahead());
}

std::optional<ClockStep> SoftwireStore::observe_clock() {
  const ClockReading reading = clock_.read();
  if (!clock_.has_step(reading)) return std::nullopt;
  const bool is_start = record_.boot != reading.boot;
  const WallTime now = clock_.at(reading);
  const ClockStep step{now, timeline_.expected(now), reading.system,
                       is_start ? ClockStep::Cause::kStart : ClockStep::Cause::kStep};
  timeline_.add(step);
  clock_.set_ahead(timeline_.ahead());
  // A step that cannot be written is known until the end of the process. The next start finds it again.
  if (!begin()) return step;
  statements_->add_step.bind(1, milliseconds_of(step.at))
      .bind(2, milliseconds_of(step.before))
      .bind(3, milliseconds_of(step.after))
      .bind(4, static_cast<std::int64_t>(step.cause));
  const auto written = insert(TableId::kClockStep, statements_->add_step);
  if (written && *written) {
    static_cast<void>(commit());
  } else {
    rollback();
  }
  return step;
}

Result<std::vector<ClockStep>> SoftwireStore::clock_steps(std::size_t most) {
  auto statement =
      database_.prepare("SELECT at, before, after, cause FROM clock_step ORDER BY id DESC LIMIT ?");
  if (!statement) return statement.error();
  statement->bind(1, static_cast<std::int64_t>(most));
  std::vector<ClockStep> steps;
  for (;;) {
    const auto row = statement->step();
    if (!row) return row.error();
    if (!*row) return steps;
    steps.push_back({read_time(*statement, 0), read_time(*statement, 1), read_time(*statement, 2),
                     static_cast<ClockStep::Cause>(statement->integer(3))});
  }
}

namespace {

// Copies the rows of a table as they are, damaged ones too. Requires: `to` ignores CHECK constraints. Returns
// false when `to` cannot hold a row: a value has another type, or a key is there twice.
Result<bool> copy_rows(Database& from, Database& to, const std::string& table, const std::string& columns) {
  auto rows = from.prepare("SELECT " + columns + " FROM " + table);
  if (!rows) return rows.error();
  const auto count = static_cast<int>(std::ranges::count(columns, ',')) + 1;
  std::string places = "?";
  for (int i = 1; i < count; ++i) places += ", ?";
  auto put = to.prepare("INSERT INTO " + table + " (" + columns + ") VALUES (" + places + ")");
  if (!put) return put.error();
  for (;;) {
    const auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return true;
    for (int i = 0; i < count; ++i) put->bind_column(i + 1, *rows, i);
    if (auto done = put->run_unless_constraint(); !done || !*done) return done;
  }
}

// Copies what a start loads. Requires: transactions in both, and new tables in `to`.
Result<Done> copy_loaded_rows(Database& from, Database& to) {
  // The index is only for questions about one end. Without it the copy is smaller.
  if (auto run = to.run("DELETE FROM record; DELETE FROM total; DROP INDEX binding_by_b4"); !run) return run;
  for (std::size_t i = 0; i < kStoreTables.size(); ++i) {
    const StoreTable& table = kStoreTables[i];
    if (!table.is_loaded) continue;
    const auto copied = copy_rows(from, to, std::string(table.name),
                                  (table.has_id ? "id, " : "") + std::string(table.columns) + ", sum");
    if (!copied) return copied.error();
    if (!*copied) return damaged(static_cast<TableId>(i));
  }
  if (const auto copied = copy_rows(from, to, "record", "id, now, running, boot, begins, commits, sum");
      !copied) {
    return copied.error();
  }
  const auto copied = copy_rows(from, to, "total", "name, rows, sums, sum");
  return copied ? Result<Done>(Done{}) : copied.error();
}

}  // namespace

Result<std::unique_ptr<SoftwireStore>> SoftwireStore::copy_in_memory(const std::string& directory) {
  auto source = open_to_read(directory);
  if (!source || *source == nullptr) return source;
  auto database = Database::open("");
  if (!database) return database.error();
  const auto copy = [&]() -> Result<Done> {
    if (auto made = migrate(*database, directory, RecordClock().read().system); !made) return made;
    // One transaction of the source: its tables are those of one time.
    if (auto begun = (*source)->database_.run("BEGIN"); !begun) return begun;
    if (auto begun = database->run("PRAGMA ignore_check_constraints = 1; BEGIN"); !begun) return begun;
    if (auto copied = copy_loaded_rows((*source)->database_, *database); !copied) return copied;
    return database->run("COMMIT; PRAGMA ignore_check_constraints = 0");
  };
  if (const auto copied = copy(); !copied) return copied.error();
  source->reset();
  auto store = prepare(std::move(*database), -1, RecordClock());
  if (!store) return store;
  if (const auto loaded = (*store)->load(""); !loaded) return loaded.error();
  return store;
}

Result<Done> SoftwireStore::begin() {
  database_.forget_error();
  auto begun = database_.run("BEGIN IMMEDIATE");
  if (begun) totals_ = stored_;
  return begun;
}

Result<Done> SoftwireStore::commit() {
  auto committed = require_in_place();
  if (committed) committed = write_record();
  if (committed) committed = database_.run("COMMIT");
  if (!committed) {
    rollback();
    // With its pages in the database, the journal is written from its beginning again: that needs no room.
    if (database_.is_full()) static_cast<void>(database_.integer("PRAGMA wal_checkpoint(RESTART)"));
    return committed;
  }
  stored_ = totals_;
  count_commit();
  return committed;
}

void SoftwireStore::rollback() {
  // SQLite resets errors with the next statement; has_failed() must still see the one that led here.
  database_.roll_back();
  totals_ = stored_;
}

Result<Done> SoftwireStore::require_in_place() const {
  if (!database_.has_moved()) return Done{};
  return Error{
      path_in(database_.directory()) +
      ": was deleted or moved while softwired uses it; put it back: a start without it begins an empty "
      "store"};
}

Result<Done> SoftwireStore::write_record() {
  if (auto written = write_totals(database_, totals_, stored_); !written) return written;
  const ClockReading reading = clock_.read();
  return statements_->record.bind(1, milliseconds_of(clock_.at(reading)))
      .bind(2, std::int64_t{reading.running.count()})
      .bind(3, std::string_view(reading.boot))
      .bind(4, milliseconds_of(record_.begins))
      .bind(5, record_.commits + 1)
      .run();
}

// Notes the number of the transaction beside the database. A damaged journal, or an old copy of the database,
// loses transactions without a trace; the number shows it.
void SoftwireStore::count_commit() {
  ++record_.commits;
  record_.boot = clock_.read().boot;
  if (commits_file_ < 0) return;
  CommitNote note{record_.commits + lost_, {}};
  auto& rows = note.rows.emplace();
  std::ranges::transform(stored_, rows.begin(), &Total::rows);
  const auto text = to_text(note);
  static_cast<void>(pwrite(commits_file_, text.data(), text.size(), 0));
}

Result<Done> SoftwireStore::accept_rows() {
  if (auto counted = count_totals(database_); !counted) return counted;
  const auto totals = read_totals(database_);
  if (!totals) return totals.error();
  totals_ = *totals;
  lost_ = 0;
  lost_rows_.clear();
  return Done{};
}

Result<Done> SoftwireStore::begin_part() {
  before_part_ = totals_;
  return database_.run("SAVEPOINT part");
}

Result<Done> SoftwireStore::end_part(bool keep) {
  if (!keep) totals_ = before_part_;
  return database_.run(keep ? "RELEASE part" : "ROLLBACK TO part; RELEASE part");
}

}  // namespace softwire::controlplane
