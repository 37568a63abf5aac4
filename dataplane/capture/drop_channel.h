// SPDX-License-Identifier: BSD-3-Clause
// Dropped packets on their way from a worker to whoever wants to see them: the control thread publishes which
// they are, the worker hands them over through a ring. Neither ever waits for the other.
#pragma once

#include <rte_ring.h>

#include <array>
#include <atomic>
#include <bitset>
#include <cstdint>
#include <memory>
#include <vector>

#include "dataplane/filter/packet_filter.h"
#include "dataplane/packet/mbuf.h"
#include "softwire/binding.h"
#include "softwire/outcome.h"
#include "softwire/time.h"

namespace softwire::dataplane {

// What became of a packet, beside the frame itself.
struct Drop {
  Outcome outcome{};
  Side side{};                    // where it came in; of a packet of ours, where that came in which caused it
  std::uint32_t frame_bytes = 0;  // of the frame that came in
};

// Which dropped packets somebody wants to see.
struct DropSelection {
  std::bitset<kOutcomeCount> outcomes;
  std::array<bool, 2> sides = {true, true};  // by Side
  const PacketFilter* filter = nullptr;      // null: all; outlives the selection

  [[nodiscard]] bool may_match(const Drop& drop) const {
    return outcomes[static_cast<std::size_t>(drop.outcome)] && sides[static_cast<std::size_t>(drop.side)];
  }
  [[nodiscard]] bool matches(const Drop& drop, Mbuf& frame) const {
    return may_match(drop) && (filter == nullptr || filter->matches(frame));
  }
};

// What several want. One thread publishes, every worker looks when it drops a packet. What has been replaced
// is freed when every worker has said quiescent(): see Reclaimer.
class DropSelectionPublisher {
 public:
  using Selections = std::vector<DropSelection>;
  // Null: nothing.
  void publish(const Selections* selections) { current_.store(selections, std::memory_order_release); }
  [[nodiscard]] const Selections* current() const { return current_.load(std::memory_order_acquire); }

 private:
  std::atomic<const Selections*> current_ = nullptr;
};

class DropChannel {
 public:
  // Buffers, several of which may make up a packet, on their way at a time.
  static constexpr unsigned kMaxBuffers = 512;

  // The publisher outlives it. Null when memory is short.
  static std::unique_ptr<DropChannel> create(const DropSelectionPublisher& publisher);
  DropChannel(const DropChannel&) = delete;
  DropChannel& operator=(const DropChannel&) = delete;
  ~DropChannel();

  // --- the worker ---
  // The time of what is dropped from here on.
  void set_time(Instant now) { now_ = now; }
  // Whether drop() would look at the frame.
  [[nodiscard]] bool may_want(const Drop& drop) const;
  // Owns the frame from then on: hands it over when it is wanted and there is room, else frees it.
  void drop(const Drop& drop, Mbuf& frame);
  // Somebody wanted a packet and does not get it.
  void miss() { missed_.store(missed_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed); }

  // --- the control thread ---
  // The next packet, to be freed by whoever takes it, or null. Of its context: reason, side, received_at
  // (when it was dropped) and fragment.frame_bytes (as in Drop) are set.
  [[nodiscard]] Mbuf* take();
  // Wanted packets for which there was no room, since the start.
  [[nodiscard]] std::uint64_t missed() const { return missed_.load(std::memory_order_relaxed); }

 private:
  DropChannel(const DropSelectionPublisher& publisher, rte_ring* ring) : publisher_(publisher), ring_(ring) {}

  const DropSelectionPublisher& publisher_;
  rte_ring* ring_;
  Instant now_{};
  std::uint64_t handed_over_ = 0;         // buffers
  std::atomic<std::uint64_t> taken_ = 0;  // of them
  std::atomic<std::uint64_t> missed_ = 0;
};

// The end of a dropped packet; null: nobody can ever want it.
inline void end_dropped(DropChannel* channel, const Drop& drop, Mbuf& frame) {
  if (channel == nullptr) {
    rte_pktmbuf_free(&frame);
  } else {
    channel->drop(drop, frame);
  }
}

}  // namespace softwire::dataplane
