// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/softwires/store_service.h"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <boost/asio/post.hpp>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <utility>

#include "controlplane/store/store_files.h"

namespace softwire::controlplane {

namespace {

namespace asio = boost::asio;

constexpr std::chrono::seconds kTick(1);
constexpr unsigned kTicksOfHeartbeat = 60;
constexpr unsigned kTicksOfAttempt = 5;  // after a write that failed
constexpr std::uint64_t kLeastRoom = 256 << 10;

int local_hour() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  localtime_r(&now, &parts);
  return parts.tm_hour;
}

Error failed(const std::string& path) {
  return Error{path + ": " + std::strerror(errno)};
}

// Returns an error when the disk of the directory is full. A full disk may still take what is written to the
// places of earlier writes.
Result<Done> require_room(const std::string& directory) {
  struct statvfs disk {};
  if (directory.empty() || statvfs(directory.c_str(), &disk) != 0) return Done{};
  if (std::uint64_t{disk.f_bavail} * disk.f_frsize >= kLeastRoom) return Done{};
  return Error{directory + ": the disk is full; free space on it"};
}

// Writes a consistent copy of the database, while others use it.
Result<std::int64_t> copy_database(const std::string& from, const std::string& to) {
  std::error_code error;
  std::filesystem::remove(to, error);
  const auto copy = [&]() -> Result<std::int64_t> {
    auto database = Database::open(from, Database::Access::kReadOnly);
    if (!database) return database.error();
    if (auto set = database->run("PRAGMA busy_timeout = 2000; PRAGMA temp_store = MEMORY"); !set)
      return set.error();
    auto vacuum = database->prepare("VACUUM INTO ?");
    if (!vacuum) return vacuum.error();
    if (auto copied = vacuum->bind(1, std::string_view(to)).run(); !copied) {
      return Error{to + ": the copy cannot be written: " + copied.error().text};
    }
    const auto file = open_regular(to, O_RDONLY);
    if (!file) return file.error();
    static_cast<void>(fchmod(*file, kStoreFileMode));
    close(*file);
    const auto octets = std::filesystem::file_size(to, error);
    if (error) return Error{to + ": " + error.message()};
    return static_cast<std::int64_t>(octets);
  };
  auto octets = copy();
  if (!octets) std::filesystem::remove(to, error);  // half a copy
  return octets;
}

Result<std::vector<std::uint8_t>> read_part(const std::string& path, std::uint64_t offset) {
  const auto file = open_regular(path, O_RDONLY);
  if (!file) return file.error();
  std::vector<std::uint8_t> octets(StoreService::kPart);
  const ssize_t count = pread(*file, octets.data(), octets.size(), static_cast<off_t>(offset));
  const Error error = failed(path);
  close(*file);
  if (count < 0) return error;
  octets.resize(static_cast<std::size_t>(count));
  return octets;
}

Result<Done> write_part(const std::string& path, std::uint64_t offset, std::span<const std::uint8_t> octets) {
  const auto file = open_regular(path, O_WRONLY | O_CREAT | (offset == 0 ? O_TRUNC : 0));
  if (!file) return file.error();
  const ssize_t count = pwrite(*file, octets.data(), octets.size(), static_cast<off_t>(offset));
  const Error error = count < 0 ? failed(path) : Error{path + ": the disk is full; free space on it"};
  const bool is_flushed = fsync(*file) == 0;
  const Error flush_error = failed(path);
  close(*file);
  if (std::cmp_equal(count, octets.size()) && is_flushed) return Done{};
  std::error_code ignored;
  std::filesystem::remove(path, ignored);  // half a store
  return is_flushed ? error : flush_error;
}

}  // namespace

bool is_check_due(int local_hour, std::chrono::hours since_last) {
  constexpr int kNight = 3;
  constexpr std::chrono::hours kLeast(20);
  constexpr std::chrono::hours kMost(26);
  return (local_hour == kNight && since_last >= kLeast) || since_last >= kMost;
}

StoreService::StoreService(asio::io_context& loop, SoftwireManager& manager, StoreKeeper& keeper,
                           std::string directory, Observer observer)
    : loop_(loop),
      manager_(manager),
      keeper_(keeper),
      directory_(std::move(directory)),
      observer_(std::move(observer)),
      state_{keeper.is_substitute(), keeper.problems()},
      timer_(loop),
      work_(apart_.get_executor()),
      thread_([this] {
        if (observer_.thread_starts) observer_.thread_starts();
        apart_.run();
      }) {
  manager_.watch_writes([this](const Result<Done>& written) {
    if (!written) set_failure(written.error().text);
  });
}

StoreService::~StoreService() {
  work_.reset();
  thread_.join();
}

void StoreService::start() {
  if (state_.is_degraded() && observer_.changed) observer_.changed(state_);
  tick();
}

