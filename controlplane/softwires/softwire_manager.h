// SPDX-License-Identifier: BSD-3-Clause
// The softwires of a running hub: one change after the other is written to the store, then published to the
// workers. The store is on a thread of its own, so that a slow disk delays answers, never DHCP.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "controlplane/config/config.h"
#include "controlplane/softwires/change_softwires.h"
#include "controlplane/softwires/open_softwires.h"
#include "controlplane/softwires/softwire_host.h"
#include "controlplane/store/softwire_store.h"

namespace softwire::controlplane {

// All functions are for the thread of the loop, and all callbacks come on it; those of the destructor's time
// do not come any more.
class SoftwireManager {
 public:
  using ChangeCallback = std::function<void(const Result<SoftwiresChanged, ChangeError>&)>;
  using ReloadCallback = std::function<void(const Result<SoftwiresChanged>&)>;

  struct Observer {
    // What has been published, whoever wanted it; ahead of the callback of who did.
    std::function<void(const SoftwiresChanged&)> changed;
    // The set of BR addresses may be another one.
    std::function<void()> ends_changed;
    // Something is wrong that no caller is told.
    std::function<void(const Error&)> failed;
    // On the store's thread, ahead of all that it does.
    std::function<void()> store_thread_starts = {};
  };

  // `config` with what the ports had to say. Loop, host and store outlive it.
  SoftwireManager(boost::asio::io_context& loop, SoftwireHost& host, SoftwireStore& store,
                  const Config& config, Observer observer);
  ~SoftwireManager();
  SoftwireManager(const SoftwireManager&) = delete;
  SoftwireManager& operator=(const SoftwireManager&) = delete;

  // The configuration in effect.
  [[nodiscard]] const Config& config() const { return *config_; }

  // `changed` is called when the change is durable and the workers go by it, or it is refused.
  void change(SoftwireChange change, ChangeCallback changed);
  // The leases of the store, to the hub; and from here on the hub's leases are kept there.
  Result<Done> take_leases();
  // Another configuration, its softwires file read anew. All of it, or nothing.
  void reload(Config config, ReloadCallback reloaded);

  // What reload() would say; nothing changes.
  void test(Config config, std::function<void(const Result<Done>&)> tested);

  // Asks the store, on its thread; then calls `done` with what was found. T: movable.
  template <typename T>
  void ask(std::function<T(SoftwireStore&)> question, std::function<void(T)> done) {
    boost::asio::post(store_loop_, [this, question = std::move(question), done = std::move(done)]() mutable {
      auto answer = std::make_shared<T>(question(store_));
      boost::asio::post(loop_, [done = std::move(done), answer] { done(std::move(*answer)); });
    });
  }

 private:
  struct Request {
    SoftwireChange change;
    ChangeCallback changed;
    // Instead of a change.
    std::shared_ptr<const Config> config;
    ReloadCallback reloaded;
  };
  struct Batch;

  void next();
  [[nodiscard]] bool fits_in_place(const SoftwireChange& change) const;
  void change_in_place(std::vector<Request> requests);
  void change_whole(Request request);
  void reload_whole(Request request);
  void publish_in_place(Batch& batch);
  // The tables anew, of what the store has.
  void rebuild(std::function<void(const Result<Done>&)> done);
  // Tells the hub and the observer what has come of a change that the workers go by now.
  void note(const SoftwiresChanged& changed);
  void finished();

  boost::asio::io_context& loop_;
  SoftwireHost& host_;
  SoftwireStore& store_;
  std::shared_ptr<const Config> config_;
  Observer observer_;
  std::deque<Request> waiting_;
  bool busy_ = false;
  boost::asio::io_context store_loop_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::thread store_thread_;
};

}  // namespace softwire::controlplane
