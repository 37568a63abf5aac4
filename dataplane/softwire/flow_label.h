// SPDX-License-Identifier: BSD-3-Clause
// The flow label of the outer header, from the inner packet's flow (RFC 6438 section 3, RFC 6437 section 3).
#pragma once

#include <cstdint>

#include "dataplane/packet/parse.h"
#include "softwire/mix.h"

namespace softwire::dataplane {

// Returns a label of 20 bits that is not zero. It is the same for all packets with the same addresses,
// protocol and ports. The seed makes it hard to derive the ports from the label.
inline std::uint32_t flow_label_of(const ParsedPacket& packet, std::uint64_t seed) {
  const std::uint64_t addresses = std::uint64_t{packet.source} << 32 | packet.destination;
  const std::uint64_t rest = std::uint64_t{packet.protocol} << 32 | std::uint64_t{packet.source_port} << 16 |
                             packet.destination_port;
  const auto label = static_cast<std::uint32_t>(mix64(mix64(addresses ^ seed) ^ rest) & 0xfffff);
  return label == 0 ? 1 : label;
}

}  // namespace softwire::dataplane
