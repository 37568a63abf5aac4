// SPDX-License-Identifier: BSD-3-Clause
// Functions of softwire-b4 on the octets of one packet or frame. All octets come from outside and are
// unchecked.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "softwire/address.h"
#include "softwire/wire.h"

namespace softwire::b4 {

// Returns the IPv4 packet at the beginning of the octets, without what follows it. Returns an empty span when
// there is no whole packet. Does not verify the header checksum; the receiver does.
std::span<std::uint8_t> ipv4_packet(std::span<std::uint8_t> octets);

inline const Ipv4Header& ipv4_header(std::span<const std::uint8_t> packet) {
  return *reinterpret_cast<const Ipv4Header*>(packet.data());
}

// Sets the type of service of an IPv4 packet from the outer traffic class (RFC 6333 section 7.1). The ECN
// field follows RFC 6040 section 4.2. Returns false when the packet must be dropped.
bool take_traffic_class(std::span<std::uint8_t> packet, std::uint8_t traffic_class);

// TAP: the MAC address of everything behind the softwire.
inline constexpr MacAddress kOtherEnd({0x02, 0, 0, 0, 0, 0x01});

// Returns the Ethernet header for an IPv4 packet from the softwire to the kernel at `station`. Multicast and
// broadcast go to the corresponding group address.
EthernetHeader header_for(const Ipv4Header& ipv4, const MacAddress& station);

struct ArpFrame {
  EthernetHeader ethernet;
  ArpPacket arp;
};
static_assert(sizeof(ArpFrame) == 42);

// Returns the answer to an ARP request: every address has the MAC address kOtherEnd. Returns nullopt for
// other frames, and for a probe or announcement of a client's own address (RFC 5227 sections 2.1.1 and 2.3):
// an answer would say that the address is in use.
std::optional<ArpFrame> answer_arp(std::span<const std::uint8_t> frame);

}  // namespace softwire::b4