void StoreService::tick() {
  manager_.observe_clock();
  if (ticks_++ % (state_.failure.empty() ? kTicksOfHeartbeat : kTicksOfAttempt) == 0) heartbeat();
  timer_.expires_after(kTick);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) tick();
  });
}

// Writes the time of the record, so that a start after kill -9 or a power cut knows it. Finds a disk that is
// full before a subscriber does.
void StoreService::heartbeat() {
  manager_.ask<Result<Done>>(
      [directory = directory_](SoftwireStore& store) -> Result<Done> {
        if (!store.refusal().empty()) return Done{};
        if (auto begun = store.begin(); !begun) return begun;
        if (auto committed = store.commit(); !committed) return committed;
        return require_room(directory);
      },
      [this](const Result<Done>& written) { set_failure(written ? "" : written.error().text); });
  const auto since = std::chrono::steady_clock::now() - checked_at_;
  if (!directory_.empty() && is_check_due(local_hour(), std::chrono::floor<std::chrono::hours>(since))) {
    static_cast<void>(check());
  }
}

void StoreService::set_failure(std::string failure) {
  // Another error of the same disk is no news.
  if (failure == state_.failure || (!failure.empty() && !state_.failure.empty())) return;
  if (failure.empty()) state_.failed_jobs.clear();  // they can be tried again
  state_.failure = std::move(failure);
  if (observer_.changed) observer_.changed(state_);
}

void StoreService::set_job_failure(const std::string& name, const std::string& why) {
  const auto known = state_.failed_jobs.find(name);
  if (known == state_.failed_jobs.end() ? why.empty() : why == known->second) return;
  if (why.empty()) {
    state_.failed_jobs.erase(known);
  } else {
    state_.failed_jobs[name] = why;
  }
  if (observer_.changed) observer_.changed(state_);
}

void StoreService::take_problems(std::vector<std::string> problems, bool refuses) {
  if (problems == state_.problems && refuses == state_.refuses_changes) return;
  state_.problems = std::move(problems);
  state_.refuses_changes = refuses;
  if (observer_.changed) observer_.changed(state_);
}

Result<Done> StoreService::begin(std::string name) {
  if (directory_.empty())
    return Error{"softwired has no store on disk; set the key state, and start it again"};
  if (job_ && job_->state == StoreJob::State::kRunning) {
    return Error{"softwirectl store " + job_->name + " is running; wait until it ends"};
  }
  job_ = StoreJob{.name = std::move(name), .error = {}, .problems = {}};
  return Done{};
}

void StoreService::end(StoreJob job) {
  if (job.name == "check") {
    last_check_ = LastCheck{wall_now(), job};
    if (!job.problems.empty() && !state_.refuses_changes) take_problems(job.problems, false);
  }
  if (job.name == "backup") {
    set_job_failure("backup", job.error);
    if (!job.error.empty()) heartbeat();  // is it the disk?
  }
  if ((job.name == "repair" || job.name == "restore") && job.error.empty()) set_job_failure("expiry", "");
  if (observer_.noted) {
    std::string line = "store: " + job.name + " " + std::string(name_of(job.state));
    if (!job.error.empty()) line += ": " + job.error;
    if (!job.problems.empty()) line += "; problems: " + std::to_string(job.problems.size());
    observer_.noted(line);
  }
  job_ = std::move(job);
}

void StoreService::run_apart(std::function<StoreJob(StoreJob)> work) {
  asio::post(apart_, [this, job = *job_, work = std::move(work)] {
    auto result = std::make_shared<StoreJob>(work(job));
    asio::post(loop_, [this, result] { end(std::move(*result)); });
  });
}

Result<Done> StoreService::check() {
  if (auto begun = begin("check"); !begun) return begun;
  checked_at_ = std::chrono::steady_clock::now();
  run_apart([directory = directory_](StoreJob job) {
    auto report = check_store(directory);
    job.state = StoreJob::State::kDone;
    if (report) {
      job.problems = std::move(report->problems);
      job.rows = report->rows;
    } else {
      job.problems = {report.error().text};
    }
    return job;
  });
  return Done{};
}

Result<Done> StoreService::backup() {
  if (state_.refuses_changes) {
    return Error{
        "the store cannot be used, so there is nothing to back up; softwirectl store repair or store restore "
        "FILE ends that"};
  }
  if (auto begun = begin("backup"); !begun) return begun;
  run_apart([from = SoftwireStore::path_in(directory_), to = backup_path()](StoreJob job) {
    const auto octets = copy_database(from, to);
    job.state = octets ? StoreJob::State::kDone : StoreJob::State::kFailed;
    if (octets) {
      job.octets = *octets;
    } else {
      job.error = octets.error().text;
    }
    return job;
  });
  return Done{};
}

