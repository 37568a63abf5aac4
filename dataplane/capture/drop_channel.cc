// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/capture/drop_channel.h"

#include <algorithm>
#include <cstdio>

namespace softwire::dataplane {

std::unique_ptr<DropChannel> DropChannel::create(const DropSelectionPublisher& publisher) {
  std::unique_ptr<DropChannel> channel(new DropChannel(publisher));
  // Names of rings are unique in a process. The address of the channel is.
  char name[RTE_RING_NAMESIZE];
  std::snprintf(name, sizeof name, "drops_%p", static_cast<void*>(channel.get()));
  // The ring has exactly this size, so it has room for every packet that the limit of buffers allows.
  channel->ring_ =
      rte_ring_create(name, kMaxBuffers, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ | RING_F_EXACT_SZ);
  return channel->ring_ == nullptr ? nullptr : std::move(channel);
}

DropChannel::~DropChannel() {
  while (Mbuf* packet = ring_ == nullptr ? nullptr : take()) rte_pktmbuf_free(packet);
  rte_ring_free(ring_);
}

bool DropChannel::may_want(const Drop& drop) const {
  const DropSelectionPublisher::Selections* const wanted = publisher_.current();
  return wanted != nullptr &&
         std::ranges::any_of(*wanted, [&](const DropSelection& each) { return each.may_match(drop); });
}

bool DropChannel::is_wanted(const Drop& drop, Mbuf& frame) {
  const DropSelectionPublisher::Selections* const wanted = publisher_.current();
  if (wanted == nullptr) return false;
  for (const DropSelection& each : *wanted) {
    if (!each.may_match(drop)) continue;
    if (each.filter == nullptr) return true;
    if (filter_instructions_ > kMaxFilterInstructions) {
      miss();
      return false;
    }
    filter_instructions_ += each.filter->instructions();
    if (each.filter->matches(frame)) return true;
  }
  return false;
}

[[gnu::cold, gnu::noinline]] void DropChannel::drop(const Drop& drop, Mbuf& frame) {
  if (!is_wanted(drop, frame)) {
    rte_pktmbuf_free(&frame);
    return;
  }
  FrameContext& context = context_of(frame);
  context.reason = drop.outcome;
  context.side = drop.side;
  context.received_at = now_;
  context.fragment.frame_bytes = drop.frame_bytes;
  const unsigned buffers = frame.nb_segs;
  if (handed_over_ - taken_.load(std::memory_order_relaxed) + buffers > kMaxBuffers ||
      rte_ring_sp_enqueue(ring_, &frame) != 0) {
    miss();
    rte_pktmbuf_free(&frame);
    return;
  }
  handed_over_ += buffers;
}

Mbuf* DropChannel::take() {
  void* packet = nullptr;
  if (rte_ring_sc_dequeue(ring_, &packet) != 0) return nullptr;
  auto* frame = static_cast<Mbuf*>(packet);
  taken_.store(taken_.load(std::memory_order_relaxed) + frame->nb_segs, std::memory_order_relaxed);
  return frame;
}

}  // namespace softwire::dataplane
