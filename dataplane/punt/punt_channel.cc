// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/punt/punt_channel.h"

#include <cstdio>

namespace softwire::dataplane {

namespace {

// Names of rings are unique in a process. The address of the channel is.
rte_ring* make_ring(const char* direction, const PuntChannel* channel, unsigned slots) {
  char name[RTE_RING_NAMESIZE];
  std::snprintf(name, sizeof name, "punt_%s_%p", direction, static_cast<const void*>(channel));
  return rte_ring_create(name, slots, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
}

}  // namespace

std::unique_ptr<PuntChannel> PuntChannel::create(unsigned slots) {
  std::unique_ptr<PuntChannel> channel(new PuntChannel);
  channel->up_ = make_ring("up", channel.get(), slots);
  channel->down_ = make_ring("down", channel.get(), slots);
  return channel->up_ == nullptr || channel->down_ == nullptr ? nullptr : std::move(channel);
}

PuntChannel::~PuntChannel() {
  while (Mbuf* packet = up_ == nullptr ? nullptr : take_punted()) rte_pktmbuf_free(packet);
  while (Mbuf* packet = down_ == nullptr ? nullptr : take_injected()) rte_pktmbuf_free(packet);
  rte_ring_free(up_);
  rte_ring_free(down_);
}

}  // namespace softwire::dataplane
