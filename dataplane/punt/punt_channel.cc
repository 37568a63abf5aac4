// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/punt/punt_channel.h"

#include <atomic>
#include <cstdio>

namespace softwire::dataplane {

namespace {

rte_ring* make_ring(const char* direction, unsigned number, unsigned slots) {
  char name[RTE_RING_NAMESIZE];
  std::snprintf(name, sizeof name, "punt_%s_%u", direction, number);
  return rte_ring_create(name, slots, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
}

}  // namespace

std::unique_ptr<PuntChannel> PuntChannel::create(unsigned slots) {
  static std::atomic<unsigned> next_number{0};  // ring names are unique in a process
  const unsigned number = next_number++;
  rte_ring* up = make_ring("up", number, slots);
  rte_ring* down = make_ring("down", number, slots);
  if (up == nullptr || down == nullptr) {
    rte_ring_free(up);
    rte_ring_free(down);
    return nullptr;
  }
  return std::unique_ptr<PuntChannel>(new PuntChannel(up, down));
}

PuntChannel::~PuntChannel() {
  while (Mbuf* packet = take_punted()) rte_pktmbuf_free(packet);
  while (Mbuf* packet = take_injected()) rte_pktmbuf_free(packet);
  rte_ring_free(up_);
  rte_ring_free(down_);
}

}  // namespace softwire::dataplane
