// SPDX-License-Identifier: BSD-3-Clause
// Parses packets in words, as `softwirectl explain` accepts them, and builds their octets.
//
//   udp from 203.0.113.5:53 to 192.0.2.1:4711 length 1400 df ttl 1
//   icmp-echo from 203.0.113.5 to 192.0.2.1 id 4711
//   softwire 2001:db8:1::2 to 2001:db8::1 udp from 192.0.2.1:4711 to 203.0.113.5:53
//   tcp from [2001:db8:12:3400:0:c000:212:34]:1232 to [2001:db8:ffff:0:cb:71:500::]:443 syn      (MAP-T)
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "softwire/address.h"
#include "softwire/binding.h"
#include "softwire/result.h"

namespace softwire::ctl {

struct Endpoint {
  std::variant<Ipv4Address, Ipv6Address> address;
  std::optional<std::uint16_t> port;
};

enum class PacketKind : std::uint8_t { kUdp, kTcp, kEcho, kEchoReply, kProtocol };

struct PacketWords {
  struct Softwire {
    Ipv6Address source;
    Ipv6Address destination;
  };
  std::optional<Softwire> softwire;  // set: the packet is an IPv4 packet inside IPv6
  PacketKind kind = PacketKind::kUdp;
  std::uint8_t protocol = 0;  // of kProtocol: IANA's number
  Endpoint from;              // both addresses have the same family
  Endpoint to;
  std::uint32_t length = 0;  // octets of the IP packet, in a softwire of the inner one; 0: no payload
  std::uint32_t ttl = 64;    // or hop limit
  std::uint32_t tos = 0;     // or traffic class
  std::uint32_t id = 1;      // identifier of an echo message
  bool dont_fragment = false;
  bool syn = false;

  [[nodiscard]] bool is_ipv4() const { return std::holds_alternative<Ipv4Address>(from.address); }
  // Returns the side that such a packet arrives on.
  [[nodiscard]] Side side() const { return softwire || !is_ipv4() ? Side::kIpv6 : Side::kIpv4; }
};

// Parses the words. The error says what is wrong, and how to correct it.
Result<PacketWords> parse_packet(const std::vector<std::string>& words);

using Octets = std::vector<std::uint8_t>;

// Returns the IP packet with all its checksums. A TCP packet is a SYN or an ACK without data. The payload is
// zeros.
[[nodiscard]] Octets build_packet(const PacketWords& words);

// Puts the packet into an Ethernet frame. vlan 0: no tag.
struct Link {
  MacAddress destination;
  MacAddress source;
  std::uint16_t vlan = 0;
};
[[nodiscard]] Octets build_frame(const PacketWords& words, const Link& link);

}  // namespace softwire::ctl
