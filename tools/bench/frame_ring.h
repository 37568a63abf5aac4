// The frames of a measurement: a ring of buffers, used again and again as a network card's receive ring is.
#pragma once

#include <array>
#include <span>

#include "dataplane/engine/engine.h"
#include "dataplane/packet/mbuf.h"
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

  // Takes kFrames buffers of the pool; payloads are zero octets. `traffic` must outlive the ring.
  static Result<FrameRing> create(rte_mempool& pool, Traffic& traffic, Direction direction, unsigned frame);
  FrameRing(FrameRing&& other) noexcept;
  FrameRing(const FrameRing&) = delete;
  FrameRing& operator=(const FrameRing&) = delete;
  FrameRing& operator=(FrameRing&&) = delete;
  ~FrameRing();

  // Writes the packets of the next kFrames flows over whatever the last pass made of the frames.
  void refill();

  [[nodiscard]] Side side(unsigned burst) const {
    return direction_ == Direction::kEncap || (direction_ == Direction::kBoth && burst % 2 == 0)
               ? Side::kIpv4
               : Side::kIpv6;
  }
  [[nodiscard]] std::span<dataplane::Mbuf* const> burst(unsigned burst) const {
    return std::span(frames_).subspan(std::size_t{burst} * kBurst, kBurst);
  }

 private:
  FrameRing(Traffic& traffic, Direction direction, unsigned frame)
      : traffic_(traffic), direction_(direction), frame_(frame) {}

  Traffic& traffic_;
  Direction direction_;
  unsigned frame_;
  std::array<dataplane::Mbuf*, kFrames> frames_{};  // all null: moved from
};

}  // namespace softwire::bench
