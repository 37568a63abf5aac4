// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/store/store_keeper.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <filesystem>
#include <iterator>
#include <utility>

#include "controlplane/store/salvage.h"
#include "controlplane/store/store_files.h"

namespace softwire::controlplane {

namespace {

constexpr std::string_view kWayOut =
    "softwirectl store check shows the damage; softwirectl store repair or softwirectl store restore FILE "
    "ends it";

std::string file_time(WallTime time) {
  const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  std::strftime(text, sizeof(text), "%Y%m%dT%H%M%SZ", &parts);
  return text;
}

constexpr std::string_view kNextStep =
    "; the damaged file stays where it is; end the cause and repair it again, or take a backup with "
    "softwirectl store restore FILE";

// Returns an error when the file belongs to a user that has not given it to softwired.
Result<Done> require_access(const std::string& path) {
  if (access(path.c_str(), R_OK | W_OK) == 0 || errno != EACCES) return Done{};
  return Error{path + ": Permission denied; let the user of softwired read and write it"};
}

// Makes the journal part of the file, and the file durable.
Result<Done> close_whole(std::unique_ptr<SoftwireStore> store, const std::string& path) {
  const auto busy = store->database().integer("PRAGMA wal_checkpoint(TRUNCATE)");
  if (!busy) return busy.error();
  store.reset();
  std::error_code error;
  if (std::filesystem::exists(path + "-wal", error)) return Error{path + ": the journal cannot be closed"};
  return flush(path);
}

}  // namespace

StoreKeeper::StoreKeeper(std::string directory, const ReadClocks& clocks)
    : directory_(std::move(directory)), clocks_(clocks) {}

StoreKeeper::~StoreKeeper() {
  store_.reset();
  if (lock_ >= 0) close(lock_);
}

Result<std::unique_ptr<StoreKeeper>> StoreKeeper::open(const std::string& directory,
                                                       const ReadClocks& clocks) {
  std::unique_ptr<StoreKeeper> keeper(new StoreKeeper(directory, clocks));
  bool in_use = false;
  auto store = SoftwireStore::open(directory, RecordClock(clocks), &in_use);
  if (!store && in_use) return store.error();
  std::string why;
  if (store) {
    keeper->store_ = std::move(*store);
    const auto report = check_loaded_rows(*keeper->store_);
    if (report) {
      keeper->found(*report);
      return keeper;
    }
    why = report.error().text;
  } else {
    why = store.error().text;
  }
  keeper->substitute(Error{why});
  if (keeper->store_ == nullptr) return Error{directory + ": no memory for the store"};
  return keeper;
}

void StoreKeeper::found(const StoreReport& report) {
  problems_ = report.problems;
  if (report.is_sound()) return;
  // Softwires of softwires.conf may be among the rows that are missing.
  if (store_->begin()) {
    if (store_->set_fact(kFileDigestFact, "")) {
      static_cast<void>(store_->commit());
    } else {
      store_->rollback();
    }
  }
}

void StoreKeeper::substitute(const Error& why) {
  auto fresh = SoftwireStore::open("", RecordClock(clocks_));
  if (!fresh) return;
  const std::string path = SoftwireStore::path_in(directory_);
  const auto copied = copy_sound_rows(path, **fresh, false, directory_ + "/mended.db");
  (*fresh)->begin_record_now();
  if (store_ == nullptr) {
    store_ = std::move(*fresh);
  } else {
    store_->take_over(std::move(**fresh));
    fresh->reset();  // closes the file
  }
  static_cast<void>(hold_directory());
  std::string effect = "only softwires.conf is in effect";
  if (copied && copied->rows != 0) {
    effect = std::to_string(copied->rows) + " sound rows of it are in effect, and softwires.conf";
  } else if (!copied) {
    effect += ": " + copied.error().text;
  }
  const auto lost = lost_rows(copied ? copied->had : RowCounts{}, *store_, false);
  for (const std::string& problem : lost ? lost->problems : std::vector<std::string>()) {
    effect += "; " + problem;
  }
  problems_ = {"the store cannot be used: " + why.text, effect};
  if (store_->begin()) {
    static_cast<void>(store_->set_fact(kFileDigestFact, ""));
    static_cast<void>(store_->commit());
  }
  store_->refuse("the store cannot be used: " + why.text + "; " + std::string(kWayOut));
}

Result<Done> StoreKeeper::hold_directory() {
  if (lock_ >= 0) return Done{};
  bool in_use = false;
  const auto lock = lock_directory(directory_, in_use);
  if (!lock) return lock.error();
  lock_ = *lock;
  return Done{};
}

Result<StoreReport> StoreKeeper::reopen() {
  if (lock_ >= 0) close(std::exchange(lock_, -1));
  const auto load = [&]() -> Result<StoreReport> {
    auto store = SoftwireStore::open(directory_, RecordClock(clocks_));
    if (!store) return store.error();
    auto report = check_loaded_rows(**store);
    if (!report) return report;
    store_->take_over(std::move(**store));
    return report;
  };
  auto report = load();
  if (!report) {
    static_cast<void>(hold_directory());
    return report;
  }
  found(*report);
  static_cast<void>(store_->observe_clock());
  return report;
}

Result<StoreReport> StoreKeeper::repair() {
  if (directory_.empty()) return StoreReport{};
  StoreReport before{problems_, 0};
  if (is_substitute()) {
    const auto usable = reopen_whole(before);
    if (!usable) return usable.error();
    if (*usable) return before;
  } else if (!repair_in_place(before)) {
    return before;
  }
  if (const auto rebuilt = rebuild(before); !rebuilt) {
    return Error{rebuilt.error().text + std::string(kNextStep)};
  }
  return before;
}

std::optional<Error> StoreKeeper::repair_in_place(StoreReport& before) {
  const auto report = repair_rows(*store_);
  if (!report) return report.error();
  if (!report->is_sound()) before.problems = report->problems;
  before.rows = report->rows;
  // What a change of rows does not mend: pages that no table uses, the header.
  const auto checked = check_database(SoftwireStore::path_in(directory_));
  if (!checked) return checked.error();
  if (checked->is_sound()) {
    problems_.clear();
    return std::nullopt;
  }
  std::ranges::copy(checked->problems, std::back_inserter(before.problems));
  return Error{checked->problems.front()};
}

Result<bool> StoreKeeper::reopen_whole(StoreReport& before) {
  // Perhaps the directory could not be used before.
  if (auto made = SoftwireStore::make_directory(directory_); !made) return made.error();
  if (auto held = hold_directory(); !held) return held.error();
  const std::string path = SoftwireStore::path_in(directory_);
  std::error_code error;
  // Perhaps the disk has room again, or what was there has been moved away.
  const auto checked = check_database(path);
  const bool is_new = !std::filesystem::exists(std::filesystem::symlink_status(path, error));
  if (is_new || (checked && checked->is_sound())) {
    const auto reopened = reopen();
    if (!reopened) return false;
    before.rows = reopened->rows;
    // When rows that were written are missing, the store in use is the one on disk now.
    return reopened->is_sound() || !repair_in_place(before);
  }
  const auto& problems = checked ? checked->problems : std::vector<std::string>{checked.error().text};
  for (const std::string& problem : problems) {
    if (!before.has(problem)) before.problems.push_back(problem);
  }
  return false;
}

Result<Done> StoreKeeper::fill(SoftwireStore& fresh, const std::string& work, StoreReport& before) {
  const CommitNote note = read_commit_note(directory_);
  const auto salvaged = copy_sound_rows(SoftwireStore::path_in(directory_), fresh, true, work + "/mended.db");
  if (!salvaged) return salvaged.error();
  // The store in use has what is running.
  if (auto copied = copy_missing_rows(*store_, fresh); !copied) return copied;
  const auto lost = lost_rows(salvaged->had, fresh, true);
  if (!lost) return lost.error();
  for (const std::string& problem : lost->problems) before.problems.push_back(problem);
  const auto commits = fresh.database().integer("SELECT commits FROM record");
  if (commits && *commits < note.commits) {
    const std::string problem = lost_changes(note.commits - *commits);
    if (!before.has(problem)) before.problems.push_back(problem);
  }
  if (!lost->is_known) before.problems.emplace_back("it is not known how many rows are lost");
  // Who had an address is not known for sure any more.
  if (!lost->is_known || !lost->problems.empty()) fresh.begin_record_now();
  if (auto begun = fresh.begin(); !begun) return begun;
  if (auto accepted = fresh.accept_rows(); !accepted) return accepted;
  if (auto set = fresh.set_fact(kFileDigestFact, ""); !set) return set;
  return fresh.commit();
}

Result<Done> StoreKeeper::rebuild(StoreReport& before) {
  const std::string work = directory_ + "/repair";
  const std::string path = SoftwireStore::path_in(directory_);
  if (auto allowed = require_access(path); !allowed) return allowed;
  std::error_code error;
  std::filesystem::remove_all(work, error);
  const auto make = [&]() -> Result<Done> {
    auto fresh = SoftwireStore::open(work, RecordClock(clocks_));
    if (!fresh) return fresh.error();
    if (auto filled = fill(**fresh, work, before); !filled) return filled;
    if (auto closed = close_whole(std::move(*fresh), SoftwireStore::path_in(work)); !closed) return closed;
    return exchange(SoftwireStore::path_in(work), "damaged");
  };
  auto made = make();
  std::filesystem::remove_all(work, error);
  return made;
}

Result<std::string> StoreKeeper::replace_file(const std::string& file, std::string_view why) {
  const std::string path = SoftwireStore::path_in(directory_);
  std::string away = path + "." + std::string(why) + "-" + file_time(clocks_().system);
  std::error_code error;
  for (int i = 1; std::filesystem::exists(std::filesystem::symlink_status(away, error)); ++i) {
    away = path + "." + std::string(why) + "-" + file_time(clocks_().system) + "-" + std::to_string(i);
  }
  // With a second name, the file is there at every moment.
  const bool is_file = std::filesystem::is_regular_file(std::filesystem::symlink_status(path, error));
  if (!is_file || link(path.c_str(), away.c_str()) != 0) {
    if (auto moved = move_file(path, away); !moved) return moved.error();
  }
  const auto replace = [&]() -> Result<Done> {
    for (const char* suffix : {"-wal", "-shm", "-journal"}) {
      if (auto moved = move_file(path + suffix, away + suffix); !moved) return moved;
    }
    return move_file(file, path);
  };
  if (auto replaced = replace(); !replaced) {
    put_back(away);
    return replaced.error();
  }
  if (std::filesystem::is_regular_file(std::filesystem::symlink_status(away + "-shm", error))) {
    std::filesystem::remove(away + "-shm", error);  // only an index of the journal
  }
  std::filesystem::remove(commit_note_path(directory_), error);
  static_cast<void>(flush(directory_));
  return away;
}

void StoreKeeper::put_back(const std::string& away) {
  const std::string path = SoftwireStore::path_in(directory_);
  std::error_code error;
  for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
    static_cast<void>(move_file(away + suffix, path + suffix));
    // Two names of one file stay two.
    if (std::filesystem::equivalent(away + suffix, path + suffix, error)) {
      std::filesystem::remove(away + suffix, error);
    }
  }
}

