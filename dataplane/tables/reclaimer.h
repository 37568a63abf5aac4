// SPDX-License-Identifier: BSD-3-Clause
// Memory that readers may still be looking at: kept until each of them has let go of what it had (quiescent
// states: DPDK's rte_rcu_qsbr). Readers never wait, and never write what another reader writes.
//
// A reader is online while it may hold pointers to what the writer publishes; between two bursts, when it
// holds none, it says quiescent(). One thread writes: it publishes what replaces a thing, then retires the
// thing.
#pragma once

#include <rte_rcu_qsbr.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <memory>
#include <type_traits>

namespace softwire::dataplane {

class Reclaimer {
 public:
  // Gives `what` of `owner` back: no reader has it any more.
  using Release = void (*)(void* owner, std::uint64_t what);

  // What may wait at a time; one thing that is larger waits alone.
  static constexpr std::size_t kMaxWaiting = 4096;
  static constexpr std::size_t kMaxWaitingBytes = std::size_t{4} << 20;

  // Null: no memory, or no readers.
  static std::unique_ptr<Reclaimer> create(unsigned max_readers);
  // Releases what is left. Readers are offline, or go on reporting meanwhile.
  ~Reclaimer();
  Reclaimer(const Reclaimer&) = delete;
  Reclaimer& operator=(const Reclaimer&) = delete;

  // --- readers; reader < max_readers, each used by one thread at a time ---
  // Once, by any thread, ahead of its first online().
  void add(unsigned reader) { rte_rcu_qsbr_thread_register(states_.get(), reader); }
  void online(unsigned reader) { rte_rcu_qsbr_thread_online(states_.get(), reader); }
  // Holds nothing until the next online(): to be called ahead of whatever may block, for the writer may have
  // to wait for those who are online.
  void offline(unsigned reader) { rte_rcu_qsbr_thread_offline(states_.get(), reader); }
  // Holds nothing at this moment.
  void quiescent(unsigned reader) { rte_rcu_qsbr_quiescent(states_.get(), reader); }

  // --- the writer: one thread, which is not online ---
  // Calls release(owner, what) when every reader has let go of it, in the order of retire() calls: from
  // within reclaim(), synchronize() or a later retire(). It can no longer be reached by readers that begin
  // now. Where more waits than may, `bytes` included, this waits for the readers.
  void retire(Release release, void* owner, std::uint64_t what, std::size_t bytes);
  // A whole object. `bytes`: all that it holds.
  template <typename T>
  void retire(std::unique_ptr<T> object, std::size_t bytes = sizeof(T)) {
    using Object = std::remove_const_t<T>;
    const Release release = [](void* owner, std::uint64_t) { delete static_cast<Object*>(owner); };
    retire(release, const_cast<Object*>(object.release()), 0, bytes);
  }
  // Releases what no reader has any more, without waiting; returns the number of things.
  std::size_t reclaim();
  // Waits until everything retired so far is released.
  void synchronize();
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
  [[nodiscard]] std::size_t waiting_bytes() const { return waiting_bytes_; }

 private:
  struct Retired {
    std::uint64_t token = 0;  // of rte_rcu_qsbr
    Release release = nullptr;
    void* owner = nullptr;
    std::uint64_t what = 0;
    std::size_t bytes = 0;
  };
  struct Free {
    void operator()(rte_rcu_qsbr* states) const { std::free(states); }
  };
  using States = std::unique_ptr<rte_rcu_qsbr, Free>;

  explicit Reclaimer(States states) : states_(std::move(states)) {}

  States states_;
  std::deque<Retired> waiting_;  // the oldest first
  std::size_t waiting_bytes_ = 0;
};

}  // namespace softwire::dataplane
