// SPDX-License-Identifier: BSD-3-Clause
// The care of the store of a running hub: its state, backups, checks, repair. Long work runs on a thread of
// its own, one job at a time, beside DHCP and changes.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "controlplane/softwires/softwire_manager.h"
#include "controlplane/store/store_check.h"
#include "controlplane/store/store_keeper.h"
#include "softwire/result.h"
#include "softwire/wall_time.h"

namespace softwire::controlplane {

// A job of the store, the last one or the one that runs.
struct StoreJob {
  enum class State : std::uint8_t { kRunning, kDone, kFailed };
  std::string name;  // check, repair, backup, restore
  State state = State::kRunning;
  std::string error;                  // if it failed
  std::vector<std::string> problems;  // that were found
  std::int64_t rows = 0;              // that were checked
  std::int64_t octets = 0;            // of the backup
};
constexpr std::string_view name_of(StoreJob::State state) {
  return state == StoreJob::State::kRunning ? "running" : state == StoreJob::State::kDone ? "done" : "failed";
}

struct StoreState {
  bool refuses_changes = false;
  std::vector<std::string> problems;  // of the store on disk; empty: none is known
  std::string failure = {};           // why the last write failed; empty: it did not
  // Why the latest backup and the latest expiry failed; empty: they did not. A full disk that has room again
  // ends that too.
  std::map<std::string, std::string, std::less<>> failed_jobs = {};

  [[nodiscard]] bool is_degraded() const {
    return refuses_changes || !problems.empty() || !failure.empty() || !failed_jobs.empty();
  }
};

// Returns whether a check is due: at night, once a day, and in any case after 26 hours.
[[nodiscard]] bool is_check_due(int local_hour, std::chrono::hours since_last);

// All functions are for the thread of the loop, and all callbacks run on it.
class StoreService {
 public:
  struct Observer {
    std::function<void(const StoreState&)> changed;      // the state has changed
    std::function<void(const std::string&)> noted = {};  // a line for the log
    std::function<void()> thread_starts = {};            // called on the thread of the jobs
  };
  using JobDone = std::function<void(const StoreJob&)>;

  // All arguments must outlive the service.
  StoreService(boost::asio::io_context& loop, SoftwireManager& manager, StoreKeeper& keeper,
               std::string directory, Observer observer);
  ~StoreService();
  StoreService(const StoreService&) = delete;
  StoreService& operator=(const StoreService&) = delete;

  // Starts the timers: clock, heartbeat, nightly check.
  void start();

  [[nodiscard]] const StoreState& state() const { return state_; }
  [[nodiscard]] const std::optional<StoreJob>& job() const { return job_; }
  // Returns the last check that ended, and when it did.
  struct LastCheck {
    WallTime at;
    StoreJob result;
  };
  [[nodiscard]] const std::optional<LastCheck>& last_check() const { return last_check_; }
  [[nodiscard]] const std::string& directory() const { return directory_; }

  // Each starts a job. An error: another one runs, or there is no store on disk.
  Result<Done> check();
  Result<Done> backup();
  Result<Done> repair();
  Result<Done> restore();  // what write() has written

  // Reads a part of the backup.
  void read(std::uint64_t offset, std::function<void(const Result<std::vector<std::uint8_t>>&)> done);
  // Writes a part of the store to restore. Offset 0 begins anew.
  void write(std::uint64_t offset, std::vector<std::uint8_t> octets,
             std::function<void(const Result<Done>&)> done);

  // Deletes history that ended before this system time, whatever the clock says about its age.
  void expire(WallTime before, std::function<void(const Result<std::int64_t>&)> done);
  // Deletes some of the history that is older than this by the time of the record. Calls `done` with the
  // number; 0: nothing is left.
  void forget(std::chrono::days age, std::function<void(const Result<std::int64_t>&)> done);

  static constexpr std::size_t kPart = std::size_t{256} * 1024;  // octets of read() and write(), at most

 private:
  Result<Done> begin(std::string name);
  void end(StoreJob job);
  void tick();
  void heartbeat();
  void take_problems(std::vector<std::string> problems, bool refuses);
  // Notes whether the latest attempt at a job failed: see StoreState::failed_jobs.
  void set_job_failure(const std::string& name, const std::string& why);
  void set_failure(std::string failure);
  // Runs `work` on the thread of the jobs, then `done`.
  void run_apart(std::function<StoreJob(StoreJob)> work);
  // Runs `work` on the store's thread, then publishes what the store has.
  void run_in_store(std::function<Result<StoreReport>(StoreKeeper&)> work);
  [[nodiscard]] std::string backup_path() const { return directory_ + "/backup.db"; }
  [[nodiscard]] std::string restore_path() const { return directory_ + "/restore.db"; }

  boost::asio::io_context& loop_;
  SoftwireManager& manager_;
  StoreKeeper& keeper_;
  std::string directory_;
  Observer observer_;
  StoreState state_;
  std::optional<StoreJob> job_;
  std::optional<LastCheck> last_check_;
  std::chrono::steady_clock::time_point checked_at_ = std::chrono::steady_clock::now();
  boost::asio::steady_timer timer_;
  unsigned ticks_ = 0;
  boost::asio::io_context apart_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::thread thread_;
};

}  // namespace softwire::controlplane
