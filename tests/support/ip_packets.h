// SPDX-License-Identifier: BSD-3-Clause
// Makes IP packets of both versions from their fields, with any payload, and makes payloads. Checksums cover
// the whole packet.
#pragma once

#include <cstdint>

#include "softwire/address.h"
#include "softwire/wire.h"
#include "tests/support/frames.h"

namespace softwire::testing {

struct Ipv4Packet {
  Ipv4Address source;
  Ipv4Address destination;
  std::uint8_t protocol = ip_protocol::kUdp;
  std::uint8_t ttl = 64;
  std::uint8_t type_of_service = 0;
  std::uint16_t identification = 0;
  std::uint16_t fragment = 0;  // flags and offset
  unsigned option_octets = 0;  // a multiple of 4; all No Operation
  Octets payload = {};

  [[nodiscard]] Octets octets() const;
};

struct FragmentFields {
  bool present = false;      // the fragment header
  std::uint16_t offset = 0;  // octets
  bool more = false;
  std::uint32_t identification = 0;
};

struct Ipv6Packet {
  Ipv6Address source;
  Ipv6Address destination;
  std::uint8_t next_header = ip_protocol::kUdp;  // after the fragment header
  std::uint8_t hop_limit = 64;
  std::uint8_t traffic_class = 0;
  FragmentFields fragment = {};
  Octets payload = {};

  [[nodiscard]] Octets octets() const;
};

struct Icmp {
  std::uint8_t type = 0;
  std::uint8_t code = 0;
  std::uint32_t rest = 0;  // the last 4 of the 8 header octets
  Octets body = {};

  // `pseudo_header`: the sum of the pseudo-header; 0 in IPv4.
  [[nodiscard]] Octets octets(std::uint64_t pseudo_header) const;
};

// Makes a transport payload of `octets` octets: the ports, then arbitrary octets. If the protocol has a
// checksum at that place, it covers the whole and `pseudo_header`.
Octets transport(std::uint8_t protocol, std::uint16_t source_port, std::uint16_t destination_port,
                 unsigned octets, std::uint64_t pseudo_header, bool with_checksum = true);

}  // namespace softwire::testing
