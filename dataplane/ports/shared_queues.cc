// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/ports/shared_queues.h"

#include <rte_ring.h>

#include <utility>

#include "dataplane/packet/address_hash.h"
#include "dataplane/packet/ring_count.h"

namespace softwire::dataplane {

namespace {

constexpr unsigned kMaxWorkers = 64;

void** as_objects(Mbuf** frames) {
  return reinterpret_cast<void**>(frames);
}

}  // namespace

void SharedQueues::FreeRing::operator()(rte_ring* ring) const {
  void* frame = nullptr;
  while (rte_ring_sc_dequeue(ring, &frame) == 0) rte_pktmbuf_free(static_cast<Mbuf*>(frame));
  rte_ring_free(ring);
}

Result<std::unique_ptr<SharedQueues>> SharedQueues::create(const Options& options) {
  std::unique_ptr<SharedQueues> shared(new SharedQueues(options));
  const auto make_rings = [&options](std::vector<Ring>& rings, const char* kind) {
    rings.resize(options.workers);
    for (unsigned worker = 0; worker < options.workers; ++worker) {
      if (worker == options.owner) continue;
      const std::string name = options.name + kind + std::to_string(worker);
      // One more than kRingFrames: DPDK's size is a power of two, of which one slot stays empty.
      rings[worker].reset(
          rte_ring_create(name.c_str(), kRingFrames + 1, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ));
      if (rings[worker] == nullptr) return false;
    }
    return true;
  };
  if (!make_rings(shared->received_, "-in-") ||
      (options.shares_transmit && !make_rings(shared->to_send_, "-out-"))) {
    return Error{options.name + ": no memory for the rings between the workers"};
  }
  return shared;
}

SharedQueues::~SharedQueues() = default;

SharedQueues::Shares SharedQueues::share(std::span<Mbuf*> frames) {
  struct Part {
    std::array<Mbuf*, kBurst> frames;
    unsigned count = 0;
  };
  std::array<unsigned, kBurst> owner_of;  // worker, by frame
  std::array<unsigned, kMaxWorkers> counts{};
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const std::uint64_t high = address_hash(*frames[i], options_.seed) >> 32;
    owner_of[i] = static_cast<unsigned>(high * options_.workers >> 32);
    ++counts[owner_of[i]];
  }
  Shares shares;
  for (unsigned worker = 0; worker < options_.workers; ++worker) {
    if (worker == options_.owner || counts[worker] == 0) continue;
    Part part;
    for (std::size_t i = 0; i < frames.size(); ++i) {
      if (owner_of[i] == worker) part.frames[part.count++] = frames[i];
    }
    const unsigned taken = rte_ring_sp_enqueue_burst(received_[worker].get(), as_objects(part.frames.data()),
                                                     part.count, nullptr);
    if (taken == part.count) continue;
    shares.lost += part.count - taken;
    rte_pktmbuf_free_bulk(part.frames.data() + taken, part.count - taken);
  }
  for (std::size_t i = 0; i < frames.size(); ++i) {
    if (owner_of[i] == options_.owner) frames[shares.own++] = frames[i];
  }
  return shares;
}

unsigned SharedQueues::take(unsigned worker, Mbuf** frames) {
  return rte_ring_sc_dequeue_burst(received_[worker].get(), as_objects(frames), kBurst, nullptr);
}

unsigned SharedQueues::waiting(unsigned worker) const {
  return ring_count(*received_[worker]);
}

unsigned SharedQueues::give_to_send(unsigned worker, Mbuf** frames, unsigned count) {
  return rte_ring_sp_enqueue_burst(to_send_[worker].get(), as_objects(frames), count, nullptr);
}

unsigned SharedQueues::take_to_send(unsigned worker, Mbuf** frames) {
  return rte_ring_sc_dequeue_burst(to_send_[worker].get(), as_objects(frames), kBurst, nullptr);
}

}  // namespace softwire::dataplane
