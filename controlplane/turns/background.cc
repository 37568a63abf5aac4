// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/turns/background.h"

#include <boost/asio/post.hpp>

#include <latch>
#include <utility>

namespace softwire::controlplane {

namespace asio = boost::asio;

Background::Background(asio::io_context& loop, std::function<void()> thread_starts)
    : loop_(loop), guard_(own_.get_executor()) {
  // Returns only after `thread_starts`, which may drop privileges.
  std::latch started(1);
  thread_ = std::thread([this, &started, starts = std::move(thread_starts)] {
    if (starts) starts();
    started.count_down();
    own_.run();
  });
  started.wait();
}

Background::~Background() {
  own_.stop();
  thread_.join();
}

void Background::run(std::function<void()> work, std::function<void()> then) {
  asio::post(own_,
             [this, work = std::move(work), then = std::move(then), alive = std::weak_ptr(alive_)]() mutable {
               work();
               work = nullptr;
               asio::post(loop_, [then = std::move(then), alive = std::move(alive)] {
                 if (!alive.expired()) then();
               });
             });
}

}  // namespace softwire::controlplane
