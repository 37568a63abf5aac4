// SPDX-License-Identifier: BSD-3-Clause
// A worker: one thread that polls its queues of the ports, and gives the frames to its engine.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <span>

#include "dataplane/counters/counter_publisher.h"
#include "dataplane/pipeline/pipeline.h"
#include "dataplane/ports/load_meter.h"
#include "dataplane/ports/port.h"
#include "dataplane/ports/tsc_clock.h"
#include "dataplane/tables/reclaimer.h"
#include "dataplane/tables/snapshot.h"

namespace softwire::dataplane {

// What a worker does while it receives nothing.
enum class Idle : std::uint8_t {
  kPoll,   // polls all the time: the least delay, but a busy CPU
  kSleep,  // sleeps between two polls, up to half a millisecond
};

class Worker {
 public:
  // All of this must outlive the worker. Only the worker uses the engine while it runs.
  struct Setup {
    Pipeline& pipeline;
    CounterPublisher& counters;
    const SnapshotPublisher& snapshots;
    Reclaimer& reclaimer;
    unsigned number = 0;  // number of the worker, and of its reader in the reclaimer
    PortQueue ipv4;
    PortQueue ipv6;  // on a stick: the same as ipv4
    bool on_a_stick = false;
    Idle idle = Idle::kPoll;
  };
  explicit Worker(const Setup& setup) : setup_(setup), output_(&Worker::take, this) {}
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Runs the worker on the calling thread. When `stop` becomes true, it processes the frames that were
  // received until then, and returns.
  void run(const std::atomic<bool>& stop);

  // Returns the number of times that the worker has come round: one about every millisecond. For any thread.
  [[nodiscard]] std::uint64_t rounds() const { return rounds_.load(std::memory_order_relaxed); }

  // Returns the processor on which it was seen last, at most some milliseconds ago. For any thread.
  [[nodiscard]] unsigned processor() const { return processor_.load(std::memory_order_relaxed); }
  // Returns whether run() has ended. Then the caller sees all that the worker has done. For any thread.
  [[nodiscard]] bool has_ended() const { return ended_.load(std::memory_order_acquire); }

  // The function for rte_eal_remote_launch(). `launch`: a Launch.
  struct Launch {
    Worker& worker;
    const std::atomic<bool>& stop;
  };
  static int run_on_lcore(void* launch);

 private:
  using Burst = std::array<Mbuf*, Pipeline::kMaxBurst>;

  // Return the number of received frames.
  [[nodiscard]] unsigned receive(Side side, Instant now);
  [[nodiscard]] unsigned receive_shared(Side side, Instant now);
  [[nodiscard]] unsigned receive_from_ports(Instant now);
  [[nodiscard]] unsigned poll(Side side, Burst& frames);
  void process(Side side, std::span<Mbuf* const> burst, Instant now);
  // Processes what is received until now, and ends.
  void finish(const TscClock& clock);
  // Calls call(queues, whether this worker is their owner) for the queues that workers share.
  template <typename Call>
  void for_shared(Call&& call) const;
  void activate_latest();
  void publish_counters(Instant now);
  // Notes how many frames wait in the receive queue of the side.
  void look_at_queue(Side side);
  void note_processor();
  // Uses the ports that the sides have now.
  void look_at_ports();
  static void take(void* worker, Side side, Mbuf** frames, std::uint16_t count);
  void transmit(Side side, Mbuf** frames, std::uint16_t count);
  // Sends what other workers gave this one to send. Returns the number of frames.
  unsigned send_for_others(Side side);
  void send(Side side, Mbuf** frames, std::uint16_t count);
  [[nodiscard]] const PortQueue& queue_of(Side side) const {
    return side == Side::kIpv4 ? setup_.ipv4 : setup_.ipv6;
  }
  // Puts each frame into one buffer, because drivers are faster without others, and some take only a few
  // buffers for a frame. Removes frames that do not fit in one. Returns the number of the others.
  [[nodiscard]] static std::uint16_t put_in_one(Mbuf** frames, std::uint16_t count,
                                                PortDrops::Reasons& drops);

  const Setup setup_;
  Output output_;
  const Snapshot* active_ = nullptr;
  PortDrops drops_;
  LoadMeter load_;
  // DPDK's ports, by side. PortGate::kClosed: the device was deleted.
  std::array<std::uint16_t, 2> ports_{PortGate::kClosed, PortGate::kClosed};
  std::array<bool, 2> is_ring_full_{};  // by side: the transmit ring did not take the last burst
  std::atomic<std::uint64_t> rounds_ = 0;
  std::atomic<unsigned> processor_ = 0;
  std::atomic<bool> ended_ = false;
};

}  // namespace softwire::dataplane
