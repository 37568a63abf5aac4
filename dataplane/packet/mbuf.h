// SPDX-License-Identifier: BSD-3-Clause
// The packet buffer: the only place that calls rte_pktmbuf_* to change a packet's length, because those calls
// fail.
#pragma once

#include <rte_mbuf.h>

#include <cstdint>
#include <span>
#include <type_traits>

#include "softwire/address.h"
#include "softwire/binding.h"
#include "softwire/outcome.h"
#include "softwire/time.h"

namespace softwire::dataplane {

using Mbuf = rte_mbuf;

// Room that a new frame leaves in front of its data: Debian's DPDK default.
inline constexpr std::uint16_t kHeadroom = RTE_PKTMBUF_HEADROOM;

// A fragment among those of its packet, while it waits for the others or for its turn to leave.
struct FragmentLink {
  Mbuf* next = nullptr;  // the one that follows it in the packet
  // Waiting for others: octets of the frame that it came in; which octets [begin, end) of the payload it has;
  // and where in the first one the outermost IP header starts, the IPv6 fragment header or the fragmented
  // IPv4 header, and the payload.
  std::uint32_t frame_bytes = 0;
  std::uint16_t begin = 0;
  std::uint16_t end = 0;
  std::uint16_t ip_offset = 0;
  std::uint16_t header_offset = 0;
  std::uint16_t payload_offset = 0;
};

// What travels with a packet between dataplane and control plane, in the private area of its buffer. Of
// it, the packet path itself uses `fragment` alone, and keeps received_at true.
struct FrameContext {
  Instant received_at{};          // capture time of the frame that caused this one
  Ipv6Address outer_source;       // punted: of the IPv6 packet; injected into a softwire: the BR address
  Ipv6Address outer_destination;  // punted: of the IPv6 packet; injected into a softwire: the B4 address
  Outcome reason{};               // punted: why
  Side side{};                    // punted: where it came in; injected: where it is to go
  bool is_ipv6 = false;           // injected: an IPv6 packet, which goes as it is to the IPv6 side
  MacAddress station;             // injected as such: whom it is for; not set: the gateway
  std::uint16_t ip_offset = 0;    // punted: where the outermost IP packet starts in the frame
  std::uint16_t ipv4_offset = 0;  // punted: where the IPv4 packet starts in the frame
  std::uint16_t ipv4_length = 0;  // punted: its octets; 0 when there is none
  FragmentLink fragment;
};
static_assert(std::is_trivially_copyable_v<FrameContext>);

inline FrameContext& context_of(Mbuf& mbuf) {
  return *static_cast<FrameContext*>(rte_mbuf_to_priv(&mbuf));
}

inline std::uint8_t* data_of(Mbuf& mbuf) {
  return rte_pktmbuf_mtod(&mbuf, std::uint8_t*);
}

// Replaces the first `remove` octets by `add` unwritten ones; remove <= data_len of the first segment.
// Null, and nothing changed, when the buffer has no room in front.
[[nodiscard]] inline std::uint8_t* replace_front(Mbuf& mbuf, unsigned remove, unsigned add) {
  if (add > mbuf.data_off + remove) [[unlikely]] {
    return nullptr;
  }
  const int grown = static_cast<int>(add) - static_cast<int>(remove);
  mbuf.data_off = static_cast<std::uint16_t>(mbuf.data_off - grown);
  mbuf.data_len = static_cast<std::uint16_t>(mbuf.data_len + grown);
  mbuf.pkt_len = static_cast<std::uint32_t>(static_cast<int>(mbuf.pkt_len) + grown);
  return data_of(mbuf);
}

// Cuts the packet to `length` octets, over all segments; emptied segments are freed. length <= pkt_len.
void trim_to(Mbuf& mbuf, std::uint32_t length);

// Ends the frame with its IP packet: removes Ethernet padding, and what an outer packet carried beyond the
// inner one. length <= pkt_len.
inline void trim_frame(Mbuf& frame, std::uint32_t length) {
  if (frame.pkt_len == length) return;
  if (frame.nb_segs == 1) {
    frame.pkt_len = length;
    frame.data_len = static_cast<std::uint16_t>(length);
  } else {
    trim_to(frame, length);
  }
}

// Makes the first `length` octets lie in the first segment; length <= pkt_len. False, and nothing changed,
// when the first buffer is too small for them.
[[nodiscard]] bool pull_up(Mbuf& mbuf, std::uint16_t length);

// A copy of octets [offset, offset + out.size()) of the packet, over all segments. False when it is shorter.
[[nodiscard]] bool copy_out(const Mbuf& mbuf, std::uint32_t offset, std::span<std::uint8_t> out);

// The ones' complement sum of octets [offset, offset + length) of the packet, all within it, over all
// segments; as checksum_fold() gives it.
[[nodiscard]] std::uint16_t sum_of(const Mbuf& mbuf, std::uint32_t offset, std::uint32_t length);

// A new packet of octets [offset, offset + length) of the packet, all within it, with a copy of its context;
// null when the pool is empty.
[[nodiscard]] Mbuf* copy_part(Mbuf& mbuf, std::uint32_t offset, std::uint32_t length, rte_mempool& pool);

// A new packet of these octets, in as many segments as they need; null when the pool is empty.
[[nodiscard]] Mbuf* make_packet(rte_mempool& pool, std::span<const std::uint8_t> octets);

// A pool of `count` buffers with a FrameContext each and room for a frame of `frame_bytes` (without frame
// check sequence; a full Ethernet frame fits in any case); null when memory is short. `name` must be unique
// in the process. Count: 2^n - 1 uses memory best.
[[nodiscard]] rte_mempool* make_pool(const char* name, unsigned count, unsigned frame_bytes = 0);

// Octets that one buffer of such a pool takes in memory of such pages: none but one that is longer than a
// page lies in two.
[[nodiscard]] std::size_t buffer_bytes(unsigned frame_bytes, std::size_t page_bytes);

}  // namespace softwire::dataplane

// From here on the raw calls are errors: use the functions above, whose failure has an outcome.
#pragma GCC poison rte_pktmbuf_prepend rte_pktmbuf_append rte_pktmbuf_adj rte_pktmbuf_trim \
    rte_pktmbuf_linearize