Result<Done> StoreKeeper::restore(const std::string& file) {
  if (directory_.empty()) {
    return Error{"softwired has no state directory; set the key state, and start softwired again"};
  }
  const auto checked = check_database(file);
  if (!checked) return checked.error();
  if (!checked->is_sound()) {
    return Error{"the file is damaged: " + checked->problems.front() + "; restore another one"};
  }
  return exchange(file, "before-restore");
}

Result<Done> StoreKeeper::exchange(const std::string& file, std::string_view why) {
  if (!is_substitute()) {
    auto empty = SoftwireStore::open("", RecordClock(clocks_));
    if (!empty) return empty.error();
    store_->take_over(std::move(**empty));
    store_->refuse("another store takes its place");
    empty->reset();  // closes the file
    static_cast<void>(hold_directory());
  }
  const std::vector<std::string> known = problems_;
  const auto away = replace_file(file, why);
  Result<Done> exchanged = away ? Result<Done>(Done{}) : away.error();
  if (exchanged) {
    const auto reopened = reopen();
    if (reopened) return Done{};
    exchanged = reopened.error();
    put_back(*away);  // the store before takes its place again
  }
  if (!reopen()) {
    substitute(exchanged.error());
  } else if (problems_.empty()) {
    problems_ = known;
  }
  return exchanged;
}

}  // namespace softwire::controlplane
