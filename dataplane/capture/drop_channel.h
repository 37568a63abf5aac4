// SPDX-License-Identifier: BSD-3-Clause
// Hands dropped packets from a worker to the control thread, for captures. The control thread publishes which
// packets it wants, and the worker hands them over through a ring. Neither waits for the other.
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

// The facts about a dropped packet, besides the frame itself.
struct Drop {
  Outcome outcome{};
  Side side{};  // side of the received packet, or of the one that caused a packet of the hub
  std::uint32_t frame_bytes = 0;  // octets of the received frame
};

// The dropped packets that one capture wants.
struct DropSelection {
  std::bitset<kOutcomeCount> outcomes;
  std::array<bool, 2> sides = {true, true};  // by Side
  const PacketFilter* filter = nullptr;      // null: all frames; must outlive the selection

  [[nodiscard]] bool may_match(const Drop& drop) const {
    return outcomes[static_cast<std::size_t>(drop.outcome)] && sides[static_cast<std::size_t>(drop.side)];
  }
  [[nodiscard]] bool matches(const Drop& drop, Mbuf& frame) const {
    return may_match(drop) && (filter == nullptr || filter->matches(frame));
  }
};

// Publishes the selections of all captures. One thread publishes; every worker reads when it drops a packet.
// A replaced vector may be freed when every worker has called quiescent(), see Reclaimer.
class DropSelectionPublisher {
 public:
  using Selections = std::vector<DropSelection>;
  // Publishes selections; null: no packet is wanted.
  void publish(const Selections* selections) { current_.store(selections, std::memory_order_release); }
  [[nodiscard]] const Selections* current() const { return current_.load(std::memory_order_acquire); }

 private:
  std::atomic<const Selections*> current_ = nullptr;
};

class DropChannel {
 public:
  // Limit of buffers in the ring. A packet may have several.
  static constexpr unsigned kMaxBuffers = 512;
  // Limit of filter instructions for dropped packets, so that forwarding goes on during a flood of drops.
  static constexpr std::size_t kMaxFilterInstructions = 20'000;
  static constexpr Instant kFilterPeriod = std::chrono::milliseconds(1);

  // Makes a channel. Returns null when there is not enough memory. The publisher must outlive the channel.
  static std::unique_ptr<DropChannel> create(const DropSelectionPublisher& publisher);
  DropChannel(const DropChannel&) = delete;
  DropChannel& operator=(const DropChannel&) = delete;
  ~DropChannel();

  // --- the worker ---
  // Sets the time of packets that are dropped from now on.
  void set_time(Instant now) {
    if (now - filters_since_ >= kFilterPeriod || now < filters_since_) {
      filters_since_ = now;
      filter_instructions_ = 0;
    }
    now_ = now;
  }
  // Returns whether a selection may want this packet, before its filter is applied.
  [[nodiscard]] bool may_want(const Drop& drop) const;
  // Takes ownership of the frame. Hands it over when it is wanted and there is room, else frees it. Filters
  // may take kMaxFilterInstructions in kFilterPeriod; then a packet that they may want counts as missed.
  void drop(const Drop& drop, Mbuf& frame);
  // Counts a wanted packet that cannot be handed over.
  void miss() { missed_.store(missed_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed); }

  // --- the control thread ---
  // Returns the next packet, which the caller owns, or null. Its context has: reason, side, received_at (the
  // time of the drop), and fragment.frame_bytes (as in Drop).
  [[nodiscard]] Mbuf* take();
  // Returns the number of wanted packets that could not be handed over.
  [[nodiscard]] std::uint64_t missed() const { return missed_.load(std::memory_order_relaxed); }

 private:
  explicit DropChannel(const DropSelectionPublisher& publisher) : publisher_(publisher) {}

  // Returns whether a selection wants the frame. Counts the instructions.
  [[nodiscard]] bool is_wanted(const Drop& drop, Mbuf& frame);

  const DropSelectionPublisher& publisher_;
  rte_ring* ring_ = nullptr;
  Instant now_{};
  Instant filters_since_{};               // beginning of the current kFilterPeriod
  std::size_t filter_instructions_ = 0;   // in this period
  std::uint64_t handed_over_ = 0;         // buffers put into the ring
  std::atomic<std::uint64_t> taken_ = 0;  // buffers taken from it
  std::atomic<std::uint64_t> missed_ = 0;
};

// Ends a dropped packet, and owns its frame. `channel`: null when there are no captures; the frame is then
// freed.
inline void end_dropped(DropChannel* channel, const Drop& drop, Mbuf& frame) {
  if (channel == nullptr) {
    rte_pktmbuf_free(&frame);
  } else {
    channel->drop(drop, frame);
  }
}

}  // namespace softwire::dataplane
