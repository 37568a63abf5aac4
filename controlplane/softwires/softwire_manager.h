// SPDX-License-Identifier: BSD-3-Clause
// Manages the softwires of a running hub. Writes one change after the other to the store, then publishes it
// to the workers. The store has its own thread, so that a slow disk delays answers but not DHCP.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "controlplane/config/config.h"
#include "controlplane/softwires/change_softwires.h"
#include "controlplane/softwires/open_softwires.h"
#include "controlplane/softwires/softwire_host.h"
#include "controlplane/store/softwire_store.h"
#include "controlplane/turns/background.h"

namespace softwire::controlplane {

// All functions are for the thread of the loop, and all callbacks run on it. No callback runs once the
// destructor has begun.
class SoftwireManager {
 public:
  using ChangeCallback = std::function<void(const Result<SoftwiresChanged, ChangeError>&)>;
  using ReloadCallback = std::function<void(const Result<SoftwiresChanged>&)>;

  struct Observer {
    // Called for every published change, before the callback of the caller who requested it.
    std::function<void(const SoftwiresChanged&)> changed;
    // Called when the set of BR addresses may have changed.
    std::function<void()> ends_changed;
    // Called for an error that no caller gets.
    std::function<void(const Error&)> failed;
    // Called on the store's thread when that starts.
    std::function<void()> store_thread_starts = {};
    // Called when the system clock has made a step.
    std::function<void(const ClockStep&)> clock_stepped = {};
  };

  // `config` must have the MAC addresses of the ports. Loop, host and store must outlive the manager.
  SoftwireManager(boost::asio::io_context& loop, SoftwireHost& host, SoftwireStore& store,
                  const Config& config, Observer observer);
  ~SoftwireManager();
  SoftwireManager(const SoftwireManager&) = delete;
  SoftwireManager& operator=(const SoftwireManager&) = delete;

  // Returns the configuration in effect.
  [[nodiscard]] const Config& config() const { return *config_; }

  // Requests a change. Calls `changed` when the change is durable and active, or when it is refused.
  void change(SoftwireChange change, ChangeCallback changed);
  // Gives the leases of the store to the hub. From then on the hub's leases are kept in the store.
  Result<Done> take_leases();
  // Activates another configuration, and reads its softwires file again. Does everything or nothing.
  void reload(Config config, ReloadCallback reloaded);

  // Returns the error that reload() would return. Changes nothing. Works with a copy of the store on a thread
  // of its own, so that changes need not wait for it.
  void test(Config config, std::function<void(const Result<Done>&)> tested);

  // Calls `work`, which may replace the contents of the store, on the store's thread. Then activates the
  // softwires and leases that the store has. Calls `done` with the error of either.
  using StoreWork = std::function<Result<Done>(SoftwireStore&)>;
  void replace_contents(StoreWork work, std::function<void(const Result<Done>&)> done);

  // Adds to the store what the hub forwards by and the store does not have: see running_softwires.h. Only for
  // the `work` of replace_contents(), on the store's thread.
  Result<std::size_t> add_running();
  // Lets `wrote` know the result of every attempt to write a change or a reload to the store, at once. An
  // error is one of the store, not of the change.
  void watch_writes(std::function<void(const Result<Done>&)> wrote) { wrote_ = std::move(wrote); }

  // Returns the clock of the record.
  [[nodiscard]] const RecordClock& clock() const { return clock_; }
  // Records a step of the system clock, if there was one.
  void observe_clock();

  // Calls `question` on the store's thread again and again until it returns a value, then calls `done` with
  // that on the loop's thread. What waits for the store goes between, so each call should work for no longer
  // than some milliseconds.
  template <typename T>
  void ask_in_slices(std::function<std::optional<T>(SoftwireStore&)> question, std::function<void(T)> done) {
    boost::asio::post(store_loop_, [this, question = std::move(question), done = std::move(done)]() mutable {
      record_time();
      std::optional<T> answer = question(store_);
      if (!answer) return ask_in_slices<T>(std::move(question), std::move(done));
      auto shared = std::make_shared<T>(std::move(*answer));
      boost::asio::post(loop_, [done = std::move(done), shared] { done(std::move(*shared)); });
    });
  }

  // Calls `question` on the store's thread, then calls `done` with its result on the loop's thread. Requires:
  // T is movable.
  template <typename T>
  void ask(std::function<T(SoftwireStore&)> question, std::function<void(T)> done) {
    boost::asio::post(store_loop_, [this, question = std::move(question), done = std::move(done)]() mutable {
      record_time();
      auto answer = std::make_shared<T>(question(store_));
      boost::asio::post(loop_, [done = std::move(done), answer] { done(std::move(*answer)); });
    });
  }

 private:
  struct Request {
    SoftwireChange change;
    ChangeCallback changed;
    // Used instead of a change, for a reload.
    std::shared_ptr<const Config> config;
    ReloadCallback reloaded;
    // Used instead of a change, for replace_contents().
    StoreWork work = {};
    std::function<void(const Result<Done>&)> worked = {};

    [[nodiscard]] bool is_change() const { return config == nullptr && !work; }
  };
  struct Batch;
  struct Contents;

  void next();
  [[nodiscard]] bool fits_in_place(const SoftwireChange& change) const;
  void change_in_place(std::vector<Request> requests);
  void change_whole(Request request);
  void reload_whole(Request request);
  void replace_whole(Request request);
  // Records a step of the clock, and returns the time of the record. For the store's thread, outside a
  // transaction.
  WallTime record_time();
  // Returns what the store has after `work`. For the store's thread.
  Contents read_contents(const StoreWork& work);
  void publish_in_place(Batch& batch);
  // Builds new tables from the contents of the store.
  void rebuild(std::function<void(const Result<Done>&)> done);
  void told_of_write(const Result<Done>& written) const {
    if (wrote_) wrote_(written);
  }
  // Reports a change that is active to the hub and the observer.
  void note(const SoftwiresChanged& changed);
  void finished();

  boost::asio::io_context& loop_;
  SoftwireHost& host_;
  SoftwireStore& store_;
  const RecordClock clock_;
  std::shared_ptr<const Config> config_;
  Observer observer_;
  std::function<void(const Result<Done>&)> wrote_;
  std::deque<Request> waiting_;
  bool busy_ = false;
  boost::asio::io_context store_loop_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::thread store_thread_;
  Background tests_;
};

}  // namespace softwire::controlplane
