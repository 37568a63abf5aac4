// SPDX-License-Identifier: BSD-3-Clause
// The channel between a worker and the control plane: punted packets go up and injected packets go down, each
// through a ring. Neither side waits for the other.
#pragma once

#include <rte_ring.h>

#include <memory>

#include "dataplane/packet/mbuf.h"
#include "dataplane/packet/ring_count.h"
#include "softwire/source_kind.h"

namespace softwire::dataplane {

// One worker and one control thread use it. A packet belongs to the thread that took it. Packets that are
// left are freed at the channel's end.
class PuntChannel {
 public:
  // `slots`: packets in each direction, a power of two. Returns null when there is not enough memory.
  static std::unique_ptr<PuntChannel> create(unsigned slots = 1024);
  PuntChannel(const PuntChannel&) = delete;
  PuntChannel& operator=(const PuntChannel&) = delete;
  ~PuntChannel();

  // Called by the worker: hands a packet to the control plane; context_of() describes it. Returns false when
  // the ring is full; the caller then still owns the packet.
  [[nodiscard]] bool punt(Mbuf& packet) { return rte_ring_sp_enqueue(up_, &packet) == 0; }
  // Called by the worker: returns whether the ring has room for a packet of a source of this kind. The rest
  // of the ring is for packets that must not wait for lower kinds.
  [[nodiscard]] bool has_room(SourceKind kind) const {
    return ring_count(*up_) < up_to_kind(kind, rte_ring_get_capacity(up_));
  }
  // Called by the control thread: returns the next punted packet, or null.
  [[nodiscard]] Mbuf* take_punted() { return take(up_); }
  // Called by the control thread: hands an IP packet (without Ethernet header) to the worker. context_of()
  // says where it goes:
  //   is_ipv6, side kIpv6: the IPv6 packet to `station`, or to the gateway of the IPv6 side when that is not
  //   set; side kIpv4: to the IPv4 side, or into the softwire that owns its destination; side kIpv6: into the
  //   softwire from outer_source (BR) to outer_destination (B4).
  // Returns false when the ring is full; the caller then still owns the packet.
  [[nodiscard]] bool inject(Mbuf& packet) { return rte_ring_sp_enqueue(down_, &packet) == 0; }
  // Called by the worker: returns the next injected packet, or null.
  [[nodiscard]] Mbuf* take_injected() { return take(down_); }
  // Called by any thread: returns the number of packets in both rings.
  [[nodiscard]] unsigned held() const { return ring_count(*up_) + ring_count(*down_); }

 private:
  PuntChannel() = default;
  static Mbuf* take(rte_ring* ring) {
    void* packet = nullptr;
    return rte_ring_sc_dequeue(ring, &packet) == 0 ? static_cast<Mbuf*>(packet) : nullptr;
  }
  rte_ring* up_ = nullptr;
  rte_ring* down_ = nullptr;
};

}  // namespace softwire::dataplane
