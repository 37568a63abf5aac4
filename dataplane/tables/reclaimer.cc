// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/tables/reclaimer.h"

#include <sched.h>

#include <new>
#include <utility>

namespace softwire::dataplane {

std::unique_ptr<Reclaimer> Reclaimer::create(unsigned max_readers) {
  if (max_readers == 0) return nullptr;
  const std::size_t bytes = rte_rcu_qsbr_get_memsize(max_readers);
  States states(static_cast<rte_rcu_qsbr*>(std::aligned_alloc(RTE_CACHE_LINE_SIZE, bytes)));
  if (states == nullptr || rte_rcu_qsbr_init(states.get(), max_readers) != 0) return nullptr;
  return std::unique_ptr<Reclaimer>(new (std::nothrow) Reclaimer(std::move(states)));
}

Reclaimer::~Reclaimer() {
  synchronize();
}

void Reclaimer::retire(Release release, void* owner, std::uint64_t what, std::size_t bytes) {
  while (waiting_.size() >= kMaxWaiting || (!waiting_.empty() && waiting_bytes_ + bytes > kMaxWaitingBytes)) {
    if (reclaim() == 0) sched_yield();
  }
  waiting_.push_back({.token = rte_rcu_qsbr_start(states_.get()),
                      .release = release,
                      .owner = owner,
                      .what = what,
                      .bytes = bytes});
  waiting_bytes_ += bytes;
}

std::size_t Reclaimer::reclaim() {
  std::size_t released = 0;
  while (!waiting_.empty() && rte_rcu_qsbr_check(states_.get(), waiting_.front().token, false) == 1) {
    const Retired due = waiting_.front();
    waiting_.pop_front();
    waiting_bytes_ -= due.bytes;
    due.release(due.owner, due.what);
    ++released;
  }
  return released;
}

void Reclaimer::synchronize() {
  while (!waiting_.empty()) {
    if (reclaim() == 0) sched_yield();
  }
}

}  // namespace softwire::dataplane
