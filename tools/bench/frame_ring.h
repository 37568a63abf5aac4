// SPDX-License-Identifier: BSD-3-Clause
// The frames of a measurement: a ring of buffers that are used again and again, as those of a network card
// are.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dataplane/packet/mbuf.h"
#include "dataplane/pipeline/engine.h"
#include "softwire/binding.h"
#include "softwire/result.h"
#include "tools/bench/scenario.h"
#include "tools/bench/traffic.h"

namespace softwire::bench {

class FrameRing {
 public:
  static constexpr unsigned kBurst = dataplane::Engine::kMaxBurst;
  static constexpr unsigned kBursts = 32;
  static constexpr unsigned kFrames = kBurst * kBursts;

  // Takes kFrames buffers of the pool. Payloads are zeros, except in fragments. `frame`: octets on the IPv4
  // side for Shape::kUniform. `pool` and `traffic` must outlive the ring.
  static Result<FrameRing> create(rte_mempool& pool, Traffic& traffic, Direction direction, Shape shape,
                                  unsigned frame);
  FrameRing(FrameRing&& other) noexcept = default;  // the moved-from ring has no frames
  FrameRing(const FrameRing&) = delete;
  FrameRing& operator=(const FrameRing&) = delete;
  FrameRing& operator=(FrameRing&&) = delete;
  ~FrameRing();

  // Writes the packets of the next flows into the frames. Fragments get fresh buffers after a pass of the
  // engine, because it joins, fragments and copies them. Returns false when no buffers are left.
  [[nodiscard]] bool refill();

  [[nodiscard]] Side side(unsigned burst) const {
    return direction_ == Direction::kEncap || (direction_ == Direction::kBoth && burst % 2 == 0)
               ? Side::kIpv4
               : Side::kIpv6;
  }
  [[nodiscard]] std::span<dataplane::Mbuf* const> burst(unsigned burst) const {
    return std::span(frames_).subspan(std::size_t{burst} * kBurst, kBurst);
  }

  // Returns the frames for the engine, which then owns them. The engine's output must go to take_back().
  [[nodiscard]] std::span<dataplane::Mbuf* const> give(unsigned of) {
    given_ = true;
    return burst(of);
  }
  // A dataplane::Output::Sink. `ring` is the FrameRing.
  static void take_back(void* ring, Side side, dataplane::Mbuf** frames, std::uint16_t count);
  // Returns the frames sent since the last refill(), in that order.
  [[nodiscard]] std::span<dataplane::Mbuf* const> sent() const { return sent_; }
  // Returns whether all frames came back that the packets of the ring should become.
  [[nodiscard]] bool is_complete() const;

 private:
  FrameRing(rte_mempool& pool, Traffic& traffic, Direction direction, Shape shape, unsigned frame)
      : pool_(pool), traffic_(traffic), direction_(direction), shape_(shape), frame_(frame) {}
  void free_frames();
  [[nodiscard]] bool take_buffers();

  rte_mempool& pool_;
  Traffic& traffic_;
  Direction direction_;
  Shape shape_;
  unsigned frame_;
  std::size_t next_length_ = 0;           // for kImix
  bool given_ = false;                    // true: the remaining frames are in sent_
  std::vector<dataplane::Mbuf*> frames_;  // kFrames frames; none after a move
  std::vector<dataplane::Mbuf*> sent_;
};

}  // namespace softwire::bench
