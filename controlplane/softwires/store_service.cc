// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/softwires/store_service.h"

#include <fcntl.h>
#include <unistd.h>

#include <boost/asio/post.hpp>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <utility>

namespace softwire::controlplane {

namespace {

namespace asio = boost::asio;

constexpr std::chrono::seconds kTick(1);
constexpr unsigned kTicksOfHeartbeat = 60;
constexpr mode_t kFileMode = 0640;

int local_hour() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  localtime_r(&now, &parts);
  return parts.tm_hour;
}

Error failed(const std::string& path) {
  return Error{path + ": " + std::strerror(errno)};
}

// Writes a consistent copy of the database, while others use it.
Result<std::int64_t> copy_database(const std::string& from, const std::string& to) {
  std::error_code error;
  std::filesystem::remove(to, error);
  auto database = Database::open(from, Database::Access::kReadOnly);
  if (!database) return database.error();
  if (auto set = database->run("PRAGMA busy_timeout = 2000; PRAGMA temp_store = MEMORY"); !set)
    return set.error();
  auto copy = database->prepare("VACUUM INTO ?");
  if (!copy) return copy.error();
  if (auto copied = copy->bind(1, std::string_view(to)).run(); !copied) return copied.error();
  const int file = ::open(to.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return failed(to);
  static_cast<void>(fchmod(file, kFileMode));
  close(file);
  const auto octets = std::filesystem::file_size(to, error);
  if (error) return Error{to + ": " + error.message()};
  return static_cast<std::int64_t>(octets);
}

Result<std::vector<std::uint8_t>> read_part(const std::string& path, std::uint64_t offset) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return failed(path);
  std::vector<std::uint8_t> octets(StoreService::kPart);
  const ssize_t count = pread(file, octets.data(), octets.size(), static_cast<off_t>(offset));
  const Error error = failed(path);
  close(file);
  if (count < 0) return error;
  octets.resize(static_cast<std::size_t>(count));
  return octets;
}

Result<Done> write_part(const std::string& path, std::uint64_t offset, std::span<const std::uint8_t> octets) {
  const int file =
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | (offset == 0 ? O_TRUNC : 0), kFileMode);
  if (file < 0) return failed(path);
  static_cast<void>(fchmod(file, kFileMode));
  const ssize_t count = pwrite(file, octets.data(), octets.size(), static_cast<off_t>(offset));
  const Error error = count < 0 ? failed(path) : Error{path + ": the disk is full"};
  const bool is_flushed = fsync(file) == 0;
  close(file);
  if (std::cmp_not_equal(count, octets.size())) return error;
  return is_flushed ? Result<Done>(Done{}) : failed(path);
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
      state_{keeper.is_substitute(), keeper.problems(), {}},
      timer_(loop),
      work_(apart_.get_executor()),
      thread_([this] {
        if (observer_.thread_starts) observer_.thread_starts();
        apart_.run();
      }) {}

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
  if (ticks_++ % kTicksOfHeartbeat == 0) heartbeat();
  timer_.expires_after(kTick);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) tick();
  });
}

// Writes the time of the record, so that a start after kill -9 or a power cut knows it. Finds a disk that is
// full before a subscriber does.
void StoreService::heartbeat() {
  manager_.ask<Result<Done>>(
      [](SoftwireStore& store) -> Result<Done> {
        if (!store.refusal().empty()) return Done{};
        if (auto begun = store.begin(); !begun) return begun;
        return store.commit();
      },
      [this](const Result<Done>& written) { set_failure(written ? "" : written.error().text); });
  const auto since = std::chrono::steady_clock::now() - checked_at_;
  if (!directory_.empty() && is_check_due(local_hour(), std::chrono::floor<std::chrono::hours>(since))) {
    static_cast<void>(check());
  }
}

void StoreService::set_failure(std::string failure) {
  if (failure == state_.failure) return;
  state_.failure = std::move(failure);
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
  run_apart([path = SoftwireStore::path_in(directory_)](StoreJob job) {
    auto report = check_database(path);
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
  run_in_store([](StoreKeeper& keeper) { return keeper.repair(); });
  return Done{};
}

Result<Done> StoreService::restore() {
  if (auto begun = begin("restore"); !begun) return begun;
  run_in_store([path = restore_path()](StoreKeeper& keeper) -> Result<StoreReport> {
    if (auto restored = keeper.restore(path); !restored) return restored.error();
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
  manager_.ask<Result<std::int64_t>>(
      [before](SoftwireStore& store) -> Result<std::int64_t> {
        if (!store.refusal().empty()) return Error{store.refusal()};
        const WallTime now = store.now();
        const WallTime at = store.timeline().moments(before, now).front().at;
        if (at > now) return Error{to_string(before) + " is in the future; give a time in the past"};
        std::int64_t count = 0;
        for (;;) {
          const auto forgotten = store.forget_ended(at);
          if (!forgotten) return forgotten;
          if (*forgotten == 0) return count;
          count += *forgotten;
        }
      },
      std::move(done));
}

}  // namespace softwire::controlplane
