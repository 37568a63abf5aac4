// SPDX-License-Identifier: BSD-3-Clause
// Reassembles fragments: the outer IPv6 packet before it is decapsulated (RFC 2473 section 7.2, RFC 8200
// section 4.5), and IPv4 packets from and to shared addresses, whose port is in the first fragment only (RFC
// 7597 section 8.3.2). Fragments are chained, not copied, and wait in the buffers in which they were
// received.
//
// Room is shared fairly. A source that has more packets waiting than it may have loses its oldest one. When
// all is full, the source that holds the most beyond the share that each may hold loses its oldest packet.
// When no source holds more than its share, the oldest packet of all makes room. Thus packets of many
// fragments, and several packets of one source, wait as long as those of sources that hold less. The fragment
// that completes a packet needs no room.
#pragma once

#include <cstdint>
#include <vector>

#include "dataplane/capture/drop_channel.h"
#include "dataplane/counters/engine_counters.h"
#include "dataplane/fragment/fragment_sources.h"
#include "dataplane/packet/mbuf.h"
#include "dataplane/policy/policy.h"
#include "softwire/address.h"
#include "softwire/time.h"

namespace softwire::dataplane {

// The fields that all fragments of one packet share.
struct FragmentKey {
  // Addresses of the IPv6 packet, or of the softwire packet that contains an IPv4 fragment; :: on the IPv4
  // side.
  Ipv6Address outer_source;
  Ipv6Address outer_destination;
  std::uint32_t source = 0;  // of the IPv4 packet, in host byte order; 0 for IPv6 fragments
  std::uint32_t destination = 0;
  std::uint32_t identification = 0;
  std::uint8_t protocol = 0;  // of the IPv4 packet
  bool is_ipv4 = false;       // the fragment is an IPv4 packet, with or without an outer IPv6 packet

  friend bool operator==(const FragmentKey&, const FragmentKey&) = default;
};

struct Fragment {
  FragmentKey key;
  // Who sent it, as the limits for one source count. An IPv4 source is in the lower half.
  Ipv6Address sender;
  std::uint16_t ip_offset = 0;  // octets into the frame: the outermost IP header
  std::uint16_t header_offset =
      0;  // offset in the frame: the IPv6 fragment header, or the IPv4 header of the fragment
  std::uint16_t payload_offset =
      0;  // offset in the frame: the payload; all octets before it lie in one piece
  std::uint16_t payload_bytes = 0;
  std::uint16_t begin = 0;    // octets into the payload of the whole packet, a multiple of 8
  bool last = false;          // no more fragments
  std::uint8_t ecn_seen = 0;  // bit 1 << ECN field is set, for each header whose field counts
};

class Reassembler {
 public:
  // For the fragments that are received on `side`. They hold at most limits.buffers() buffers. Counts in
  // `counters`, and gives dropped frames to `drops` (null: frees them); both must outlive this. The seed must
  // be hard to guess. One worker owns it.
  Reassembler(Side side, const ReassemblyPolicy& limits, std::uint64_t seed, EngineCounters& counters,
              DropChannel* drops);
  ~Reassembler();
  Reassembler(const Reassembler&) = delete;
  Reassembler& operator=(const Reassembler&) = delete;

  // Takes a frame that holds a fragment, and counts it. Returns the frame with the whole packet when this
  // fragment completes it. That frame has the headers of the first fragment, the length of the whole packet,
  // and no sign of fragmentation (IPv6: an atomic fragment header, RFC 6946); the octets in front of the
  // payload lie in one piece. It has no outcome yet. Returns null when the fragment waits or is dropped.
  // When there is no room, packets that wait are dropped: kReassemblySource, kReassemblyFull.
  [[nodiscard]] Mbuf* add(Mbuf& frame, const Fragment& fragment, Instant now);

  // Drops the packets whose first received fragment is older than the timeout.
  void expire(Instant now) {
    if (now >= next_deadline_) [[unlikely]] {
      expire_due(now);
    }
  }

  // Returns the number of buffers in which fragments wait.
  [[nodiscard]] std::uint32_t buffers() const { return buffers_; }

 private:
  static constexpr std::uint32_t kNone = 0xffffffff;
  static constexpr Instant kNever = Instant::max();

  // A packet of which fragments were received. When it is given up before its timeout, its entry stays
  // without fragments until then, so that late fragments are dropped with the same outcome (RFC 5722 section
  // 4).
  struct Datagram {
    FragmentKey key;
    Instant deadline{};
    Mbuf* first = nullptr;              // waiting fragments, by offset
    std::uint32_t total = 0;            // octets of the payload; 0: the last fragment is missing
    std::uint32_t covered = 0;          // octets of waiting fragments
    std::uint32_t bucket_next = kNone;  // next of the bucket, or of the free list
    std::uint32_t older = kNone;        // among all packets
    std::uint32_t newer = kNone;
    FragmentSources::Index source = kNone;
    std::uint32_t older_of_source = kNone;
    std::uint32_t newer_of_source = kNone;
    std::uint16_t fragments = 0;
    std::uint8_t ecn_seen = 0;
    bool given_up = false;
    Outcome outcome{};  // when given up
  };

  [[nodiscard]] std::uint32_t& bucket(const FragmentKey& key);
  [[nodiscard]] std::uint32_t find(const FragmentKey& key);
  [[nodiscard]] std::uint32_t open(const Fragment& fragment, Instant now);
  void close(std::uint32_t index);
  void link_to_source(std::uint32_t index, FragmentSources::Index number);
  void unlink_from_source(const Datagram& datagram);
  // Returns the packet that makes room for others. Requires: a packet waits.
  [[nodiscard]] std::uint32_t next_to_go();
  // Drops a packet that waits, and forgets it.
  void evict(std::uint32_t index, Outcome outcome);
  // Evicts packets until `buffers` more buffers may be held. Returns false when packet `index` itself would
  // be the next.
  [[nodiscard]] bool make_room(std::uint32_t buffers, std::uint32_t index);
  void give_up(Datagram& datagram, Outcome outcome);
  void expire_due(Instant now);
  void drop(Mbuf& frame, std::uint32_t frame_bytes, Outcome outcome);
  void hold(Datagram& datagram, Mbuf** place, Mbuf& frame, const Fragment& fragment);
  [[nodiscard]] Mbuf* join(Datagram& datagram);

  const Side side_;
  const ReassemblyPolicy limits_;
  const std::uint32_t max_buffers_;
  const std::uint64_t seed_;
  EngineCounters& counters_;
  DropChannel* const drops_;
  FragmentSources sources_;
  std::vector<Datagram> datagrams_;
  std::vector<std::uint32_t> buckets_;  // size: a power of two
  std::uint32_t free_ = kNone;
  std::uint32_t oldest_ = kNone;
  std::uint32_t newest_ = kNone;
  std::uint32_t buffers_ = 0;
  Instant next_deadline_ = kNever;
};

}  // namespace softwire::dataplane
