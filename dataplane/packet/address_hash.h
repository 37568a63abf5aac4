// SPDX-License-Identifier: BSD-3-Clause
// A hash of the addresses of a frame. Workers that share a receive queue use it to agree on whose frame it
// is.
#pragma once

#include <cstdint>

#include "dataplane/packet/mbuf.h"

namespace softwire::dataplane {

// Returns a hash of source and destination of the outermost IPv4 or IPv6 header, after at most one VLAN tag.
// All packets of a softwire, and all fragments of a packet, have the same hash. Other frames, and frames
// whose header is cut off or does not lie in the first buffer, have the hash 0. `seed`: hard to guess, so
// that no sender can choose addresses with the same hash.
[[nodiscard]] std::uint64_t address_hash(Mbuf& frame, std::uint64_t seed);

}  // namespace softwire::dataplane
