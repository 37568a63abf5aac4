// SPDX-License-Identifier: BSD-3-Clause
// The frames that the engine sends: one queue for each side. A queue is handed to the sink when it is full
// and at the end of a burst.
#pragma once

#include <array>
#include <cstdint>

#include "dataplane/packet/mbuf.h"

namespace softwire::dataplane {

class Output {
 public:
  static constexpr std::uint16_t kBurst = 64;
  // Sends frames, and takes ownership of them. It must not call the engine.
  using Sink = void (*)(void* context, Side side, Mbuf** frames, std::uint16_t count);

  Output(Sink sink, void* context) : sink_(sink), context_(context) {}

  void push(Side side, Mbuf& frame) {
    Queue& queue = queues_[static_cast<std::size_t>(side)];
    queue.frames[queue.count++] = &frame;
    if (queue.count == kBurst) flush(side);
  }
  void flush(Side side) {
    Queue& queue = queues_[static_cast<std::size_t>(side)];
    if (queue.count == 0) return;
    sink_(context_, side, queue.frames.data(), queue.count);
    queue.count = 0;
  }
  void flush() {
    flush(Side::kIpv4);
    flush(Side::kIpv6);
  }

 private:
  struct Queue {
    std::array<Mbuf*, kBurst> frames{};
    std::uint16_t count = 0;
  };
  Sink sink_;
  void* context_;
  std::array<Queue, 2> queues_{};
};

}  // namespace softwire::dataplane
