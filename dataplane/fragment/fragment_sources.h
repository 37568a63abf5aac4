// SPDX-License-Identifier: BSD-3-Clause
// Who sent the fragments that wait, and how much each sender holds. It answers which sender holds the most
// beyond the share that each may hold, so that a full reassembler gives up that sender's packets and not
// those of others. One worker owns it.
#pragma once

#include <cstdint>
#include <vector>

#include "softwire/address.h"

namespace softwire::dataplane {

// The number of sources is limited; each operation takes constant time on average. While packets are
// received it allocates nothing.
class FragmentSources {
 public:
  using Index = std::uint32_t;
  static constexpr Index kNone = 0xffffffff;

  // What each source may hold. Sources that hold no more count as equal.
  struct Share {
    std::uint32_t datagrams = 0;
    std::uint32_t buffers = 0;
  };

  // What one source holds. Only the owner of the packets changes `oldest` and `newest`.
  struct Source {
    Ipv6Address address;
    std::uint32_t oldest = kNone;  // its first and last packet, as numbers that the owner gives
    std::uint32_t newest = kNone;
    // Packets of which fragments wait.
    [[nodiscard]] std::uint32_t datagrams() const { return datagrams_; }

   private:
    friend class FragmentSources;
    std::uint32_t datagrams_ = 0;
    std::uint32_t buffers_ = 0;
    Index bucket_next_ = kNone;  // next of the bucket, or of the free list
    Index before_ = kNone;       // neighbours among the sources of the same level
    Index after_ = kNone;
  };

  // Makes room for `capacity` sources. `seed`: for the hash; hard to guess.
  FragmentSources(std::uint32_t capacity, const Share& share, std::uint64_t seed);

  // Returns the source with this address, or kNone when it holds nothing.
  [[nodiscard]] Index find(const Ipv6Address& address) const;
  // Adds a source that holds one packet, and no buffer. Requires: find() returns kNone, and fewer than
  // `capacity` sources exist.
  Index add(const Ipv6Address& address);
  [[nodiscard]] Source& operator[](Index index) { return sources_[index]; }

  // Counts one more packet, or one fewer, for a source. A source without packets is removed, and its index is
  // then invalid. Requires of release_datagram(): the packet holds no buffer.
  void hold_datagram(Index index) { change(index, 1, 0); }
  void release_datagram(Index index);
  // Counts more buffers, or fewer.
  void hold_buffers(Index index, std::uint32_t buffers) { change(index, 0, buffers); }
  void release_buffers(Index index, std::uint32_t buffers) { change(index, 0, 0U - buffers); }

  // Returns the source that holds the most beyond its share: each packet and each buffer beyond it counts as
  // one unit. Among equals, it is the one that has had as many for the longest time. Sources from kLevels
  // units on count as equal. Returns kNone when no source holds more than its share.
  [[nodiscard]] Index greediest() const { return highest_ == 0 ? kNone : levels_[highest_].first; }

  static constexpr std::uint32_t kLevels = 4096;

 private:
  struct Level {
    Index first = kNone;
    Index last = kNone;
  };
  [[nodiscard]] std::uint32_t level_of(const Source& source) const;
  [[nodiscard]] std::size_t bucket_of(const Ipv6Address& address) const;
  // Adds to what the source holds, modulo 2^32.
  void change(Index index, std::uint32_t datagrams, std::uint32_t buffers);
  void enter_level(Index index, std::uint32_t number);
  void leave_level(Index index, std::uint32_t number);
  void remove(Index index);

  const Share share_;
  const std::uint64_t seed_;
  std::vector<Source> sources_;
  std::vector<Index> buckets_;  // size: a power of two
  std::vector<Level> levels_;   // by units beyond the share; level 0 is empty: it has no order
  std::uint32_t highest_ = 0;   // the highest level that is not empty
  Index free_ = kNone;
};

}  // namespace softwire::dataplane
