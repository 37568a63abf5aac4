// SPDX-License-Identifier: BSD-3-Clause
// Putting fragments together again: the outer IPv6 packet before it is decapsulated (RFC 2473 section 7.2,
// RFC 8200 section 4.5), and IPv4 packets from and to shared addresses, whose port is in the first fragment
// only (RFC 7597 section 8.3.2). Fragments are chained, not copied, and wait in the buffers that they came
// in.
#pragma once

#include <cstdint>
#include <vector>

#include "dataplane/capture/drop_channel.h"
#include "dataplane/counters/engine_counters.h"
#include "dataplane/packet/mbuf.h"
#include "dataplane/policy/policy.h"
#include "softwire/address.h"
#include "softwire/time.h"

namespace softwire::dataplane {

// What fragments of one packet have in common.
struct FragmentKey {
  Ipv6Address outer_source;  // of the IPv6 packet; of the softwire for IPv4 inside one; :: on the IPv4 side
  Ipv6Address outer_destination;
  std::uint32_t source = 0;  // of the IPv4 packet, host order; 0 for IPv6 fragments
  std::uint32_t destination = 0;
  std::uint32_t identification = 0;
  std::uint8_t protocol = 0;  // of the IPv4 packet
  bool is_ipv4 = false;       // an IPv4 packet, be it inside IPv6, is fragmented

  friend bool operator==(const FragmentKey&, const FragmentKey&) = default;
};

struct Fragment {
  FragmentKey key;
  std::uint16_t ip_offset = 0;       // in the frame: where the outermost IP header starts
  std::uint16_t header_offset = 0;   // ... and the IPv6 fragment header, or the fragmented IPv4 header
  std::uint16_t payload_offset = 0;  // ... and what has been fragmented; all before it lies in one piece
  std::uint16_t payload_bytes = 0;
  std::uint16_t begin = 0;    // octets into the packet's payload, a multiple of 8
  bool last = false;          // no more fragments
  std::uint8_t ecn_seen = 0;  // bit 1 << ECN field, for every header in which it counts
};

class Reassembler {
 public:
  // Of the fragments that come in on `side`. They hold `max_buffers` buffers at most. Counts in `counters`
  // and ends what it drops in `drops`, both of which must outlive it; the seed must be hard to guess.
  Reassembler(Side side, const ReassemblyPolicy& limits, std::uint32_t max_buffers, std::uint64_t seed,
              EngineCounters& counters, DropChannel* drops);
  ~Reassembler();
  Reassembler(const Reassembler&) = delete;
  Reassembler& operator=(const Reassembler&) = delete;

  // Takes a frame that holds a fragment, and accounts for it. Returns the frame that holds the whole packet
  // when this completes it: it has the headers of the first fragment, a length of the whole and no sign of
  // having been fragmented (IPv6: an atomic fragment header, RFC 6946); what is in front of the payload lies
  // in one piece. Null: held, or dropped. The returned frame is still without an outcome.
  [[nodiscard]] Mbuf* add(Mbuf& frame, const Fragment& fragment, Instant now);

  // Drops the packets whose first-come fragment is older than the limit.
  void expire(Instant now) {
    if (now >= next_deadline_) [[unlikely]] {
      expire_due(now);
    }
  }

  // Buffers that fragments are held in.
  [[nodiscard]] std::uint32_t buffers() const { return buffers_; }

 private:
  static constexpr std::uint32_t kNone = 0xffffffff;
  static constexpr Instant kNever = Instant::max();

  // A packet of which fragments have come in. When it is given up before its time, it stays without fragments
  // until then, so that late ones meet the same fate (RFC 5722 section 4).
  struct Datagram {
    FragmentKey key;
    Instant deadline{};
    Mbuf* first = nullptr;              // fragments held, by offset
    std::uint32_t total = 0;            // octets of the payload; 0: the last fragment has not come
    std::uint32_t covered = 0;          // octets held
    std::uint32_t bucket_next = kNone;  // or of the free list
    std::uint32_t older = kNone;
    std::uint32_t newer = kNone;
    std::uint16_t fragments = 0;
    std::uint8_t ecn_seen = 0;
    bool given_up = false;
    Outcome outcome{};  // when given up
  };

  [[nodiscard]] std::uint32_t& bucket(const FragmentKey& key);
  [[nodiscard]] std::uint32_t find(const FragmentKey& key);
  [[nodiscard]] std::uint32_t open(const FragmentKey& key, Instant now);
  void close(std::uint32_t index);
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
  std::vector<Datagram> datagrams_;
  std::vector<std::uint32_t> buckets_;  // a power of two
  std::uint32_t free_ = kNone;
  std::uint32_t oldest_ = kNone;
  std::uint32_t newest_ = kNone;
  std::uint32_t buffers_ = 0;
  Instant next_deadline_ = kNever;
};

}  // namespace softwire::dataplane
