#include "tools/bench/frame_ring.h"

#include <cstring>
#include <utility>

namespace softwire::bench {

Result<FrameRing> FrameRing::create(rte_mempool& pool, Traffic& traffic, Direction direction,
                                    unsigned frame) {
  FrameRing ring(traffic, direction, frame);
  if (rte_pktmbuf_alloc_bulk(&pool, ring.frames_.data(), kFrames) != 0) {
    return Error{"not enough packet buffers for a measurement"};
  }
  for (dataplane::Mbuf* mbuf : ring.frames_) std::memset(mbuf->buf_addr, 0, mbuf->buf_len);
  ring.refill();
  return ring;
}

FrameRing::FrameRing(FrameRing&& other) noexcept
    : traffic_(other.traffic_),
      direction_(other.direction_),
      frame_(other.frame_),
      frames_(std::exchange(other.frames_, {})) {}

FrameRing::~FrameRing() {
  if (frames_[0] != nullptr) rte_pktmbuf_free_bulk(frames_.data(), kFrames);
}

void FrameRing::refill() {
  for (unsigned i = 0; i < kBursts; ++i) {
    for (dataplane::Mbuf* frame : burst(i)) traffic_.write_next(side(i), frame_, *frame);
  }
}

}  // namespace softwire::bench
