// SPDX-License-Identifier: BSD-3-Clause
// Publishes a worker's counters to other threads. The worker copies them from time to time, so the packet
// path counts in its own memory. Every copy is consistent.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>

#include "dataplane/counters/engine_counters.h"
#include "dataplane/counters/port_counters.h"
#include "dataplane/counters/worker_load.h"

namespace softwire::dataplane {

// All counters of one worker.
struct WorkerCounters {
  EngineCounters engine;
  PortDrops drops;
  WorkerLoad load;
};

// One thread publishes, any number of threads read. It is a sequence lock: a reader tries again when the
// counters changed while it read.
class CounterPublisher {
 public:
  void publish(const WorkerCounters& counters) {
    const Words words = std::bit_cast<Words>(counters);
    const std::uint32_t sequence = sequence_.load(std::memory_order_relaxed);
    sequence_.store(sequence + 1, std::memory_order_relaxed);
    for (std::size_t i = 0; i < words.size(); ++i) words_[i].store(words[i], std::memory_order_release);
    sequence_.store(sequence + 2, std::memory_order_release);
  }
  [[nodiscard]] WorkerCounters read() const {
    Words words;
    for (;;) {
      const std::uint32_t before = sequence_.load(std::memory_order_acquire);
      for (std::size_t i = 0; i < words.size(); ++i) words[i] = words_[i].load(std::memory_order_acquire);
      if (before % 2 == 0 && sequence_.load(std::memory_order_relaxed) == before) {
        return std::bit_cast<WorkerCounters>(words);
      }
    }
  }

 private:
  using Words = std::array<std::uint64_t, sizeof(WorkerCounters) / sizeof(std::uint64_t)>;
  std::atomic<std::uint32_t> sequence_ = 0;  // odd while the words change
  std::array<std::atomic<std::uint64_t>, Words().size()> words_{};
};

}  // namespace softwire::dataplane
