// SPDX-License-Identifier: BSD-3-Clause
// The packet buffer. Only this file may call the rte_pktmbuf_* functions that change the length of a packet,
// because those calls can fail.
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

// Room in front of the data of a new frame, in octets. It is the default of Debian's DPDK.
inline constexpr std::uint16_t kHeadroom = RTE_PKTMBUF_HEADROOM;

// Links a fragment to the other fragments of its packet, while it waits for them or for its turn to leave.
struct FragmentLink {
  Mbuf* next = nullptr;  // the next fragment of the packet
  // Set while the fragment waits for others.
  std::uint32_t frame_bytes = 0;  // octets of the frame in which it was received; set by DropChannel too
  std::uint16_t begin = 0;        // its first octet of the payload of the whole packet
  std::uint16_t end = 0;          // the octet after its last one
  std::uint16_t ip_offset = 0;    // octets into the frame: the outermost IP header
  std::uint16_t header_offset =
      0;  // offset in the frame: the IPv6 fragment header, or the IPv4 header of the fragment
  std::uint16_t payload_offset = 0;  // offset in the frame: the payload
};

// The context of a packet between dataplane and control plane, in the private area of its buffer. The packet
// path itself uses only `fragment`, and keeps `received_at` up to date.
struct FrameContext {
  Instant received_at{};          // time of the frame that caused this one
  Ipv6Address outer_source;       // punted: of the IPv6 packet; injected into a softwire: the BR address
  Ipv6Address outer_destination;  // punted: of the IPv6 packet; injected into a softwire: the B4 address
  Outcome reason{};               // punted: the reason
  Side side{};                    // punted: the side it came from; injected: the side it goes to
  bool is_ipv6 = false;           // injected: an IPv6 packet, which is sent unchanged on the IPv6 side
  MacAddress station;             // injected with is_ipv6: the destination; not set: the gateway
  std::uint16_t ip_offset = 0;    // punted: octets into the frame where the outermost IP packet starts
  std::uint16_t ipv4_offset = 0;  // punted: octets into the frame where the IPv4 packet starts
  std::uint16_t ipv4_length = 0;  // punted: octets of the IPv4 packet; 0 when there is none
  FragmentLink fragment;
};
static_assert(std::is_trivially_copyable_v<FrameContext>);

inline FrameContext& context_of(Mbuf& mbuf) {
  return *static_cast<FrameContext*>(rte_mbuf_to_priv(&mbuf));
}

inline std::uint8_t* data_of(Mbuf& mbuf) {
  return rte_pktmbuf_mtod(&mbuf, std::uint8_t*);
}

// Replaces the first `remove` octets by `add` uninitialised octets, and returns the new start. Returns null,
// and changes nothing, when the buffer has no room in front. Requires: remove <= data_len of the first
// segment.
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

// Cuts the packet to `length` octets, over all segments, and frees segments that become empty. Requires:
// length <= pkt_len.
void trim_to(Mbuf& mbuf, std::uint32_t length);

// Cuts the frame to `length` octets, so that it ends with its IP packet. This removes Ethernet padding, and
// octets of an outer packet after the inner one. Requires: length <= pkt_len.
inline void trim_frame(Mbuf& frame, std::uint32_t length) {
  if (frame.pkt_len == length) return;
  if (frame.nb_segs == 1) {
    frame.pkt_len = length;
    frame.data_len = static_cast<std::uint16_t>(length);
  } else {
    trim_to(frame, length);
  }
}

// Moves the first `length` octets into the first segment. Returns false, and changes nothing, when the first
// buffer is too small for them, or its data is shared or attached. Requires: length <= pkt_len.
[[nodiscard]] bool pull_up(Mbuf& mbuf, std::uint16_t length);

// Moves the whole packet into the first segment, if need be to the start of its buffer. Returns false, and
// changes nothing, when the packet is longer than the buffer, or the data of the first segment is shared or
// attached.
[[nodiscard]] bool join_segments(Mbuf& mbuf);

// Copies octets [offset, offset + out.size()) of the packet to `out`, over all segments. Returns false when
// the packet is shorter.
[[nodiscard]] bool copy_out(const Mbuf& mbuf, std::uint32_t offset, std::span<std::uint8_t> out);

// Returns the ones' complement sum of octets [offset, offset + length) of the packet, over all segments,
// folded as by checksum_fold(). Requires: the packet has these octets.
[[nodiscard]] std::uint16_t sum_of(const Mbuf& mbuf, std::uint32_t offset, std::uint32_t length);

// Returns whether octets [a_offset, a_offset + length) of one packet are the same as octets [b_offset,
// b_offset + length) of the other, over all segments. Requires: both packets have these octets.
[[nodiscard]] bool same_octets(const Mbuf& a, std::uint32_t a_offset, const Mbuf& b, std::uint32_t b_offset,
                               std::uint32_t length);

// Makes a new packet from octets [offset, offset + length) of the packet, with a copy of its context. Returns
// null when the pool is empty. Requires: the packet has these octets.
[[nodiscard]] Mbuf* copy_part(Mbuf& mbuf, std::uint32_t offset, std::uint32_t length, rte_mempool& pool);

// Makes a new packet from these octets, in as many segments as they need. Returns null when the pool is
// empty.
[[nodiscard]] Mbuf* make_packet(rte_mempool& pool, std::span<const std::uint8_t> octets);

// Makes a pool of `count` buffers, each with a FrameContext and with room for a frame of `frame_bytes` octets
// (without frame check sequence) and at least for a full Ethernet frame. Returns null when there is not
// enough memory. `name` must be unique in the process. A `count` of 2^n - 1 uses memory best.
[[nodiscard]] rte_mempool* make_pool(const char* name, unsigned count, unsigned frame_bytes = 0);

// Returns the octets of memory that one buffer of such a pool takes, in pages of `page_bytes`. A buffer lies
// in two pages only when it is longer than a page.
[[nodiscard]] std::size_t buffer_bytes(unsigned frame_bytes, std::size_t page_bytes);

}  // namespace softwire::dataplane

// The compiler rejects the raw calls from here on. Use the functions above, whose failure has an outcome.
#pragma GCC poison rte_pktmbuf_prepend rte_pktmbuf_append rte_pktmbuf_adj rte_pktmbuf_trim \
    rte_pktmbuf_linearize
