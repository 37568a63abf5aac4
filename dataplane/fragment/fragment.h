// SPDX-License-Identifier: BSD-3-Clause
// Fragments a packet that is too long for the side on which it leaves: the IPv6 packet of a softwire (RFC
// 2473 section 7.2, RFC 8200 section 4.5), or an IPv4 packet (RFC 791 section 3.2).
#pragma once

#include <cstdint>
#include <optional>

#include "dataplane/packet/mbuf.h"
#include "softwire/wire.h"

namespace softwire::dataplane {

// Identifications for fragments. Each 32-bit value comes once before any value comes again, in an order that
// depends on the seed only (RFC 7739 section 5). The implementation encrypts a counter with a Feistel network
// of four rounds.
class IdentificationSequence {
 public:
  explicit IdentificationSequence(std::uint64_t seed) : seed_(seed) {}
  std::uint32_t next();

 private:
  std::uint64_t seed_;
  std::uint32_t counter_ = 0;
};

// Turns a frame into its first fragment, and returns the later fragments in order: context_of().fragment.next
// points from one to the next; null when there are none. Returns nullopt, and leaves the frame as it was,
// when the pool is empty or the frame has no room in front. One worker owns it.
class Fragmenter {
 public:
  // Takes the buffers of later fragments from `pool`, which must outlive this. The seed must be hard to
  // guess.
  Fragmenter(rte_mempool& pool, std::uint64_t seed) : pool_(pool), identifications_(seed) {}

  // Returns the identification of an IPv4 packet that the hub makes and that may be fragmented.
  [[nodiscard]] std::uint16_t next_ipv4_identification() {
    return static_cast<std::uint16_t>(identifications_.next());
  }

  // Fragments an IPv6 packet. Requires: the frame is `ip_offset` octets of Ethernet, an IPv6 header without
  // extension headers, and its payload, without padding. `mtu`: octets of an IPv6 packet, at least 1280.
  [[nodiscard]] std::optional<Mbuf*> fragment_ipv6(Mbuf& frame, unsigned ip_offset, std::uint16_t mtu);
  // Fragments an IPv4 packet. Requires: the frame is `ip_offset` octets of Ethernet and an IPv4 packet that
  // may be fragmented, or is a fragment, without padding. `mtu`: octets of an IPv4 packet, at least 68. Later
  // fragments get the options whose copied flag is set.
  [[nodiscard]] std::optional<Mbuf*> fragment_ipv4(Mbuf& frame, unsigned ip_offset, std::uint16_t mtu);

 private:
  rte_mempool& pool_;
  IdentificationSequence identifications_;
};

// Writes the header of the second and later fragments of a packet to `out`: the header of the first fragment
// with only those options that have the copied flag, padded (RFC 791 section 3.1). Returns the octets
// written. The caller sets checksum, total length and fragment field. Requires: `first` and its options lie
// in one piece; `out` has room for 60 octets.
unsigned make_later_ipv4_header(const Ipv4Header& first, std::uint8_t* out);

}  // namespace softwire::dataplane
