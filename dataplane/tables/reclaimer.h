// SPDX-License-Identifier: BSD-3-Clause
// Frees memory that readers may still use: it is kept until no reader can use it any more (quiescent states,
// with DPDK's rte_rcu_qsbr). Readers never wait, and never write memory that another reader writes.
//
// A reader is online while it may hold pointers to what the writer publishes. Between two bursts, when it
// holds none, it calls quiescent(). One thread writes: it publishes a replacement, and then retires the
// replaced object.
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
  // Releases `what`, which belongs to `owner`. No reader uses it any more.
  using Release = void (*)(void* owner, std::uint64_t what);

  // How much may wait at a time. One object that is larger than kMaxWaitingBytes waits alone.
  static constexpr std::size_t kMaxWaiting = 4096;
  static constexpr std::size_t kMaxWaitingBytes = std::size_t{4} << 20;

  // Returns null when max_readers is 0 or there is not enough memory.
  static std::unique_ptr<Reclaimer> create(unsigned max_readers);
  // Waits for the readers, and releases what still waits. Requires: each reader is offline or goes on calling
  // quiescent().
  ~Reclaimer();
  Reclaimer(const Reclaimer&) = delete;
  Reclaimer& operator=(const Reclaimer&) = delete;

  // --- readers; reader < max_readers; one thread at a time may use a reader ---
  // Registers a reader. Any thread may call it, once, before the reader's first online().
  void add(unsigned reader) { rte_rcu_qsbr_thread_register(states_.get(), reader); }
  void online(unsigned reader) { rte_rcu_qsbr_thread_online(states_.get(), reader); }
  // States that the reader holds no pointers until its next online(). Call it before anything that may block,
  // because the writer may have to wait for readers that are online.
  void offline(unsigned reader) { rte_rcu_qsbr_thread_offline(states_.get(), reader); }
  // States that the reader holds no pointers now.
  void quiescent(unsigned reader) { rte_rcu_qsbr_quiescent(states_.get(), reader); }

  // --- the writer: one thread, which is not an online reader ---
  // Calls release(owner, what) later, when no reader can use it any more, in the order of the retire() calls:
  // from within reclaim(), synchronize() or a later retire(). When more than the limits would wait, this call
  // waits for the readers. `bytes`: octets that the object occupies. Requires: a reader that starts now
  // cannot reach the object.
  void retire(Release release, void* owner, std::uint64_t what, std::size_t bytes);
  // Deletes an object later. `bytes`: octets of the object and of all that it owns.
  template <typename T>
  void retire(std::unique_ptr<T> object, std::size_t bytes = sizeof(T)) {
    using Object = std::remove_const_t<T>;
    const Release release = [](void* owner, std::uint64_t) { delete static_cast<Object*>(owner); };
    retire(release, const_cast<Object*>(object.release()), 0, bytes);
  }
  // Releases what no reader uses any more, without waiting. Returns the number of objects.
  std::size_t reclaim();
  // Waits until everything that was retired is released.
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
