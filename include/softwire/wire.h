// SPDX-License-Identifier: BSD-3-Clause
// Packet headers in wire format. Every member has alignment 1, so a header may be laid over any octet.
#pragma once

#include <array>
#include <cstdint>

#include "softwire/address.h"
#include "softwire/byte_order.h"

namespace softwire {

namespace ether_type {
inline constexpr std::uint16_t kIpv4 = 0x0800;
inline constexpr std::uint16_t kArp = 0x0806;
inline constexpr std::uint16_t kVlan = 0x8100;  // IEEE 802.1Q
inline constexpr std::uint16_t kIpv6 = 0x86dd;
}  // namespace ether_type

// IANA protocol numbers, for the IPv4 protocol field and the IPv6 next header field.
namespace ip_protocol {
inline constexpr std::uint8_t kHopByHop = 0;
inline constexpr std::uint8_t kIcmp = 1;
inline constexpr std::uint8_t kIpv4 = 4;  // IPv4 in IP: a softwire packet (RFC 2473)
inline constexpr std::uint8_t kTcp = 6;
inline constexpr std::uint8_t kUdp = 17;
inline constexpr std::uint8_t kDccp = 33;
inline constexpr std::uint8_t kRouting = 43;
inline constexpr std::uint8_t kFragment = 44;
inline constexpr std::uint8_t kIcmpv6 = 58;
inline constexpr std::uint8_t kNoNext = 59;
inline constexpr std::uint8_t kDestinationOptions = 60;
inline constexpr std::uint8_t kSctp = 132;
inline constexpr std::uint8_t kUdpLite = 136;
}  // namespace ip_protocol

struct EthernetHeader {
  MacAddress destination;
  MacAddress source;
  be16 type;
};
static_assert(sizeof(EthernetHeader) == 14);

// Follows the Ethernet type 0x8100 (IEEE 802.1Q).
struct VlanTag {
  be16 control;  // priority 3, drop eligible 1, VLAN identifier 12
  be16 type;

  [[nodiscard]] constexpr std::uint16_t vlan_id() const { return control.value() & 0x0fff; }
};
static_assert(sizeof(VlanTag) == 4);

struct Ipv4Header {  // RFC 791 section 3.1
  std::uint8_t version_ihl = 0x45;
  std::uint8_t type_of_service = 0;
  be16 total_length;
  be16 identification;
  be16 fragment;  // flags 3, offset 13 (units of 8 octets)
  std::uint8_t time_to_live = 0;
  std::uint8_t protocol = 0;
  be16 checksum;
  Ipv4Address source;
  Ipv4Address destination;

  static constexpr std::uint16_t kDontFragment = 0x4000;
  static constexpr std::uint16_t kMoreFragments = 0x2000;
  static constexpr std::uint16_t kOffsetMask = 0x1fff;

  [[nodiscard]] constexpr unsigned version() const { return version_ihl >> 4; }
  [[nodiscard]] constexpr unsigned header_bytes() const { return (version_ihl & 0x0fU) * 4; }
  [[nodiscard]] constexpr bool dont_fragment() const { return (fragment.value() & kDontFragment) != 0; }
  // Returns whether the packet is a fragment; the first fragment counts too.
  [[nodiscard]] constexpr bool is_fragment() const {
    return (fragment.value() & (kMoreFragments | kOffsetMask)) != 0;
  }
  [[nodiscard]] constexpr bool is_first_fragment() const { return (fragment.value() & kOffsetMask) == 0; }
};
static_assert(sizeof(Ipv4Header) == 20);

struct Ipv6Header {         // RFC 8200 section 3
  be32 version_class_flow;  // version 4, traffic class 8, flow label 20
  be16 payload_length;      // octets after this header
  std::uint8_t next_header = 0;
  std::uint8_t hop_limit = 0;
  Ipv6Address source;
  Ipv6Address destination;

  [[nodiscard]] constexpr unsigned version() const { return version_class_flow.value() >> 28; }
  [[nodiscard]] constexpr std::uint8_t traffic_class() const {
    return static_cast<std::uint8_t>(version_class_flow.value() >> 20);
  }
};
static_assert(sizeof(Ipv6Header) == 40);

struct Ipv6ExtensionHeader {  // RFC 8200 sections 4.3, 4.4, 4.6
  std::uint8_t next_header = 0;
  std::uint8_t length = 0;  // units of 8 octets, the first 8 not counted

  [[nodiscard]] constexpr unsigned bytes() const { return (unsigned{length} + 1) * 8; }
};
static_assert(sizeof(Ipv6ExtensionHeader) == 2);

struct Ipv6FragmentHeader {  // RFC 8200 section 4.5
  std::uint8_t next_header = 0;
  std::uint8_t reserved = 0;
  be16 offset_flags;  // offset 13 (units of 8 octets), reserved 2, more fragments 1
  be32 identification;

  static constexpr std::uint16_t kMoreFragments = 1;

