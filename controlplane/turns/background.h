// SPDX-License-Identifier: BSD-3-Clause
// A thread for work that would keep the control thread from DHCP: texts of many octets, filters, files. It
// does one piece of work after the other.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <thread>

namespace softwire::controlplane {

class Background {
 public:
  // Returns when `thread_starts` (it may be empty) has run there. The loop must outlive this object.
  Background(boost::asio::io_context& loop, std::function<void()> thread_starts);
  // Waits for the running piece of work. Drops what waits: its `then` is not called.
  ~Background();
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  // Calls `work` on the thread, then `then` on the loop. For the thread of the loop. `work` is destroyed on
  // either thread, so it must own nothing that belongs to the loop; `then` is destroyed on the loop.
  void run(std::function<void()> work, std::function<void()> then);

 private:
  boost::asio::io_context& loop_;
  boost::asio::io_context own_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  std::thread thread_;
};

}  // namespace softwire::controlplane
