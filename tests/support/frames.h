// SPDX-License-Identifier: BSD-3-Clause
// Makes the frames of subscribers and of the Internet for tests, octet by octet.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "softwire/address.h"
#include "softwire/wire.h"

namespace softwire::testing {

using Octets = std::vector<std::uint8_t>;

struct Ipv4Fields {
  Ipv4Address source;
  Ipv4Address destination;
  std::uint16_t source_port = 1024;  // or the ICMP identifier
  std::uint16_t destination_port = 80;
  std::uint8_t protocol = ip_protocol::kUdp;
  std::uint8_t ttl = 64;
  std::uint8_t type_of_service = 0;
  std::uint16_t fragment = 0;    // flags and offset
  std::uint8_t icmp_type = 8;    // ICMP only
  unsigned option_octets = 0;    // octets of IPv4 options: a multiple of 4, all No Operation
  unsigned payload_octets = 18;  // after the transport header, which is 8 octets for every protocol
};

// Returns a packet with a correct header checksum. UDP and ICMP also have a correct checksum.
Octets ipv4_packet(const Ipv4Fields& fields);

struct Ipv6Fields {
  Ipv6Address source;
  Ipv6Address destination;
  std::uint8_t traffic_class = 0;
  std::uint8_t hop_limit = 64;
  std::uint8_t next_header = ip_protocol::kIpv4;
  Octets extension_headers = {};  // between the IPv6 header and the payload, unchanged
};

Octets ipv6_packet(const Ipv6Fields& fields, std::span<const std::uint8_t> payload);

struct EthernetFields {
  MacAddress destination;
  MacAddress source;
  std::uint16_t vlan_control = 0;  // 0: no tag
  bool tagged = false;
};

// Returns the frame with identification and checksum of its first IPv4 header set to zero. That header may be
// inside IPv6. The identifications of the hub cannot be predicted.
Octets without_identification(Octets frame);

Octets ethernet_frame(const EthernetFields& fields, std::uint16_t type, std::span<const std::uint8_t> packet);

}  // namespace softwire::testing
