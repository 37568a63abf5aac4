// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/store/store_keeper.h"

#include <cstdio>
#include <ctime>
#include <filesystem>
#include <utility>

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

Result<Done> move_file(const std::string& from, const std::string& to) {
  std::error_code error;
  std::filesystem::rename(from, to, error);
  if (error && error != std::errc::no_such_file_or_directory) {
    return Error{from + ": cannot be renamed to " + to + ": " + error.message()};
  }
  return Done{};
}

}  // namespace

StoreKeeper::StoreKeeper(std::string directory, const ReadClocks& clocks)
    : directory_(std::move(directory)), clocks_(clocks) {}

Result<std::unique_ptr<StoreKeeper>> StoreKeeper::open(const std::string& directory, ReadClocks clocks) {
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
  const auto copied = copy_sound_rows(path, **fresh, false);
  (*fresh)->begin_record_now();
  if (store_ == nullptr) {
    store_ = std::move(*fresh);
  } else {
    store_->take_over(std::move(**fresh));
    fresh->reset();  // closes the file
  }
  problems_ = {"the store cannot be used: " + why.text,
               copied ? std::to_string(*copied) + " sound rows of it are in effect, and softwires.conf"
                      : "only softwires.conf is in effect: " + copied.error().text};
  if (store_->begin()) {
    static_cast<void>(store_->set_fact(kFileDigestFact, ""));
    static_cast<void>(store_->commit());
  }
  store_->refuse("the store cannot be used: " + why.text + "; " + std::string(kWayOut));
}

Result<StoreReport> StoreKeeper::reopen() {
  auto store = SoftwireStore::open(directory_, RecordClock(clocks_));
  if (!store) return store.error();
  auto report = check_loaded_rows(**store);
  if (!report) return report;
  store_->take_over(std::move(**store));
  found(*report);
  static_cast<void>(store_->observe_clock());
  return report;
}

Result<StoreReport> StoreKeeper::repair() {
  if (directory_.empty()) return StoreReport{};
  StoreReport before;
  before.problems = problems_;
  if (!is_substitute()) {
    auto report = repair_rows(*store_);
    if (report) {
      problems_.clear();
      if (!report->is_sound()) before.problems = report->problems;
      before.rows = report->rows;
      return before;
    }
    substitute(report.error());
  }
  const std::string path = SoftwireStore::path_in(directory_);
  // Perhaps the disk has room again.
  const auto checked = check_database(path);
  if (checked && checked->is_sound()) {
    const auto reopened = reopen();
    if (!reopened) return reopened.error();
    if (reopened->is_sound()) return before;
    // The file is whole, but rows that were written are missing: the store in use is the one on disk now.
    return repair();
  }
  if (checked)
    before.problems.insert(before.problems.end(), checked->problems.begin(), checked->problems.end());
  if (auto rebuilt = rebuild(); !rebuilt) return rebuilt.error();
  const auto reopened = reopen();
  if (!reopened) return reopened;
  before.rows = reopened->rows;
  return before;
}

Result<Done> StoreKeeper::rebuild() {
  const std::string work = directory_ + "/repair";
  const std::string path = SoftwireStore::path_in(directory_);
  std::error_code error;
  std::filesystem::remove_all(work, error);
  {
    auto fresh = SoftwireStore::open(work, RecordClock(clocks_));
    if (!fresh) return fresh.error();
    if (const auto copied = copy_sound_rows(path, **fresh, true); !copied) return copied.error();
    if (auto begun = (*fresh)->begin(); !begun) return begun;
    if (auto accepted = (*fresh)->accept_rows(); !accepted) return accepted;
    if (auto committed = (*fresh)->commit(); !committed) return committed;
  }
  if (const auto moved = move_away("damaged"); !moved) return moved.error();
  if (auto moved = move_file(SoftwireStore::path_in(work), path); !moved) return moved;
  std::filesystem::remove_all(work, error);
  return Done{};
}

Result<std::string> StoreKeeper::move_away(std::string_view why) {
  const std::string path = SoftwireStore::path_in(directory_);
  const std::string away = path + "." + std::string(why) + "-" + file_time(clocks_().system);
  for (const char* suffix : {"", "-wal"}) {
    if (auto moved = move_file(path + suffix, away + suffix); !moved) return moved.error();
  }
  std::error_code error;
  std::filesystem::remove(path + "-shm", error);
  std::filesystem::remove(directory_ + "/softwired.commits", error);
  return away;
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
  if (!is_substitute()) {
    auto empty = SoftwireStore::open("", RecordClock(clocks_));
    if (!empty) return empty.error();
    store_->take_over(std::move(**empty));
    store_->refuse("another store is being restored");
  }
  const auto away = move_away("before-restore");
  if (!away) return away.error();
  const std::string path = SoftwireStore::path_in(directory_);
  auto moved = move_file(file, path);
  if (moved) {
    const auto reopened = reopen();
    if (reopened) return Done{};
    moved = reopened.error();
  }
  // The store before takes its place again.
  for (const char* suffix : {"", "-wal"}) static_cast<void>(move_file(*away + suffix, path + suffix));
  if (!reopen()) substitute(moved.error());
  return moved;
}

}  // namespace softwire::controlplane
