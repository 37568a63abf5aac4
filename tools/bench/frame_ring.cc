// SPDX-License-Identifier: BSD-3-Clause
#include "tools/bench/frame_ring.h"

#include <cstring>

namespace softwire::bench {

Result<FrameRing> FrameRing::create(rte_mempool& pool, Traffic& traffic, Direction direction, Shape shape,
                                    unsigned frame) {
  FrameRing ring(pool, traffic, direction, shape, frame);
  ring.sent_.reserve(std::size_t{2} * kFrames);  // enough if each frame is fragmented in two
  if (!ring.take_buffers()) return Error{"not enough packet buffers for a measurement"};
  for (dataplane::Mbuf* mbuf : ring.frames_) std::memset(mbuf->buf_addr, 0, mbuf->buf_len);
  static_cast<void>(ring.refill());  // uses only the frames of the ring
  return ring;
}

FrameRing::~FrameRing() {
  free_frames();
}

void FrameRing::free_frames() {
  std::vector<dataplane::Mbuf*>& owned = given_ ? sent_ : frames_;
  rte_pktmbuf_free_bulk(owned.data(), static_cast<unsigned>(owned.size()));
  owned.clear();
}

bool FrameRing::take_buffers() {
  frames_.resize(kFrames);
  if (rte_pktmbuf_alloc_bulk(&pool_, frames_.data(), kFrames) == 0) return true;
  frames_.clear();
  return false;
}

bool FrameRing::refill() {
  if (given_ && shape_ == Shape::kFragments) {
    free_frames();
    given_ = false;
    if (!take_buffers()) return false;
  }
  given_ = false;
  sent_.clear();
  for (unsigned i = 0; i < kBursts; ++i) {
    const auto frames = burst(i);
    for (unsigned j = 0; j < kBurst; ++j) {
      switch (shape_) {
        case Shape::kUniform:
          traffic_.write_next(side(i), frame_, *frames[j]);
          break;
        case Shape::kImix:
          traffic_.write_next(side(i), kImixFrames[next_length_++ % kImixFrames.size()], *frames[j]);
          break;
        case Shape::kFragments:
          // In pairs. In every second pair the later fragment comes first.
          if (j % 4 == 0) traffic_.write_next_fragments(side(i), *frames[j], *frames[j + 1]);
          if (j % 4 == 2) traffic_.write_next_fragments(side(i), *frames[j + 1], *frames[j]);
          break;
      }
    }
  }
  return true;
}

void FrameRing::take_back(void* ring, Side /*side*/, dataplane::Mbuf** frames, std::uint16_t count) {
  std::vector<dataplane::Mbuf*>& sent = static_cast<FrameRing*>(ring)->sent_;
  sent.insert(sent.end(), frames, frames + count);
}

bool FrameRing::is_complete() const {
  std::size_t expected = 0;
  for (unsigned i = 0; i < kBursts; ++i) {
    // Two fragments on the IPv6 side are one frame on the other side.
    expected += shape_ == Shape::kFragments && side(i) == Side::kIpv6 ? kBurst / 2 : kBurst;
  }
  return sent_.size() == expected;
}

}  // namespace softwire::bench