void StoreService::run_in_store(std::function<Result<StoreReport>(StoreKeeper&)> work) {
  struct Outcome {
    StoreJob job;
    std::vector<std::string> problems;
    bool refuses = false;
  };
  auto outcome = std::make_shared<Outcome>(Outcome{*job_, {}, false});
  manager_.replace_contents(
      [this, work = std::move(work), outcome](SoftwireStore&) -> Result<Done> {
        auto report = work(keeper_);
        outcome->problems = keeper_.problems();
        outcome->refuses = keeper_.is_substitute();
        if (!report) return report.error();
        outcome->job.problems = std::move(report->problems);
        outcome->job.rows = report->rows;
        return Done{};
      },
      [this, outcome](const Result<Done>& done) {
        outcome->job.state = done ? StoreJob::State::kDone : StoreJob::State::kFailed;
        if (!done) outcome->job.error = done.error().text;
        take_problems(std::move(outcome->problems), outcome->refuses);
        end(std::move(outcome->job));
      });
}

Result<Done> StoreService::repair() {
  if (auto begun = begin("repair"); !begun) return begun;
  run_in_store([this](StoreKeeper& keeper) {
    auto report = keeper.repair();
    if (!report) return report;
    // What is forwarded stays, wherever it was lost.
    const auto added = manager_.add_running();
    if (!added) {
      report->problems.push_back("softwires that are running cannot be added: " + added.error().text);
    } else if (*added != 0) {
      report->problems.push_back(std::to_string(*added) +
                                 " softwires that are running were not in the store, and were added");
    }
    return report;
  });
  return Done{};
}

Result<Done> StoreService::restore() {
  if (auto begun = begin("restore"); !begun) return begun;
  run_in_store([path = restore_path()](StoreKeeper& keeper) -> Result<StoreReport> {
    auto restored = keeper.restore(path);
    std::error_code error;
    std::filesystem::remove(path, error);  // what was refused
    if (!restored) return restored.error();
    return StoreReport{};
  });
  return Done{};
}

void StoreService::read(std::uint64_t offset,
                        std::function<void(const Result<std::vector<std::uint8_t>>&)> done) {
  asio::post(apart_, [this, path = backup_path(), offset, done = std::move(done)]() mutable {
    auto part = std::make_shared<Result<std::vector<std::uint8_t>>>(read_part(path, offset));
    std::error_code error;
    if (*part && (*part)->size() < kPart) std::filesystem::remove(path, error);  // this was the last part
    asio::post(loop_, [part, done = std::move(done)] { done(*part); });
  });
}

void StoreService::write(std::uint64_t offset, std::vector<std::uint8_t> octets,
                         std::function<void(const Result<Done>&)> done) {
  if (job_ && job_->state == StoreJob::State::kRunning && job_->name == "restore") {
    return done(Error{"a store is being restored; wait until that ends"});
  }
  asio::post(apart_, [this, path = restore_path(), offset, octets = std::move(octets),
                      done = std::move(done)]() mutable {
    auto written = std::make_shared<Result<Done>>(write_part(path, offset, octets));
    asio::post(loop_, [written, done = std::move(done)] { done(*written); });
  });
}

void StoreService::expire(WallTime before, std::function<void(const Result<std::int64_t>&)> done) {
  using Deleted = Result<std::int64_t>;
  const auto count = std::make_shared<std::int64_t>(0);
  manager_.ask_in_slices<Deleted>(
      [before, count](SoftwireStore& store) -> std::optional<Deleted> {
        if (!store.refusal().empty()) return Deleted(Error{store.refusal()});
        const WallTime now = store.now();
        const WallTime at = store.timeline().moments(before, now).front().at;
        if (at > now) return Deleted(Error{to_string(before) + " is in the future; give a time in the past"});
        const auto forgotten = store.forget_ended(at);
        if (!forgotten) {
          return Deleted(Error{forgotten.error().text + "; " + std::to_string(*count) + " are deleted"});
        }
        *count += *forgotten;
        if (*forgotten != 0) return std::nullopt;
        return Deleted(*count);
      },
      [this, done = std::move(done)](const Deleted& deleted) {
        if (deleted) set_job_failure("expiry", "");
        done(deleted);
      });
}

void StoreService::forget(std::chrono::days age, std::function<void(const Result<std::int64_t>&)> done) {
  manager_.ask<Result<std::int64_t>>(
      // The time of the record ages with the machine, not with the system clock.
      [age](SoftwireStore& store) { return store.forget_ended(store.now() - age); },
      [this, done = std::move(done)](const Result<std::int64_t>& forgotten) {
        set_job_failure("expiry", forgotten ? "" : forgotten.error().text);
        done(forgotten);
      });
}

}  // namespace softwire::controlplane
