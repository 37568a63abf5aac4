// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/turns/fair_queue.h"

#include <boost/asio/post.hpp>

#include <utility>

namespace softwire::controlplane {

void FairQueue::add(Peer peer, Job job) {
  auto& own = jobs_[peer];
  if (own.empty()) order_.push_back(peer);
  own.push_back(std::move(job));
  ++count_;
  next();
}

void FairQueue::next() {
  if (busy_ || order_.empty()) return;
  busy_ = true;
  boost::asio::post(loop_, [this, alive = std::weak_ptr(alive_)] {
    if (alive.expired()) return;
    const Peer peer = order_.front();
    order_.pop_front();
    const auto own = jobs_.find(peer);
    const Job job = std::move(own->second.front());
    own->second.pop_front();
    --count_;
    if (own->second.empty()) {
      jobs_.erase(own);
    } else {
      order_.push_back(peer);
    }
    job([this, alive] {
      if (alive.expired()) return;
      busy_ = false;
      next();
    });
  });
}

}  // namespace softwire::controlplane