  [[nodiscard]] constexpr std::uint16_t offset_bytes() const { return offset_flags.value() & 0xfff8; }
  [[nodiscard]] constexpr bool more_fragments() const { return (offset_flags.value() & kMoreFragments) != 0; }
};
static_assert(sizeof(Ipv6FragmentHeader) == 8);

struct UdpHeader {  // RFC 768
  be16 source_port;
  be16 destination_port;
  be16 length;  // header and payload
  be16 checksum;
};
static_assert(sizeof(UdpHeader) == 8);

struct TcpHeader {  // RFC 9293 section 3.1
  be16 source_port;
  be16 destination_port;
  be32 sequence;
  be32 acknowledgment;
  be16 offset_flags;  // data offset 4 (units of 4 octets), reserved 4, flags 8
  be16 window;
  be16 checksum;
  be16 urgent;

  [[nodiscard]] constexpr unsigned header_bytes() const { return (offset_flags.value() >> 12) * 4U; }
  [[nodiscard]] constexpr bool is_syn() const { return (offset_flags.value() & 0x0002) != 0; }
};
static_assert(sizeof(TcpHeader) == 20);

struct IcmpEcho {  // RFC 792; ICMPv6 echo has the same shape (RFC 4443 section 4)
  std::uint8_t type = 0;
  std::uint8_t code = 0;
  be16 checksum;
  be16 identifier;
  be16 sequence;

  static constexpr std::uint8_t kReply = 0;
  static constexpr std::uint8_t kRequest = 8;
};
static_assert(sizeof(IcmpEcho) == 8);

struct IcmpError {  // RFC 792; RFC 1191 section 4. The quoted packet follows.
  std::uint8_t type = 0;
  std::uint8_t code = 0;
  be16 checksum;
  be16 unused;
  be16 next_hop_mtu;  // octets; type 3 code 4 only

  static constexpr std::uint8_t kUnreachable = 3;
  static constexpr std::uint8_t kSourceQuench = 4;
  static constexpr std::uint8_t kTimeExceeded = 11;
  static constexpr std::uint8_t kParameterProblem = 12;
  // Codes of kUnreachable.
  static constexpr std::uint8_t kHostUnreachable = 1;
  static constexpr std::uint8_t kFragmentationNeeded = 4;

  // Returns whether the type is that of an error: it quotes a packet and travels to its source. Redirect is
  // not one, because it never leaves its link.
  static constexpr bool is_error(std::uint8_t type) {
    return type == kUnreachable || type == kSourceQuench || type == kTimeExceeded ||
           type == kParameterProblem;
  }
};
static_assert(sizeof(IcmpError) == 8);

struct Icmpv6Header {  // RFC 4443 section 3. In an error the quoted packet follows.
  std::uint8_t type = 0;
  std::uint8_t code = 0;
  be16 checksum;
  be32 parameter;  // type 2: the MTU in octets

  static constexpr std::uint8_t kUnreachable = 1;
  static constexpr std::uint8_t kPacketTooBig = 2;
  static constexpr std::uint8_t kTimeExceeded = 3;
  static constexpr std::uint8_t kParameterProblem = 4;
  static constexpr std::uint8_t kHopLimit = 0;      // code of kTimeExceeded
  static constexpr std::uint8_t kSourcePolicy = 5;  // code of kUnreachable
  static constexpr std::uint8_t kEchoRequest = 128;
  static constexpr std::uint8_t kEchoReply = 129;
};
static_assert(sizeof(Icmpv6Header) == 8);

struct ArpPacket {  // RFC 826, for IPv4 over Ethernet
  be16 hardware_type;
  be16 protocol_type;
  std::uint8_t hardware_bytes = sizeof(MacAddress);
  std::uint8_t protocol_bytes = sizeof(Ipv4Address);
  be16 operation;
  MacAddress sender_mac;
  Ipv4Address sender;
  MacAddress target_mac;
  Ipv4Address target;

  static constexpr std::uint16_t kEthernet = 1;
  static constexpr std::uint16_t kRequest = 1;
  static constexpr std::uint16_t kReply = 2;
};
static_assert(sizeof(ArpPacket) == 28);

struct NeighborMessage {  // RFC 4861 sections 4.3 and 4.4: solicitation and advertisement. Options follow.
  std::uint8_t type = 0;
  std::uint8_t code = 0;
  be16 checksum;
  be32 flags;  // in an advertisement only
  Ipv6Address target;

  static constexpr std::uint8_t kSolicitation = 135;
  static constexpr std::uint8_t kAdvertisement = 136;
  static constexpr std::uint32_t kRouter = 0x80000000;
  static constexpr std::uint32_t kSolicited = 0x40000000;
  static constexpr std::uint32_t kOverride = 0x20000000;
};
static_assert(sizeof(NeighborMessage) == 24);

struct LinkAddressOption {  // RFC 4861 section 4.6.1
  std::uint8_t type = 0;
  std::uint8_t length = 1;  // units of 8 octets
  MacAddress mac;

  static constexpr std::uint8_t kSource = 1;
  static constexpr std::uint8_t kTarget = 2;
};
static_assert(sizeof(LinkAddressOption) == 8);

}  // namespace softwire
