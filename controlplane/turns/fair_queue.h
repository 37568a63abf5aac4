// SPDX-License-Identifier: BSD-3-Clause
// Runs jobs one at a time, so that nobody can keep the thread or the store from others by many requests: the
// peers come in turn, and each peer's jobs in their order. Between two jobs the loop handles what is ready,
// such as DHCP. For the thread of the loop.
#pragma once

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>

namespace softwire::controlplane {

class FairQueue {
 public:
  using Peer = std::uint64_t;  // for example a user, or a part of an address
  // A job calls `ended` once, when the next job may begin: before it returns, or later.
  using Ended = std::function<void()>;
  using Job = std::function<void(Ended ended)>;

  explicit FairQueue(boost::asio::io_context& loop) : loop_(loop) {}
  FairQueue(const FairQueue&) = delete;
  FairQueue& operator=(const FairQueue&) = delete;

  // No job runs during the call.
  void add(Peer peer, Job job);
  [[nodiscard]] std::size_t waiting() const { return count_; }

 private:
  void next();

  boost::asio::io_context& loop_;
  std::map<Peer, std::deque<Job>> jobs_;  // no deque is empty
  std::deque<Peer> order_;                // the peers of `jobs_`
  std::size_t count_ = 0;
  bool busy_ = false;
  // Expires with the queue. What the loop and running jobs still call then does nothing.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace softwire::controlplane
