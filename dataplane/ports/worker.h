// SPDX-License-Identifier: BSD-3-Clause
// A worker: one thread that polls its queues of the ports, and has the engine do the rest.
#pragma once

#include <atomic>
#include <cstdint>

#include "dataplane/counters/counter_publisher.h"
#include "dataplane/pipeline/engine.h"
#include "dataplane/ports/port.h"
#include "dataplane/tables/reclaimer.h"
#include "dataplane/tables/snapshot.h"

namespace softwire::dataplane {

// What a worker does while nothing comes in.
enum class Idle : std::uint8_t {
  kPoll,   // goes on looking: the least delay, and a busy processor
  kSleep,  // sleeps between two looks, up to half a millisecond
};

class Worker {
 public:
  // Everything outlives the worker; the engine is the worker's alone while it runs.
  struct Duty {
    Engine& engine;
    CounterPublisher& counters;
    const SnapshotPublisher& snapshots;
    Reclaimer& reclaimer;
    unsigned number = 0;  // among the workers, and as a reader of the reclaimer
    PortQueue ipv4;
    PortQueue ipv6;  // on a stick: the same
    bool on_a_stick = false;
    Idle idle = Idle::kPoll;
  };
  explicit Worker(const Duty& duty) : duty_(duty), output_(&Worker::take, this) {}
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // On the thread that is to do the work; returns some time after `stop` has become true, when what has come
  // in until then is through.
  void run(const std::atomic<bool>& stop);

  // As rte_eal_remote_launch() calls it, with a Launch.
  struct Launch {
    Worker& worker;
    const std::atomic<bool>& stop;
  };
  static int run_on_lcore(void* launch);

 private:
  // Frames received.
  [[nodiscard]] unsigned receive(Side side, const PortQueue& queue, Instant now);
  [[nodiscard]] unsigned receive_from_ports(Instant now);
  void activate_latest();
  void publish_counters();
  static void take(void* worker, Side side, Mbuf** frames, std::uint16_t count);
  void transmit(Side side, Mbuf** frames, std::uint16_t count);

  const Duty duty_;
  Output output_;
  const Snapshot* active_ = nullptr;
  PortDrops drops_;
};

}  // namespace softwire::dataplane
