// SPDX-License-Identifier: BSD-3-Clause
// Lets several workers share a port that has too few queues for them, or cannot spread frames over its
// queues. One worker, the owner, takes all frames from the receive queue, and hands each one over to its
// worker. If there is only one transmit queue, the owner also sends the frames of the others.
#pragma once

#include <rte_ring.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "dataplane/packet/mbuf.h"
#include "softwire/result.h"

namespace softwire::dataplane {

// A worker calls the functions of its role, from its own thread. A `worker` in a call is not the owner.
// Frames of the same addresses stay in order.
class SharedQueues {
 public:
  static constexpr unsigned kBurst = 64;         // frames in a call
  static constexpr unsigned kRingFrames = 1023;  // that wait for a worker, or for the owner

  struct Options {
    std::string name;      // unique in the process, at most 16 characters
    unsigned workers = 2;  // at least 2
    unsigned owner = 0;
    bool shares_transmit = false;
    std::uint64_t seed = 0;  // for the hash of addresses; hard to guess
  };
  // Fails when there is no memory for the rings.
  static Result<std::unique_ptr<SharedQueues>> create(const Options& options);
  // Frees the frames that still wait. No worker may use it any more.
  ~SharedQueues();
  SharedQueues(const SharedQueues&) = delete;
  SharedQueues& operator=(const SharedQueues&) = delete;

  [[nodiscard]] unsigned workers() const { return options_.workers; }
  [[nodiscard]] bool is_owner(unsigned worker) const { return worker == options_.owner; }
  [[nodiscard]] bool shares_transmit() const { return options_.shares_transmit; }

  // --- the owner ---

  // Hands the frames that belong to other workers over, and moves its own to the front of `frames`. A frame
  // whose worker has no room is freed.
  struct Shares {
    unsigned own = 0;   // frames that stay in `frames`
    unsigned lost = 0;  // frames that were freed
  };
  [[nodiscard]] Shares share(std::span<Mbuf*> frames);
  // Takes frames that this worker wants to send. Returns their number. `frames`: room for kBurst.
  [[nodiscard]] unsigned take_to_send(unsigned worker, Mbuf** frames);

  // --- the other workers ---

  // Takes frames that were handed over to this worker. Returns their number. `frames`: room for kBurst.
  [[nodiscard]] unsigned take(unsigned worker, Mbuf** frames);
  // Returns the number of frames that wait for this worker.
  [[nodiscard]] unsigned waiting(unsigned worker) const;
  // Lets the owner send these frames. Returns how many were taken; the caller keeps the rest.
  [[nodiscard]] unsigned give_to_send(unsigned worker, Mbuf** frames, unsigned count);

  // --- the end: the owner stops first to receive, then the others to send, then the owner to send ---

  void end_receiving() { received_all_.store(true, std::memory_order_release); }
  [[nodiscard]] bool has_received_all() const { return received_all_.load(std::memory_order_acquire); }
  void end_sending() { ended_.fetch_add(1, std::memory_order_release); }
  // Returns whether every worker but the owner has called end_sending().
  [[nodiscard]] bool have_others_sent_all() const {
    return ended_.load(std::memory_order_acquire) >= options_.workers - 1;
  }

 private:
  struct FreeRing {
    void operator()(rte_ring* ring) const;
  };
  using Ring = std::unique_ptr<rte_ring, FreeRing>;

  explicit SharedQueues(Options options) : options_(std::move(options)) {}

  const Options options_;
  std::vector<Ring> received_;  // by worker; the owner's is null
  std::vector<Ring> to_send_;   // the same; empty when each worker has a transmit queue
  std::atomic<bool> received_all_ = false;
  std::atomic<unsigned> ended_ = 0;
};

}  // namespace softwire::dataplane
