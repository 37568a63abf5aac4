// SPDX-License-Identifier: BSD-3-Clause
// The two-way hand-over between a worker and the control plane: packets up, packets down, each through a ring
// that neither side ever waits for.
#pragma once

#include <rte_ring.h>

#include <memory>

#include "dataplane/packet/mbuf.h"

namespace softwire::dataplane {

// One worker, one control thread. A packet belongs to whoever took it out last; what is left is freed at the
// end.
class PuntChannel {
 public:
  // slots: packets each way, a power of two. Null when memory is short.
  static std::unique_ptr<PuntChannel> create(unsigned slots = 1024);
  PuntChannel(const PuntChannel&) = delete;
  PuntChannel& operator=(const PuntChannel&) = delete;
  ~PuntChannel();

  // Worker: hands a packet up; context_of() says what it is. False: full, the caller keeps it.
  [[nodiscard]] bool punt(Mbuf& packet) { return rte_ring_sp_enqueue(up_, &packet) == 0; }
  // Control thread: the next punted packet, or null.
  [[nodiscard]] Mbuf* take_punted() { return take(up_); }
  // Control thread: hands an IP packet (no Ethernet header) down, to be sent as context_of() says:
  //   is_ipv6: the IPv6 packet to the gateway of the IPv6 side, whose side it must name too;
  //   side kIpv4: to the IPv4 side, or into the softwire that owns its destination;
  //   side kIpv6: into the softwire from outer_source (BR) to outer_destination (B4).
  // False: full, the caller keeps it.
  [[nodiscard]] bool inject(Mbuf& packet) { return rte_ring_sp_enqueue(down_, &packet) == 0; }
  // Worker: the next injected packet, or null.
  [[nodiscard]] Mbuf* take_injected() { return take(down_); }
  // Packets on their way up or down.
  [[nodiscard]] unsigned held() const { return rte_ring_count(up_) + rte_ring_count(down_); }

 private:
  PuntChannel(rte_ring* up, rte_ring* down) : up_(up), down_(down) {}
  static Mbuf* take(rte_ring* ring) {
    void* packet = nullptr;
    return rte_ring_sc_dequeue(ring, &packet) == 0 ? static_cast<Mbuf*>(packet) : nullptr;
  }
  rte_ring* up_;
  rte_ring* down_;
};

}  // namespace softwire::dataplane
